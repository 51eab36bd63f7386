//! Forward differentiation: a number with its derivatives in a few directions of the parameters. A
//! tape would need gigabytes for the paper's networks.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::oracle::network::{Parameters, Tensors};
use crate::oracle::number::Number;
use crate::oracle::surrogate::Surrogate;

/// One direction per tensor of the largest network that is asked about.
pub const DIRECTIONS: usize = 8;

#[derive(Clone, Copy, Debug)]
pub struct Dual {
    value: f64,
    pub derivatives: [f64; DIRECTIONS],
}

impl Dual {
    fn map2(self, other: Dual, value: f64, by_self: f64, by_other: f64) -> Dual {
        let mut derivatives = [0.0; DIRECTIONS];
        let pairs = self.derivatives.iter().zip(&other.derivatives);
        for (target, (a, b)) in derivatives.iter_mut().zip(pairs) {
            *target = by_self * a + by_other * b;
        }
        Dual { value, derivatives }
    }

    fn map(self, value: f64, by_self: f64) -> Dual {
        let derivatives = self.derivatives.map(|d| by_self * d);
        Dual { value, derivatives }
    }
}

impl Add for Dual {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.map2(other, self.value + other.value, 1.0, 1.0)
    }
}

impl Sub for Dual {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.map2(other, self.value - other.value, 1.0, -1.0)
    }
}

impl Mul for Dual {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.map2(other, self.value * other.value, other.value, self.value)
    }
}

impl Div for Dual {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let quotient = self.value / other.value;
        self.map2(other, quotient, 1.0 / other.value, -quotient / other.value)
    }
}

impl Neg for Dual {
    type Output = Self;

    fn neg(self) -> Self {
        self.map(-self.value, -1.0)
    }
}

impl Number for Dual {
    fn constant(value: f64) -> Self {
        Dual {
            value,
            derivatives: [0.0; DIRECTIONS],
        }
    }

    fn value(self) -> f64 {
        self.value
    }

    fn spike(self, threshold: f64, surrogate: Surrogate) -> Self {
        let spike = self.value.spike(threshold, surrogate);
        self.map(spike, surrogate.derivative(self.value - threshold))
    }

    fn exponential(self) -> Self {
        let value = self.value.exp();
        self.map(value, value)
    }

    fn logarithm(self) -> Self {
        self.map(self.value.ln(), 1.0 / self.value)
    }
}

/// The parameters, direction `k` being a random sign for every entry of tensor `k` (weight and bias
/// of the layers in turn) and nothing for the others.
pub fn directed(parameters: &Parameters<f64>) -> Parameters<Dual> {
    let mut tensor = 0;
    let mut directed = |values: &[f64]| -> Vec<Dual> {
        let direction = tensor % DIRECTIONS;
        tensor += 1;
        let entry = |(index, &value): (usize, &f64)| {
            let mut dual = Dual::constant(value);
            dual.derivatives[direction] = sign(tensor as u32 - 1, index as u32);
            dual
        };
        values.iter().enumerate().map(entry).collect()
    };
    let mut both = |tensors: &Tensors<f64>| {
        let weight = directed(&tensors.weight);
        let bias = directed(&tensors.bias);
        Tensors { weight, bias }
    };
    Parameters {
        layers: parameters.layers.iter().map(&mut both).collect(),
        readout: parameters.readout.as_ref().map(&mut both),
    }
}

/// The last bit of Wellons' lowbias32 of tensor and entry, as a sign; the caller has the same.
fn sign(tensor: u32, index: u32) -> f64 {
    let mut z = index.wrapping_add(tensor.wrapping_mul(0x9e37_79b9));
    z = (z ^ (z >> 16)).wrapping_mul(0x21f0_aaad);
    z = (z ^ (z >> 15)).wrapping_mul(0x735a_2d97);
    match (z ^ (z >> 15)) & 1 {
        0 => 1.0,
        _ => -1.0,
    }
}
