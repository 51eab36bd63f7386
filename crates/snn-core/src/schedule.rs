//! Schedules: plain functions of training progress in [0, 1] (ALGORITHMS 5). They run here so that
//! every engine computes the same bits.

use serde::{Deserialize, Serialize};

use crate::error::{check_range, Code, Error, Result};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Schedule {
    Constant {
        value: f64,
    },
    /// From `from` until `start`, in a straight line to `to` at `end`.
    Linear {
        from: f64,
        to: f64,
        start: f64,
        end: f64,
    },
    /// Quartic over the first quarter of the ramp, then linear, with a continuous slope.
    Smooth {
        from: f64,
        to: f64,
        start: f64,
        end: f64,
    },
    /// The paper's: the ramp is `epochs` long and rises in three equal stairs in each, at 1/6, 3/6
    /// and 5/6 of it.
    Staircase {
        from: f64,
        to: f64,
        start: f64,
        end: f64,
        epochs: f64,
    },
    /// Piecewise constant: the last value whose progress has been reached.
    Steps {
        values: Vec<(f64, f64)>,
    },
}

impl Schedule {
    /// # Errors
    /// `invalid-description` for JSON of another form, and as [`Schedule::check`].
    pub fn from_json(json: &str) -> Result<Self> {
        let schedule: Schedule = serde_json::from_str(json)
            .map_err(|e| Error::new(Code::InvalidDescription, format!("schedule: {e}")))?;
        schedule.check()?;
        Ok(schedule)
    }

    /// # Errors
    /// `invalid-value` for numbers out of range.
    pub fn check(&self) -> Result<()> {
        let any = f64::MIN..=f64::MAX;
        let ramp = |from: f64, to: f64, start: f64, end: f64| {
            check_range("schedule.from", from, any.clone())?;
            check_range("schedule.to", to, any.clone())?;
            check_range("schedule.start", start, 0.0..=1.0)?;
            check_range("schedule.end", end, start..=1.0)
        };
        match *self {
            Schedule::Constant { value } => check_range("schedule.value", value, any),
            Schedule::Linear {
                from,
                to,
                start,
                end,
            }
            | Schedule::Smooth {
                from,
                to,
                start,
                end,
            } => ramp(from, to, start, end),
            Schedule::Staircase {
                from,
                to,
                start,
                end,
                epochs,
            } => {
                ramp(from, to, start, end)?;
                check_range("schedule.epochs", epochs, 1e-9..=1e9)
            }
            Schedule::Steps { ref values } => {
                let rising = values.windows(2).all(|pair| pair[0].0 < pair[1].0);
                if values.is_empty() || values[0].0 != 0.0 || !rising {
                    return Err(Error::new(
                        Code::InvalidValue,
                        "schedule.values: expected pairs [progress, value], from progress 0 on in \
                         rising order",
                    ));
                }
                values
                    .iter()
                    .try_for_each(|&(_, value)| check_range("schedule.values", value, any.clone()))
            }
        }
    }

    /// The value at `progress` = step / total steps.
    pub fn at(&self, progress: f64) -> f64 {
        match *self {
            Schedule::Constant { value } => value,
            Schedule::Linear {
                from,
                to,
                start,
                end,
            } => from + (to - from) * along(progress, start, end),
            Schedule::Smooth {
                from,
                to,
                start,
                end,
            } => from + (to - from) * smooth(along(progress, start, end)),
            Schedule::Staircase {
                from,
                to,
                start,
                end,
                epochs,
            } => {
                let x = along(progress, start, end);
                if x >= 1.0 {
                    return to;
                }
                let stairs = (x * epochs * 3.0 + 0.5).floor();
                from + (to - from) * (stairs / (3.0 * epochs)).min(1.0)
            }
            Schedule::Steps { ref values } => {
                let reached = values.iter().rev().find(|&&(from, _)| progress >= from);
                reached.unwrap_or(&values[0]).1
            }
        }
    }
}

/// How much of the ramp has been walked, in [0, 1].
fn along(progress: f64, start: f64, end: f64) -> f64 {
    if progress < start {
        0.0
    } else if progress >= end {
        1.0
    } else {
        (progress - start) / (end - start)
    }
}

fn smooth(x: f64) -> f64 {
    const MID: f64 = 0.25;
    let cube = MID * MID * MID;
    let share = 1.0 / ((1.0 - MID) * 4.0 * cube + cube * MID);
    if x < MID {
        share * x * x * x * x
    } else {
        share * (cube * MID + 4.0 * cube * (x - MID))
    }
}
