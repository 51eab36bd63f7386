//! A batch is its samples: nothing depends on the company a sample is in, on how a batch is cut, or
//! on where the parts are computed.

use proptest::prelude::*;
use snn_core::certify::{Bound, CertifyOptions, PredictOptions};
use snn_core::model::Model;
use snn_core::neuron::relaxation::Relaxation;
use snn_core::neuron::surrogate::Surrogate;
use snn_core::region::{Coupling, Linf, Region, Rounding};
use snn_core::regulariser::Regularisers;
use snn_core::train::{Adversary, Method, Objective, Slice};

use crate::cases::{config, small_plans, Case};
use crate::difference;
use crate::subject::Subject;

/// More samples than one chunk holds.
const SAMPLES: usize = 70;

const METHODS: [Method; 7] = [
    Method::Natural,
    Method::SIbp,
    Method::SCrown,
    Method::SCrownFused,
    Method::Adversarial,
    Method::Sabr,
    Method::MtlIbp,
];

struct Batch {
    model: Model,
    images: Vec<f32>,
    samples: Vec<u32>,
    labels: Vec<u8>,
    size: usize,
    case: Case,
}

impl Batch {
    fn new(case: Case) -> Self {
        let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let mut model = Model::new(subject.network);
        model.parameters = subject.parameters;
        let (given, labels) = (case.flat_images(), &case.labels);
        let size = case.network.inputs();
        let pixel = |i: usize| given[(i * 7 + i / size) % given.len()];
        Batch {
            model,
            images: (0..SAMPLES * size).map(pixel).collect(),
            samples: (0..SAMPLES as u32).map(|i| 1000 - 3 * i).collect(),
            labels: (0..SAMPLES).map(|i| labels[i % labels.len()]).collect(),
            size,
            case,
        }
    }

    fn slice(&self, from: usize, to: usize) -> Slice<'_> {
        Slice {
            images: &self.images[from * self.size..to * self.size],
            samples: &self.samples[from..to],
            labels: &self.labels[from..to],
        }
    }

    fn objective(&self, method: Method) -> Objective {
        Objective {
            method,
            steps: self.case.steps,
            certified_steps: self.case.steps,
            seed: 1,
            presentation: 2,
            region: Region::Linf(Linf {
                epsilon: 0.06,
                clip: false,
            }),
            kappa: 0.5,
            beta: 0.5,
            scale: 1.0,
            denominator: SAMPLES as f32,
            relaxation: Relaxation::Paper,
            coupling: Coupling::Coupled,
            surrogate: Surrogate::PAPER,
            adversary: Adversary {
                iterations: 2,
                step_size: 0.75,
                random_start: true,
            },
            share: 0.5,
            regularisers: Regularisers {
                growth: 0.5,
                balance: 0.5,
                stability: 0.5,
                guard: 0.5,
                ..Regularisers::default()
            },
        }
    }

    fn gradient(&self, objective: &Objective, from: usize, to: usize) -> Vec<f32> {
        let mut model = self.model.clone();
        model.gradient(self.slice(from, to), objective).unwrap();
        bytemuck::cast_slice(&model.take().unwrap()).to_vec()
    }
}

proptest! {
    #![proptest_config(config(25))]

    #[test]
    fn a_sample_gives_the_same_bits_alone(plan in small_plans()) {
        let batch = Batch::new(plan.build());
        let steps = batch.case.steps;
        let predict = PredictOptions { steps, seed: 1, presentation: 2 };
        let certify = CertifyOptions {
            steps,
            seed: 1,
            presentation: 2,
            region: Region::Linf(Linf { epsilon: 0.06, clip: false }),
            coupling: Coupling::Coupled,
            bounds: vec![Bound::SIbp, Bound::SCrown],
            relaxation: Relaxation::Paper,
            rounding: Rounding::Outward,
        };
        let all = batch.slice(0, SAMPLES);
        let scores = batch.model.predict(all.images, all.samples, &predict).unwrap();
        let found = batch.model.certify(all, &certify).unwrap();
        prop_assert_eq!(&found.scores, &scores);
        let classes = batch.case.network.classes();
        for b in [0, 1, 37, SAMPLES - 1] {
            let alone = batch.model.certify(batch.slice(b, b + 1), &certify).unwrap();
            let rivals = b * (classes - 1)..(b + 1) * (classes - 1);
            prop_assert_eq!(&alone.scores[..], &scores[b * classes..(b + 1) * classes]);
            prop_assert_eq!(&alone.ibp[..], &found.ibp[rivals.clone()]);
            prop_assert_eq!(&alone.crown[..], &found.crown[rivals]);
        }
    }

    #[test]
    fn gradients_add_up(plan in small_plans(), cut in 1..SAMPLES) {
        let batch = Batch::new(plan.build());
        for method in METHODS {
            let objective = batch.objective(method);
            let whole = batch.gradient(&objective, 0, SAMPLES);
            prop_assert_eq!(&whole, &batch.gradient(&objective, 0, SAMPLES));
            let (left, right) =
                (batch.gradient(&objective, 0, cut), batch.gradient(&objective, cut, SAMPLES));
            // Merged here, or pushed from elsewhere and merged: the same bits.
            let mut here = batch.model.clone();
            here.gradient(batch.slice(0, cut), &objective).unwrap();
            here.gradient(batch.slice(cut, SAMPLES), &objective).unwrap();
            here.merge().unwrap();
            let mut there = batch.model.clone();
            there.push(&left).unwrap();
            there.push(&right).unwrap();
            there.merge().unwrap();
            let sum: Vec<f32> = bytemuck::cast_slice(&here.take().unwrap()).to_vec();
            let pushed: Vec<f32> = bytemuck::cast_slice(&there.take().unwrap()).to_vec();
            prop_assert_eq!(&sum, &pushed);
            let largest = whole.iter().fold(1e-3f32, |m, g| m.max(g.abs()));
            let scaled = |g: &[f32]| -> Vec<f64> { g.iter().map(|g| (g / largest).into()).collect() };
            prop_assert!(difference(&scaled(&sum), &scaled(&whole)) < 1e-4);
            prop_assert!(here.take().is_err() && there.merge().is_err());
        }
    }
}
