//! The derivative that training uses in place of the step's own, which is zero wherever it exists.

use std::f64::consts::PI;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Rectangular,
    Atan,
    FastSigmoid,
    Triangle,
}

pub const KINDS: [Kind; 4] = [
    Kind::Rectangular,
    Kind::Atan,
    Kind::FastSigmoid,
    Kind::Triangle,
];

/// Peak 1 at the threshold, whatever the width.
#[derive(Clone, Copy, Debug)]
pub struct Surrogate {
    pub kind: Kind,
    pub width: f64,
}

/// The paper's: 1 within half a unit of the threshold.
pub const PAPER: Surrogate = Surrogate {
    kind: Kind::Rectangular,
    width: 1.0,
};

impl Surrogate {
    /// `x` is the membrane's distance from the threshold.
    pub fn derivative(self, x: f64) -> f64 {
        let x = x.abs();
        let w = self.width;
        match self.kind {
            Kind::Rectangular if x < w / 2.0 => 1.0,
            Kind::Rectangular => 0.0,
            Kind::Atan => 1.0 / (1.0 + (PI * x / w).powi(2)),
            Kind::FastSigmoid => 1.0 / (1.0 + x / w).powi(2),
            Kind::Triangle => (1.0 - x / w).max(0.0),
        }
    }
}
