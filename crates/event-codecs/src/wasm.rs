//! The door to JavaScript.

use wasm_bindgen::prelude::*;

use crate::{codec, spike_file};

fn thrown(error: impl std::fmt::Display) -> JsError {
    JsError::new(&error.to_string())
}

/// The content of an LZ4 frame; throws when it is damaged or holds more than `limit` bytes.
#[wasm_bindgen]
pub fn lz4(bytes: &[u8], limit: usize) -> Result<Vec<u8>, JsError> {
    codec::lz4(bytes, limit).map_err(thrown)
}

/// The content of a Zstandard frame; throws when it is damaged or holds more than `limit` bytes.
#[wasm_bindgen]
pub fn zstd(bytes: &[u8], limit: usize) -> Result<Vec<u8>, JsError> {
    codec::zstd(bytes, limit).map_err(thrown)
}

/// An HDF5 file of the Heidelberg data sets.
#[wasm_bindgen]
pub struct SpikeFile(spike_file::SpikeFile);

#[wasm_bindgen]
impl SpikeFile {
    /// Throws for bytes that are no such file.
    pub fn parse(bytes: Vec<u8>) -> Result<SpikeFile, JsError> {
        spike_file::SpikeFile::parse(bytes)
            .map(SpikeFile)
            .map_err(thrown)
    }

    /// Number of recordings.
    #[wasm_bindgen(getter)]
    pub fn recordings(&self) -> usize {
        self.0.recordings()
    }

    /// Class of each recording; empty where the file has none.
    #[wasm_bindgen(getter)]
    pub fn labels(&self) -> Vec<u32> {
        self.0.labels.clone()
    }

    /// Names of the classes; empty where the file has none.
    #[wasm_bindgen(getter)]
    pub fn classes(&self) -> Vec<String> {
        self.0.classes.clone()
    }

    /// Times of a recording's spikes, in seconds. Throws when they are not there.
    pub fn times(&self, recording: usize) -> Result<Vec<f64>, JsError> {
        self.0.times(recording).map_err(thrown)
    }

    /// Units of a recording's spikes. Throws when they are not there.
    pub fn units(&self, recording: usize) -> Result<Vec<f64>, JsError> {
        self.0.units(recording).map_err(thrown)
    }
}
