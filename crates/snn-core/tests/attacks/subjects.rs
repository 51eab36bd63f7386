//! Networks so small that all inputs of a region can be tried, and the attacks that are tried on them.

use snn_core::attack::{attack, AttackOptions, Attacked, Draws, Loss, Method, Targets};
use snn_core::certify::{predict, PredictOptions};
use snn_core::encode::Encoding;
use snn_core::neuron::surrogate::{Kind, Surrogate};
use snn_core::region::Region;
use snn_core::train::{is_correct, Slice};

use crate::cases::number_source::NumberSource;
use crate::cases::{Case, Plan};
use crate::oracle::network::{Geometry, Neuron, Readout, Reset};
use crate::subject::Subject;

pub const SEED: u64 = 5;
pub const PRESENTATION: u64 = 2;

pub const SURROGATES: [Surrogate; 4] = [
    surrogate(Kind::FastSigmoid, 0.25),
    surrogate(Kind::Atan, 1.0),
    surrogate(Kind::Rectangular, 1.0),
    surrogate(Kind::Triangle, 0.5),
];

const fn surrogate(kind: Kind, width: f32) -> Surrogate {
    Surrogate { kind, width }
}

/// Two or three layers; the weights of the first are large enough for single inputs to matter.
pub fn tiny(encoding: Encoding, readout: Readout, pixels: usize, steps: usize, seed: u64) -> Case {
    let mut numbers = NumberSource::new(seed, false);
    let neuron = |numbers: &mut NumberSource| Neuron {
        threshold: 0.25,
        leak: numbers.choose(&[0.25, 0.5, 0.9]),
        reset: numbers.choose(&[Reset::Hard, Reset::Hard, Reset::Soft]),
    };
    let mut layers = Vec::new();
    for _ in 0..1 + numbers.below(2) {
        let outputs = 4 + numbers.below(8) as usize;
        layers.push((Geometry::Linear { outputs }, neuron(&mut numbers)));
    }
    let outputs = 2 + numbers.below(3) as usize;
    layers.push((Geometry::Linear { outputs }, neuron(&mut numbers)));
    Plan {
        input: [1, 1, pixels],
        layers,
        readout,
        encoding,
        steps,
        batch: 6,
        grid: false,
        clip: false,
        seed: numbers.bits(),
    }
    .build()
}

/// How the plain network is run.
pub fn run(case: &Case) -> PredictOptions {
    PredictOptions {
        steps: case.steps,
        seed: SEED,
        presentation: PRESENTATION,
    }
}

pub fn options(case: &Case, region: &Region, method: Method) -> AttackOptions {
    AttackOptions {
        steps: case.steps,
        seed: SEED,
        presentation: PRESENTATION,
        region: region.clone(),
        method,
        attack_seed: 7,
        surrogates: SURROGATES.to_vec(),
        iterations: 12,
        restarts: 4,
        draws: Draws::Fixed,
    }
}

/// All attacks on pixels, from cheap to strong.
pub fn ensemble() -> Vec<Method> {
    let loss = Loss::Both;
    let targets = Targets::Untargeted;
    vec![
        Method::Fgsm { loss },
        Method::Pgd {
            step_size: 0.25,
            decay: 0.95,
            momentum: 0.75,
            targets,
            loss,
        },
        Method::Pgd {
            step_size: 0.25,
            decay: 0.95,
            momentum: 0.0,
            targets: Targets::EachRival,
            loss,
        },
        Method::Apgd {
            momentum: 0.75,
            targets,
            loss,
        },
        Method::Square { share: 0.5 },
        Method::Coordinate {
            candidates: 8,
            gradient: true,
        },
        Method::Coordinate {
            candidates: 8,
            gradient: false,
        },
    ]
}

/// A case's batch under attack.
pub struct Batch {
    pub subject: Subject,
    pub images: Vec<f32>,
    pub samples: Vec<u32>,
    pub labels: Vec<u8>,
    /// Whether an example is classified as its label.
    pub right: Vec<bool>,
}

impl Batch {
    /// Labels are what the network says, where it says anything, so that there is something to attack.
    pub fn new(case: &Case) -> Self {
        let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let (images, samples) = (case.flat_images(), case.samples());
        let (network, run) = (&subject.network, run(case));
        let scores = predict(network, &subject.parameters, &images, &samples, &run).unwrap();
        let winner = |scores: &[f32]| (0..scores.len()).find(|&k| is_correct(scores, k));
        let winners = scores.chunks(network.classes).map(winner);
        Batch {
            labels: winners.map(|winner| winner.unwrap_or(0) as u8).collect(),
            right: scores
                .chunks(network.classes)
                .map(|scores| winner(scores).is_some())
                .collect(),
            subject,
            images,
            samples,
        }
    }

    /// Some of the examples.
    pub fn only(&self, indices: &[usize]) -> Batch {
        let size = self.images.len() / self.labels.len();
        let image = |&index: &usize| &self.images[index * size..(index + 1) * size];
        Batch {
            subject: Subject {
                network: self.subject.network.clone(),
                parameters: self.subject.parameters.clone(),
            },
            images: indices.iter().flat_map(image).copied().collect(),
            samples: indices.iter().map(|&index| self.samples[index]).collect(),
            labels: indices.iter().map(|&index| self.labels[index]).collect(),
            right: indices.iter().map(|&index| self.right[index]).collect(),
        }
    }

    pub fn slice(&self) -> Slice<'_> {
        Slice {
            images: &self.images,
            samples: &self.samples,
            labels: &self.labels,
        }
    }

    pub fn attack(&self, options: &AttackOptions) -> Attacked {
        let Subject {
            network,
            parameters,
        } = &self.subject;
        attack(network, parameters, self.slice(), options).unwrap()
    }
}
