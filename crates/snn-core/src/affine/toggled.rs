//! What toggling a few inputs can do to a layer's outputs: per output the largest terms.
//!
//! Toggling an input adds its weight where it was off and takes it away where it was on. Of many
//! inputs the largest terms are found among the output's largest weights; of few they are all looked
//! at.

use wide::f32x4;

use super::ends::EndDeltas;
use super::panels::PANEL;
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
    /// How far the outputs of an output row can fall and rise, from vector `first` on.
    #[inline(always)]
    pub fn of(&self, row: usize, first: usize) -> [&[f32x4]; 2] {
        let scope = self.scopes.of[row] as usize;
        [&self.falls, &self.rises].map(|rows| &rows.run(scope, 1)[first..])
    }

    /// Terms of both at most.
    pub fn terms(&self, row: usize) -> usize {
        2 * self.scopes.terms(self.scopes.of[row] as usize)
    }
}

/// Scopes of fewer inputs are looked at one by one.
const FEW: usize = 64;

/// A term of a sum, by how much it makes the output fall or rise.
#[derive(Clone, Copy)]
struct Toggled {
    size: f32,
    row: u32,
    on: bool,
}

impl Affine {
    /// The most that a scope's toggles can take from every output and add to it.
    pub fn reaches<'a>(&self, weight: &[f32x4], scopes: &'a Scopes) -> Reaches<'a> {
        let vectors = self.output_vectors();
        let zeros = || Rows::zeros(scopes.len(), vectors);
        let mut reaches = Reaches {
            scopes,
            falls: zeros(),
            rises: zeros(),
        };
        let mut choice = Choice::new(self, weight, scopes);
        for scope in 0..scopes.len() {
            choice.turn_to(scope);
            let Reaches { falls, rises, .. } = &mut reaches;
            let (falls, rises) = (falls.row_mut(scope), rises.row_mut(scope));
            for column in 0..self.output.channels {
                let sum = |of: &[Toggled]| of.iter().map(|t| f64::from(t.size)).sum::<f64>();
                let ends = choice.of(column).map(sum);
                [falls[column], rises[column]] = ends.map(|sum| sum as f32);
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
        let sums = [&delta.lower, &delta.upper].map(|delta| {
            let mut sums = Rows::zeros(scopes.len(), vectors);
            for (row, &scope) in scopes.of.iter().enumerate() {
                let to = sums.run_mut(scope as usize, 1).iter_mut();
                let from = delta.each.row(row).flatten();
                to.zip(from).for_each(|(sum, &by)| *sum += by);
            }
            sums
        });
        let gradient: &mut [f32] = bytemuck::cast_slice_mut(gradient);
        let mut choice = Choice::new(self, weight, scopes);
        for scope in 0..scopes.len() {
            choice.turn_to(scope);
            for column in 0..self.output.channels {
                let by = sums.each_ref().map(|sums| sums.row(scope)[column]);
                if by == [0.0; 2] {
                    continue;
                }
                let place = choice.column(column);
                for (chosen, by) in choice.of(column).into_iter().zip(by) {
                    for toggled in chosen {
                        let at = place.start + toggled.row as usize * place.pitch;
                        gradient[at] += if toggled.on { -by } else { by };
                    }
                }
            }
        }
    }
}

/// Where a column of the packed weight lies.
#[derive(Clone, Copy)]
struct Column {
    start: usize,
    pitch: usize,
}

/// Chooses the largest terms, scope by scope and output by output.
struct Choice<'a> {
    affine: &'a Affine,
    weight: &'a [f32],
    scopes: &'a Scopes,
    /// Made when a scope first needs it: by column, its largest weights' rows.
    ranking: Option<Vec<u32>>,
    depth: usize,
    scope: usize,
    /// By weight row, what of the present scope it is; only for scopes of many inputs.
    states: Vec<State>,
    walks: bool,
    /// Collect the largest terms of a scope with more than its budget.
    largest: Option<[Least; 2]>,
    /// The terms that make an output fall, and those that make it rise.
    chosen: [Vec<Toggled>; 2],
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Fixed,
    Off,
    On,
}

impl<'a> Choice<'a> {
    fn new(affine: &'a Affine, weight: &'a [f32x4], scopes: &'a Scopes) -> Self {
        assert!(scopes.rows.width() <= affine.weight_rows());
        let most = (0..scopes.len()).map(|scope| scopes.terms(scope)).max();
        Choice {
            affine,
            weight: bytemuck::cast_slice(weight),
            scopes,
            ranking: None,
            // Half of the weights are of one sign.
            depth: (4 * most.unwrap_or(0) + 32).min(affine.weight_rows()),
            scope: 0,
            states: Vec::new(),
            walks: false,
            largest: None,
            chosen: [Vec::new(), Vec::new()],
        }
    }

    fn column(&self, column: usize) -> Column {
        let (rows, vectors) = (self.affine.weight_rows(), self.affine.output_vectors());
        let vector = column / LANES;
        let first = vector - vector % PANEL;
        let width = PANEL.min(vectors - first);
        Column {
            start: LANES * (first * rows + vector - first) + column % LANES,
            pitch: LANES * width,
        }
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
        let most = || [Least::new(budget), Least::new(budget)];
        self.largest = (rows.len() > budget).then(most);
        self.walks = rows.len() > (4 * budget.min(rows.len())).max(FEW);
        if !self.walks {
            return;
        }
        self.states.resize(self.affine.weight_rows(), State::Fixed);
        for (&row, &on) in rows.iter().zip(on) {
            let state = &mut self.states[row as usize];
            // A weight that several inputs share has no one state.
            self.walks &= *state == State::Fixed;
            *state = if on { State::On } else { State::Off };
        }
        if self.walks && self.ranking.is_none() {
            self.ranking = Some(self.ranked());
        }
    }

    /// By column, the rows of its largest weights in falling order of their size.
    fn ranked(&self) -> Vec<u32> {
        let mut ranking = Vec::with_capacity(self.affine.output.channels * self.depth);
        let mut largest = Least::new(self.depth);
        for column in 0..self.affine.output.channels {
            let Column { start, pitch } = self.column(column);
            for row in 0..self.affine.weight_rows() {
                let size = self.weight[start + row * pitch].abs();
                largest.push(-f64::from(size), row as u32);
            }
            let before = ranking.len();
            ranking.extend(largest.sorted().iter().map(|largest| largest.tag));
            // Weights of zero are not listed; any row stands for them.
            let zero = (0..self.affine.weight_rows() as u32)
                .find(|&row| self.weight[start + row as usize * pitch] == 0.0);
            ranking.resize(before + self.depth, zero.unwrap_or(0));
        }
        ranking
    }

    /// The terms that make an output fall most, and those that make it rise most, within the budget.
    fn of(&mut self, column: usize) -> [&[Toggled]; 2] {
        self.chosen.iter_mut().for_each(Vec::clear);
        if !(self.walks && self.walk(column)) {
            self.look(column);
        }
        self.chosen.each_ref().map(Vec::as_slice)
    }

    /// Goes through the largest weights; false where they do not suffice.
    fn walk(&mut self, column: usize) -> bool {
        let budget = self.scopes.budgets[self.scope];
        let Column { start, pitch } = self.column(column);
        let Some(ranking) = &self.ranking else {
            return false;
        };
        for &row in &ranking[column * self.depth..][..self.depth] {
            let weight = self.weight[start + row as usize * pitch];
            if weight == 0.0 {
                return true;
            }
            let state = self.states[row as usize];
            if state == State::Fixed {
                continue;
            }
            let on = state == State::On;
            let end = usize::from((weight < 0.0) == on);
            if self.chosen[end].len() < budget {
                let size = weight.abs();
                self.chosen[end].push(Toggled { size, row, on });
            } else if self.chosen[1 - end].len() == budget {
                return true;
            }
        }
        let done = self.depth == self.affine.weight_rows();
        if !done {
            self.chosen.iter_mut().for_each(Vec::clear);
        }
        done
    }

    /// Looks at all inputs of the scope.
    fn look(&mut self, column: usize) {
        let Column { start, pitch } = self.column(column);
        for (row, on) in self.scopes.rows.entries(self.scope) {
            let weight = self.weight[start + row * pitch];
            if weight == 0.0 {
                continue;
            }
            let end = usize::from((weight < 0.0) == on);
            let (size, row) = (weight.abs(), row as u32);
            match &mut self.largest {
                Some(largest) => largest[end].push(-f64::from(size), 2 * row + u32::from(on)),
                None => self.chosen[end].push(Toggled { size, row, on }),
            }
        }
        let ends = self
            .chosen
            .iter_mut()
            .zip(self.largest.iter_mut().flatten());
        for (chosen, largest) in ends {
            chosen.extend(largest.drain().map(|of| Toggled {
                size: -of.number as f32,
                row: of.tag / 2,
                on: of.tag % 2 == 1,
            }));
        }
    }
}
