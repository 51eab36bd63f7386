//! One workload on fixed data, for counting its instructions under callgrind: all of them happen
//! inside [`measured`].
//!
//! ```sh
//! valgrind --tool=callgrind --collect-atstart=no --toggle-collect='*kernels::measured*' \
//!     target/release/examples/kernels s-crown-step/fc/rate
//! ```
//!
//! The network is the paper's, freshly initialised and then thinned out: lower biases let about as
//! few neurons fire as after a training. The images are rings of grey, about as much of them ink as
//! of a digit.

use std::hint::black_box;
use std::process::ExitCode;

use snn_core::certify::{Bound, CertifyOptions, PredictOptions};
use snn_core::encode::Encoding;
use snn_core::model::Model;
use snn_core::network::{
    Description, InputDescription, LayerDescription, Network, ReadoutDescription,
};
use snn_core::neuron::relaxation::Relaxation;
use snn_core::neuron::surrogate::Surrogate;
use snn_core::neuron::{Neuron, Neurons, Reset};
use snn_core::region::{Coupling, Linf, Region, Rounding};
use snn_core::regulariser::Regularisers;
use snn_core::shape::Pair;
use snn_core::train::{Adversary, Method, Objective, Slice};

const STEPS: usize = 10;
const CERTIFIED_STEPS: usize = 3;
const SEED: u64 = 1;
const SIDE: usize = 28;

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    let parts: Vec<&str> = name.split('/').collect();
    let Some(mut run) = Run::new(&parts) else {
        eprintln!("kernels: expected a workload such as s-crown-step/fc/rate, got {name:?}");
        return ExitCode::from(2);
    };
    measured(&mut run);
    ExitCode::SUCCESS
}

/// What is counted.
#[inline(never)]
fn measured(run: &mut Run) {
    run.workload();
}

struct Run {
    name: String,
    model: Model,
    epsilon: f64,
    images: Vec<f32>,
    samples: Vec<u32>,
    labels: Vec<u8>,
}

impl Run {
    fn new(parts: &[&str]) -> Option<Self> {
        let &[name, network, input] = parts else {
            return None;
        };
        if method(name).is_none() && !["inference", "s-ibp-eval", "s-crown-eval"].contains(&name) {
            return None;
        }
        let (encoding, epsilon) = match input {
            "rate" => (Encoding::Rate, 0.06),
            "direct" => (Encoding::Direct, 0.1),
            _ => return None,
        };
        // A convolutional sample takes ten times as long.
        let (layers, count) = match network {
            "fc" => (vec![linear(512), linear(256), linear(10)], 8),
            "conv" => (vec![conv2d(64), conv2d(128), linear(256), linear(10)], 1),
            _ => return None,
        };
        let description = Description {
            input: InputDescription {
                shape: [1, SIDE, SIDE],
                encoding,
                steps: STEPS,
            },
            layers,
            readout: ReadoutDescription::Rate,
        };
        let mut model = Model::new(Network::new(description).ok()?);
        model.initialise("default", SEED as f64).ok()?;
        thin_out(&mut model);
        Some(Run {
            name: name.to_owned(),
            model,
            epsilon,
            images: (0..count).flat_map(ring).collect(),
            samples: (0..count as u32).collect(),
            labels: (0..count as u8).collect(),
        })
    }

    fn workload(&mut self) {
        let slice = Slice {
            images: &self.images,
            samples: &self.samples,
            labels: &self.labels,
        };
        match self.name.as_str() {
            "inference" => {
                let options = PredictOptions {
                    steps: STEPS,
                    seed: SEED,
                    presentation: 0,
                };
                let scores = self.model.predict(&self.images, &self.samples, &options);
                black_box(scores).expect("images of the network");
            }
            "s-ibp-eval" | "s-crown-eval" => {
                let bounds = match self.name.as_str() {
                    "s-ibp-eval" => vec![Bound::SIbp],
                    _ => vec![Bound::SIbp, Bound::SCrown],
                };
                let certificates = self.model.certify(slice, &self.certification(bounds));
                black_box(certificates).expect("images of the network");
            }
            step => {
                let method = method(step).expect("a step");
                let objective = self.objective(method);
                black_box(self.model.gradient(slice, &objective)).expect("images of the network");
            }
        }
    }

    fn certification(&self, bounds: Vec<Bound>) -> CertifyOptions {
        CertifyOptions {
            steps: STEPS,
            seed: SEED,
            presentation: 0,
            region: Region::Linf(Linf {
                epsilon: self.epsilon,
                clip: false,
            }),
            coupling: Coupling::Coupled,
            bounds,
            relaxation: Relaxation::Paper,
            rounding: Rounding::Outward,
        }
    }

    fn objective(&self, method: Method) -> Objective {
        Objective {
            method,
            steps: STEPS,
            certified_steps: CERTIFIED_STEPS,
            seed: SEED,
            presentation: 0,
            region: Region::Linf(Linf {
                epsilon: self.epsilon,
                clip: false,
            }),
            kappa: 0.4,
            beta: if method == Method::SIbp { 0.0 } else { 1.0 },
            scale: 10.0,
            denominator: self.labels.len() as f32,
            relaxation: Relaxation::Paper,
            coupling: Coupling::Coupled,
            surrogate: Surrogate::PAPER,
            adversary: Adversary::default(),
            share: 0.5,
            regularisers: Regularisers::default(),
        }
    }
}

/// What a step of training bounds.
fn method(step: &str) -> Option<Method> {
    match step {
        "natural-step" => Some(Method::Natural),
        "s-ibp-step" => Some(Method::SIbp),
        "s-crown-step" => Some(Method::SCrown),
        "s-crown-fused-step" => Some(Method::SCrownFused),
        "adversarial-step" => Some(Method::Adversarial),
        "sabr-step" => Some(Method::Sabr),
        "mtl-ibp-step" => Some(Method::MtlIbp),
        _ => None,
    }
}

fn neuron() -> Neurons {
    Neurons::from(Neuron {
        threshold: 0.25,
        leak: 0.25,
        reset: Reset::Hard,
    })
}

fn linear(outputs: usize) -> LayerDescription {
    let neuron = neuron();
    LayerDescription::Linear { outputs, neuron }
}

fn conv2d(channels: usize) -> LayerDescription {
    LayerDescription::Conv2d {
        channels,
        kernel: Pair::square(3),
        stride: Pair::square(2),
        padding: Pair::square(1),
        dilation: Pair::square(1),
        neuron: neuron(),
    }
}

/// Takes a little off every bias but the last layer's.
fn thin_out(model: &mut Model) {
    for index in 0..model.network.layers.len() - 1 {
        let name = format!("layers.{index}.bias");
        let parameters = &mut model.parameters;
        let mut bias = parameters
            .tensor(&model.network, &name)
            .expect("a tensor of every layer");
        bias.iter_mut().for_each(|b| *b -= 0.1);
        parameters
            .set_tensor(&model.network, &name, &bias)
            .expect("as many numbers as before");
    }
}

/// A grey ring, brightest in its middle, wider and farther to the side for later ones.
fn ring(index: usize) -> Vec<f32> {
    let radius = 5.0 + 0.5 * index as f32;
    let centre = [13.5, 12.0 + 0.4 * index as f32];
    let pixel = |place: usize| {
        let (y, x) = ((place / SIDE) as f32, (place % SIDE) as f32);
        let distance = ((y - centre[0]).powi(2) + (x - centre[1]).powi(2)).sqrt();
        let off = (distance - radius).abs();
        (1.0 - off / 2.5).max(0.0)
    };
    (0..SIDE * SIDE).map(pixel).collect()
}
