//! A network as lists of connections: linear and convolutional layers are the same from here on, and
//! pools are lists of what they add up.

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

/// Along the height and along the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    pub padding: [usize; 2],
    pub dilation: [usize; 2],
}

impl Window {
    /// The same along both sides, without dilation.
    pub fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        Window {
            kernel: [kernel; 2],
            stride: [stride; 2],
            padding: [padding; 2],
            dilation: [1; 2],
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Geometry {
    Linear {
        outputs: usize,
    },
    Conv2d {
        channels: usize,
        window: Window,
    },
    /// The neuron beside it means nothing.
    Pool {
        average: bool,
        window: Window,
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

/// Sums or means over windows.
#[derive(Clone, Debug)]
pub struct Pool {
    pub geometry: Geometry,
    pub inputs: usize,
    /// Per output, in the order channels, height, width, the inputs on the map.
    pub windows: Vec<Vec<usize>>,
    /// What a sum is divided by, if it is.
    pub divisor: Option<f64>,
}

#[derive(Clone, Debug)]
pub struct Layer {
    pub geometry: Geometry,
    /// Per channel, as biases.
    pub neurons: Vec<Neuron>,
    /// Its place in the list that the network is made from.
    pub index: usize,
    /// What the inputs go through first.
    pub pools: Vec<Pool>,
    /// Inputs behind the pools.
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
        let mut pools = Vec::new();
        for (index, &(geometry, neuron)) in layers.iter().enumerate() {
            let (layer, output) = match geometry {
                Geometry::Pool { average, window } => {
                    let (pool, output) = pool(shape, geometry, average, window);
                    pools.push(pool);
                    shape = output;
                    continue;
                }
                Geometry::Linear { outputs } => linear(shape, outputs, geometry, neuron),
                Geometry::Conv2d { channels, window } => {
                    conv2d(shape, channels, window, (geometry, neuron))
                }
            };
            built.push(Layer {
                index,
                pools: std::mem::take(&mut pools),
                ..layer
            });
            shape = output;
        }
        assert!(pools.is_empty(), "a pool at the end");
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

impl Layer {
    /// The constants of output `j`.
    pub fn neuron(&self, j: usize) -> Neuron {
        self.neurons[self.biases[j]]
    }

    /// Every number of a trace beside its neuron's threshold.
    pub fn beside_thresholds<'a>(
        &'a self,
        trace: &'a [Vec<f64>],
    ) -> impl Iterator<Item = (f64, f64)> + 'a {
        let beside = |(j, &u): (usize, &f64)| (u, self.neuron(j).threshold);
        trace
            .iter()
            .flat_map(move |step| step.iter().enumerate().map(beside))
    }

    /// Inputs before the pools.
    pub fn fed(&self) -> usize {
        self.pools.first().map_or(self.inputs, |pool| pool.inputs)
    }

    /// Connections to the inputs before the pools, each as often as it is made.
    pub fn before_pools(&self) -> Vec<Vec<Connection>> {
        let mut connections = self.connections.clone();
        for pool in self.pools.iter().rev() {
            for list in &mut connections {
                let through = |c: &Connection| {
                    let weight = c.weight;
                    let window = pool.windows[c.input].iter();
                    window.map(move |&input| Connection { weight, input })
                };
                *list = list.iter().flat_map(through).collect();
            }
        }
        connections
    }

    /// What is behind the pools.
    pub fn pooled<N: Number>(&self, x: &[N]) -> Vec<N> {
        let mut map = x.to_vec();
        for pool in &self.pools {
            let sums = pool.windows.iter().map(|window| {
                let sum = N::total(window.iter().map(|&input| map[input]));
                pool.divisor.map_or(sum, |d| sum / N::constant(d))
            });
            map = sums.collect();
        }
        map
    }

    /// Coefficients on what is behind the pools as coefficients on what is before them.
    pub fn unpooled<N: Number>(&self, coefficients: Vec<N>) -> Vec<N> {
        let mut map = coefficients;
        for pool in self.pools.iter().rev() {
            let mut before = vec![N::zero(); pool.inputs];
            for (window, &a) in pool.windows.iter().zip(&map) {
                let share = pool.divisor.map_or(a, |d| a / N::constant(d));
                for &input in window {
                    before[input] = before[input] + share;
                }
            }
            map = before;
        }
        map
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
        neurons: vec![neuron; outputs],
        index: 0,
        pools: Vec::new(),
        inputs,
        connections: (0..outputs).map(row).collect(),
        biases: (0..outputs).collect(),
        weight_len: inputs * outputs,
        bias_len: outputs,
    };
    (layer, [outputs, 1, 1])
}

/// Windows along a side.
fn windows(window: Window, side: usize, size: usize) -> usize {
    let reach = window.dilation[side] * (window.kernel[side] - 1) + 1;
    (size + 2 * window.padding[side] - reach) / window.stride[side] + 1
}

/// Where place `within` of window `at` lies along a side, if that is on the map.
fn place(window: Window, side: usize, size: usize, at: usize, within: usize) -> Option<usize> {
    let padded = at * window.stride[side] + within * window.dilation[side];
    let place = padded.checked_sub(window.padding[side])?;
    (place < size).then_some(place)
}

fn pool(
    shape: [usize; 3],
    geometry: Geometry,
    average: bool,
    window: Window,
) -> (Pool, [usize; 3]) {
    let [maps, height, width] = shape;
    let (rows, columns) = (windows(window, 0, height), windows(window, 1, width));
    let mut lists = Vec::new();
    for map in 0..maps {
        for row in 0..rows {
            for column in 0..columns {
                let mut list = Vec::new();
                for ky in 0..window.kernel[0] {
                    for kx in 0..window.kernel[1] {
                        let y = place(window, 0, height, row, ky);
                        let x = place(window, 1, width, column, kx);
                        if let (Some(y), Some(x)) = (y, x) {
                            list.push((map * height + y) * width + x);
                        }
                    }
                }
                lists.push(list);
            }
        }
    }
    let pool = Pool {
        geometry,
        inputs: maps * height * width,
        windows: lists,
        divisor: average.then_some((window.kernel[0] * window.kernel[1]) as f64),
    };
    (pool, [maps, rows, columns])
}

fn conv2d(
    shape: [usize; 3],
    channels: usize,
    window: Window,
    (geometry, neuron): (Geometry, Neuron),
) -> (Layer, [usize; 3]) {
    let [maps, height, width] = shape;
    let [tall, wide] = window.kernel;
    let (rows, columns) = (windows(window, 0, height), windows(window, 1, width));
    let mut connections = Vec::new();
    let mut biases = Vec::new();
    for channel in 0..channels {
        for row in 0..rows {
            for column in 0..columns {
                let mut list = Vec::new();
                for map in 0..maps {
                    for ky in 0..tall {
                        for kx in 0..wide {
                            let y = place(window, 0, height, row, ky);
                            let x = place(window, 1, width, column, kx);
                            if let (Some(y), Some(x)) = (y, x) {
                                list.push(Connection {
                                    weight: ((channel * maps + map) * tall + ky) * wide + kx,
                                    input: (map * height + y) * width + x,
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
        neurons: vec![neuron; channels],
        index: 0,
        pools: Vec::new(),
        inputs: maps * height * width,
        connections,
        biases,
        weight_len: channels * maps * tall * wide,
        bias_len: channels,
    };
    (layer, [channels, rows, columns])
}
