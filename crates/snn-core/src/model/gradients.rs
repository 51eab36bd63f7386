//! The gradients on their way to the optimiser.

use wide::f32x4;

use super::Model;
use crate::certify::{check_images, check_labels};
use crate::error::{check_length, Code, Error, Result};
use crate::optim::Optimiser;
use crate::slice::Slice;
use crate::train::{gradient, Objective, Statistics};

/// Gradients form a stack, so that slices can be summed up as a fixed binary tree wherever its
/// parts are computed: push, push, merge.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    filled: Vec<Vec<f32x4>>,
    /// Slabs that gradients were in, to be used again.
    spare: Vec<Vec<f32x4>>,
}

impl Model {
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
        self.gradients.filled.push(slab);
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
        self.gradients.filled.push(slab);
        Ok(())
    }

    /// Replaces the two topmost gradients by their sum, the lower one first.
    ///
    /// # Errors
    /// `invalid-state` when there are fewer than two.
    pub fn merge(&mut self) -> Result<()> {
        let right = self.take()?;
        let Some(left) = self.gradients.filled.last_mut() else {
            self.gradients.filled.push(right);
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
        self.gradients.spare.push(right);
        Ok(())
    }

    /// Pops the topmost gradient.
    ///
    /// # Errors
    /// `invalid-state` when there is none.
    pub fn take(&mut self) -> Result<Vec<f32x4>> {
        let none = || Error::expected(Code::InvalidState, "gradient", "one on the stack", "none");
        self.gradients.filled.pop().ok_or_else(none)
    }

    /// Pops the topmost gradient after `read` has seen it.
    ///
    /// # Errors
    /// `invalid-state` when there is none.
    pub fn take_with(&mut self, read: impl FnOnce(&[f32])) -> Result<()> {
        let gradient = self.take()?;
        read(bytemuck::cast_slice(&gradient));
        self.gradients.spare.push(gradient);
        Ok(())
    }

    /// One step of the optimiser with the topmost gradient; returns its norm.
    ///
    /// # Errors
    /// As [`Optimiser::step`] and [`Model::take`].
    pub fn step(&mut self, optimiser: &mut Optimiser, rate: f64, clip: f64) -> Result<f64> {
        let gradient = self.take()?;
        let norm = optimiser.step(self.parameters.slab_mut(), &gradient, rate, clip);
        self.gradients.spare.push(gradient);
        norm
    }

    /// A slab for a gradient; it holds anything.
    fn slab(&mut self) -> Vec<f32x4> {
        let new = || vec![f32x4::ZERO; self.network.slab_vectors];
        self.gradients.spare.pop().unwrap_or_else(new)
    }
}
