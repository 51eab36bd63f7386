//! What changes parameters, for JavaScript: gradients, optimisers, schedules.

use js_sys::Float32Array;
use wasm_bindgen::prelude::*;

use super::fields::{training as fields, Fields};
use super::{thrown, Model, Thrown};
use crate::error::check_length;
use crate::optim;
use crate::slice::Slice;

#[wasm_bindgen]
impl Model {
    /// Pushes the gradient of a slice; returns sums over it: loss, natural loss, certified loss,
    /// strictly correct, certified by S-IBP, certified by the best bound; adversarial loss, strictly
    /// correct at the adversarial point, and what the regularisers add.
    pub fn gradient(
        &mut self,
        images: &[f32],
        labels: &[u8],
        samples: &[u32],
        objective: &Fields,
    ) -> Thrown<Vec<f64>> {
        let objective = fields::objective(objective)?;
        let slice = Slice {
            images,
            samples,
            labels,
        };
        let sums = self.0.gradient(slice, &objective).map_err(thrown)?;
        Ok(vec![
            sums.loss,
            sums.natural_loss,
            sums.certified_loss,
            sums.correct,
            sums.certified_ibp,
            sums.certified_best,
            sums.adversarial_loss,
            sums.robust,
            sums.regularisation,
        ])
    }

    /// Replaces the two topmost gradients by their sum.
    pub fn merge(&mut self) -> Thrown<()> {
        self.0.merge().map_err(thrown)
    }

    /// Pushes a gradient computed elsewhere; the array may be shared.
    pub fn push(&mut self, values: &Float32Array) -> Thrown<()> {
        let length = values.length() as usize;
        let copy = |slab: &mut [f32]| values.copy_to(slab);
        self.0.push_from(length, copy).map_err(thrown)
    }

    /// Pops the topmost gradient.
    pub fn take(&mut self) -> Thrown<Vec<f32>> {
        let gradient = self.0.take().map_err(thrown)?;
        Ok(bytemuck::cast_slice(&gradient).to_vec())
    }

    /// Pops the topmost gradient into an array of the slab's length, which may be shared.
    #[wasm_bindgen(js_name = takeInto)]
    pub fn take_into(&mut self, target: &Float32Array) -> Thrown<()> {
        check_length("target", target.length() as usize, self.slab_length()).map_err(thrown)?;
        let copy = |gradient: &[f32]| target.copy_from(gradient);
        self.0.take_with(copy).map_err(thrown)
    }
}

/// SGD or Adam with its moments.
#[wasm_bindgen]
pub struct Optimiser(optim::Optimiser);

#[wasm_bindgen]
impl Optimiser {
    /// `rule`: `{kind: 'sgd', momentum}` or `{kind: 'adam', beta1, beta2, epsilon}`.
    #[wasm_bindgen(constructor)]
    pub fn new(rule: &Fields, slab_length: usize) -> Thrown<Optimiser> {
        optim::Optimiser::new(fields::rule(rule)?, slab_length / 4)
            .map(Optimiser)
            .map_err(thrown)
    }

    /// One step with the model's topmost gradient, clipped to the norm `clip` (0: not clipped);
    /// returns the norm before.
    pub fn step(&mut self, model: &mut Model, learning_rate: f64, clip: f64) -> Thrown<f64> {
        model
            .0
            .step(&mut self.0, learning_rate, clip)
            .map_err(thrown)
    }

    /// Steps made so far.
    #[wasm_bindgen(getter)]
    pub fn steps(&self) -> f64 {
        self.0.steps() as f64
    }

    /// Running moments that the rule keeps: 1 for SGD, 2 for Adam.
    #[wasm_bindgen(getter, js_name = momentCount)]
    pub fn moment_count(&self) -> usize {
        self.0.moments().len()
    }

    /// A moment, packed like the parameters.
    pub fn moment(&self, index: usize) -> Vec<f32> {
        let moments = self.0.moments();
        moments
            .get(index)
            .map_or_else(Vec::new, |moment| moment.to_vec())
    }

    /// Puts back the steps and, one after the other, the moments.
    pub fn restore(&mut self, steps: f64, moments: &[f32]) -> Thrown<()> {
        let length = moments.len() / self.moment_count();
        let moments: Vec<_> = moments.chunks(length.max(1)).map(<[f32]>::to_vec).collect();
        self.0.restore(&moments, steps as u64).map_err(thrown)
    }
}

/// The value of a schedule at `progress` in [0, 1].
#[wasm_bindgen]
pub fn schedule(schedule: &Fields, progress: f64) -> Thrown<f64> {
    Ok(fields::schedule(schedule)?.at(progress))
}
