//! At most so many spikes too early or too late.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};

/// All spike trains made from the given one by moving at most `budget` spikes in time, each by at
/// most `steps` steps. Spikes keep their position and stay within the steps that are run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// Spikes moved at most.
    pub budget: usize,
    /// How far each of them at most, at least 1.
    pub steps: usize,
    /// Whether a spike may land on another of its position, the two becoming one; else all stay apart.
    #[serde(default)]
    pub merge: bool,
}

impl Shift {
    /// # Errors
    /// `invalid-value` for spikes that cannot move.
    pub fn check(&self) -> Result<()> {
        match self.steps {
            1..=10_000 => Ok(()),
            steps => Err(Error::expected(
                Code::InvalidValue,
                "region.steps",
                "1 to 10000 steps",
                steps,
            )),
        }
    }
}
