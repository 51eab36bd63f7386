//! What inputs make a network do, for JavaScript.

use wasm_bindgen::prelude::*;

use super::fields::{self, Fields};
use super::{thrown, Model, Thrown};
use crate::activity;

#[wasm_bindgen]
impl Model {
    /// Counts spikes and synaptic operations over a batch.
    pub fn activity(&self, images: &[f32], samples: &[u32], options: &Fields) -> Thrown<Activity> {
        let options = fields::predict_options(options)?;
        let model = &self.0;
        let counts =
            activity::activity(&model.network, &model.parameters, images, samples, &options);
        counts.map(Activity).map_err(thrown)
    }

    /// What every layer does.
    pub fn trace(&self, images: &[f32], samples: &[u32], options: &Fields) -> Thrown<Traces> {
        let options = fields::predict_options(options)?;
        let model = &self.0;
        let traces = activity::trace(&model.network, &model.parameters, images, samples, &options);
        traces.map(Traces).map_err(thrown)
    }

    /// The spikes that the first layer sees, `[samples, steps, size]`: what a rate code draws, or the
    /// first maps of spikes as they are.
    #[wasm_bindgen(js_name = drawnSpikes)]
    pub fn drawn_spikes(&self, images: &[f32], samples: &[u32], of: &Fields) -> Thrown<Vec<f32>> {
        let options = fields::predict_options(of)?;
        activity::drawn_spikes(&self.0.network, images, samples, &options).map_err(thrown)
    }
}

/// Sums over a batch.
#[wasm_bindgen]
pub struct Activity(activity::Activity);

#[wasm_bindgen]
impl Activity {
    /// `[1 + layers, steps]`: of the input and of every layer.
    #[wasm_bindgen(getter)]
    pub fn spikes(&self) -> Vec<f64> {
        self.0.spikes.clone()
    }

    /// `[stages, steps]`: into every layer, and into a linear readout.
    #[wasm_bindgen(getter)]
    pub fn operations(&self) -> Vec<f64> {
        self.0.operations.clone()
    }

    /// Per stage.
    #[wasm_bindgen(getter)]
    pub fn synapses(&self) -> Vec<f64> {
        self.0.synapses.clone()
    }

    /// Per stage.
    #[wasm_bindgen(getter)]
    pub fn dense(&self) -> Vec<f64> {
        self.0.dense.clone()
    }
}

/// What every layer did, `[samples, steps, channels, height, width]` each.
#[wasm_bindgen]
pub struct Traces(activity::Traces);

#[wasm_bindgen]
impl Traces {
    /// `[samples, classes]`
    #[wasm_bindgen(getter)]
    pub fn scores(&self) -> Vec<f32> {
        self.0.scores.clone()
    }

    /// Ones and zeros; empty for a layer that does not fire.
    pub fn spikes(&self, layer: usize) -> Vec<u8> {
        self.0
            .layers
            .get(layer)
            .map_or_else(Vec::new, |layer| layer.spikes.clone())
    }

    /// Membranes before the reset.
    pub fn membranes(&self, layer: usize) -> Vec<f32> {
        self.0
            .layers
            .get(layer)
            .map_or_else(Vec::new, |layer| layer.membranes.clone())
    }
}
