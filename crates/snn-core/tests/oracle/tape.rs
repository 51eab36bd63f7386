//! Reverse-mode differentiation: every operation on a [`Variable`] is written down with its partial
//! derivatives, and [`gradient`] walks the record backwards.

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::number::Number;
use super::surrogate::Surrogate;

/// The operands of one operation and the derivatives by them.
type Entry = [(usize, f64); 2];

/// The index of a constant.
const NOTHING: usize = usize::MAX;

thread_local! {
    static TAPE: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

#[derive(Clone, Copy, Debug)]
pub struct Variable {
    index: usize,
    value: f64,
}

/// Forgets all that this thread has written.
pub fn clear() {
    TAPE.with_borrow_mut(Vec::clear);
}

/// A number to differentiate by.
pub fn leaf(value: f64) -> Variable {
    write(value, [(NOTHING, 0.0); 2])
}

/// The derivative of `result` by each of `leaves`.
pub fn gradient(result: Variable, leaves: &[Variable]) -> Vec<f64> {
    TAPE.with_borrow(|tape| {
        let mut adjoints = vec![0.0; tape.len()];
        if result.index != NOTHING {
            adjoints[result.index] = 1.0;
        }
        for (index, entry) in tape.iter().enumerate().rev() {
            for &(operand, partial) in entry {
                if operand != NOTHING {
                    adjoints[operand] += adjoints[index] * partial;
                }
            }
        }
        leaves.iter().map(|leaf| adjoints[leaf.index]).collect()
    })
}

fn write(value: f64, entry: Entry) -> Variable {
    TAPE.with_borrow_mut(|tape| {
        tape.push(entry);
        Variable {
            index: tape.len() - 1,
            value,
        }
    })
}

fn binary(value: f64, a: (Variable, f64), b: (Variable, f64)) -> Variable {
    if a.0.index == NOTHING && b.0.index == NOTHING {
        return Variable::constant(value);
    }
    write(value, [(a.0.index, a.1), (b.0.index, b.1)])
}

fn unary(value: f64, a: Variable, partial: f64) -> Variable {
    binary(value, (a, partial), (Variable::constant(0.0), 0.0))
}

impl Add for Variable {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        binary(self.value + other.value, (self, 1.0), (other, 1.0))
    }
}

impl Sub for Variable {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        binary(self.value - other.value, (self, 1.0), (other, -1.0))
    }
}

impl Mul for Variable {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        binary(
            self.value * other.value,
            (self, other.value),
            (other, self.value),
        )
    }
}

impl Div for Variable {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let quotient = self.value / other.value;
        let by_divisor = -quotient / other.value;
        binary(quotient, (self, 1.0 / other.value), (other, by_divisor))
    }
}

impl Neg for Variable {
    type Output = Self;

    fn neg(self) -> Self {
        unary(-self.value, self, -1.0)
    }
}

impl Number for Variable {
    fn constant(value: f64) -> Self {
        Variable {
            index: NOTHING,
            value,
        }
    }

    fn value(self) -> f64 {
        self.value
    }

    fn spike(self, threshold: f64, surrogate: Surrogate) -> Self {
        let spike = self.value.spike(threshold, surrogate);
        unary(spike, self, surrogate.derivative(self.value - threshold))
    }

    fn exponential(self) -> Self {
        let value = self.value.exp();
        unary(value, self, value)
    }

    fn logarithm(self) -> Self {
        unary(self.value.ln(), self, 1.0 / self.value)
    }
}
