//! The average of a training's weights, for JavaScript.

use wasm_bindgen::prelude::*;

use super::{thrown, Model, Thrown};
use crate::average;

/// A running average of a model's weights.
#[wasm_bindgen]
pub struct Average(average::Average);

#[wasm_bindgen]
impl Average {
    #[wasm_bindgen(constructor)]
    pub fn new(slab_length: usize) -> Average {
        Average(average::Average::new(slab_length / 4))
    }

    /// Takes in the model's weights; those before count `decay` times what they did.
    pub fn update(&mut self, model: &Model, decay: f64) -> Thrown<()> {
        let slab = model.0.parameters.packed();
        self.0.update(slab, decay).map_err(thrown)
    }

    /// How many steps it holds.
    #[wasm_bindgen(getter)]
    pub fn count(&self) -> f64 {
        self.0.count() as f64
    }

    /// The average, packed like the parameters.
    pub fn values(&self) -> Vec<f32> {
        self.0.values().to_vec()
    }

    /// Puts back values and count.
    pub fn restore(&mut self, values: &[f32], count: f64) -> Thrown<()> {
        self.0.restore(values, count as u64).map_err(thrown)
    }
}
