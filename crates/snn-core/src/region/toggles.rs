//! Spikes known but for a few of them: what may be toggled, and how much of it at once.

use wide::f32x4;

use super::moves::Moves;
use super::{Coupling, Region, Shift};
use crate::affine::{Lists, WIDEST};
use crate::encode::{each_place, Encoded, InputMap, Inputs};
use crate::least::Least;
use crate::shape::{Shape, LANES};

/// Inputs as they are, and which of them may be otherwise. Rows are (sample, step, position).
#[derive(Clone, Debug)]
pub struct Toggles {
    /// The spikes as they are.
    pub firing: Lists,
    /// What may be toggled, and whether it is a spike.
    pub open: Lists<bool>,
    map: Shape,
    steps: usize,
    limit: Limit,
}

/// How much may be toggled at once.
#[derive(Clone, Debug)]
enum Limit {
    /// Anything.
    None,
    /// So much over all steps, and at each step.
    Flips { most: usize, of_steps: Vec<usize> },
    /// Spikes for places within their reach.
    Moves(Shift),
}

/// One f64 per query.
type Wide = [[f64; LANES]; WIDEST];

impl Toggles {
    /// Of the spikes that are given, or that a rate code draws. The region is none of pixels.
    pub fn new(map: InputMap, inputs: Inputs, region: &Region) -> Self {
        let Encoded::Spikes(firing) = Encoded::new(map, inputs) else {
            unreachable!("`Region::fits` refuses spikes' regions of pixels");
        };
        let (map, steps) = (map.shape, inputs.steps);
        let positions = map.positions();
        let mut open = Lists::new();
        for sample in 0..inputs.len() {
            let mut on = vec![false; steps * map.len()];
            for row in 0..steps * positions {
                for (channel, ()) in firing.entries(sample * steps * positions + row) {
                    let (step, position) = (row / positions, row % positions);
                    on[step * map.len() + channel * positions + position] = true;
                }
            }
            let key = [inputs.draws.presentation, inputs.samples[sample].into()];
            let free = region.free(map.len(), key, &on);
            for (on, free) in on.chunks_exact(map.len()).zip(free.chunks_exact(map.len())) {
                each_place(map, |pixel, channel, last| {
                    if free[pixel] {
                        open.push(channel, on[pixel]);
                    }
                    if last {
                        open.end_row();
                    }
                });
            }
        }
        let limit = match region {
            Region::Flips(flips) => Limit::Flips {
                most: flips.budget,
                of_steps: (0..steps).map(|step| flips.budget_of(step)).collect(),
            },
            Region::Shift(shift) => Limit::Moves(*shift),
            Region::Linf(_) | Region::Sampled(_) => Limit::None,
        };
        Toggles {
            firing,
            open,
            map,
            steps,
            limit,
        }
    }

    /// How many toggles a step has at most. A spike that moves is one, at each of both steps.
    pub fn budget(&self, step: usize) -> usize {
        match &self.limit {
            Limit::None => usize::MAX,
            Limit::Flips { of_steps, .. } => of_steps[step],
            Limit::Moves(shift) => shift.budget,
        }
    }

    /// Minimum over the region of `sum coefficient * (x' - x)` for each of so many lanes, at most 0;
    /// `coefficients` are `width` vectors per place that may be toggled of a sample. `changes`, of the
    /// same form, gets `x' - x` at the minimum added.
    ///
    /// Exact, but for spikes that move further than [`EXACT`](super::moves::EXACT) steps and have
    /// neighbours: a lower bound then.
    pub fn minimise(
        &self,
        sample: usize,
        coupling: Coupling,
        (coefficients, width, lanes): (&[f32x4], usize, usize),
        changes: &mut [f32x4],
    ) -> Wide {
        let mut total = [[0.0; LANES]; WIDEST];
        let first = sample * self.steps * self.map.positions();
        let changes: &mut [f32] = bytemuck::cast_slice_mut(changes);
        let numbers: &[f32] = bytemuck::cast_slice(coefficients);
        let pitch = width * LANES;
        if let (Limit::Moves(shift), Coupling::Coupled) = (&self.limit, coupling) {
            let moves = Moves::new(&self.open, first, self.steps, self.map, *shift);
            for lane in 0..lanes {
                let of_lane = numbers.iter().skip(lane).step_by(pitch);
                let coefficients: Vec<f64> = of_lane.map(|&a| f64::from(a)).collect();
                let change = |entry: usize, by: f32| changes[entry * pitch + lane] += by;
                total[lane / LANES][lane % LANES] = moves.minimise(&coefficients, change);
            }
            return total;
        }
        let most = match (&self.limit, coupling) {
            (Limit::Flips { most, .. }, Coupling::Coupled) => *most,
            _ => usize::MAX,
        };
        let mut least = vec![Least::new(most); lanes];
        let positions = self.map.positions();
        let start = self.open.range(first, 0).start;
        for step in 0..self.steps {
            let budget = self.budget(step);
            let mut of_step = vec![Least::new(budget); if budget < most { lanes } else { 0 }];
            for entry in self.open.range(first + step * positions, positions) {
                let at = entry - start;
                let (_, on) = self.open.entry(entry);
                let sign = if on { -1.0 } else { 1.0 };
                let coefficients = &coefficients[at * width..(at + 1) * width];
                let coefficients: &[f32] = bytemuck::cast_slice(coefficients);
                let into = if of_step.is_empty() {
                    &mut least
                } else {
                    &mut of_step
                };
                for (least, &a) in into.iter_mut().zip(coefficients) {
                    least.push(sign * f64::from(a), at as u32);
                }
            }
            for (of_step, least) in of_step.iter_mut().zip(&mut least) {
                let kept = of_step.drain();
                kept.for_each(|gain| least.push(gain.number, gain.tag));
            }
        }
        for (lane, least) in least.iter_mut().enumerate() {
            for gain in least.sorted() {
                total[lane / LANES][lane % LANES] += gain.number;
                let at = gain.tag as usize;
                let (_, on) = self.open.entry(start + at);
                changes[at * pitch + lane] += if on { -1.0 } else { 1.0 };
            }
        }
        total
    }
}
