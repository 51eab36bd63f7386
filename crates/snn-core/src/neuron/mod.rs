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

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use wide::f32x4;

use crate::error::{check_length, check_range, Result};
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

/// The constants of one neuron.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neuron {
    /// Membrane potential above which the neuron fires; finite.
    pub threshold: f32,
    /// Share of the kept potential that remains a step later, in [0, 1]; 1 is integrate-and-fire.
    pub leak: f32,
    pub reset: Reset,
}

/// The constants of a layer's neurons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neurons {
    pub threshold: Constant,
    pub leak: Constant,
    pub reset: Reset,
}

/// The same number for all neurons of a layer, or one for each output channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Constant {
    Same(f32),
    Each(Vec<f32>),
}

impl From<Neuron> for Neurons {
    fn from(neuron: Neuron) -> Self {
        Neurons {
            threshold: Constant::Same(neuron.threshold),
            leak: Constant::Same(neuron.leak),
            reset: neuron.reset,
        }
    }
}

impl Neurons {
    /// # Errors
    /// `invalid-value` and `invalid-shape` naming `field.threshold` or `field.leak`.
    pub fn check(&self, field: &str, channels: usize) -> Result<()> {
        let limit = 1e30;
        let threshold = format!("{field}.threshold");
        self.threshold.check(&threshold, channels, -limit..=limit)?;
        self.leak
            .check(&format!("{field}.leak"), channels, 0.0..=1.0)
    }

    /// The threshold of every channel of a position. Padding lanes can never fire.
    pub fn thresholds(&self, channels: usize) -> Vec<f32x4> {
        self.threshold.packed(channels, f32::MAX)
    }

    /// The leak of every channel of a position.
    pub fn leaks(&self, channels: usize) -> Vec<f32x4> {
        self.leak.packed(channels, 0.0)
    }
}

impl Constant {
    fn check(&self, field: &str, channels: usize, range: RangeInclusive<f64>) -> Result<()> {
        match self {
            Constant::Same(value) => check_range(field, (*value).into(), range),
            Constant::Each(values) => {
                check_length(field, values.len(), channels)?;
                for (channel, &value) in values.iter().enumerate() {
                    check_range(&format!("{field}[{channel}]"), value.into(), range.clone())?;
                }
                Ok(())
            }
        }
    }

    /// In whole SIMD vectors.
    fn packed(&self, channels: usize, padding: f32) -> Vec<f32x4> {
        let mut packed = vec![f32x4::splat(padding); vectors(channels)];
        let lanes: &mut [f32] = bytemuck::cast_slice_mut(&mut packed);
        match self {
            Constant::Same(value) => lanes[..channels].fill(*value),
            Constant::Each(values) => lanes[..channels].copy_from_slice(values),
        }
        packed
    }
}

impl Reset {
    /// Which lanes fire, and the kept potential.
    #[inline(always)]
    pub fn step(self, u: f32x4, threshold: f32x4) -> (f32x4, f32x4) {
        let fires = u.simd_gt(threshold);
        let after = match self {
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
