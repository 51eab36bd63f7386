//! At most so many spikes too many or missing (L0).

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error, Result};

/// All spike trains that differ from the given one in at most `budget` places (step, position).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Flips {
    /// Flips at most, over all steps.
    pub budget: usize,
    /// Whether a spike may appear.
    #[serde(default = "yes")]
    pub additions: bool,
    /// Whether a spike may vanish.
    #[serde(default = "yes")]
    pub deletions: bool,
    /// Where a flip is allowed: not 0. One map in PyTorch's order for all steps, or one per step;
    /// empty where it is allowed everywhere.
    #[serde(default)]
    pub mask: Vec<u8>,
    /// Flips at most in one step, besides `budget`.
    #[serde(default)]
    pub per_step: PerStep,
}

/// Budgets of the steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PerStep {
    #[default]
    Any,
    /// The same for every step.
    Same(usize),
    /// One for each step, or for more than are run.
    Each(Vec<usize>),
}

impl PerStep {
    pub fn of(&self, step: usize) -> usize {
        match self {
            PerStep::Any => usize::MAX,
            PerStep::Same(most) => *most,
            PerStep::Each(most) => most[step],
        }
    }
}

fn yes() -> bool {
    true
}

impl Flips {
    /// # Errors
    /// `invalid-value` when neither additions nor deletions are allowed.
    pub fn check(&self) -> Result<()> {
        if self.additions || self.deletions {
            return Ok(());
        }
        Err(Error::expected(
            Code::InvalidValue,
            "region",
            "additions, deletions or both",
            "neither",
        ))
    }

    /// # Errors
    /// `invalid-shape` for a mask or budgets of another length.
    pub fn fits(&self, size: usize, steps: usize) -> Result<()> {
        let length = self.mask.len();
        let maps = length / size.max(1);
        if length != 0 && (maps * size != length || (maps != 1 && maps < steps)) {
            let expected = format!("{size} numbers, or {steps} or more times as many");
            let code = Code::InvalidShape;
            return Err(Error::expected(code, "region.mask", expected, length));
        }
        match &self.per_step {
            PerStep::Each(most) if most.len() < steps => Err(Error::expected(
                Code::InvalidShape,
                "region.perStep",
                format!("one number for each of {steps} steps"),
                most.len(),
            )),
            _ => Ok(()),
        }
    }

    /// Flips at most in one step.
    pub fn budget_of(&self, step: usize) -> usize {
        self.budget.min(self.per_step.of(step))
    }

    /// Whether position `pixel` of a map of `size` may flip at a step; `on`: whether it is a spike.
    pub fn allows(&self, step: usize, pixel: usize, size: usize, on: bool) -> bool {
        let masked = match self.mask.len() {
            0 => true,
            length if length == size => self.mask[pixel] != 0,
            _ => self.mask[step * size + pixel] != 0,
        };
        masked && if on { self.deletions } else { self.additions }
    }
}
