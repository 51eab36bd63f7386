//! Regions of spikes against brute force: every input of a few steps and positions is tried.

mod affine;
mod cases;
mod forms;
mod members;

use cases::{Case, Members};
