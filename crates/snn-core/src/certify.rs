//! What is reported of a batch: scores, and the margins that both bounds prove.

use serde::{Deserialize, Serialize};

use crate::encode::{DrawKey, Encoded, Encoding, Inputs};
use crate::error::{check_length, Code, Error, Number, Result};
use crate::margin;
use crate::network::{check_steps, Network};
use crate::neuron::relaxation::Relaxation;
use crate::parameters::{check_finite, Parameters};
use crate::propagate::{crown, ibp, spikes};
use crate::region::{Coupling, InputIntervals, Region, Rounding};
use crate::slice::{chunks, Slice, TRACE};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    SIbp,
    SCrown,
}

/// How a batch is run.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PredictOptions {
    pub steps: usize,
    pub seed: u64,
    pub presentation: u64,
}

/// How a batch is certified. Prediction and certificate share the draws.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CertifyOptions {
    pub steps: usize,
    pub seed: u64,
    pub presentation: u64,
    pub region: Region,
    pub coupling: Coupling,
    /// S-CROWN stands on S-IBP's intervals, so S-IBP is always computed.
    pub bounds: Vec<Bound>,
    pub relaxation: Relaxation,
    pub rounding: Rounding,
}

/// Per example, in the order of the batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Certificates {
    /// `[samples, classes]`
    pub scores: Vec<f32>,
    /// S-IBP's margins `[samples, classes - 1]`, rivals in ascending order without the label. A NaN
    /// means unknown.
    pub ibp: Vec<f32>,
    /// S-CROWN's, empty when it was not asked for.
    pub crown: Vec<f32>,
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T> {
    serde_json::from_str(json)
        .map_err(|e| Error::new(Code::InvalidDescription, format!("options: {e}")))
}

impl PredictOptions {
    /// # Errors
    /// `invalid-description` for JSON of another form, `invalid-value` for steps out of range.
    pub fn from_json(json: &str) -> Result<Self> {
        let options: PredictOptions = parse(json)?;
        check_steps("steps", options.steps)?;
        Ok(options)
    }

    pub fn inputs<'a>(&self, images: &'a [f32], samples: &'a [u32]) -> Inputs<'a> {
        Inputs {
            images,
            samples,
            steps: self.steps,
            draws: DrawKey {
                seed: self.seed,
                presentation: self.presentation,
            },
        }
    }
}

impl CertifyOptions {
    /// # Errors
    /// `invalid-description` for JSON of another form, `invalid-value` for numbers out of range.
    pub fn from_json(json: &str) -> Result<Self> {
        let options: CertifyOptions = parse(json)?;
        check_steps("steps", options.steps)?;
        options.region.check()?;
        Ok(options)
    }

    /// How the same batch is predicted.
    pub fn predict(&self) -> PredictOptions {
        PredictOptions {
            steps: self.steps,
            seed: self.seed,
            presentation: self.presentation,
        }
    }
}

/// Refuses images and samples that do not fit the network, and pixels that are not numbers; for
/// spikes, examples of fewer than `steps` maps, and other numbers than 0 and 1.
///
/// # Errors
/// `invalid-shape`, `invalid-value`.
pub fn check_images(
    network: &Network,
    images: &[f32],
    samples: &[u32],
    steps: usize,
) -> Result<()> {
    let size = network.input_len();
    if network.description.input.encoding != Encoding::Spikes {
        check_length("images", images.len(), samples.len() * size)?;
        return check_finite("images", images);
    }
    let maps = images.len() / (samples.len() * size).max(1);
    let whole = images.len() == maps * samples.len() * size;
    if !whole || (maps < steps && !samples.is_empty()) {
        let examples = samples.len();
        let expected = format!("{examples} examples of {steps} or more maps of {size} numbers");
        let got = images.len();
        return Err(Error::expected(Code::InvalidShape, "images", expected, got));
    }
    let other = images.iter().position(|&x| x != 0.0 && x != 1.0);
    other.map_or(Ok(()), |index| {
        let (map, position) = (index / size, index % size);
        let (sample, step) = (samples[map / maps], map % maps);
        let field = format!("images (example {sample}, step {step}, position {position})");
        let got = Number(images[index].into());
        Err(Error::expected(Code::InvalidValue, &field, "0 or 1", got))
    })
}

/// Refuses labels that are not classes of the network, or not one per sample.
///
/// # Errors
/// `invalid-shape`, `invalid-label`.
pub fn check_labels(network: &Network, labels: &[u8], samples: &[u32]) -> Result<()> {
    check_length("labels", labels.len(), samples.len())?;
    let outside = labels
        .iter()
        .position(|&label| usize::from(label) >= network.classes);
    outside.map_or(Ok(()), |index| {
        let expected = format!("a class from 0 to {}", network.classes - 1);
        let field = format!("labels[{index}]");
        Err(Error::expected(
            Code::InvalidLabel,
            &field,
            expected,
            labels[index],
        ))
    })
}

/// Class scores `[samples, classes]`.
///
/// # Errors
/// As [`check_images`].
pub fn predict(
    network: &Network,
    parameters: &Parameters,
    images: &[f32],
    samples: &[u32],
    options: &PredictOptions,
) -> Result<Vec<f32>> {
    check_images(network, images, samples, options.steps)?;
    let all = options.inputs(images, samples);
    let mut scores = Vec::with_capacity(samples.len() * network.classes);
    for range in chunks(network, samples.len(), options.steps, TRACE) {
        let inputs = all.slice(range);
        let input = Encoded::new(network.input_map(), inputs);
        let (samples, steps) = (inputs.len(), inputs.steps);
        scores.extend(spikes::scores(network, parameters, &input, samples, steps));
    }
    Ok(scores)
}

/// Scores and margins of a batch.
///
/// # Errors
/// As [`check_images`] and [`check_labels`].
pub fn certify(
    network: &Network,
    parameters: &Parameters,
    slice: Slice,
    options: &CertifyOptions,
) -> Result<Certificates> {
    let Slice {
        images,
        samples,
        labels,
    } = slice;
    check_labels(network, labels, samples)?;
    let map = network.input_map();
    options
        .region
        .fits(map.encoding, map.shape.len(), options.steps)?;
    let mut certificates = Certificates {
        scores: predict(network, parameters, images, samples, &options.predict())?,
        ..Certificates::default()
    };
    let crown = options.bounds.contains(&Bound::SCrown);
    let all = options.predict().inputs(images, samples);
    for range in chunks(network, samples.len(), options.steps, TRACE) {
        let inputs = all.slice(range.clone());
        let labels = &labels[range];
        let region = InputIntervals::new(
            network.input_map(),
            inputs,
            &options.region,
            options.rounding,
        );
        let bound = if crown { ibp::propagate } else { ibp::evaluate };
        let trace = bound(
            network,
            parameters,
            region,
            inputs.len(),
            ibp::Options {
                steps: inputs.steps,
                rounding: options.rounding,
                firm: crown,
            },
        );
        let margins = margin::from_intervals(network, parameters, &trace, labels);
        certificates.ibp.extend(margins);
        if crown {
            let queries = margin::queries(network.classes, labels);
            let lines = crown::Options {
                relaxation: options.relaxation,
                coupling: options.coupling,
            };
            let bounds = crown::bounds(network, parameters, &trace, &queries, lines);
            certificates.crown.extend(bounds);
        }
    }
    Ok(certificates)
}
