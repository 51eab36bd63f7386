//! Files of trees of arrays (HDF5), as NIR keeps its graphs in them. A crate of its own, so that a
//! damaged file can harm nothing else, and that nobody loads it who reads no graphs.

pub mod tree;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
