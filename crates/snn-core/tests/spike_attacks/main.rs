//! Attacks on spikes against brute force: on small networks every input of the region is tried.

mod cases;
mod strength;
mod verdicts;

use cases::{Case, Kind};
