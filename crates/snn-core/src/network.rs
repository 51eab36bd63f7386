//! What a network is: its description, as users write it, and the layers built from it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::affine::Affine;
use crate::encode::{Encoding, InputMap};
use crate::error::{Code, Error, Result};
use crate::layer::{at_least_one, check_size, Pools};
pub use crate::layer::{Layer, LayerDescription};
use crate::shape::Shape;

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
        // A linear layer sees the map flattened.
        let input = match description.layers[0] {
            LayerDescription::Linear { .. } => Shape::flat(shape.len()),
            _ => shape,
        };
        let mut slab = Slab::default();
        let mut layers = Vec::new();
        let mut pools = Pools::default();
        let mut map = input;
        for (index, layer) in description.layers.iter().enumerate() {
            let field = format!("layers[{index}]");
            let within = |e: Error| Error::new(e.code, format!("{field}.{}", e.message));
            let Some(neurons) = layer.neurons() else {
                map = pools.push(layer, map).map_err(within)?;
                continue;
            };
            let affine = pools.merge(layer, map).map_err(within)?;
            map = affine.output;
            neurons.check(&format!("{field}.neuron"), map.channels)?;
            check_size(&field, &[map.len().max(affine.weight_vectors() * 4)])?;
            let (weight, bias) = slab.take(&affine);
            layers.push(Layer {
                number: layers.len(),
                index,
                thresholds: neurons.thresholds(map.channels),
                leaks: neurons.leaks(map.channels),
                affine,
                divisor: pools.take_divisor(),
                reset: neurons.reset,
                fires: true,
                weight,
                bias,
            });
        }
        if !pools.is_empty() {
            let field = format!("layers[{}]", description.layers.len() - 1);
            let expected = "a layer of neurons at the end";
            return Err(Error::expected(
                Code::InvalidShape,
                &field,
                expected,
                "a pool",
            ));
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
