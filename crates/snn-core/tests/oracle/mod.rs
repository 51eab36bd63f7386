//! The oracle: ALGORITHMS 1 to 5 as loops over plain vectors, written to be obviously right and
//! sharing no line with the crate. Everything is generic over [`number::Number`]: `f64` gives
//! values, `f32` single-precision values, and a variable of the [`tape`] gives gradients.

// Every test binary compiles the whole oracle and uses its part of it.
#![allow(dead_code)]

pub mod crown;
pub mod forward;
pub mod interval;
pub mod loss;
pub mod network;
pub mod number;
pub mod region;
pub mod regulariser;
pub mod relaxation;
pub mod surrogate;
pub mod tape;
pub mod toggles;

/// One value per layer, step and neuron.
pub type Trace<N> = Vec<Vec<Vec<N>>>;

pub fn constants<N: number::Number>(values: &[f64]) -> Vec<N> {
    values.iter().map(|&v| N::constant(v)).collect()
}
