//! Spiking networks of leaky integrate-and-fire neurons: what they do, what they can do when their
//! input is perturbed (S-IBP, S-CROWN), and the gradients that train them to do less of it.
//!
//! Everything flows one way: region and encoding -> network -> propagate -> loss -> grad -> optim;
//! training and certification stand on top, and `wasm` is the only door to JavaScript.
//!
//! Without the feature `training` the crate predicts and certifies, which is all that many programs
//! need: for JavaScript it is built both ways.

pub mod activity;
pub mod affine;
#[cfg(feature = "training")]
pub mod attack;
#[cfg(feature = "training")]
pub mod average;
pub mod certify;
pub mod encode;
pub mod error;
#[cfg(feature = "training")]
pub mod grad;
pub mod intervals;
pub mod layer;
pub mod least;
#[cfg(feature = "training")]
pub mod loss;
pub mod margin;
pub mod model;
pub mod network;
pub mod neuron;
pub mod open;
#[cfg(feature = "training")]
pub mod optim;
pub mod parameters;
pub mod propagate;
pub mod region;
#[cfg(feature = "training")]
pub mod regulariser;
pub mod rng;
#[cfg(feature = "training")]
pub mod schedule;
pub mod shape;
pub mod slice;
#[cfg(feature = "training")]
pub mod train;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
