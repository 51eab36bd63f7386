//! The door to JavaScript.

use safetensors::tensor::Dtype;
use wasm_bindgen::prelude::*;

use crate::tensor_file::{self, Tensor};

/// A safetensors file, read or in the making.
#[wasm_bindgen]
#[derive(Default)]
pub struct TensorFile(tensor_file::TensorFile);

fn thrown(error: impl std::fmt::Display) -> JsError {
    JsError::new(&error.to_string())
}

#[wasm_bindgen]
impl TensorFile {
    /// A file that holds nothing yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> TensorFile {
        TensorFile::default()
    }

    /// Throws for bytes that are no such file.
    pub fn parse(bytes: &[u8]) -> Result<TensorFile, JsError> {
        tensor_file::TensorFile::parse(bytes)
            .map(TensorFile)
            .map_err(thrown)
    }

    /// The bytes of the file. Throws when a tensor's data does not fit its type and shape.
    pub fn bytes(&self) -> Result<Vec<u8>, JsError> {
        self.0.bytes().map_err(thrown)
    }

    /// A text of the header.
    pub fn metadata(&self, name: &str) -> Option<String> {
        self.0.metadata.get(name).cloned()
    }

    #[wasm_bindgen(js_name = setMetadata)]
    pub fn set_metadata(&mut self, name: String, text: String) {
        self.0.metadata.insert(name, text);
    }

    /// Names of the tensors, sorted.
    #[wasm_bindgen(getter)]
    pub fn names(&self) -> Vec<String> {
        self.0.tensors.keys().cloned().collect()
    }

    /// The name of a tensor's type; undefined where there is no tensor.
    pub fn dtype(&self, name: &str) -> Option<String> {
        self.0
            .tensors
            .get(name)
            .map(|tensor| tensor.dtype.to_string())
    }

    /// Undefined where there is no tensor.
    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.0.tensors.get(name).map(|tensor| tensor.shape.clone())
    }

    /// A tensor's numbers, little-endian; undefined where there is no tensor.
    pub fn data(&self, name: &str) -> Option<Vec<u8>> {
        self.0.tensors.get(name).map(|tensor| tensor.data.clone())
    }

    /// `dtype`: 'F32', 'U8', 'U32' or 'U64'; `data`: little-endian.
    pub fn add(
        &mut self,
        name: String,
        dtype: &str,
        shape: Vec<usize>,
        data: Vec<u8>,
    ) -> Result<(), JsError> {
        let dtype = match dtype {
            "F32" => Dtype::F32,
            "U8" => Dtype::U8,
            "U32" => Dtype::U32,
            "U64" => Dtype::U64,
            _ => {
                return Err(thrown(format!(
                    "{name}: expected F32, U8, U32 or U64, got {dtype}"
                )))
            }
        };
        self.0.tensors.insert(name, Tensor { dtype, shape, data });
        Ok(())
    }
}
