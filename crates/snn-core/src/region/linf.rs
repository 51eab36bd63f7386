//! The L-infinity ball around an image: of pixels as they are, and of the spikes drawn from them.

use serde::{Deserialize, Serialize};

use super::{PixelIntervals, Rounding, SpikeIntervals};
use crate::affine::{Lists, Sieve};
use crate::encode::{each_place, Inputs, Scan};
use crate::error::{check_range, Result};
use crate::shape::Shape;

/// All images within `epsilon` of the given one in every pixel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linf {
    /// Radius in pixel units, at least 0. In f64, as it is written: f32 would round it.
    pub epsilon: f64,
    /// Whether perturbed pixels stay in [0, 1].
    #[serde(default)]
    pub clip: bool,
}

impl Linf {
    /// # Errors
    /// `invalid-value` for a negative or non-finite epsilon.
    pub fn check(&self) -> Result<()> {
        check_range("epsilon", self.epsilon, 0.0..=1e6)
    }

    /// Interval of a pixel.
    pub fn interval(&self, pixel: f32, rounding: Rounding) -> (f32, f32) {
        let (mut lower, mut upper) = match rounding {
            Rounding::Nearest => {
                let epsilon = self.epsilon as f32;
                (pixel - epsilon, pixel + epsilon)
            }
            Rounding::Outward => {
                let pixel = f64::from(pixel);
                let (lower, upper) = (pixel - self.epsilon, pixel + self.epsilon);
                ((lower as f32).next_down(), (upper as f32).next_up())
            }
        };
        if self.clip {
            (lower, upper) = (lower.clamp(0.0, 1.0), upper.clamp(0.0, 1.0));
        }
        (lower, upper)
    }
}

pub(super) fn pixels(
    map: Shape,
    inputs: Inputs,
    region: Linf,
    rounding: Rounding,
) -> PixelIntervals {
    let mut ends = Lists::new();
    for index in 0..inputs.len() {
        let image = inputs.image(index);
        each_place(map, |pixel, channel, last| {
            let (lower, upper) = region.interval(image[pixel], rounding);
            ends.push(channel, [lower, upper]);
            if last {
                ends.end_row();
            }
        });
    }
    let radius = match rounding {
        Rounding::Nearest => region.epsilon as f32,
        // Holds for pixels up to 2; samples that it does not hold for keep their own.
        Rounding::Outward => ((region.epsilon + 5e-7) as f32).next_up(),
    };
    PixelIntervals {
        ends,
        radius: (!region.clip).then_some(radius),
    }
}

pub(super) fn spikes(
    map: Shape,
    inputs: Inputs,
    region: Linf,
    rounding: Rounding,
) -> SpikeIntervals<f32> {
    let mut intervals = SpikeIntervals::default();
    let (mut even, mut odd) = (Sieves::new(map), Sieves::new(map));
    for index in 0..inputs.len() {
        let image = inputs.image(index);
        let scan = Scan::new(map, |pixel| {
            let ends = region.interval(image[pixel], rounding);
            (ends.1 > 0.0).then_some(ends)
        });
        for pair in 0..inputs.steps.div_ceil(2) {
            let draws = inputs.draws(index, pair);
            for place in scan.positions() {
                for &(pixel, channel, ends) in place {
                    let [first, second] = draws.pair(pixel);
                    even.push(channel, ends, first);
                    odd.push(channel, ends, second);
                }
                even.end_row();
                odd.end_row();
            }
            even.pour(&mut intervals);
            match 2 * pair + 1 < inputs.steps {
                true => odd.pour(&mut intervals),
                false => odd = Sieves::new(map),
            }
        }
    }
    intervals
}

/// The inputs of one step, compared with their draws.
struct Sieves {
    firing: Sieve,
    open: Sieve<f32>,
}

impl Sieves {
    fn new(map: Shape) -> Self {
        Sieves {
            firing: Sieve::new(map.len()),
            open: Sieve::new(map.len()),
        }
    }

    /// An input whose pixel lies between the ends.
    #[inline(always)]
    fn push(&mut self, channel: usize, (lower, upper): (f32, f32), draw: f32) {
        let fires = lower > draw;
        self.firing.push(fires, channel, ());
        self.open.push(!fires & (upper > draw), channel, draw);
    }

    #[inline(always)]
    fn end_row(&mut self) {
        self.firing.end_row();
        self.open.end_row();
    }

    fn pour(&mut self, intervals: &mut SpikeIntervals<f32>) {
        self.firing.pour(&mut intervals.firing);
        self.open.pour(&mut intervals.open);
    }
}
