//! What a network is: its description, as users write it, and the layers built from it.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use wide::f32x4;

use crate::affine::Affine;
use crate::encode::{Encoding, InputMap};
use crate::error::{Code, Error, Result};
use crate::neuron::Neuron;
use crate::shape::Shape;

/// Largest number of neurons, inputs or weights the indices can hold with room to spare.
const LIMIT: usize = 1 << 26;

/// Largest number of positions of a map, and of taps of a convolution: each is an entry of a table.
const TABLE_LIMIT: usize = LIMIT / 16;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    pub input: InputDescription,
    pub layers: Vec<LayerDescription>,
    pub readout: ReadoutDescription,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputDescription {
    /// Channels, height, width.
    pub shape: [usize; 3],
    pub encoding: Encoding,
    /// Steps an input is shown for unless a call says otherwise.
    pub steps: usize,
}

/// A layer type is added here, in `Affine` (its geometry) and in `LayerDescription::affine`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum LayerDescription {
    Linear {
        outputs: usize,
        neuron: Neuron,
    },
    Conv2d {
        channels: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
        neuron: Neuron,
    },
}

/// How class scores are read from the last layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum ReadoutDescription {
    /// The mean spike rate of the last layer.
    Rate,
    /// The mean membrane potential of the last layer, which does not fire.
    Membrane,
    /// A linear map of the last layer's mean spike rates.
    Linear { classes: usize },
}

impl LayerDescription {
    pub fn neuron(&self) -> Neuron {
        match *self {
            LayerDescription::Linear { neuron, .. } | LayerDescription::Conv2d { neuron, .. } => {
                neuron
            }
        }
    }

    fn affine(&self, input: Shape) -> Result<Affine> {
        match *self {
            LayerDescription::Linear { outputs, .. } => {
                at_least_one("outputs", outputs)?;
                check_size("weight", &[input.len(), outputs])?;
                Ok(Affine::linear(input, outputs))
            }
            LayerDescription::Conv2d {
                channels,
                kernel,
                stride,
                padding,
                ..
            } => {
                at_least_one("channels", channels)?;
                at_least_one("kernel", kernel)?;
                if padding >= kernel {
                    let expected = format!("less than the kernel ({kernel})");
                    return Err(Error::expected(
                        Code::InvalidShape,
                        "padding",
                        expected,
                        padding,
                    ));
                }
                // Bounds what the layer needs before anything is built; a map is never larger than its
                // padded input.
                let side = |size: usize| size.saturating_add(2 * padding) / stride.max(1) + 1;
                let map = [side(input.height), side(input.width)];
                check_size("kernel", &[kernel, kernel])?;
                check_size("weight", &[channels, input.channels, kernel, kernel])?;
                check_size("map", &[channels, map[0], map[1]])?;
                check_table("input positions", &[input.height, input.width])?;
                check_table("taps", &[kernel, kernel, map[0], map[1]])?;
                Affine::conv2d(input, channels, kernel, stride, padding)
            }
        }
    }
}

/// A layer ready to run. Ranges are SIMD vectors of the parameter slab.
#[derive(Clone, Debug)]
pub struct Layer {
    pub affine: Affine,
    pub neuron: Neuron,
    /// False for the last layer under a membrane readout.
    pub fires: bool,
    pub thresholds: Vec<f32x4>,
    pub weight: Range<usize>,
    pub bias: Range<usize>,
}

impl Layer {
    /// Positions of the layer's map.
    pub fn positions(&self) -> usize {
        self.affine.output.positions()
    }

    /// SIMD vectors of one position.
    pub fn vectors(&self) -> usize {
        self.affine.output_vectors()
    }
}

#[derive(Clone, Debug)]
pub enum Readout {
    Rate,
    Membrane,
    Linear(Box<LinearReadout>),
}

/// Scores `V rates + c`.
#[derive(Clone, Debug)]
pub struct LinearReadout {
    pub affine: Affine,
    pub weight: Range<usize>,
    pub bias: Range<usize>,
}

#[derive(Clone, Debug)]
pub struct Network {
    pub description: Description,
    /// The input map as the first layer sees it: flat for a linear layer.
    pub input: Shape,
    pub layers: Vec<Layer>,
    pub readout: Readout,
    pub classes: usize,
    /// SIMD vectors of the parameter slab.
    pub slab_vectors: usize,
}

impl Network {
    /// # Errors
    /// `invalid-description` for JSON of another form; `invalid-shape` and `invalid-value` naming
    /// the layer and field that do not fit.
    pub fn from_json(json: &str) -> Result<Self> {
        let description = serde_json::from_str(json)
            .map_err(|e| Error::new(Code::InvalidDescription, format!("network: {e}")))?;
        Network::new(description)
    }

    /// # Errors
    /// As [`Network::from_json`].
    pub fn new(description: Description) -> Result<Self> {
        let [channels, height, width] = description.input.shape;
        for (name, size) in [("channels", channels), ("height", height), ("width", width)] {
            at_least_one(&format!("input.shape {name}"), size)?;
        }
        check_size("input.shape", &description.input.shape)?;
        check_steps("input.steps", description.input.steps)?;
        if description.layers.is_empty() {
            return Err(Error::expected(
                Code::InvalidShape,
                "layers",
                "at least one",
                0,
            ));
        }
        let shape = Shape::new(channels, height, width);
        let input = match description.layers[0] {
            LayerDescription::Linear { .. } => Shape::flat(shape.len()),
            LayerDescription::Conv2d { .. } => shape,
        };
        let mut slab = Slab::default();
        let mut layers = Vec::new();
        let mut map = input;
        for (index, layer) in description.layers.iter().enumerate() {
            let field = format!("layers[{index}]");
            let neuron = layer.neuron();
            neuron.check(&format!("{field}.neuron"))?;
            let affine = layer.affine(map).map_err(|e| within(&field, e))?;
            map = affine.output;
            check_limit(&field, map.len().max(affine.weight_vectors() * 4))?;
            let (weight, bias) = slab.take(&affine);
            layers.push(Layer {
                thresholds: neuron.thresholds(map.channels),
                affine,
                neuron,
                fires: true,
                weight,
                bias,
            });
        }
        let readout = match description.readout {
            ReadoutDescription::Rate => Readout::Rate,
            ReadoutDescription::Membrane => Readout::Membrane,
            ReadoutDescription::Linear { classes } => {
                at_least_one("readout.classes", classes)?;
                check_size("readout.weight", &[map.len(), classes])?;
                let affine = Affine::linear(map, classes);
                let (weight, bias) = slab.take(&affine);
                Readout::Linear(Box::new(LinearReadout {
                    affine,
                    weight,
                    bias,
                }))
            }
        };
        let classes = match &readout {
            Readout::Linear(linear) => linear.affine.output.channels,
            Readout::Rate | Readout::Membrane if map.positions() == 1 => map.channels,
            _ => {
                let message = "a linear layer at the end (or a linear readout)";
                return Err(Error::expected(
                    Code::InvalidShape,
                    "readout",
                    message,
                    "a map",
                ));
            }
        };
        if classes < 2 {
            return Err(Error::expected(
                Code::InvalidShape,
                "classes",
                "at least 2",
                classes,
            ));
        }
        if let (Readout::Membrane, Some(last)) = (&readout, layers.last_mut()) {
            last.fires = false;
        }
        Ok(Network {
            description,
            input,
            layers,
            readout,
            classes,
            slab_vectors: slab.vectors,
        })
    }

    /// Numbers of one input in PyTorch's order.
    pub fn input_len(&self) -> usize {
        self.input.len()
    }

    pub fn input_map(&self) -> InputMap {
        InputMap {
            shape: self.input,
            encoding: self.description.input.encoding,
        }
    }

    /// Neurons of all layers, padding included: what a step of one sample takes to trace.
    pub fn neurons(&self) -> usize {
        let map = |layer: &Layer| layer.positions() * layer.affine.output.stride();
        self.layers.iter().map(map).sum()
    }
}

/// Refuses a number of steps that cannot be run.
pub fn check_steps(field: &str, steps: usize) -> Result<()> {
    if (1..=10_000).contains(&steps) {
        return Ok(());
    }
    Err(Error::expected(
        Code::InvalidValue,
        field,
        "1 to 10000 steps",
        steps,
    ))
}

#[derive(Default)]
struct Slab {
    vectors: usize,
}

impl Slab {
    fn take(&mut self, affine: &Affine) -> (Range<usize>, Range<usize>) {
        let weight = self.vectors..self.vectors + affine.weight_vectors();
        let bias = weight.end..weight.end + affine.output_vectors();
        self.vectors = bias.end;
        (weight, bias)
    }
}

fn at_least_one(field: &str, value: usize) -> Result<()> {
    check_limit(field, value)?;
    match value {
        0 => Err(Error::expected(Code::InvalidShape, field, "at least 1", 0)),
        _ => Ok(()),
    }
}

fn check_limit(field: &str, value: usize) -> Result<()> {
    check_size(field, &[value])
}

/// Refuses a size, given by its factors, that the indices could not hold.
fn check_size(field: &str, factors: &[usize]) -> Result<()> {
    check_product(field, factors, LIMIT)
}

fn check_table(field: &str, factors: &[usize]) -> Result<()> {
    check_product(field, factors, TABLE_LIMIT)
}

fn check_product(field: &str, factors: &[usize], limit: usize) -> Result<()> {
    let size = factors.iter().try_fold(1usize, |size, &factor| {
        size.checked_mul(factor).filter(|&size| size <= limit)
    });
    match size {
        Some(_) => Ok(()),
        None => {
            let factors: Vec<_> = factors.iter().map(usize::to_string).collect();
            let expected = format!("at most {limit}");
            let got = factors.join(" x ");
            Err(Error::expected(Code::InvalidShape, field, expected, got))
        }
    }
}

fn within(field: &str, error: Error) -> Error {
    Error::new(error.code, format!("{field}.{}", error.message))
}
