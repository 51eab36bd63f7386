//! Surrogate gradients: what stands for the derivative of the step at `x = u - threshold`.

use serde::{Deserialize, Serialize};
use wide::f32x4;

use crate::error::{check_range, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `1 if |x| < width / 2 else 0`; the paper's, with width 1.
    Rectangular,
    /// `1 / (1 + (pi x / width)^2)`
    Atan,
    /// `1 / (1 + |x| / width)^2`
    FastSigmoid,
    /// `max(0, 1 - |x| / width)`
    Triangle,
}

/// A surrogate with its width, in units of the membrane potential. The peak is 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Surrogate {
    pub kind: Kind,
    pub width: f32,
}

impl Surrogate {
    /// The paper's: 1 within half a unit of the threshold.
    pub const PAPER: Surrogate = Surrogate {
        kind: Kind::Rectangular,
        width: 1.0,
    };

    /// # Errors
    /// `invalid-value` when the width is not a positive number.
    pub fn check(&self) -> Result<()> {
        check_range("surrogate.width", self.width.into(), 1e-6..=1e6)
    }

    #[inline(always)]
    pub fn derivative(&self, x: f32x4) -> f32x4 {
        match self.kind {
            Kind::Rectangular => {
                let near = x.abs().simd_lt(f32x4::splat(0.5 * self.width));
                near.bitselect(f32x4::ONE, f32x4::ZERO)
            }
            _ => self.smooth(x),
        }
    }

    /// The derivative that is not rectangular. A copy at every place that asks would be a few per cent
    /// of the module.
    #[inline(never)]
    fn smooth(&self, x: f32x4) -> f32x4 {
        let one = f32x4::ONE;
        let inverse = f32x4::splat(1.0 / self.width);
        match self.kind {
            Kind::Atan => {
                let scaled = x * (inverse * f32x4::splat(std::f32::consts::PI));
                one / (one + scaled * scaled)
            }
            Kind::FastSigmoid => {
                let root = one + x.abs() * inverse;
                one / (root * root)
            }
            Kind::Rectangular | Kind::Triangle => (one - x.abs() * inverse).fast_max(f32x4::ZERO),
        }
    }
}
