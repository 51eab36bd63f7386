//! Forward passes. Each leaves the trace that its mirror in `grad/` reads.

pub mod crown;
pub mod ibp;
pub mod spikes;
