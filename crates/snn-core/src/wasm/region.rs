//! What belongs to a region, for JavaScript.

use wasm_bindgen::prelude::*;

use super::fields::{self, Fields};
use super::{thrown, Thrown};

/// Whether an input belongs to a region around an example; `question`: region, size of a map, and
/// the key of the example.
#[wasm_bindgen(js_name = regionContains)]
pub fn region_contains(question: &Fields, example: &[f32], perturbed: &[f32]) -> Thrown<bool> {
    let (region, example) = fields::question(question, example)?;
    region.contains(example, perturbed).map_err(thrown)
}

/// An input of a region around an example.
#[wasm_bindgen(js_name = regionSample)]
pub fn region_sample(question: &Fields, example: &[f32], seed: f64) -> Thrown<Vec<f32>> {
    let (region, example) = fields::question(question, example)?;
    Ok(region.sample(example, seed as u64))
}
