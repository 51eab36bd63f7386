//! Adversarial points for training: a few signed gradient steps for all examples of a chunk at once.

use serde::{Deserialize, Serialize};

use super::Objective;
use crate::affine::{Deltas, Lists, Place};
use crate::encode::{Encoded, Encoding, InputMap, Inputs};
use crate::error::{check_range, Result};
use crate::grad::{input, spikes as backward};
use crate::loss::cross_entropy;
use crate::network::Network;
use crate::parameters::Parameters;
use crate::propagate::spikes;
use crate::region::{Flips, InputIntervals, Linf, PerStep, Region, Rounding};
use crate::rng::{Purpose, Rng};

/// How adversarial points are looked for. The default is FGSM: one step to the end of the region.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Adversary {
    /// Gradient steps. Of flips, each makes its part of the budget.
    pub iterations: usize,
    /// Of a step, as a share of the region's radius.
    pub step_size: f32,
    /// Whether to begin at a random point of the ball; flips begin with the example.
    pub random_start: bool,
}

impl Default for Adversary {
    fn default() -> Self {
        Adversary {
            iterations: 1,
            step_size: 1.0,
            random_start: false,
        }
    }
}

impl Adversary {
    /// # Errors
    /// `invalid-value` naming a number out of range.
    pub fn check(&self) -> Result<()> {
        check_range("attack.iterations", self.iterations as f64, 1.0..=1000.0)?;
        check_range("attack.stepSize", self.step_size.into(), 0.0..=1e3)
    }
}

/// A region cut into two: where the middle of a small region of `share` of its size may be, and the
/// small region. What the second leaves of a member of the first is in the region.
pub fn split(region: &Region, share: f32) -> [Region; 2] {
    match region {
        Region::Linf(linf) => {
            let small = linf.epsilon * f64::from(share);
            let ball = |epsilon| Region::Linf(Linf { epsilon, ..*linf });
            [ball(linf.epsilon - small), ball(small)]
        }
        Region::Flips(flips) => {
            let around = |count: usize| ((1.0 - f64::from(share)) * count as f64) as usize;
            let left = |count: usize| count - around(count);
            [cut(flips, around), cut(flips, left)]
        }
        Region::Sampled(_) | Region::Shift(_) => {
            unreachable!("`Objective::fits` refuses regions without adversarial points")
        }
    }
}

/// The same flips with smaller budgets.
fn cut(flips: &Flips, of: impl Fn(usize) -> usize) -> Region {
    Region::Flips(Flips {
        budget: of(flips.budget),
        per_step: match &flips.per_step {
            PerStep::Any => PerStep::Any,
            PerStep::Same(most) => PerStep::Same(of(*most)),
            PerStep::Each(most) => PerStep::Each(most.iter().map(|&most| of(most)).collect()),
        },
        ..flips.clone()
    })
}

/// Inputs in the place of a chunk's, and how they are read: what a rate code draws is flipped as spikes.
pub struct Points {
    pub map: InputMap,
    images: Vec<f32>,
}

impl Points {
    pub fn inputs<'a>(&'a self, instead: Inputs<'a>) -> Inputs<'a> {
        Inputs {
            images: &self.images,
            ..instead
        }
    }
}

/// A search over a chunk.
pub struct Search<'a> {
    pub network: &'a Network,
    pub parameters: &'a Parameters,
    pub objective: &'a Objective,
    pub inputs: Inputs<'a>,
    pub labels: &'a [u8],
}

impl Search<'_> {
    /// One adversarial point per example. What is found for one does not hang on the others.
    pub fn points(&self, region: &Region) -> Points {
        match region {
            Region::Linf(linf) => self.pixels(*linf),
            Region::Flips(flips) => self.flipped(flips),
            Region::Sampled(_) | Region::Shift(_) => {
                unreachable!("`Objective::fits` refuses regions without adversarial points")
            }
        }
    }

    /// Signed steps within the ball.
    fn pixels(&self, ball: Linf) -> Points {
        let map = self.network.input_map();
        let images = self.inputs.images;
        let ends: Vec<(f32, f32)> = images.iter().map(|&x| ball.ends(x)).collect();
        let mut points = Points {
            map,
            images: images.to_vec(),
        };
        let radius = ball.epsilon as f32;
        let Adversary {
            iterations,
            step_size,
            random_start,
        } = self.objective.adversary;
        if random_start {
            self.scatter(&mut points.images, &ends);
        }
        let reach = match map.encoding {
            Encoding::Rate => {
                let region = Region::Linf(ball);
                Some(InputIntervals::new(
                    map,
                    self.inputs,
                    &region,
                    Rounding::Nearest,
                ))
            }
            _ => None,
        };
        for _ in 0..iterations {
            let delta = self.deltas(&points);
            let by = match &reach {
                Some(InputIntervals::Spikes(spikes)) => self.by_drawn(&delta, &spikes.open),
                _ => input::by_pixels(self.network, self.parameters, &delta),
            };
            let values = points.images.iter_mut().zip(&ends);
            for ((x, &(lower, upper)), &by) in values.zip(&by) {
                if by != 0.0 {
                    *x = (*x + (step_size * radius).copysign(by)).clamp(lower, upper);
                }
            }
        }
        points
    }

    /// Uniform between the ends.
    fn scatter(&self, images: &mut [f32], ends: &[(f32, f32)]) {
        let size = images.len() / self.inputs.len().max(1);
        for (index, &sample) in self.inputs.samples.iter().enumerate() {
            let key = [self.objective.presentation, sample.into()];
            let mut rng = Rng::keyed(self.objective.seed, Purpose::Adversary, &key);
            let range = index * size..(index + 1) * size;
            for (x, &(lower, upper)) in images[range.clone()].iter_mut().zip(&ends[range]) {
                *x = (lower + (upper - lower) * rng.uniform()).clamp(lower, upper);
            }
        }
    }

    /// By a rate code's pixels: the sum over those draws that the region reaches; the others compare as
    /// they do whatever the pixel is. Rows of `reach`: (sample, step, position).
    fn by_drawn(&self, delta: &Deltas, reach: &Lists<f32>) -> Vec<f32> {
        let layer = &self.network.layers[0];
        let map = self.network.input;
        let positions = map.positions();
        let dots = layer.affine.dots(self.parameters.weight(layer));
        let mut by = vec![0.0; self.inputs.images.len()];
        for row in 0..reach.rows() {
            let (group, position) = (row / positions, row % positions);
            let first = group / self.inputs.steps * map.len();
            for (channel, _) in reach.entries(row) {
                let place = Place {
                    group,
                    position,
                    channel,
                };
                by[first + channel * positions + position] += dots.sent(&delta.each, place);
            }
        }
        by
    }

    /// The flips that gain most to first order, a part of the budget at each iteration.
    fn flipped(&self, flips: &Flips) -> Points {
        let Inputs { steps, .. } = self.inputs;
        let size = self.network.input_len();
        let original = self.spikes();
        let mut points = Points {
            map: InputMap {
                encoding: Encoding::Spikes,
                ..self.network.input_map()
            },
            images: original.clone(),
        };
        let Adversary { iterations, .. } = self.objective.adversary;
        let mut made = 0;
        for iteration in 1..=iterations {
            let until = (flips.budget * iteration).div_ceil(iterations);
            if until == made {
                continue;
            }
            let delta = self.deltas(&points);
            let by = input::by_steps(self.network, self.parameters, &delta);
            let examples = points.images.chunks_exact_mut(steps * size);
            let examples = examples.zip(original.chunks_exact(steps * size));
            for ((spikes, original), by) in examples.zip(by.chunks_exact(steps * size)) {
                flip(flips, until, size, [original, by], spikes);
            }
            made = until;
        }
        points
    }

    /// Spikes of every example, `[steps, size]` each in PyTorch's order.
    fn spikes(&self) -> Vec<f32> {
        let map = self.network.input_map();
        let (size, positions) = (map.shape.len(), map.shape.positions());
        let mut all = vec![0.0; self.inputs.len() * self.inputs.steps * size];
        let Encoded::Spikes(lists) = Encoded::new(map, self.inputs) else {
            unreachable!("`Region::fits` refuses flips of pixels");
        };
        for row in 0..lists.rows() {
            let (frame, position) = (row / positions, row % positions);
            for (channel, ()) in lists.entries(row) {
                all[frame * size + channel * positions + position] = 1.0;
            }
        }
        all
    }

    /// The derivatives of the loss with respect to the first layer's drive.
    fn deltas(&self, points: &Points) -> Deltas {
        let inputs = points.inputs(self.inputs);
        let (network, parameters, classes) = (self.network, self.parameters, self.network.classes);
        let input = Encoded::new(points.map, inputs);
        let trace = spikes::propagate(network, parameters, input, inputs.len(), inputs.steps);
        let mut by_scores = vec![0.0; trace.scores.len()];
        let scores = trace.scores.chunks_exact(classes);
        let rows = scores.zip(by_scores.chunks_exact_mut(classes));
        for ((scores, by), &label) in rows.zip(self.labels) {
            cross_entropy(scores, label.into(), self.objective.scale, by);
        }
        let surrogate = self.objective.surrogate;
        backward::deltas(network, parameters, &trace, &by_scores, surrogate, None)
    }
}

/// Flips places of an example until it differs from the original one in so many, those first whose
/// change gains most, as long as it gains.
fn flip(flips: &Flips, until: usize, size: usize, [original, by]: [&[f32]; 2], spikes: &mut [f32]) {
    let steps = spikes.len() / size;
    let mut left: Vec<usize> = (0..steps).map(|step| flips.budget_of(step)).collect();
    let mut places = until;
    for (at, (x, was)) in spikes.iter().zip(original).enumerate() {
        if x != was {
            left[at / size] -= 1;
            places -= 1;
        }
    }
    let gain = |at: usize| by[at] * (1.0 - 2.0 * original[at]);
    let mut free: Vec<usize> = (0..spikes.len())
        .filter(|&at| {
            gain(at) > 0.0
                && spikes[at] == original[at]
                && flips.allows(at / size, at % size, size, original[at] != 0.0)
        })
        .collect();
    let order = |a: &usize, b: &usize| gain(*b).total_cmp(&gain(*a)).then(a.cmp(b));
    if flips.per_step == PerStep::Any && places < free.len() {
        free.select_nth_unstable_by(places, order);
        free.truncate(places);
    }
    free.sort_unstable_by(order);
    for at in free {
        if places > 0 && left[at / size] > 0 {
            spikes[at] = 1.0 - original[at];
            left[at / size] -= 1;
            places -= 1;
        }
    }
}
