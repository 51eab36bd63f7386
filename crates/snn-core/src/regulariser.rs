//! What is added to the loss so that neurons are decided, and stay so, while the region grows (after Shi
//! et al. 2021, Xiao et al. 2019 and Threshold Guarding, arXiv 2602.20548; adapted to LIF neurons).
//!
//! Over the `L` layers that fire, their `N` neurons and the `T` steps, per sample:
//!
//! ```text
//! growth    = 1/(L T) sum_l sum_t max(0, 1 - d/(tau w_lt))      w: mean length h - l of a membrane's interval
//!                                                               d: mean length of an input's
//! balance   = 1/L sum_l max(0, 1 - min(a/b, b/a)/tau)           a, b: mean of max(0, c - th) and max(0, th - c)
//!                                                               over neurons and steps, c = (l + h)/2
//! stability = 1/(L N T) sum 1 - f(1 + (l - th)(h - th)/th^2)    f(x) = x/(1 + |x|)
//! guard     = 1/(L N T) sum max(0, 1 - |u - th|/width)^2        u: membranes as they are
//! ```
//!
//! Growth keeps intervals from lengthening over layers and over steps, balance keeps layers from falling
//! silent for the sake of bounds, stability pushes both ends of an interval to one side of the
//! threshold, and guard keeps membranes away from it.

use serde::{Deserialize, Serialize};
use wide::f32x4;

use crate::affine::{panels, Packed};
use crate::error::{check_range, Result};
use crate::intervals::{Intervals, LayerIntervals};
use crate::network::{Layer, Network};
use crate::region::InputIntervals;
use crate::shape::LANES;

/// Weights of the regularisers in the loss, at least 0, and their constants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Regularisers {
    pub growth: f32,
    pub balance: f32,
    pub stability: f32,
    pub guard: f32,
    /// `tau`: above this share nothing is penalised, in (0, 1].
    pub tolerance: f32,
    /// Distance from the threshold within which membranes are guarded, in their own unit.
    pub guard_width: f32,
}

impl Default for Regularisers {
    fn default() -> Self {
        Regularisers {
            growth: 0.0,
            balance: 0.0,
            stability: 0.0,
            guard: 0.0,
            tolerance: 0.5,
            guard_width: 0.1,
        }
    }
}

impl Regularisers {
    /// # Errors
    /// `invalid-value` naming a number out of range.
    pub fn check(&self) -> Result<()> {
        let weights = [
            ("growth", self.growth),
            ("balance", self.balance),
            ("stability", self.stability),
            ("guard", self.guard),
        ];
        for (name, weight) in weights {
            check_range(&format!("regularisers.{name}"), weight.into(), 0.0..=1e6)?;
        }
        let field = "regularisers.tolerance";
        check_range(field, self.tolerance.into(), 1e-6..=1.0)?;
        check_range(
            "regularisers.guardWidth",
            self.guard_width.into(),
            1e-6..=1e6,
        )
    }

    /// Whether intervals are needed.
    pub fn on_intervals(&self) -> bool {
        self.growth > 0.0 || self.balance > 0.0 || self.stability > 0.0
    }
}

/// A penalty summed over samples, and how it pulls at every layer's membranes; None at those of a layer
/// that does not fire.
#[derive(Debug)]
pub struct Penalty<P> {
    pub value: f64,
    pub pulls: Vec<Option<P>>,
}

/// How intervals are pulled at.
#[derive(Debug)]
pub struct IntervalPull {
    each: Each,
    /// By the length of every interval of a (sample, step).
    lengths: Vec<f32>,
    /// By how far a centre of a sample is above the threshold, and below.
    centres: Vec<[f32; 2]>,
    stability: f32,
    steps: usize,
}

/// The penalty on intervals, weighted and times `share`; the value is without the share.
pub fn on_intervals(
    network: &Network,
    trace: &Intervals,
    regularisers: &Regularisers,
    share: f32,
) -> Penalty<IntervalPull> {
    let firing = network.layers.iter().filter(|layer| layer.fires).count() as f64;
    let lengths = input_lengths(network, trace);
    let mut value = 0.0;
    let layers = network.layers.iter().zip(&trace.layers);
    let pulls = layers.map(|(layer, bounds)| {
        layer.fires.then(|| {
            let (steps, each) = (trace.steps, Each::of(layer));
            let mut pull = IntervalPull {
                lengths: vec![0.0; trace.samples * steps],
                centres: vec![[0.0; 2]; trace.samples],
                stability: regularisers.stability * share / (firing * steps as f64) as f32,
                each,
                steps,
            };
            for (sample, &of_input) in lengths.iter().enumerate() {
                let sums = pull.sums(layer, bounds, sample);
                let terms = Terms {
                    regularisers,
                    of_input,
                    parts: firing,
                };
                value += terms.of(&sums, sample, share, &mut pull);
            }
            pull
        })
    });
    let pulls = pulls.collect();
    Penalty { value, pulls }
}

/// Mean length of an input's interval, per sample.
fn input_lengths(network: &Network, trace: &Intervals) -> Vec<f64> {
    let size = network.input_len();
    let positions = network.input.positions();
    let numbers = (size * trace.steps) as f64;
    let of = |sample: usize| match &trace.input {
        InputIntervals::Spikes(spikes) => {
            let rows = positions * trace.steps;
            spikes.open.range(sample * rows, rows).len() as f64 / numbers
        }
        InputIntervals::Pixels(pixels) => {
            let range = pixels.ends.range(sample * positions, positions);
            let ends = pixels.ends.values()[range].iter();
            ends.map(|[l, h]| f64::from(h - l)).sum::<f64>() / size as f64
        }
        InputIntervals::Toggles(toggles) => {
            let most = |step: usize| {
                let row = (sample * trace.steps + step) * positions;
                let places = toggles.open.range(row, positions).len();
                toggles.budget(step).min(places) as f64
            };
            (0..trace.steps).map(most).sum::<f64>() / numbers
        }
    };
    (0..trace.samples).map(of).collect()
}

/// What a layer's intervals of a sample are like, means over its neurons.
struct Sums {
    /// Length, per step.
    lengths: Vec<f64>,
    /// Over all steps: how far centres are above the threshold, and below.
    centres: [f64; 2],
    /// Summed over the steps.
    stability: f64,
}

impl IntervalPull {
    fn sums(&self, layer: &Layer, bounds: &LayerIntervals, sample: usize) -> Sums {
        let (positions, vectors) = (layer.positions(), layer.vectors());
        let mut sums = Sums {
            lengths: Vec::with_capacity(self.steps),
            centres: [0.0; 2],
            stability: 0.0,
        };
        for step in 0..self.steps {
            let first = (sample * self.steps + step) * positions;
            let ends = [&bounds.lower, &bounds.upper].map(|ends| ends.run(first, positions));
            let mut lanes = [f32x4::ZERO; 4];
            for (v, (&l, &h)) in ends[0].iter().zip(ends[1]).enumerate() {
                let (v, zero) = (v % vectors, f32x4::ZERO);
                let (each, threshold) = (self.each.share[v], layer.thresholds[v]);
                let above = f32x4::splat(0.5) * (l + h) - threshold;
                let inner = self.each.inner(v, l - threshold, h - threshold);
                let soft = inner / (f32x4::ONE + inner.abs());
                lanes[0] += each * (h - l);
                lanes[1] += each * above.fast_max(zero);
                lanes[2] += each * (-above).fast_max(zero);
                lanes[3] += each * (f32x4::ONE - soft);
            }
            let [length, above, below, stability] = lanes.map(sum);
            sums.lengths.push(length);
            sums.centres[0] += above / self.steps as f64;
            sums.centres[1] += below / self.steps as f64;
            sums.stability += stability;
        }
        sums
    }

    /// Adds to the derivatives with respect to the ends `[l, h]` of vectors of a position, from vector
    /// `first` of its row on; `group` is (sample, step).
    #[inline(always)]
    pub fn add<'a>(
        &self,
        group: usize,
        first: usize,
        places: impl Iterator<Item = (&'a mut [f32x4; 2], ([f32x4; 2], f32x4))>,
    ) {
        let length = f32x4::splat(self.lengths[group]);
        let [above, below] = self.centres[group / self.steps].map(f32x4::splat);
        let stability = f32x4::splat(self.stability);
        for (v, (by, ([l, h], threshold))) in (first..).zip(places) {
            let each = self.each.share[v];
            let (from_l, from_h) = (l - threshold, h - threshold);
            let centre = from_l + from_h;
            let by_centre = f32x4::splat(0.5)
                * ((above & centre.simd_gt(f32x4::ZERO)) - (below & centre.simd_lt(f32x4::ZERO)));
            let outer = f32x4::ONE + self.each.inner(v, from_l, from_h).abs();
            let slope = stability * self.each.inverse[v] / (outer * outer);
            by[0] += each * (by_centre - length - slope * from_h);
            by[1] += each * (by_centre + length - slope * from_l);
        }
    }
}

/// The terms of a layer and a sample.
struct Terms<'a> {
    regularisers: &'a Regularisers,
    of_input: f64,
    /// Layers that share in the whole.
    parts: f64,
}

impl Terms<'_> {
    /// Their sum; `pull` gets the derivatives, times `share`.
    fn of(&self, sums: &Sums, sample: usize, share: f32, pull: &mut IntervalPull) -> f64 {
        let steps = sums.lengths.len();
        let tau = f64::from(self.regularisers.tolerance);
        let weight = |weight: f32| f64::from(weight) / self.parts;
        let growth = weight(self.regularisers.growth) / steps as f64;
        let mut value = weight(self.regularisers.stability) * sums.stability / steps as f64;
        for (step, &length) in sums.lengths.iter().enumerate() {
            let ratio = self.of_input / (tau * length);
            // Nothing is known of what overflowed, and a region of one input has no lengths.
            if self.of_input > 0.0 && length.is_finite() && ratio < 1.0 {
                value += growth * (1.0 - ratio);
                let slope = growth * ratio / length;
                pull.lengths[sample * steps + step] = slope as f32 * share;
            }
        }
        let balance = weight(self.regularisers.balance);
        let [above, below] = sums.centres;
        let (less, more) = if above < below {
            (above, below)
        } else {
            (below, above)
        };
        let ratio = less / (tau * more);
        if more.is_finite() && ratio < 1.0 {
            value += balance * (1.0 - ratio);
            let part = balance / steps as f64;
            let slopes = [-part / (tau * more), part * ratio / more];
            let [by_less, by_more] = slopes.map(|slope| slope as f32 * share);
            pull.centres[sample] = match above < below {
                true => [by_less, by_more],
                false => [by_more, by_less],
            };
        }
        value
    }
}

/// How membranes are pulled at.
#[derive(Debug)]
pub struct Guard {
    each: Each,
    width: f32,
    /// By the term of one neuron and step.
    weight: f32,
}

/// The penalty on membranes, weighted and times `share`; the value is without the share. `membranes`:
/// rows (sample, step, position) of every layer.
pub fn on_membranes<'a>(
    network: &Network,
    membranes: impl Iterator<Item = &'a Packed>,
    steps: usize,
    regularisers: &Regularisers,
    share: f32,
) -> Penalty<Guard> {
    let firing = network.layers.iter().filter(|layer| layer.fires).count() as f64;
    let weight = f64::from(regularisers.guard) / (firing * steps as f64);
    let mut value = 0.0;
    let layers = network.layers.iter().zip(membranes);
    let pulls = layers.map(|(layer, membranes)| {
        layer.fires.then(|| {
            let guard = Guard {
                each: Each::of(layer),
                width: regularisers.guard_width,
                weight: weight as f32 * share,
            };
            for row in 0..membranes.rows() {
                let mut total = f32x4::ZERO;
                for ((first, _), panel) in panels(layer.vectors()).zip(membranes.row(row)) {
                    for (v, &u) in (first..).zip(panel) {
                        let (near, _) = guard.near(u - layer.thresholds[v]);
                        total += guard.each.share[v] * near * near;
                    }
                }
                value += weight * sum(total);
            }
            guard
        })
    });
    let pulls = pulls.collect();
    Penalty { value, pulls }
}

impl Guard {
    /// How far inside the guarded band a membrane is, as a share of its width, and whether it is above
    /// the threshold.
    #[inline(always)]
    fn near(&self, above: f32x4) -> (f32x4, f32x4) {
        let inverse = f32x4::splat(1.0 / self.width);
        let near = (f32x4::ONE - above.abs() * inverse).fast_max(f32x4::ZERO);
        (near, above.simd_gt(f32x4::ZERO))
    }

    /// The derivative with respect to a vector of membranes, `above` their thresholds; `v`: its place
    /// in a position's row.
    #[inline(always)]
    pub fn slope(&self, v: usize, above: f32x4) -> f32x4 {
        let (near, is_above) = self.near(above);
        let size = f32x4::splat(2.0 * self.weight / self.width) * self.each.share[v] * near;
        is_above.bitselect(-size, size)
    }
}

/// Constants of a layer's neurons, per vector of a position's row.
#[derive(Debug)]
struct Each {
    /// One neuron's share in a mean, and 0 for padding.
    share: Vec<f32x4>,
    /// `1 / th^2`, for thresholds so near zero that it says nothing one of 0.001.
    inverse: Vec<f32x4>,
}

impl Each {
    fn of(layer: &Layer) -> Self {
        let channels = layer.affine.output.channels;
        let share = 1.0 / (layer.positions() * channels) as f32;
        let lane = |at: usize| if at < channels { share } else { 0.0 };
        let vector =
            |v: usize| f32x4::new(std::array::from_fn(|lane_of| lane(v * LANES + lane_of)));
        let least = f32x4::splat(1e-6);
        let inverse = |&th: &f32x4| f32x4::ONE / (th * th).fast_max(least);
        Each {
            share: (0..layer.vectors()).map(vector).collect(),
            inverse: layer.thresholds.iter().map(inverse).collect(),
        }
    }

    /// `1 + (l - th)(h - th)/th^2`
    #[inline(always)]
    fn inner(&self, v: usize, from_l: f32x4, from_h: f32x4) -> f32x4 {
        // In this order, or padding, whose threshold is the largest number, overflows.
        f32x4::ONE + from_l * self.inverse[v] * from_h
    }
}

/// Lanes summed in a fixed order.
fn sum(lanes: f32x4) -> f64 {
    let [a, b, c, d] = lanes.to_array().map(f64::from);
    (a + b) + (c + d)
}
