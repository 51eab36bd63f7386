//! The only door to JavaScript. Options come as plain objects, bulk data as typed arrays; errors
//! leave as `Error` objects with a `code`.

mod activity;
#[cfg(feature = "training")]
mod attack;
#[cfg(feature = "training")]
mod average;
mod fields;
mod memory;
mod open;
mod region;
#[cfg(feature = "training")]
mod training;

use js_sys::{Float32Array, Reflect};
use wasm_bindgen::prelude::*;

use crate::error::{check_length, Error};
use crate::network::Network;
use crate::parameters::{self, Parameters};
use crate::slice::Slice;
use crate::{certify, model};
use fields::Fields;

fn thrown(error: Error) -> JsValue {
    let object = js_sys::Error::new(&error.message);
    // A plain object accepts a property; there is nothing to do if it does not.
    let _ = Reflect::set(&object, &"code".into(), &error.code.as_str().into());
    object.into()
}

type Thrown<T> = Result<T, JsValue>;

/// A network, its parameters and its stack of gradients.
#[wasm_bindgen]
pub struct Model(model::Model);

#[wasm_bindgen]
impl Model {
    /// `network`: the description. Parameters are zero until set or initialised.
    #[wasm_bindgen(constructor)]
    pub fn new(network: &Fields) -> Thrown<Model> {
        let network = Network::new(fields::description(network)?).map_err(thrown)?;
        Ok(Model(model::Model::new(network)))
    }

    /// `scheme`: 'default' (PyTorch's) or 'ibp'; `seed`: a whole number.
    pub fn initialise(&mut self, scheme: &str, seed: f64) -> Thrown<()> {
        self.0.initialise(scheme, seed).map_err(thrown)
    }

    /// Parameters without padding.
    #[wasm_bindgen(getter, js_name = parameterCount)]
    pub fn parameter_count(&self) -> usize {
        self.0.parameter_count()
    }

    /// Numbers in the packed slab, the form sent between threads.
    #[wasm_bindgen(getter, js_name = slabLength)]
    pub fn slab_length(&self) -> usize {
        self.0.network.slab_vectors * 4
    }

    #[wasm_bindgen(getter)]
    pub fn classes(&self) -> usize {
        self.0.network.classes
    }

    /// Numbers of one image.
    #[wasm_bindgen(getter, js_name = inputLength)]
    pub fn input_length(&self) -> usize {
        self.0.network.input_len()
    }

    /// A copy of the packed slab.
    pub fn slab(&self) -> Vec<f32> {
        self.0.parameters.slab().to_vec()
    }

    /// Writes the packed slab into an array of its length, which may be shared.
    #[wasm_bindgen(js_name = slabInto)]
    pub fn slab_into(&self, target: &Float32Array) -> Thrown<()> {
        check_length("target", target.length() as usize, self.slab_length()).map_err(thrown)?;
        target.copy_from(self.0.parameters.slab());
        Ok(())
    }

    /// `values` may be shared. The model is of no use when they are refused.
    #[wasm_bindgen(js_name = setSlab)]
    pub fn set_slab(&mut self, values: &Float32Array) -> Thrown<()> {
        let length = values.length() as usize;
        let copy = |slab: &mut [f32]| values.copy_to(slab);
        self.0.parameters.copy_slab(length, copy).map_err(thrown)
    }

    /// Names of the tensors, in order.
    #[wasm_bindgen(getter, js_name = tensorNames)]
    pub fn tensor_names(&self) -> Vec<String> {
        let all = parameters::tensors(&self.0.network);
        all.into_iter().map(|tensor| tensor.name).collect()
    }

    /// PyTorch's shape of a tensor.
    #[wasm_bindgen(js_name = tensorShape)]
    pub fn tensor_shape(&self, name: &str) -> Thrown<Vec<usize>> {
        let tensor = parameters::find(&self.0.network, name).map_err(thrown)?;
        Ok(tensor.shape)
    }

    /// A tensor in PyTorch's order.
    pub fn tensor(&self, name: &str) -> Thrown<Vec<f32>> {
        self.0
            .parameters
            .tensor(&self.0.network, name)
            .map_err(thrown)
    }

    /// What numbers packed like the parameters hold for a tensor, in PyTorch's order.
    pub fn unpack(&self, name: &str, packed: &[f32]) -> Thrown<Vec<f32>> {
        check_length("packed", packed.len(), self.slab_length()).map_err(thrown)?;
        let tensor = parameters::find(&self.0.network, name).map_err(thrown)?;
        Ok(Parameters::unpack(&tensor, packed))
    }

    #[wasm_bindgen(js_name = setTensor)]
    pub fn set_tensor(&mut self, name: &str, values: &[f32]) -> Thrown<()> {
        let model = &mut self.0;
        model
            .parameters
            .set_tensor(&model.network, name, values)
            .map_err(thrown)
    }

    /// Class scores `[samples, classes]`.
    pub fn predict(&self, images: &[f32], samples: &[u32], options: &Fields) -> Thrown<Vec<f32>> {
        let options = fields::predict_options(options)?;
        self.0.predict(images, samples, &options).map_err(thrown)
    }

    /// Scores and margins of a batch.
    pub fn certify(
        &self,
        images: &[f32],
        labels: &[u8],
        samples: &[u32],
        options: &Fields,
    ) -> Thrown<Certificates> {
        let options = fields::certify_options(options)?;
        let slice = Slice {
            images,
            samples,
            labels,
        };
        self.0
            .certify(slice, &options)
            .map(Certificates)
            .map_err(thrown)
    }
}

/// Scores and margins, per example in the order of the batch.
#[wasm_bindgen]
pub struct Certificates(certify::Certificates);

#[wasm_bindgen]
impl Certificates {
    /// `[samples, classes]`
    #[wasm_bindgen(getter)]
    pub fn scores(&self) -> Vec<f32> {
        self.0.scores.clone()
    }

    /// S-IBP's margins `[samples, classes - 1]`; NaN means unknown.
    #[wasm_bindgen(getter)]
    pub fn ibp(&self) -> Vec<f32> {
        self.0.ibp.clone()
    }

    /// S-CROWN's margins, empty when they were not asked for.
    #[wasm_bindgen(getter)]
    pub fn crown(&self) -> Vec<f32> {
        self.0.crown.clone()
    }
}

/// The version of the core.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
