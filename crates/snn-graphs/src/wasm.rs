//! The door to JavaScript.

use std::collections::BTreeMap;

use wasm_bindgen::prelude::*;

use crate::tree::{self, Array, Kind, Stored};

fn thrown(message: String) -> JsError {
    JsError::new(&message)
}

/// A file that was read.
#[wasm_bindgen]
pub struct Tree(tree::Tree);

#[wasm_bindgen]
impl Tree {
    /// Throws for bytes that are no such file.
    pub fn parse(bytes: &[u8]) -> Result<Tree, JsError> {
        tree::Tree::parse(bytes).map(Tree).map_err(thrown)
    }

    /// Paths of the arrays, sorted.
    #[wasm_bindgen(getter)]
    pub fn paths(&self) -> Vec<String> {
        self.0.paths().map(str::to_owned).collect()
    }

    /// 'number', 'text' or 'other'.
    pub fn kind(&self, path: &str) -> Result<String, JsError> {
        let kind = self.0.kind(path).map_err(thrown)?;
        Ok(match kind {
            Kind::Number => "number",
            Kind::Text => "text",
            Kind::Other => "other",
        }
        .to_owned())
    }

    pub fn shape(&self, path: &str) -> Result<Vec<usize>, JsError> {
        self.0.shape(path).map_err(thrown)
    }

    /// Throws when the array holds something else, or more than the file can.
    pub fn numbers(&self, path: &str) -> Result<Vec<f64>, JsError> {
        self.0.numbers(path).map_err(thrown)
    }

    /// Throws when the array holds something else, or more than the file can.
    pub fn texts(&self, path: &str) -> Result<Vec<String>, JsError> {
        self.0.texts(path).map_err(thrown)
    }
}

/// A file in the making.
#[wasm_bindgen]
#[derive(Default)]
pub struct TreeBuilder(BTreeMap<String, Array>);

#[wasm_bindgen]
impl TreeBuilder {
    #[wasm_bindgen(constructor)]
    pub fn new() -> TreeBuilder {
        TreeBuilder::default()
    }

    #[wasm_bindgen(js_name = addSingles)]
    pub fn add_singles(&mut self, path: String, shape: &[u32], numbers: Vec<f32>) {
        self.add(path, shape, Stored::F32(numbers));
    }

    #[wasm_bindgen(js_name = addDoubles)]
    pub fn add_doubles(&mut self, path: String, shape: &[u32], numbers: Vec<f64>) {
        self.add(path, shape, Stored::F64(numbers));
    }

    /// Whole numbers, stored in 64 bits.
    #[wasm_bindgen(js_name = addWholes)]
    pub fn add_wholes(&mut self, path: String, shape: &[u32], numbers: &[i32]) {
        let numbers = numbers.iter().map(|&number| number.into()).collect();
        self.add(path, shape, Stored::I64(numbers));
    }

    #[wasm_bindgen(js_name = addTexts)]
    pub fn add_texts(&mut self, path: String, shape: &[u32], texts: Vec<String>) {
        self.add(path, shape, Stored::Text(texts));
    }

    /// The bytes of the file. Throws when an array does not have as many entries as its shape says.
    pub fn bytes(&self) -> Result<Vec<u8>, JsError> {
        tree::encoded(&self.0).map_err(thrown)
    }

    fn add(&mut self, path: String, shape: &[u32], stored: Stored) {
        let shape = shape.iter().map(|&size| size.into()).collect();
        self.0.insert(path, Array { shape, stored });
    }
}
