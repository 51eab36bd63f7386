//! A network with its parameters and the gradients on their way to the optimiser.

use wide::f32x4;

use crate::certify::{
    certify, check_images, check_labels, predict, Certificates, CertifyOptions, PredictOptions,
};
use crate::error::{check_length, check_range, Code, Error, Number, Result};
use crate::network::Network;
use crate::optim::Optimiser;
use crate::parameters::{Parameters, Scheme};
use crate::train::{gradient, Objective, Slice, Statistics};

/// Gradients form a stack, so that slices can be summed up as a fixed binary tree wherever its
/// parts are computed: push, push, merge.
#[derive(Clone, Debug)]
pub struct Model {
    pub network: Network,
    pub parameters: Parameters,
    gradients: Vec<Vec<f32x4>>,
    /// Slabs that gradients were in, to be used again.
    spare: Vec<Vec<f32x4>>,
}

impl Model {
    pub fn new(network: Network) -> Self {
        let parameters = Parameters::zeros(&network);
        Model {
            network,
            parameters,
            gradients: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Draws new parameters.
    ///
    /// # Errors
    /// `invalid-value` for an unknown scheme or a seed that is not a whole number.
    pub fn initialise(&mut self, scheme: &str, seed: f64) -> Result<()> {
        let scheme = Scheme::parse(scheme)?;
        let seed = whole("seed", seed)?;
        self.parameters.initialise(&self.network, scheme, seed);
        Ok(())
    }

    /// Parameters without padding.
    pub fn parameter_count(&self) -> usize {
        let tensors = crate::parameters::tensors(&self.network);
        tensors.iter().map(crate::parameters::Tensor::len).sum()
    }

    /// Class scores; see [`predict`].
    ///
    /// # Errors
    /// As [`predict`].
    pub fn predict(
        &self,
        images: &[f32],
        samples: &[u32],
        options: &PredictOptions,
    ) -> Result<Vec<f32>> {
        predict(&self.network, &self.parameters, images, samples, options)
    }

    /// Scores and margins; see [`certify`].
    ///
    /// # Errors
    /// As [`certify`].
    pub fn certify(&self, slice: Slice, options: &CertifyOptions) -> Result<Certificates> {
        certify(&self.network, &self.parameters, slice, options)
    }

    /// Pushes the gradient of one slice of a batch.
    ///
    /// # Errors
    /// `invalid-shape`, `invalid-value`, `invalid-label` for a slice that does not fit.
    pub fn gradient(&mut self, slice: Slice, objective: &Objective) -> Result<Statistics> {
        let steps = objective.steps.max(objective.certified_steps);
        check_images(&self.network, slice.images, slice.samples, steps)?;
        objective.fits(&self.network)?;
        check_labels(&self.network, slice.labels, slice.samples)?;
        let mut slab = self.slab();
        slab.fill(f32x4::ZERO);
        let statistics = gradient(&self.network, &self.parameters, slice, objective, &mut slab);
        self.gradients.push(slab);
        Ok(statistics)
    }

    /// Pushes a gradient computed elsewhere.
    ///
    /// # Errors
    /// `invalid-shape`.
    pub fn push(&mut self, values: &[f32]) -> Result<()> {
        self.push_from(values.len(), |slab| slab.copy_from_slice(values))
    }

    /// Pushes a gradient of `length` numbers that `copy` writes.
    ///
    /// # Errors
    /// `invalid-shape`.
    pub fn push_from(&mut self, length: usize, copy: impl FnOnce(&mut [f32])) -> Result<()> {
        check_length("gradient", length, self.network.slab_vectors * 4)?;
        let mut slab = self.slab();
        copy(bytemuck::cast_slice_mut(&mut slab));
        self.gradients.push(slab);
        Ok(())
    }

    /// Replaces the two topmost gradients by their sum, the lower one first.
    ///
    /// # Errors
    /// `invalid-state` when there are fewer than two.
    pub fn merge(&mut self) -> Result<()> {
        let right = self.take()?;
        let Some(left) = self.gradients.last_mut() else {
            self.gradients.push(right);
            return Err(Error::expected(
                Code::InvalidState,
                "merge",
                "two gradients",
                1,
            ));
        };
        for (left, right) in left.iter_mut().zip(&right) {
            *left += *right;
        }
        self.spare.push(right);
        Ok(())
    }

    /// Pops the topmost gradient.
    ///
    /// # Errors
    /// `invalid-state` when there is none.
    pub fn take(&mut self) -> Result<Vec<f32x4>> {
        let none = || Error::expected(Code::InvalidState, "gradient", "one on the stack", "none");
        self.gradients.pop().ok_or_else(none)
    }

    /// Pops the topmost gradient after `read` has seen it.
    ///
    /// # Errors
    /// `invalid-state` when there is none.
    pub fn take_with(&mut self, read: impl FnOnce(&[f32])) -> Result<()> {
        let gradient = self.take()?;
        read(bytemuck::cast_slice(&gradient));
        self.spare.push(gradient);
        Ok(())
    }

    /// One step of the optimiser with the topmost gradient; returns its norm.
    ///
    /// # Errors
    /// As [`Optimiser::step`] and [`Model::take`].
    pub fn step(&mut self, optimiser: &mut Optimiser, rate: f64, clip: f64) -> Result<f64> {
        let gradient = self.take()?;
        let norm = optimiser.step(self.parameters.slab_mut(), &gradient, rate, clip);
        self.spare.push(gradient);
        norm
    }

    /// A slab for a gradient; it holds anything.
    fn slab(&mut self) -> Vec<f32x4> {
        let new = || vec![f32x4::ZERO; self.network.slab_vectors];
        self.spare.pop().unwrap_or_else(new)
    }
}

/// A JavaScript number that has to be a whole one.
fn whole(field: &str, value: f64) -> Result<u64> {
    check_range(field, value, 0.0..=9_007_199_254_740_991.0)?;
    if value.fract() != 0.0 {
        return Err(Error::expected(
            Code::InvalidValue,
            field,
            "a whole number",
            Number(value),
        ));
    }
    Ok(value as u64)
}
