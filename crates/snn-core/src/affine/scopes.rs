//! Inputs that may be toggled, as the outputs of a layer see them.

use std::sync::OnceLock;

use super::lists::Lists;
use super::ranking::Ranking;
use super::Affine;

/// What may be toggled around every output row, and how much of it. Small ones, those of a
/// convolution, are mostly alike: each is kept once.
#[derive(Clone, Debug)]
pub struct Scopes {
    /// The scope of every output row (sample, step, position).
    pub of: Vec<u32>,
    /// By scope, the weight rows of what may be toggled, and whether it is on.
    pub(super) rows: Lists<bool>,
    /// By scope, how many of them are on.
    on: Vec<usize>,
    /// By scope, how many of them at most.
    pub(super) budgets: Vec<usize>,
    /// The largest weights of every output, made where scopes of many inputs first need them: for one
    /// state of the weights.
    pub(super) ranking: OnceLock<Ranking>,
}

/// Scopes of fewer inputs are looked at as a whole.
const FEW: usize = 64;

/// Where one input in more than so many is on, no more weights are ranked.
const RARE: usize = 32;

impl Scopes {
    /// Terms of a scope's sums at most.
    pub fn terms(&self, scope: usize) -> usize {
        self.budgets[scope].min(self.rows.range(scope, 1).len())
    }

    fn is(&self, scope: usize, budget: usize, entries: (&[u32], &[bool])) -> bool {
        self.budgets[scope] == budget && self.rows.row(scope) == entries
    }

    /// How many of an output's largest weights of a sign are expected to hold a scope's largest terms,
    /// be all of them of this sign: those of inputs that are on, where few are, take the longest to
    /// find. Twice as many, so that they hardly ever do not; but where next to none is on, those that are
    /// off nearly always suffice.
    fn needed(&self, scope: usize) -> usize {
        let on = self.on[scope];
        let off = self.rows.range(scope, 1).len() - on;
        let rarest = [on, off].into_iter().filter(|&of| of > 0).min();
        let inputs = self.rows.width();
        let apart = inputs.div_ceil(rarest.unwrap_or(inputs).max(1));
        2 * self.terms(scope) * apart.min(RARE) + 24
    }

    /// Whether to find the largest terms among the outputs' largest weights.
    pub(super) fn walks(&self, scope: usize) -> bool {
        self.rows.range(scope, 1).len() > FEW && self.needed(scope) < self.rows.width() / 2
    }

    /// How many weights of an output are ranked.
    pub(super) fn depth(&self) -> usize {
        let walked = (0..self.len()).filter(|&scope| self.walks(scope));
        walked.map(|scope| self.needed(scope)).max().unwrap_or(0)
    }

    /// Number of scopes.
    pub fn len(&self) -> usize {
        self.budgets.len()
    }

    pub fn is_empty(&self) -> bool {
        self.budgets.is_empty()
    }
}

const BUCKETS: usize = 1 << 12;

/// A bucket (Fowler, Noll and Vo's hash).
fn hash(rows: &[u32], on: &[bool]) -> usize {
    let mix = |hash: u32, (&row, &on): (&u32, &bool)| {
        (hash ^ (2 * row + u32::from(on))).wrapping_mul(0x0100_0193)
    };
    let hash = rows.iter().zip(on).fold(0x811c_9dc5, mix);
    (hash ^ (hash >> 15)) as usize % BUCKETS
}

impl Affine {
    /// `open`: rows (sample, step, input position), and whether an input is on; `budget`: of every
    /// group (sample, step).
    pub fn scopes(&self, open: &Lists<bool>, budget: impl Fn(usize) -> usize) -> Scopes {
        let (inputs, outputs) = (self.forward.inputs(), self.forward.outputs());
        let groups = open.rows() / inputs;
        let mut scopes = Scopes {
            of: Vec::with_capacity(groups * outputs),
            rows: Lists::new(),
            on: Vec::new(),
            budgets: Vec::new(),
            ranking: OnceLock::new(),
        };
        let mut known = vec![Vec::new(); if outputs > 1 { BUCKETS } else { 0 }];
        let (mut rows, mut on) = (Vec::new(), Vec::new());
        for group in 0..groups {
            // An input with several taps is as many terms.
            let most = budget(group).saturating_mul(self.multiplicity());
            for output in 0..outputs {
                rows.clear();
                on.clear();
                for tap in self.forward.of(output) {
                    let (channels, states) = open.row(group * inputs + tap.position as usize);
                    rows.extend(channels.iter().map(|channel| tap.base + channel));
                    on.extend_from_slice(states);
                }
                // Whole maps are hardly ever alike.
                let bucket = known.get_mut(hash(&rows, &on));
                let scope = bucket.as_ref().and_then(|bucket| {
                    let alike = |&&scope: &&u32| scopes.is(scope as usize, most, (&rows, &on));
                    bucket.iter().find(alike).copied()
                });
                scopes.of.push(scope.unwrap_or_else(|| {
                    let scope = scopes.budgets.len() as u32;
                    scopes.budgets.push(most);
                    scopes.on.push(on.iter().filter(|&&on| on).count());
                    let entries = rows.iter().zip(&on);
                    entries.for_each(|(&row, &on)| scopes.rows.push(row as usize, on));
                    scopes.rows.end_row();
                    if let Some(bucket) = bucket {
                        bucket.push(scope);
                    }
                    scope
                }));
            }
        }
        scopes
    }
}
