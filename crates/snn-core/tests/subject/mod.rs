//! The crate under test, built from the oracle's network and read back in the oracle's order.

// Every test binary compiles all of this and uses its part.
#![allow(dead_code)]

pub mod crown;

use snn_core::affine::{Lists, Packed, Rows};
use snn_core::encode::{each_place, Encoded, Encoding};
use snn_core::network::{
    Description, InputDescription, Layer, LayerDescription, Network, ReadoutDescription,
};
use snn_core::neuron::{self, surrogate};
use snn_core::parameters::{tensors, Parameters};
use snn_core::region::{InputIntervals, PixelIntervals, SpikeIntervals};
use snn_core::shape::{Pair, Shape};

use crate::oracle::network as naive;
use crate::oracle::surrogate::{Kind, Surrogate};

pub struct Subject {
    pub network: Network,
    pub parameters: Parameters,
}

impl Subject {
    pub fn new(
        network: &naive::Network,
        parameters: &naive::Parameters<f64>,
        encoding: Encoding,
        steps: usize,
    ) -> Self {
        let built = Network::new(description(network, encoding, steps)).expect("a valid network");
        let mut own = Parameters::zeros(&built);
        for (name, values) in named(network, parameters) {
            let values: Vec<f32> = values.iter().map(|&v| v as f32).collect();
            own.set_tensor(&built, &name, &values)
                .expect("a tensor of the network");
        }
        Subject {
            network: built,
            parameters: own,
        }
    }

    /// A slab read as the tensors of a network.
    pub fn unpack(&self, slab: &[f32]) -> naive::Parameters<f64> {
        let mut all = tensors(&self.network).into_iter().map(|tensor| {
            let values = Parameters::unpack(&tensor, slab);
            values.into_iter().map(f64::from).collect::<Vec<f64>>()
        });
        let mut pair = || {
            let (weight, bias) = (all.next()?, all.next()?);
            Some(naive::Tensors { weight, bias })
        };
        naive::Parameters {
            layers: self
                .network
                .layers
                .iter()
                .map(|_| pair().unwrap())
                .collect(),
            readout: pair(),
        }
    }

    /// `values`: per sample, step and input; direct input is read from the first step.
    pub fn encoded(&self, values: &[Vec<Vec<f64>>]) -> Encoded {
        let map = self.network.input;
        match self.network.input_map().encoding {
            Encoding::Rate | Encoding::Spikes => {
                let mut lists = Lists::new();
                for step in values.iter().flatten() {
                    list(map, &mut lists, |pixel| (step[pixel] != 0.0).then_some(()));
                }
                Encoded::Spikes(lists)
            }
            Encoding::Direct => {
                let mut lists = Lists::new();
                for sample in values {
                    list(map, &mut lists, |pixel| Some(sample[0][pixel] as f32));
                }
                Encoded::Pixels(lists)
            }
        }
    }

    /// Intervals as the oracle's regions have them, one region per sample.
    pub fn intervals(&self, regions: &[crate::oracle::region::Region]) -> InputIntervals {
        let map = self.network.input;
        match self.network.input_map().encoding {
            Encoding::Rate => {
                let mut intervals = SpikeIntervals::default();
                for region in regions {
                    let draws = region.draws.as_ref().expect("rate input has draws");
                    for (t, (lower, upper)) in region.lower.iter().zip(&region.upper).enumerate() {
                        let sure = |pixel: usize| (lower[pixel] == 1.0).then_some(());
                        let open = |pixel: usize| {
                            let open = lower[pixel] == 0.0 && upper[pixel] == 1.0;
                            open.then(|| draws[t][pixel] as f32)
                        };
                        list(map, &mut intervals.firing, sure);
                        list(map, &mut intervals.open, open);
                    }
                }
                InputIntervals::Spikes(intervals)
            }
            Encoding::Direct => {
                let mut ends = Lists::new();
                for region in regions {
                    let (lower, upper) = (&region.lower[0], &region.upper[0]);
                    let pair = |pixel: usize| Some([lower[pixel] as f32, upper[pixel] as f32]);
                    list(map, &mut ends, pair);
                }
                InputIntervals::Pixels(PixelIntervals { ends, radius: None })
            }
            Encoding::Spikes => unreachable!("regions of pixels"),
        }
    }
}

/// One step's map, position by position.
fn list<V: Copy>(map: Shape, lists: &mut Lists<V>, entry: impl Fn(usize) -> Option<V>) {
    each_place(map, |pixel, channel, last| {
        if let Some(value) = entry(pixel) {
            lists.push(channel, value);
        }
        if last {
            lists.end_row();
        }
    });
}

/// Rows (group, position) as maps in PyTorch's order, one per group.
pub fn maps(shape: Shape, rows: &Rows) -> Vec<Vec<f64>> {
    let positions = shape.positions();
    let groups = rows.rows() / positions;
    let map = |group: usize| {
        let at = |index: usize| {
            let (position, channel) = shape.place(index);
            f64::from(rows.row(group * positions + position)[channel])
        };
        (0..shape.len()).map(at).collect()
    };
    (0..groups).map(map).collect()
}

/// Groups (sample, step) as `[sample][step]`.
pub fn per_sample(maps: Vec<Vec<f64>>, steps: usize) -> Vec<Vec<Vec<f64>>> {
    maps.chunks(steps).map(<[_]>::to_vec).collect()
}

/// Rows one after another.
pub fn unpacked(packed: &Packed) -> Rows {
    let mut rows = Rows::zeros(packed.rows(), packed.vectors());
    for row in 0..packed.rows() {
        let numbers = packed.row(row).flatten().copied();
        rows.run_mut(row, 1)
            .iter_mut()
            .zip(numbers)
            .for_each(|(to, from)| *to = from);
    }
    rows
}

/// A layer's rows as `[sample][step][neuron]`.
pub fn trace(layer: &Layer, rows: &Rows, steps: usize) -> Vec<Vec<Vec<f64>>> {
    per_sample(maps(layer.affine.output, rows), steps)
}

/// 1 where a list has an entry, as `[sample][step][neuron]`.
pub fn spikes<V: Copy>(layer: &Layer, lists: &Lists<V>, steps: usize) -> Vec<Vec<Vec<f64>>> {
    let mut rows = Rows::zeros(lists.rows(), layer.vectors());
    for row in 0..lists.rows() {
        for (channel, _) in lists.entries(row) {
            rows.row_mut(row)[channel] = 1.0;
        }
    }
    trace(layer, &rows, steps)
}

pub fn surrogate(of: Surrogate) -> surrogate::Surrogate {
    surrogate::Surrogate {
        kind: match of.kind {
            Kind::Rectangular => surrogate::Kind::Rectangular,
            Kind::Atan => surrogate::Kind::Atan,
            Kind::FastSigmoid => surrogate::Kind::FastSigmoid,
            Kind::Triangle => surrogate::Kind::Triangle,
        },
        width: of.width as f32,
    }
}

/// Tensors by their names in the crate.
fn named<'a>(
    network: &naive::Network,
    parameters: &'a naive::Parameters<f64>,
) -> Vec<(String, &'a [f64])> {
    let layers = network.layers.iter().zip(&parameters.layers);
    let mut all: Vec<(String, &naive::Tensors<f64>)> = layers
        .map(|(layer, tensors)| (format!("layers.{}", layer.index), tensors))
        .collect();
    all.extend(
        parameters
            .readout
            .iter()
            .map(|tensors| ("readout".into(), tensors)),
    );
    all.into_iter()
        .flat_map(|(name, tensors)| {
            [
                (format!("{name}.weight"), &tensors.weight[..]),
                (format!("{name}.bias"), &tensors.bias[..]),
            ]
        })
        .collect()
}

fn description(network: &naive::Network, encoding: Encoding, steps: usize) -> Description {
    let mut layers = Vec::new();
    for layer in &network.layers {
        let neuron = neurons(layer);
        let pools = layer.pools.iter().map(|pool| pool.geometry);
        let geometries = pools.chain([layer.geometry]);
        layers.extend(geometries.map(|geometry| layer_description(geometry, neuron.clone())));
    }
    Description {
        input: InputDescription {
            shape: network.input,
            encoding,
            steps,
        },
        layers,
        readout: match network.readout {
            naive::Readout::Rate => ReadoutDescription::Rate,
            naive::Readout::Membrane => ReadoutDescription::Membrane,
            naive::Readout::Linear { classes } => ReadoutDescription::Linear { classes },
        },
    }
}

fn neurons(layer: &naive::Layer) -> neuron::Neurons {
    let constant = |of: fn(&naive::Neuron) -> f64| {
        let all: Vec<f32> = layer.neurons.iter().map(|n| of(n) as f32).collect();
        match all.windows(2).all(|pair| pair[0] == pair[1]) {
            true => neuron::Constant::Same(all[0]),
            false => neuron::Constant::Each(all),
        }
    };
    neuron::Neurons {
        threshold: constant(|neuron| neuron.threshold),
        leak: constant(|neuron| neuron.leak),
        reset: match layer.neurons[0].reset {
            naive::Reset::Hard => neuron::Reset::Hard,
            naive::Reset::Soft => neuron::Reset::Soft,
        },
    }
}

fn layer_description(geometry: naive::Geometry, neuron: neuron::Neurons) -> LayerDescription {
    let pair = |[vertical, horizontal]: [usize; 2]| Pair {
        vertical,
        horizontal,
    };
    match geometry {
        naive::Geometry::Linear { outputs } => LayerDescription::Linear { outputs, neuron },
        naive::Geometry::Conv2d { channels, window } => LayerDescription::Conv2d {
            channels,
            kernel: pair(window.kernel),
            stride: pair(window.stride),
            padding: pair(window.padding),
            dilation: pair(window.dilation),
            neuron,
        },
        naive::Geometry::Pool { average, window } => {
            let (kernel, stride) = (pair(window.kernel), pair(window.stride));
            let padding = pair(window.padding);
            match average {
                true => LayerDescription::AvgPool2d {
                    kernel,
                    stride,
                    padding,
                },
                false => LayerDescription::SumPool2d {
                    kernel,
                    stride,
                    padding,
                },
            }
        }
    }
}
