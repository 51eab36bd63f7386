//! A network as lists of connections: linear and convolutional layers are the same from here on.

use super::number::Number;
use super::tape::{self, Variable};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    Hard,
    Soft,
}

#[derive(Clone, Copy, Debug)]
pub struct Neuron {
    pub threshold: f64,
    pub leak: f64,
    pub reset: Reset,
}

#[derive(Clone, Copy, Debug)]
pub enum Geometry {
    Linear {
        outputs: usize,
    },
    Conv2d {
        channels: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readout {
    /// Mean spikes of the last layer.
    Rate,
    /// Mean membranes of the last layer, which does not fire.
    Membrane,
    /// A linear map of the last layer's mean spikes.
    Linear { classes: usize },
}

/// `weight` (an index of the tensor) times `input` (an index of the flattened map).
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    pub weight: usize,
    pub input: usize,
}

#[derive(Clone, Debug)]
pub struct Layer {
    pub geometry: Geometry,
    pub neuron: Neuron,
    pub inputs: usize,
    /// Per neuron, in the order channels, height, width.
    pub connections: Vec<Vec<Connection>>,
    /// Per neuron, the index of its bias.
    pub biases: Vec<usize>,
    pub weight_len: usize,
    pub bias_len: usize,
}

#[derive(Clone, Debug)]
pub struct Network {
    /// Channels, height, width.
    pub input: [usize; 3],
    pub layers: Vec<Layer>,
    pub readout: Readout,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tensors<N> {
    pub weight: Vec<N>,
    pub bias: Vec<N>,
}

/// In PyTorch's order: weights `[out, in]` or `[out, in, kH, kW]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters<N> {
    pub layers: Vec<Tensors<N>>,
    pub readout: Option<Tensors<N>>,
}

impl Network {
    pub fn new(input: [usize; 3], layers: &[(Geometry, Neuron)], readout: Readout) -> Self {
        let mut shape = input;
        let mut built = Vec::new();
        for &(geometry, neuron) in layers {
            let (layer, output) = match geometry {
                Geometry::Linear { outputs } => linear(shape, outputs, geometry, neuron),
                Geometry::Conv2d { .. } => conv2d(shape, geometry, neuron),
            };
            built.push(layer);
            shape = output;
        }
        Network {
            input,
            layers: built,
            readout,
        }
    }

    pub fn inputs(&self) -> usize {
        self.input.iter().product()
    }

    pub fn outputs(&self) -> usize {
        self.layers.last().unwrap().connections.len()
    }

    pub fn classes(&self) -> usize {
        match self.readout {
            Readout::Linear { classes } => classes,
            _ => self.outputs(),
        }
    }

    pub fn fires(&self, layer: usize) -> bool {
        layer + 1 < self.layers.len() || self.readout != Readout::Membrane
    }

    /// Parameters with every number drawn from `draw`.
    pub fn parameters(&self, mut draw: impl FnMut() -> f64) -> Parameters<f64> {
        let mut tensors = |weights: usize, biases: usize| Tensors {
            weight: (0..weights).map(|_| draw()).collect(),
            bias: (0..biases).map(|_| draw()).collect(),
        };
        Parameters {
            layers: self
                .layers
                .iter()
                .map(|l| tensors(l.weight_len, l.bias_len))
                .collect(),
            readout: match self.readout {
                Readout::Linear { classes } => Some(tensors(classes * self.outputs(), classes)),
                _ => None,
            },
        }
    }
}

impl Parameters<f64> {
    pub fn map<N: Number>(&self, number: impl Fn(f64) -> N) -> Parameters<N> {
        let tensors = |t: &Tensors<f64>| Tensors {
            weight: t.weight.iter().map(|&v| number(v)).collect(),
            bias: t.bias.iter().map(|&v| number(v)).collect(),
        };
        Parameters {
            layers: self.layers.iter().map(tensors).collect(),
            readout: self.readout.as_ref().map(tensors),
        }
    }

    /// The gradient of `loss`, a function of parameters on a fresh tape.
    pub fn gradient(
        &self,
        loss: impl FnOnce(&Parameters<Variable>) -> Variable,
    ) -> (f64, Parameters<f64>) {
        tape::clear();
        let variables = self.map(tape::leaf);
        let loss = loss(&variables);
        let tensors = |t: &Tensors<Variable>| Tensors {
            weight: tape::gradient(loss, &t.weight),
            bias: tape::gradient(loss, &t.bias),
        };
        let gradient = Parameters {
            layers: variables.layers.iter().map(tensors).collect(),
            readout: variables.readout.as_ref().map(tensors),
        };
        (loss.value(), gradient)
    }
}

fn linear(
    shape: [usize; 3],
    outputs: usize,
    geometry: Geometry,
    neuron: Neuron,
) -> (Layer, [usize; 3]) {
    let inputs: usize = shape.iter().product();
    let row = |out: usize| {
        let connection = |input: usize| Connection {
            weight: out * inputs + input,
            input,
        };
        (0..inputs).map(connection).collect()
    };
    let layer = Layer {
        geometry,
        neuron,
        inputs,
        connections: (0..outputs).map(row).collect(),
        biases: (0..outputs).collect(),
        weight_len: inputs * outputs,
        bias_len: outputs,
    };
    (layer, [outputs, 1, 1])
}

fn conv2d(shape: [usize; 3], geometry: Geometry, neuron: Neuron) -> (Layer, [usize; 3]) {
    let Geometry::Conv2d {
        channels,
        kernel,
        stride,
        padding,
    } = geometry
    else {
        unreachable!("a linear layer")
    };
    let [maps, height, width] = shape;
    let size = |input: usize| (input + 2 * padding - kernel) / stride + 1;
    let (rows, columns) = (size(height), size(width));
    let mut connections = Vec::new();
    let mut biases = Vec::new();
    for channel in 0..channels {
        for row in 0..rows {
            for column in 0..columns {
                let mut list = Vec::new();
                for map in 0..maps {
                    for ky in 0..kernel {
                        for kx in 0..kernel {
                            let (y, x) = (row * stride + ky, column * stride + kx);
                            let inside_y = y >= padding && y < padding + height;
                            let inside_x = x >= padding && x < padding + width;
                            if inside_y && inside_x {
                                list.push(Connection {
                                    weight: ((channel * maps + map) * kernel + ky) * kernel + kx,
                                    input: (map * height + y - padding) * width + x - padding,
                                });
                            }
                        }
                    }
                }
                connections.push(list);
                biases.push(channel);
            }
        }
    }
    let layer = Layer {
        geometry,
        neuron,
        inputs: maps * height * width,
        connections,
        biases,
        weight_len: channels * maps * kernel * kernel,
        bias_len: channels,
    };
    (layer, [channels, rows, columns])
}
