//! What the oracle computes with.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::surrogate::Surrogate;

pub trait Number:
    Copy
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// A value nothing is differentiated by.
    fn constant(value: f64) -> Self;

    fn value(self) -> f64;

    /// 1 above the threshold, 0 at it and below. Its derivative is the surrogate's.
    fn spike(self, threshold: f64, surrogate: Surrogate) -> Self;

    fn exponential(self) -> Self;

    fn logarithm(self) -> Self;

    fn zero() -> Self {
        Self::constant(0.0)
    }

    /// Derivative 0 at 0.
    fn magnitude(self) -> Self {
        match self.value() {
            v if v > 0.0 => self,
            v if v < 0.0 => -self,
            _ => Self::zero(),
        }
    }

    fn lesser(self, other: Self) -> Self {
        if other.value() < self.value() {
            other
        } else {
            self
        }
    }

    fn greater(self, other: Self) -> Self {
        if other.value() > self.value() {
            other
        } else {
            self
        }
    }

    fn positive_part(self) -> Self {
        Self::zero().greater(self)
    }

    fn negative_part(self) -> Self {
        Self::zero().lesser(self)
    }

    fn total(terms: impl IntoIterator<Item = Self>) -> Self {
        terms.into_iter().fold(Self::zero(), |sum, term| sum + term)
    }
}

impl Number for f64 {
    fn constant(value: f64) -> Self {
        value
    }

    fn value(self) -> f64 {
        self
    }

    fn spike(self, threshold: f64, _: Surrogate) -> Self {
        f64::from(u8::from(self > threshold))
    }

    fn exponential(self) -> Self {
        self.exp()
    }

    fn logarithm(self) -> Self {
        self.ln()
    }
}

impl Number for f32 {
    fn constant(value: f64) -> Self {
        value as f32
    }

    fn value(self) -> f64 {
        f64::from(self)
    }

    fn spike(self, threshold: f64, _: Surrogate) -> Self {
        f32::from(u8::from(self > threshold as f32))
    }

    fn exponential(self) -> Self {
        self.exp()
    }

    fn logarithm(self) -> Self {
        self.ln()
    }
}
