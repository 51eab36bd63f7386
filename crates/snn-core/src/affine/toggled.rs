//! What toggling a few inputs can do to a layer's outputs: per output the largest terms.
//!
//! Toggling an input adds its weight where it was off and takes it away where it was on. Of many
//! inputs the largest terms are found among the output's largest weights of either sign ([`Ranking`]); of few all
//! are looked at, several outputs at once.

use wide::f32x4;

use super::ends::EndDeltas;
use super::panels::PANEL;
use super::ranking::{Ranked, Ranking, State};
use super::scopes::Scopes;
use super::{Affine, Rows};
use crate::least::Least;
use crate::shape::LANES;

/// How far a scope's outputs can fall and rise: one row per scope each.
#[derive(Clone, Debug)]
pub struct Reaches<'a> {
    scopes: &'a Scopes,
    pub falls: Rows,
    pub rises: Rows,
}

impl Reaches<'_> {
    /// How far the outputs of an output row can fall and rise, from vector `first` on. Out of line: the
    /// kernels that ask are as good without.
    #[inline(never)]
    pub fn of(&self, row: usize, first: usize) -> [&[f32x4]; 2] {
        let scope = self.scopes.of[row] as usize;
        [&self.falls, &self.rises].map(|rows| &rows.run(scope, 1)[first..])
    }

    /// Terms of both at most.
    pub fn terms(&self, row: usize) -> usize {
        2 * self.scopes.terms(self.scopes.of[row] as usize)
    }
}

/// The largest budget that is kept in order, term by term.
const MOST: usize = 16;

/// A chosen term: weight row, and whether the input is on.
type Chosen = (u32, bool);

impl Affine {
    /// The most that a scope's toggles can take from every output and add to it.
    pub fn reaches<'a>(&self, weight: &[f32x4], scopes: &'a Scopes) -> Reaches<'a> {
        let vectors = self.output_vectors();
        let mut reaches = Reaches {
            scopes,
            falls: Rows::zeros(scopes.len(), vectors),
            rises: Rows::zeros(scopes.len(), vectors),
        };
        let mut choice = Choice::new(self, weight, scopes);
        for scope in (0..scopes.len()).filter(|&scope| scopes.terms(scope) > 0) {
            choice.turn_to(scope);
            let ends = [&mut reaches.falls, &mut reaches.rises];
            let [falls, rises] = ends.map(|rows| rows.run_mut(scope, 1));
            for (vector, (fall, rise)) in falls.iter_mut().zip(rises).enumerate() {
                [*fall, *rise] = match choice.method {
                    Method::Together => choice.largest(vector).sums(),
                    Method::Walk | Method::Look => choice.sums(vector),
                };
            }
        }
        reaches
    }

    /// Adds to the weight's gradient what goes through the toggles that [`Affine::reaches`] counts.
    pub fn toggle_gradient(
        &self,
        weight: &[f32x4],
        scopes: &Scopes,
        delta: &EndDeltas,
        gradient: &mut [f32x4],
    ) {
        let vectors = self.output_vectors();
        let [falls, rises] = [&delta.lower, &delta.upper].map(|delta| {
            let mut sums = Rows::zeros(scopes.len(), vectors);
            for (row, &scope) in scopes.of.iter().enumerate() {
                let to = sums.run_mut(scope as usize, 1).iter_mut();
                let from = delta.each.row(row).flatten();
                to.zip(from).for_each(|(sum, &by)| *sum += by);
            }
            sums
        });
        let mut choice = Choice::new(self, weight, scopes);
        for scope in (0..scopes.len()).filter(|&scope| scopes.terms(scope) > 0) {
            choice.turn_to(scope);
            let by = falls.run(scope, 1).iter().zip(rises.run(scope, 1));
            for (vector, (&fall, &rise)) in by.enumerate() {
                let by = [fall, rise];
                if by.iter().all(|by| by.simd_eq(f32x4::ZERO).all()) {
                    continue;
                }
                match choice.method {
                    Method::Together => choice.spread_together(vector, by, gradient),
                    Method::Walk | Method::Look => choice.spread(vector, by, gradient),
                }
            }
        }
    }
}

/// How the largest terms of a scope are found.
#[derive(Clone, Copy, PartialEq)]
enum Method {
    /// All inputs, four outputs at once.
    Together,
    /// The largest weights of every output.
    Walk,
    /// All inputs, output by output.
    Look,
}

/// Chooses the largest terms, scope by scope and output by output.
struct Choice<'a> {
    affine: &'a Affine,
    weight: &'a [f32x4],
    scopes: &'a Scopes,
    scope: usize,
    method: Method,
    /// By weight row, what of the present scope it is; only where weights are walked through.
    states: Vec<State>,
    /// How many of the present scope are in each state.
    free: [usize; 3],
    /// The terms that make an output fall, and those that make it rise, with their sums.
    chosen: [Vec<Chosen>; 2],
    sums: [f64; 2],
}

impl<'a> Choice<'a> {
    fn new(affine: &'a Affine, weight: &'a [f32x4], scopes: &'a Scopes) -> Self {
        assert!(scopes.rows.width() <= affine.weight_rows());
        Choice {
            affine,
            weight,
            scopes,
            scope: 0,
            method: Method::Together,
            states: Vec::new(),
            free: [0; 3],
            chosen: [Vec::new(), Vec::new()],
            sums: [0.0; 2],
        }
    }

    /// Vectors of a weight row and the next one are this far apart, from the first on.
    fn place(&self, vector: usize) -> (usize, usize) {
        let (rows, vectors) = (self.affine.weight_rows(), self.affine.output_vectors());
        let first = vector - vector % PANEL;
        (first * rows + vector - first, PANEL.min(vectors - first))
    }

    fn ranking(&self) -> &'a Ranking {
        let make = || Ranking::new(self.affine, self.weight, self.scopes.depth());
        self.scopes.ranking.get_or_init(make)
    }

    fn turn_to(&mut self, scope: usize) {
        let scopes = self.scopes;
        for &row in scopes.rows.row(self.scope).0 {
            if let Some(state) = self.states.get_mut(row as usize) {
                *state = State::Fixed;
            }
        }
        self.scope = scope;
        let (rows, on) = scopes.rows.row(scope);
        let budget = scopes.budgets[scope];
        self.method = match (scopes.walks(scope), budget <= MOST || rows.len() <= budget) {
            (true, _) => Method::Walk,
            (false, true) => Method::Together,
            (false, false) => Method::Look,
        };
        if self.method != Method::Walk {
            return;
        }
        self.states.resize(self.affine.weight_rows(), State::Fixed);
        let mut alone = true;
        self.free = [0; 3];
        for (&row, &on) in rows.iter().zip(on) {
            let state = &mut self.states[row as usize];
            // A weight that several inputs share has no one state.
            alone &= *state == State::Fixed;
            *state = if on { State::On } else { State::Off };
            self.free[*state as usize] += 1;
        }
        if !alone {
            self.method = Method::Look;
        }
    }

    /// The largest terms of four outputs.
    fn largest(&self, vector: usize) -> Largest {
        let (start, pitch) = self.place(vector);
        let most = self.scopes.budgets[self.scope];
        let all = self.scopes.rows.row(self.scope).0.len() <= most;
        let mut largest = Largest::new(if all { 0 } else { most });
        for (row, on) in self.scopes.rows.entries(self.scope) {
            let terms = terms(self.weight[start + row * pitch], on);
            match all {
                true => largest.add(terms),
                false => largest.insert(terms),
            }
        }
        largest
    }

    fn spread_together(&self, vector: usize, by: [f32x4; 2], gradient: &mut [f32x4]) {
        let (start, pitch) = self.place(vector);
        let mut taken = self.largest(vector).taken();
        for (row, on) in self.scopes.rows.entries(self.scope) {
            let at = start + row * pitch;
            let [fall, rise] = taken.take(terms(self.weight[at], on));
            let sum = (fall & by[0]) + (rise & by[1]);
            gradient[at] += if on { -sum } else { sum };
        }
    }

    fn sums(&mut self, vector: usize) -> [f32x4; 2] {
        let mut ends = [[0.0; LANES]; 2];
        for lane in 0..self.lanes(vector) {
            self.choose(vector, lane);
            for (end, sum) in ends.iter_mut().zip(self.sums) {
                end[lane] = sum as f32;
            }
        }
        ends.map(f32x4::new)
    }

    fn spread(&mut self, vector: usize, by: [f32x4; 2], gradient: &mut [f32x4]) {
        let (start, pitch) = self.place(vector);
        let gradient: &mut [f32] = bytemuck::cast_slice_mut(gradient);
        for lane in 0..self.lanes(vector) {
            let by = by.map(|by| by.to_array()[lane]);
            if by == [0.0; 2] {
                continue;
            }
            self.choose(vector, lane);
            for (chosen, by) in self.chosen.iter().zip(by) {
                for &(row, on) in chosen {
                    let at = LANES * (start + row as usize * pitch) + lane;
                    gradient[at] += if on { -by } else { by };
                }
            }
        }
    }

    /// Outputs of a vector that are no padding.
    fn lanes(&self, vector: usize) -> usize {
        LANES.min(self.affine.output.channels - LANES * vector)
    }

    /// The terms that make an output fall most, and those that make it rise most, within the budget.
    fn choose(&mut self, vector: usize, lane: usize) {
        if !(self.method == Method::Walk && self.walk(LANES * vector + lane)) {
            self.look(vector, lane);
        }
    }

    fn clear(&mut self) {
        self.chosen.iter_mut().for_each(Vec::clear);
        self.sums = [0.0; 2];
    }

    /// Goes through the largest weights; false where they do not suffice.
    fn walk(&mut self, column: usize) -> bool {
        self.clear();
        let ranked = self.ranking().of(column);
        // An output falls when an input is taken away whose weight is positive, or one is added whose
        // weight is negative.
        self.walk_to(0, ranked, [State::On, State::Off])
            && self.walk_to(1, ranked, [State::Off, State::On])
    }

    /// Chooses the terms of one end among the positive and the negative weights of inputs in the
    /// wanted states.
    fn walk_to(&mut self, end: usize, mut ranked: [Ranked; 2], wanted: [State; 2]) -> bool {
        let budget = self.scopes.budgets[self.scope];
        let free = &self.free;
        let chosen = &mut self.chosen[end];
        while chosen.len() < budget {
            let mut next: Option<(f32, u32, usize)> = None;
            let mut unseen = 0.0f32;
            for (sign, ranked) in ranked.iter_mut().enumerate() {
                if free[wanted[sign] as usize] == 0 {
                    continue;
                }
                ranked.skip_to(wanted[sign], &self.states);
                match ranked.weights.first() {
                    Some(&(size, row)) => {
                        let larger =
                            |of: (f32, u32, usize)| size > of.0 || (size == of.0 && row < of.1);
                        if next.is_none_or(larger) {
                            next = Some((size, row, sign));
                        }
                    }
                    None => unseen = unseen.max(ranked.unseen),
                }
            }
            match next {
                Some((size, row, sign)) if size > unseen => {
                    chosen.push((row, wanted[sign] == State::On));
                    self.sums[end] += f64::from(size);
                    ranked[sign].weights = &ranked[sign].weights[1..];
                }
                _ => return next.is_none() && unseen == 0.0,
            }
        }
        true
    }

    /// Looks at all inputs of the scope.
    fn look(&mut self, vector: usize, lane: usize) {
        self.clear();
        let budget = self.scopes.budgets[self.scope];
        let (start, pitch) = self.place(vector);
        let mut largest = [Least::new(budget), Least::new(budget)];
        let weight: &[f32] = bytemuck::cast_slice(self.weight);
        for (row, on) in self.scopes.rows.entries(self.scope) {
            let weight = weight[LANES * (start + row * pitch) + lane];
            let end = usize::from((weight < 0.0) == on);
            largest[end].push(-f64::from(weight.abs()), 2 * row as u32 + u32::from(on));
        }
        for (end, largest) in largest.iter_mut().enumerate() {
            for of in largest.sorted() {
                self.chosen[end].push((of.tag / 2, of.tag % 2 == 1));
                self.sums[end] -= of.number;
            }
        }
    }
}

/// By how much toggling an input makes outputs fall, and rise.
#[inline(always)]
fn terms(weight: f32x4, on: bool) -> [f32x4; 2] {
    let change = if on { -weight } else { weight };
    [-change, change].map(|by| by.fast_max(f32x4::ZERO))
}

/// The largest terms of four outputs in falling order, of those that make them fall and of those that
/// make them rise; with a budget of 0 the sums of all.
struct Largest {
    budget: usize,
    terms: [[f32x4; MOST]; 2],
}

impl Largest {
    fn new(budget: usize) -> Self {
        Largest {
            budget,
            terms: [[f32x4::ZERO; MOST]; 2],
        }
    }

    #[inline(always)]
    fn insert(&mut self, terms: [f32x4; 2]) {
        for (kept, mut term) in self.terms.iter_mut().zip(terms) {
            for kept in &mut kept[..self.budget] {
                (*kept, term) = (kept.fast_max(term), kept.fast_min(term));
            }
        }
    }

    #[inline(always)]
    fn add(&mut self, terms: [f32x4; 2]) {
        for (kept, term) in self.terms.iter_mut().zip(terms) {
            kept[0] += term;
        }
    }

    fn sums(&self) -> [f32x4; 2] {
        let budget = self.budget.max(1);
        self.terms.map(|terms| {
            let terms = terms[..budget].iter();
            terms.fold(f32x4::ZERO, |sum, &term| sum + term)
        })
    }

    /// Which terms are among them.
    fn taken(&self) -> Taken {
        let mut taken = Taken {
            limits: [f32x4::ZERO; 2],
            ties: [f32x4::ZERO; 2],
        };
        let Some(last) = self.budget.checked_sub(1) else {
            return taken;
        };
        for (end, terms) in self.terms.iter().enumerate() {
            let limit = terms[last];
            taken.limits[end] = limit;
            for term in &terms[..self.budget] {
                let tie = term.simd_eq(limit) & limit.simd_gt(f32x4::ZERO);
                taken.ties[end] += tie & f32x4::ONE;
            }
        }
        taken
    }
}

/// What is left to be taken: all terms above the limits, and so many that equal them.
struct Taken {
    limits: [f32x4; 2],
    ties: [f32x4; 2],
}

impl Taken {
    /// Masks of the outputs for which a term is taken; terms come in the order of the scope.
    #[inline(always)]
    fn take(&mut self, terms: [f32x4; 2]) -> [f32x4; 2] {
        let mut masks = terms;
        let of_ends = self.limits.iter().zip(&mut self.ties).zip(&mut masks);
        for ((&limit, ties), mask) in of_ends {
            let tie = mask.simd_eq(limit) & ties.simd_gt(f32x4::ZERO);
            *ties -= tie & f32x4::ONE;
            *mask = mask.simd_gt(limit) | tie;
        }
        masks
    }
}
