//! Derivatives with respect to the input, against the oracle's tape and against differences.

use proptest::prelude::*;
use snn_core::affine::Lists;
use snn_core::encode::{each_place, DrawKey, Encoded, Encoding, Inputs};
use snn_core::grad;
use snn_core::propagate::spikes;

use crate::cases::number_source::NumberSource;
use crate::cases::{config, small_plans, Case, Plan};
use crate::oracle::forward::forward;
use crate::oracle::network::{Geometry, Neuron, Readout, Reset};
use crate::oracle::number::Number;
use crate::oracle::surrogate::{Surrogate, KINDS};
use crate::oracle::tape;
use crate::subject::{self, Subject};

const KEY: DrawKey = DrawKey {
    seed: 3,
    presentation: 1,
};

/// What the network sees at every step, per sample.
fn fed(case: &Case) -> Vec<Vec<Vec<f64>>> {
    let (images, samples) = (case.flat_images(), case.samples());
    let inputs = Inputs {
        images: &images,
        samples: &samples,
        steps: case.steps,
        draws: KEY,
    };
    let mut draws = vec![0.0; case.network.inputs()];
    let mut step = |b: usize, t: usize| -> Vec<f64> {
        inputs.draw(b, t, &mut draws);
        let pixels = inputs.image(b).iter().zip(&draws);
        pixels
            .map(|(&x, &draw)| match case.encoding {
                Encoding::Rate => f64::from(u8::from(x > draw)),
                _ => x.into(),
            })
            .collect()
    };
    (0..case.batch())
        .map(|b| (0..case.steps).map(|t| step(b, t)).collect())
        .collect()
}

/// The crate's: by the inputs of every step, `[samples][steps][size]`, and by pixels.
fn ours(case: &Case, weights: &[f64], surrogate: Surrogate) -> [Vec<f32>; 3] {
    let Subject {
        network,
        parameters,
    } = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
    let (images, samples) = (case.flat_images(), case.samples());
    let inputs = Inputs {
        images: &images,
        samples: &samples,
        steps: case.steps,
        draws: KEY,
    };
    let input = Encoded::new(network.input_map(), inputs);
    let trace = spikes::propagate(&network, &parameters, input, case.batch(), case.steps);
    let by_scores: Vec<f32> = (0..case.batch())
        .flat_map(|_| weights.iter().map(|&w| w as f32))
        .collect();
    let surrogate = subject::surrogate(surrogate);
    let delta = grad::spikes::deltas(&network, &parameters, &trace, &by_scores, surrogate, None);
    let map = network.input;
    let mut places = Lists::new();
    for _ in 0..case.steps {
        each_place(map, |_, channel, last| {
            places.push(channel, ());
            if last {
                places.end_row();
            }
        });
    }
    let mut asked = vec![0.0; case.batch() * case.steps * map.len()];
    for (sample, asked) in asked.chunks_exact_mut(case.steps * map.len()).enumerate() {
        let by = grad::input::at_places(&network, &parameters, &delta, sample, &places);
        let mut by = by.into_iter();
        for asked in asked.chunks_exact_mut(map.len()) {
            each_place(map, |pixel, _, _| asked[pixel] = by.next().unwrap());
        }
    }
    [
        grad::input::by_steps(&network, &parameters, &delta),
        asked,
        grad::input::by_pixels(&network, &parameters, &delta),
    ]
}

fn close(got: f32, expected: f64, tolerance: f64) {
    let wrong = (f64::from(got) - expected).abs();
    let bound = tolerance * (1.0 + expected.abs());
    assert!(wrong <= bound, "{got}, not {expected}");
}

proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn by_the_tape(
        plan in small_plans(),
        kind in prop::sample::select(KINDS.to_vec()),
        width in prop::sample::select(vec![0.25, 0.5, 1.0, 2.0]),
    ) {
        let case = plan.build();
        let surrogate = Surrogate { kind, width };
        let mut numbers = NumberSource::new(9, false);
        let classes = case.network.classes();
        let weights: Vec<f64> = (0..classes).map(|_| numbers.weight(1.0)).collect();
        let [by_steps, asked, by_pixels] = ours(&case, &weights, surrogate);
        let size = case.network.inputs();
        for (b, fed) in fed(&case).into_iter().enumerate() {
            tape::clear();
            let leaves: Vec<Vec<tape::Variable>> = fed
                .iter()
                .map(|x| x.iter().map(|&x| tape::leaf(x)).collect())
                .collect();
            let parameters = case.parameters.map(Number::constant);
            let run = forward(&case.network, &parameters, &leaves, surrogate);
            let terms = run.scores.iter().zip(&weights);
            let whole = Number::total(terms.map(|(&s, &w)| tape::Variable::constant(w) * s));
            let flat: Vec<tape::Variable> = leaves.concat();
            let expected = tape::gradient(whole, &flat);
            let largest = expected.iter().fold(1.0f64, |m, g| m.max(g.abs()));
            for (at, &expected) in expected.iter().enumerate() {
                let place = b * case.steps * size + at;
                for got in [by_steps[place], asked[place]] {
                    prop_assert!((f64::from(got) - expected).abs() < 1e-4 * largest, "{got} {expected}");
                }
            }
            for pixel in 0..size {
                let sum: f64 = expected.iter().skip(pixel).step_by(size).sum();
                let got = f64::from(by_pixels[b * size + pixel]);
                prop_assert!((got - sum).abs() < 1e-4 * largest * case.steps as f64);
            }
        }
    }
}

/// A mean membrane over pixels as they are is smooth in them: one layer that does not fire.
#[test]
fn by_differences() {
    for seed in 0..20 {
        let mut numbers = NumberSource::new(seed, false);
        let neuron = Neuron {
            threshold: 0.25,
            leak: numbers.choose(&[0.0, 0.5, 1.0]),
            reset: Reset::Hard,
        };
        let layers = vec![(Geometry::Linear { outputs: 4 }, neuron)];
        let plan = Plan {
            input: [2, 3, 3],
            layers,
            readout: Readout::Membrane,
            encoding: Encoding::Direct,
            steps: 3,
            batch: 2,
            grid: false,
            clip: false,
            seed: numbers.bits(),
        };
        let case = plan.build();
        let classes = case.network.classes();
        let weights: Vec<f64> = (0..classes).map(|_| numbers.weight(1.0)).collect();
        let surrogate = Surrogate {
            kind: KINDS[0],
            width: 1.0,
        };
        let [_, _, by_pixels] = ours(&case, &weights, surrogate);
        let size = case.network.inputs();
        let value = |image: &[f64]| {
            let fed = vec![image.to_vec(); case.steps];
            let run = forward(&case.network, &case.parameters, &fed, surrogate);
            let terms = run.scores.iter().zip(&weights);
            terms.map(|(s, w)| s * w).sum::<f64>()
        };
        for (b, image) in case.images.iter().enumerate() {
            for pixel in 0..size {
                let moved = |by: f64| {
                    let mut image = image.clone();
                    image[pixel] += by;
                    value(&image)
                };
                let slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
                close(by_pixels[b * size + pixel], slope, 1e-4);
            }
        }
    }
}
