//! Attacks that flip or move spikes.

use super::Judge;
use crate::error::{Code, Error, Result};

/// Runs the method of the judge's options.
pub fn run(judge: &mut Judge) -> Result<()> {
    let name = judge.options.method.name();
    let code = Code::InvalidValue;
    Err(Error::expected(code, "attack", "one of pixels", name))
}
