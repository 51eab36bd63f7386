//! SGD with momentum and Adam over the parameter slab, with the gradient clipped to a norm.

use serde::{Deserialize, Serialize};
use wide::f32x4;

use crate::error::{check_length, check_range, Code, Error, Number, Result};

/// Which rule turns gradients into steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Rule {
    /// `v = momentum v + g; w -= lr v`, as PyTorch has it.
    Sgd { momentum: f32 },
    /// Kingma and Ba 2015, with bias correction.
    Adam {
        beta1: f32,
        beta2: f32,
        epsilon: f32,
    },
}

/// A rule and its running moments, in the packed order of the slab.
#[derive(Clone, Debug)]
pub struct Optimiser {
    rule: Rule,
    first: Vec<f32x4>,
    /// Empty for SGD.
    second: Vec<f32x4>,
    steps: u64,
}

impl Optimiser {
    /// # Errors
    /// `invalid-description` for JSON of another form, `invalid-value` for numbers out of range.
    pub fn from_json(json: &str, slab_len: usize) -> Result<Self> {
        let rule = serde_json::from_str(json)
            .map_err(|e| Error::new(Code::InvalidDescription, format!("optimizer: {e}")))?;
        Optimiser::new(rule, slab_len / 4)
    }

    /// # Errors
    /// `invalid-value` for numbers out of range.
    pub fn new(rule: Rule, vectors: usize) -> Result<Self> {
        let below_one = 0.0..=0.999_999_9;
        match rule {
            Rule::Sgd { momentum } => {
                check_range("optimizer.momentum", momentum.into(), below_one)?;
            }
            Rule::Adam {
                beta1,
                beta2,
                epsilon,
            } => {
                check_range("optimizer.beta1", beta1.into(), below_one.clone())?;
                check_range("optimizer.beta2", beta2.into(), below_one)?;
                check_range("optimizer.epsilon", epsilon.into(), 1e-30..=1.0)?;
            }
        }
        let adam = matches!(rule, Rule::Adam { .. });
        Ok(Optimiser {
            rule,
            first: vec![f32x4::ZERO; vectors],
            second: vec![f32x4::ZERO; if adam { vectors } else { 0 }],
            steps: 0,
        })
    }

    /// Updates the slab; returns the gradient's norm before it is clipped to `clip` (0: not
    /// clipped).
    ///
    /// # Errors
    /// `invalid-value` when the gradient is not finite (the slab is left as it was) or the
    /// learning rate or the clip is not a number >= 0.
    pub fn step(
        &mut self,
        slab: &mut [f32x4],
        gradient: &[f32x4],
        learning_rate: f64,
        clip: f64,
    ) -> Result<f64> {
        check_range("learningRate", learning_rate, 0.0..=1e6)?;
        check_range("gradientClip", clip, 0.0..=1e30)?;
        check_length("gradient", gradient.len() * 4, slab.len() * 4)?;
        check_length("optimizer state", self.first.len() * 4, slab.len() * 4)?;
        let norm = norm(gradient);
        if !norm.is_finite() {
            return Err(Error::expected(
                Code::InvalidValue,
                "gradient",
                "finite numbers",
                "a norm that is not (the learning rate may be too high)",
            ));
        }
        let scale = if clip > 0.0 && norm > clip {
            clip / norm
        } else {
            1.0
        };
        let scale = f32x4::splat(scale as f32);
        self.steps += 1;
        match self.rule {
            Rule::Sgd { momentum } => {
                let momentum = f32x4::splat(momentum);
                let rate = f32x4::splat(learning_rate as f32);
                for ((w, v), &g) in slab.iter_mut().zip(&mut self.first).zip(gradient) {
                    *v = momentum * *v + scale * g;
                    *w -= rate * *v;
                }
            }
            Rule::Adam {
                beta1,
                beta2,
                epsilon,
            } => {
                let left = |beta: f32| 1.0 - libm::pow(beta.into(), self.steps as f64);
                let rate = f32x4::splat((learning_rate / left(beta1)) as f32);
                let correction = f32x4::splat((1.0 / libm::sqrt(left(beta2))) as f32);
                let [b1, b2, epsilon] = [beta1, beta2, epsilon].map(f32x4::splat);
                let (c1, c2) = (f32x4::ONE - b1, f32x4::ONE - b2);
                let moments = self.first.iter_mut().zip(&mut self.second);
                for ((w, (m, v)), &g) in slab.iter_mut().zip(moments).zip(gradient) {
                    let g = scale * g;
                    *m = b1 * *m + c1 * g;
                    *v = b2 * *v + c2 * (g * g);
                    *w -= rate * *m / (v.sqrt() * correction + epsilon);
                }
            }
        }
        Ok(norm)
    }

    /// Steps made so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The running moments: one slab for SGD, two for Adam.
    pub fn moments(&self) -> Vec<&[f32]> {
        let slabs = [&self.first, &self.second];
        let slabs = slabs.into_iter().filter(|slab| !slab.is_empty());
        slabs.map(|slab| bytemuck::cast_slice(slab)).collect()
    }

    /// Puts back what [`Optimiser::moments`] and [`Optimiser::steps`] gave.
    ///
    /// # Errors
    /// `invalid-checkpoint` for another number of moments, or values that no run can have left;
    /// `invalid-shape` for another length. The optimiser is then of no use.
    pub fn restore(&mut self, moments: &[Vec<f32>], steps: u64) -> Result<()> {
        let expected = self.moments().len();
        if moments.len() != expected {
            let field = "optimizer moments";
            return Err(Error::expected(
                Code::InvalidCheckpoint,
                field,
                expected,
                moments.len(),
            ));
        }
        let least = [f32::MIN, 0.0];
        for (index, (least, values)) in least.iter().zip(moments).enumerate() {
            let possible = |value: &f32| value.is_finite() && value >= least;
            if let Some(value) = values.iter().find(|value| !possible(value)) {
                let field = format!("optimizer moment {}", index + 1);
                let expected = format!("finite numbers >= {}", Number((*least).into()));
                return Err(Error::expected(
                    Code::InvalidCheckpoint,
                    &field,
                    expected,
                    Number((*value).into()),
                ));
            }
        }
        for (slab, values) in [&mut self.first, &mut self.second].into_iter().zip(moments) {
            let slab: &mut [f32] = bytemuck::cast_slice_mut(slab);
            check_length("optimizer moment", values.len(), slab.len())?;
            slab.copy_from_slice(values);
        }
        self.steps = steps;
        Ok(())
    }
}

/// Euclidean norm, summed in f64 lane by lane in a fixed order.
fn norm(values: &[f32x4]) -> f64 {
    let mut sums = [0.0f64; 4];
    for value in values {
        for (sum, x) in sums.iter_mut().zip(value.to_array()) {
            *sum += f64::from(x) * f64::from(x);
        }
    }
    libm::sqrt((sums[0] + sums[1]) + (sums[2] + sums[3]))
}
