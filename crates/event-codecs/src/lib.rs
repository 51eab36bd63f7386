//! What recordings of events need that plain parsing does not give, apart from all else, because only few files need it:
//! decompression, and the HDF5 files of the Heidelberg data sets.

pub mod codec;
pub mod heap;
pub mod spike_file;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
