//! Files of networks, apart from the core: what runs a network need not know how it is stored.

pub mod tensor_file;
#[cfg(target_arch = "wasm32")]
pub mod wasm;
