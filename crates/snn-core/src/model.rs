//! A network with its parameters.

#[cfg(feature = "training")]
mod gradients;

use crate::certify::{certify, predict, Certificates, CertifyOptions, PredictOptions};
use crate::error::{check_range, Code, Error, Number, Result};
use crate::network::Network;
use crate::parameters::{Parameters, Scheme};
use crate::slice::Slice;

/// What predicts and certifies; with the feature `training`, what is trained.
#[derive(Clone, Debug)]
pub struct Model {
    pub network: Network,
    pub parameters: Parameters,
    #[cfg(feature = "training")]
    gradients: gradients::Stack,
}

impl Model {
    pub fn new(network: Network) -> Self {
        let parameters = Parameters::zeros(&network);
        Model {
            network,
            parameters,
            #[cfg(feature = "training")]
            gradients: gradients::Stack::default(),
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
