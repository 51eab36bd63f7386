//! Attacks: their gradients, their strength against all inputs of small regions, and what they may
//! never do.

mod gradients;
mod pixels;
mod refusals;
mod slices;
mod subjects;

#[path = "../cases/mod.rs"]
mod cases;
#[path = "../oracle/mod.rs"]
mod oracle;
#[path = "../subject/mod.rs"]
mod subject;
