//! The one error of the crate: a code that programs test, a message that people read.

use std::fmt;

/// What kind of mistake was made. The string form is the `code` seen from JavaScript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A description (network, options, schedule) is not valid JSON of the expected form.
    InvalidDescription,
    /// A tensor or batch has another length or shape than the network needs.
    InvalidShape,
    /// A number lies outside its range, or is not finite.
    InvalidValue,
    /// A label is not a class of the network.
    InvalidLabel,
    /// No tensor has this name.
    UnknownTensor,
    /// A checkpoint is truncated, foreign, or for another network.
    InvalidCheckpoint,
    /// Calls came in an order that cannot work, such as an optimiser step without a gradient.
    InvalidState,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Code::InvalidDescription => "invalid-description",
            Code::InvalidShape => "invalid-shape",
            Code::InvalidValue => "invalid-value",
            Code::InvalidLabel => "invalid-label",
            Code::UnknownTensor => "unknown-tensor",
            Code::InvalidCheckpoint => "invalid-checkpoint",
            Code::InvalidState => "invalid-state",
        }
    }
}

/// A user's mistake, told with the field, what was expected, and what came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub code: Code,
    pub message: String,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error {
            code,
            message: message.into(),
        }
    }

    /// `field: expected ..., got ...`
    pub fn expected(
        code: Code,
        field: &str,
        expected: impl fmt::Display,
        got: impl fmt::Display,
    ) -> Self {
        Error::new(code, format!("{field}: expected {expected}, got {got}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code.as_str())
    }
}

impl std::error::Error for Error {}

/// A number as messages show it, to nine digits. How `core::fmt` prints floats, exactly and however
/// many digits that takes, makes up a twentieth of the module for JavaScript.
#[derive(Clone, Copy, Debug)]
pub struct Number(pub f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Number(value) = *self;
        if !value.is_finite() {
            let words = ["-inf", "NaN", "inf"];
            return f.write_str(words[1 + usize::from(value > 0.0) - usize::from(value < 0.0)]);
        }
        // The value is `scaled * 10^exponent`.
        let (mut scaled, mut exponent) = (value.abs(), 0i32);
        while scaled != 0.0 && scaled < 1e8 {
            (scaled, exponent) = (scaled * 10.0, exponent - 1);
        }
        while scaled >= 1e9 {
            (scaled, exponent) = (scaled / 10.0, exponent + 1);
        }
        let mut digits = (scaled + 0.5) as u64;
        while digits != 0 && digits.is_multiple_of(10) {
            (digits, exponent) = (digits / 10, exponent + 1);
        }
        let mut text = digits.to_string();
        if digits != 0 && (-12..0).contains(&exponent) {
            let behind = exponent.unsigned_abs() as usize;
            let missing = (behind + 1).saturating_sub(text.len());
            text.insert_str(0, &"0".repeat(missing));
            text.insert(text.len() - behind, '.');
        } else if digits != 0 && (0..10).contains(&exponent) && text.len() < 9 {
            text.push_str(&"0".repeat(exponent as usize));
        } else if digits != 0 {
            let power = exponent + text.len() as i32 - 1;
            if text.len() > 1 {
                text.insert(1, '.');
            }
            text.push_str(&format!("e{power}"));
        }
        let sign = if value < 0.0 { "-" } else { "" };
        write!(f, "{sign}{text}")
    }
}

/// Refuses a number that is not finite or lies outside `range`.
pub fn check_range(field: &str, value: f64, range: std::ops::RangeInclusive<f64>) -> Result<()> {
    if value.is_finite() && range.contains(&value) {
        return Ok(());
    }
    let [start, end] = [range.start(), range.end()].map(|&end| Number(end));
    let expected = format!("a number in [{start}, {end}]");
    let got = Number(value);
    Err(Error::expected(Code::InvalidValue, field, expected, got))
}

/// Refuses a slice of another length than `expected`.
pub fn check_length(field: &str, got: usize, expected: usize) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    let expected = format!("{expected} numbers");
    Err(Error::expected(Code::InvalidShape, field, expected, got))
}
