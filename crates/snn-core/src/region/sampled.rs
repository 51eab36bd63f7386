//! The published code's region of spikes: a random share of the places is free.

use serde::{Deserialize, Serialize};

use crate::error::{check_range, Result};
use crate::rng::{Purpose, Stream};

/// All spike trains that differ from the given one in places (step, position) drawn at random, each
/// with chance `fraction`. **No worst case**: what it proves holds for the places that were drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampled {
    /// Chance of a place to be free, in [0, 1].
    pub fraction: f64,
    /// Of the draws, which are keyed by (seed, presentation, sample, step).
    #[serde(default)]
    pub seed: u64,
}

impl Sampled {
    /// # Errors
    /// `invalid-value` for a fraction outside [0, 1].
    pub fn check(&self) -> Result<()> {
        check_range("fraction", self.fraction, 0.0..=1.0)
    }

    /// The draws of steps `2 * pair` and the one after; `key`: presentation and sample.
    pub fn draws(&self, [presentation, sample]: [u64; 2], pair: usize) -> Stream {
        let key = [presentation, sample, pair as u64];
        Stream::keyed(self.seed, Purpose::Region, &key)
    }

    /// Whether a place is free, by its draw.
    pub fn frees(&self, draw: f32) -> bool {
        f64::from(draw) < self.fraction
    }
}
