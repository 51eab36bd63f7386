//! The leaky integrate-and-fire neuron (ALGORITHMS 1): its step, its intervals, its surrogate
//! gradients and its linear relaxation.
//!
//! ```text
//! u[t] = drive[t] + leak * r[t-1]          s[t] = u[t] > threshold (strict)
//! r[t] = u[t] * (1 - s[t])                 hard reset
//! r[t] = u[t] - threshold * s[t]           soft reset
//! ```
//! Both `s` and `r` are functions of the one number `u`.

pub mod interval;
pub mod relaxation;
pub mod surrogate;

use serde::{Deserialize, Serialize};
use wide::f32x4;

use crate::error::{check_range, Result};
use crate::shape::vectors;

/// What is left of the membrane potential after a spike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reset {
    /// Zero.
    Hard,
    /// The threshold is subtracted.
    Soft,
}

/// The constants of a layer's neurons.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neuron {
    /// Membrane potential above which the neuron fires; finite.
    pub threshold: f32,
    /// Share of the kept potential that remains a step later, in [0, 1]; 1 is integrate-and-fire.
    pub leak: f32,
    pub reset: Reset,
}

impl Neuron {
    /// # Errors
    /// `invalid-value` naming `field.threshold` or `field.leak`.
    pub fn check(&self, field: &str) -> Result<()> {
        let limit = 1e30;
        check_range(
            &format!("{field}.threshold"),
            self.threshold.into(),
            -limit..=limit,
        )?;
        check_range(&format!("{field}.leak"), self.leak.into(), 0.0..=1.0)
    }

    /// The threshold of every channel of a position. Padding lanes can never fire.
    pub fn thresholds(&self, channels: usize) -> Vec<f32x4> {
        let mut thresholds = vec![f32x4::splat(f32::MAX); vectors(channels)];
        let lanes: &mut [f32] = bytemuck::cast_slice_mut(&mut thresholds);
        lanes[..channels].fill(self.threshold);
        thresholds
    }

    /// Which lanes fire, and the kept potential.
    #[inline(always)]
    pub fn step(&self, u: f32x4, threshold: f32x4) -> (f32x4, f32x4) {
        let fires = u.simd_gt(threshold);
        let after = match self.reset {
            Reset::Hard => f32x4::ZERO,
            Reset::Soft => u - threshold,
        };
        (fires, fires.bitselect(after, u))
    }
}

/// Calls `lane` for every set bit of a SIMD comparison's bit mask.
#[inline(always)]
pub fn lanes(mut mask: u32, mut lane: impl FnMut(usize)) {
    while mask != 0 {
        lane(mask.trailing_zeros() as usize);
        mask &= mask - 1;
    }
}
