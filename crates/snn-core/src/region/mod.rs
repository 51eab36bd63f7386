//! The inputs a certificate speaks of: the interval of every input, and the exact minimum of a
//! linear form over the region (ALGORITHMS 2).

mod flips;
mod intervals;
mod linf;
mod moves;
mod perturbation;
mod sampled;
mod shift;
mod switches;
mod toggles;

use serde::{Deserialize, Serialize};

pub use flips::{Flips, PerStep};
pub use intervals::{Centred, InputIntervals, PixelIntervals, SpikeIntervals};
pub use linf::Linf;
pub use perturbation::Example;
pub use sampled::Sampled;
pub use shift::Shift;
pub use switches::Switches;
pub use toggles::Toggles;

use crate::encode::Encoding;
use crate::error::{Code, Error, Result};

/// Whether bounds hold for the arithmetic that runs, or are the plain f32 formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rounding {
    /// As the formulas give it: for training and for comparison.
    Nearest,
    /// Widened outward (ALGORITHMS 8): for certificates.
    Outward,
}

impl Rounding {
    /// A lower bound in f32, not above the f64 one when it is to hold for the arithmetic that runs.
    pub fn lower(self, bound: f64) -> f32 {
        let nearest = bound as f32;
        match self {
            Rounding::Outward if f64::from(nearest) > bound => nearest.next_down(),
            _ => nearest,
        }
    }
}

/// Whether the minimum over the input knows what its steps have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coupling {
    /// One pixel value, or one budget, for all steps: exact.
    Coupled,
    /// Each step on its own: the paper's. A budget is then one of every step.
    PerStep,
}

/// What a certificate speaks of. A region is added here, with its interval, its exact minimum, a
/// sampler and a membership test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Region {
    Linf(Linf),
    Flips(Flips),
    Sampled(Sampled),
    Shift(Shift),
}

impl Region {
    /// # Errors
    /// `invalid-value` for parameters out of range.
    pub fn check(&self) -> Result<()> {
        match self {
            Region::Linf(linf) => linf.check(),
            Region::Flips(flips) => flips.check(),
            Region::Sampled(sampled) => sampled.check(),
            Region::Shift(shift) => shift.check(),
        }
    }

    /// Refuses a region that inputs of an encoding cannot have: maps of `size` numbers, run for
    /// `steps` steps. What a rate code draws are spikes, too.
    ///
    /// # Errors
    /// `invalid-value`; `invalid-shape` for a mask or budgets of another length.
    pub fn fits(&self, encoding: Encoding, size: usize, steps: usize) -> Result<()> {
        let refused = |expected, got| {
            let code = Code::InvalidValue;
            Err(Error::expected(code, "region", expected, got))
        };
        match (self, encoding) {
            (Region::Linf(_), Encoding::Spikes) => refused(
                "one of spikes, as the input is (flips, sampled or shift)",
                "linf, which is one of pixels",
            ),
            (Region::Linf(_), _) => Ok(()),
            (_, Encoding::Direct) => refused(
                "one of pixels, as the input is (linf)",
                "flips, sampled or shift, which are of spikes",
            ),
            (Region::Flips(flips), _) => flips.fits(size, steps),
            _ => Ok(()),
        }
    }
}
