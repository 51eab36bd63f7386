//! Random networks with inputs, drawn by proptest: sizes around the widths of the kernels, and
//! numbers either from a coarse grid, where f32 is exact and ties are common, or from all of f32.

// Every test binary compiles all of this and uses its part.
#![allow(dead_code)]

pub mod number_source;

use std::fmt;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use snn_core::encode::Encoding;

use crate::oracle::network::{Geometry, Network, Neuron, Parameters, Readout, Reset, Window};
use number_source::NumberSource;

/// The same cases in every run, unless `PROPTEST_RNG_SEED` asks for others.
pub fn config(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(20_220_501);
    }
    config
}

/// A network with parameters and a batch of inputs. All numbers are exact in f32.
#[derive(Clone)]
pub struct Case {
    pub plan: Plan,
    pub network: Network,
    pub parameters: Parameters<f64>,
    pub encoding: Encoding,
    pub steps: usize,
    pub images: Vec<Vec<f64>>,
    pub labels: Vec<u8>,
    pub epsilon: f64,
    pub clip: bool,
    pub seed: u64,
}

/// What a case is built from.
#[derive(Clone, Debug)]
pub struct Plan {
    pub input: [usize; 3],
    pub layers: Vec<(Geometry, Neuron)>,
    pub readout: Readout,
    pub encoding: Encoding,
    pub steps: usize,
    pub batch: usize,
    pub grid: bool,
    pub clip: bool,
    pub seed: u64,
}

/// Plans of all kinds; `grid` as asked for.
pub fn plans(grid: bool) -> impl Strategy<Value = Plan> {
    let readout = prop_oneof![
        Just(Readout::Rate),
        Just(Readout::Membrane),
        (2usize..6).prop_map(|classes| Readout::Linear { classes }),
    ];
    let layers = (
        prop::collection::vec((over_maps(), neuron(grid)), 0..4),
        prop::collection::vec((width(), neuron(grid)), 0..3),
        (2usize..7, neuron(grid)),
    );
    let run = (1usize..5, 1usize..4, any::<bool>(), any::<u64>());
    let encoding = prop_oneof![Just(Encoding::Rate), Just(Encoding::Direct)];
    (input(), layers, readout, encoding, run).prop_map(
        move |(input, (over_maps, widths, last), readout, encoding, run)| {
            let (steps, batch, clip, seed) = run;
            let mut layers = fitting(input, over_maps, grid);
            let linear = |(outputs, neuron)| (Geometry::Linear { outputs }, neuron);
            layers.extend(widths.into_iter().map(linear));
            // A linear readout stands on whatever comes last, a map or a single neuron too.
            let pool_last = matches!(layers.last(), None | Some((Geometry::Pool { .. }, _)));
            if pool_last || !matches!(readout, Readout::Linear { .. }) {
                layers.push(linear(last));
            }
            Plan {
                input,
                layers,
                readout,
                encoding,
                steps,
                batch,
                grid,
                clip,
                seed,
            }
        },
    )
}

/// Plans small enough to differentiate, numbers from all of f32.
pub fn small_plans() -> impl Strategy<Value = Plan> {
    plans(false).prop_map(|mut plan| {
        plan.input = plan.input.map(|side| side.min(4));
        let mut over_maps = Vec::new();
        let mut linear = Vec::new();
        for (geometry, neuron) in plan.layers {
            match geometry {
                Geometry::Linear { outputs } => {
                    let outputs = outputs.min(9);
                    linear.push((Geometry::Linear { outputs }, neuron));
                }
                _ => over_maps.push((geometry, neuron)),
            }
        }
        plan.layers = fitting(plan.input, over_maps, false);
        plan.layers.extend(linear);
        plan.batch = plan.batch.min(2);
        plan
    })
}

fn input() -> impl Strategy<Value = [usize; 3]> {
    prop_oneof![
        width().prop_map(|n| [n, 1, 1]),
        (1usize..6, 1usize..7, 1usize..7).prop_map(|(c, h, w)| [c, h, w]),
    ]
}

/// Around one SIMD vector of 4 and one panel of 32 numbers.
fn width() -> impl Strategy<Value = usize> {
    prop_oneof![1usize..10, 27usize..38, 62usize..67]
}

/// Convolutions and pools, most of them the same along both sides.
fn over_maps() -> impl Strategy<Value = Geometry> {
    let channels = prop_oneof![1usize..6, 31usize..34];
    prop_oneof![
        2 => (channels, window()).prop_map(|(channels, window)| Geometry::Conv2d { channels, window }),
        1 => (any::<bool>(), window()).prop_map(|(average, window)| {
            let window = Window { dilation: [1; 2], ..window };
            Geometry::Pool { average, window }
        }),
    ]
}

fn window() -> impl Strategy<Value = Window> {
    let sides = || (1usize..5, 1usize..4, 0usize..3, 1usize..3);
    let window = |[(k, s, p, d), (l, t, q, e)]: [(usize, usize, usize, usize); 2]| Window {
        kernel: [k, l],
        stride: [s, t],
        padding: [p, q],
        dilation: [d, e],
    };
    prop_oneof![
        2 => sides().prop_map(|(k, s, p, _)| Window::square(k, s, p)),
        1 => [sides(), sides()].prop_map(window),
    ]
}

fn neuron(grid: bool) -> impl Strategy<Value = Neuron> {
    let reset = prop_oneof![Just(Reset::Hard), Just(Reset::Soft)];
    let threshold = if grid {
        prop::sample::select(vec![0.25, 0.25, 0.5, 1.0, 0.0625, 0.0, -0.125]).boxed()
    } else {
        prop_oneof![Just(0.25), 0.05..1.0, -0.2..0.0].boxed()
    };
    let leak = if grid {
        prop::sample::select(vec![0.0, 0.25, 0.5, 1.0]).boxed()
    } else {
        prop_oneof![Just(0.25), Just(1.0), Just(0.0), 0.0..1.0].boxed()
    };
    (threshold, leak, reset).prop_map(|(threshold, leak, reset)| Neuron {
        threshold: f64::from(threshold as f32),
        leak: f64::from(leak as f32),
        reset,
    })
}

/// Layers with windows cut down to the map they meet. On the grid means are of powers of two, which f32
/// divides by exactly.
pub fn fitting(
    input: [usize; 3],
    over_maps: Vec<(Geometry, Neuron)>,
    grid: bool,
) -> Vec<(Geometry, Neuron)> {
    let mut sides = [input[1], input[2]];
    let mut layers = Vec::new();
    for (mut geometry, neuron) in over_maps {
        let (Geometry::Conv2d { window, .. } | Geometry::Pool { window, .. }) = &mut geometry
        else {
            unreachable!("layers over maps only")
        };
        for (side, size) in sides.iter_mut().enumerate() {
            let dilation = window.dilation[side];
            let reach = |kernel: usize| dilation * (kernel - 1) + 1;
            let kernel = &mut window.kernel[side];
            let padding = window.padding[side].min(reach(*kernel) - 1);
            *kernel = (*kernel).min((*size + padding - 1) / dilation + 1);
            window.padding[side] = padding.min(reach(*kernel) - 1);
            let room = *size + 2 * window.padding[side] - reach(*kernel);
            *size = room / window.stride[side] + 1;
        }
        if let Geometry::Pool { average, window } = &mut geometry {
            let area = window.kernel[0] * window.kernel[1];
            *average &= !grid || area.is_power_of_two();
        }
        layers.push((geometry, neuron));
    }
    layers
}

impl Plan {
    /// Gives channels constants of their own.
    fn vary(&self, network: &mut Network) {
        let mut numbers = NumberSource::new(self.seed ^ 0x5eed, self.grid);
        for layer in &mut network.layers {
            for neuron in &mut layer.neurons {
                let fresh = [numbers.uniform(), numbers.uniform()].map(|x| f64::from(x as f32));
                let [threshold, leak] = match self.grid {
                    true => [
                        numbers.choose(&[0.25, 0.5, 1.0, 0.0625, 0.0, -0.125]),
                        numbers.choose(&[0.0, 0.25, 0.5, 1.0]),
                    ],
                    false => fresh,
                };
                neuron.threshold = numbers.choose(&[neuron.threshold, threshold]);
                neuron.leak = numbers.choose(&[neuron.leak, leak]);
            }
        }
    }

    pub fn build(&self) -> Case {
        let mut network = Network::new(self.input, &self.layers, self.readout);
        if self.seed % 3 == 1 {
            self.vary(&mut network);
        }
        let mut numbers = NumberSource::new(self.seed, self.grid);
        let mut parameters = network.parameters(|| 0.0);
        for (layer, tensors) in network.layers.iter().zip(&mut parameters.layers) {
            let fan_in = layer
                .connections
                .iter()
                .map(Vec::len)
                .max()
                .unwrap_or(1)
                .max(1);
            let scale = numbers.choose(&[0.7, 1.5, 3.0]) / (fan_in as f64).sqrt();
            tensors
                .weight
                .iter_mut()
                .for_each(|w| *w = numbers.weight(scale));
            tensors
                .bias
                .iter_mut()
                .for_each(|b| *b = numbers.weight(0.3));
        }
        if let Some(readout) = &mut parameters.readout {
            readout
                .weight
                .iter_mut()
                .for_each(|w| *w = numbers.weight(1.0));
            readout
                .bias
                .iter_mut()
                .for_each(|b| *b = numbers.weight(0.3));
        }
        let classes = network.classes() as u64;
        let inputs = network.inputs();
        let images = (0..self.batch).map(|_| numbers.image(inputs)).collect();
        let labels = (0..self.batch)
            .map(|_| numbers.below(classes) as u8)
            .collect();
        let epsilon = match self.grid {
            true => numbers.choose(&[0.0, 1.0 / 16.0, 1.0 / 8.0]),
            false => f64::from(numbers.choose(&[0.0, 0.02, 0.06, 0.15]) as f32),
        };
        Case {
            plan: self.clone(),
            network,
            parameters,
            encoding: self.encoding,
            steps: self.steps,
            images,
            labels,
            epsilon,
            clip: self.clip,
            seed: self.seed,
        }
    }
}

/// The plan says it all.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.plan.fmt(f)
    }
}

impl Case {
    pub fn batch(&self) -> usize {
        self.images.len()
    }

    pub fn flat_images(&self) -> Vec<f32> {
        self.images.iter().flatten().map(|&x| x as f32).collect()
    }

    /// Sample numbers that are not their places in the batch.
    pub fn samples(&self) -> Vec<u32> {
        (0..self.batch() as u32).map(|b| 3 * b + 11).collect()
    }
}
