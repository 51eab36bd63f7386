//! What S-IBP leaves open, for JavaScript.

use wasm_bindgen::prelude::*;

use super::fields::{self, Fields};
use super::{thrown, Model, Thrown};
use crate::open;

#[wasm_bindgen]
impl Model {
    /// What S-IBP knows of the neurons; `options` as for `certify`. `each`: of every single one too.
    pub fn states(
        &self,
        images: &[f32],
        samples: &[u32],
        options: &Fields,
        each: bool,
    ) -> Thrown<States> {
        let options = fields::certify_options(options)?;
        let model = &self.0;
        open::states(
            &model.network,
            &model.parameters,
            images,
            samples,
            &options,
            each,
        )
        .map(States)
        .map_err(thrown)
    }
}

/// Of the layers that fire.
#[wasm_bindgen]
pub struct States(open::States);

#[wasm_bindgen]
impl States {
    /// `[layers, steps]`: open neurons, summed over the samples.
    #[wasm_bindgen(getter)]
    pub fn open(&self) -> Vec<f64> {
        self.0.open.clone()
    }

    /// `[samples, steps, channels, height, width]`: 0 silent, 1 firing, 2 open; empty unless asked for.
    pub fn layer(&self, index: usize) -> Vec<u8> {
        self.0.layers.get(index).cloned().unwrap_or_default()
    }
}
