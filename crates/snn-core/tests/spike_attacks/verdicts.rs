//! What is reported of an attack: the same whatever is attacked beside it, and honest where gradients
//! are zero.

use snn_core::attack::{attack, Method};
use snn_core::encode::Encoding;
use snn_core::neuron::surrogate::{Kind as Shape, Surrogate};
use snn_core::region::{Flips, Region, Shift};
use snn_core::rng::{Purpose, Rng};
use snn_core::train::Slice;

use crate::cases::{network, parameters, PRESENTATION, SEED};
use crate::{Case, Kind};

fn methods(kind: Kind) -> Vec<Method> {
    match kind {
        Kind::Shift => vec![
            Method::GreedyShifts { candidates: 4 },
            Method::BeamShifts {
                width: 2,
                candidates: 4,
            },
            Method::RandomShifts { share: 0.5 },
            Method::CoordinateShifts {},
        ],
        _ => vec![
            Method::GreedyFlips { candidates: 4 },
            Method::BeamFlips {
                width: 2,
                candidates: 4,
            },
            Method::PgdFlips {
                step_size: 0.25,
                momentum: 0.5,
            },
            Method::RandomFlips { share: 0.5 },
            Method::CoordinateFlips {},
        ],
    }
}

/// Several recordings for one network, attacked together, in another order, and one by one.
#[test]
fn slices_do_not_matter() {
    for kind in [Kind::Flips, Kind::Sampled, Kind::Shift] {
        let case = Case::several(kind, 30).last().unwrap();
        let mut rng = Rng::keyed(9, Purpose::Perturb, &[]);
        let count = 6;
        let images: Vec<f32> = (0..count * case.values.len())
            .map(|_| f32::from(u8::from(rng.uniform() < 0.3)))
            .collect();
        let labels: Vec<u8> = images
            .chunks_exact(case.values.len())
            .map(|values| {
                let scores = case.scores(values);
                (0..scores.len())
                    .max_by(|&a, &b| scores[a].total_cmp(&scores[b]))
                    .unwrap() as u8
            })
            .collect();
        let samples: Vec<u32> = (20..20 + count as u32).collect();
        for method in methods(kind) {
            let options = case.options(method, 10, 2);
            let run = |images: &[f32], samples: &[u32], labels: &[u8]| {
                let slice = Slice {
                    images,
                    samples,
                    labels,
                };
                attack(&case.network, &case.parameters, slice, &options).unwrap()
            };
            let together = run(&images, &samples, &labels);
            assert_eq!(together, run(&images, &samples, &labels));
            let (mut passes, mut examples) = (0, Vec::new());
            for index in 0..count {
                let own = &images[index * case.values.len()..][..case.values.len()];
                let alone = run(own, &samples[index..=index], &labels[index..=index]);
                assert_eq!(alone.fooled[0], together.fooled[index]);
                assert_eq!(alone.margins[0], together.margins[index]);
                assert_eq!(alone.predictions[0], together.predictions[index]);
                assert_eq!(alone.zero_gradient[0], together.zero_gradient[index]);
                passes += alone.passes;
                examples.extend(alone.examples);
            }
            assert_eq!((passes, examples), (together.passes, together.examples));
        }
    }
}

/// A surrogate that no membrane is near enough to: gradients are zero, which is reported and which
/// searches without a gradient do not mind.
#[test]
fn masked_gradients_show() {
    let narrow = Surrogate {
        kind: Shape::Rectangular,
        width: 1e-5,
    };
    for kind in [Kind::Flips, Kind::Sampled, Kind::Shift] {
        let (mut vulnerable, mut found) = (0, 0);
        for case in Case::several(kind, 40) {
            if case.least_margin(&case.members()) > 0.0 {
                continue;
            }
            vulnerable += 1;
            let mut fooled = false;
            for method in methods(kind) {
                let mut options = case.options(method.clone(), 150, 2);
                options.surrogates = vec![narrow];
                let attacked = case.attack(&options);
                let free =
                    method.name().starts_with("random") || method.name().starts_with("coordinate");
                if free {
                    assert_eq!(attacked.zero_gradient, [0]);
                    fooled |= attacked.fooled == [1];
                } else if case.network.layers[0].fires {
                    assert_eq!(attacked.zero_gradient, [1], "{}", method.name());
                }
            }
            found += usize::from(fooled);
        }
        assert!(
            vulnerable > 6 && 100 * found >= 95 * vulnerable,
            "{found} of {vulnerable}"
        );
    }
}

/// What a rate code draws is attacked as spikes.
#[test]
fn drawn_spikes_are_attacked() {
    let mut fooled = 0;
    for number in 0..40 {
        let mut rng = Rng::keyed(number, Purpose::Perturb, &[17]);
        let network = network(&mut rng, Encoding::Rate, 4);
        let parameters = parameters(&network, &mut rng);
        let pixels: Vec<f32> = (0..network.input_len()).map(|_| rng.uniform()).collect();
        for (region, method) in [
            (
                Region::Flips(Flips {
                    budget: 2,
                    additions: true,
                    deletions: true,
                    mask: Vec::new(),
                    per_step: Default::default(),
                }),
                Method::GreedyFlips { candidates: 8 },
            ),
            (
                Region::Shift(Shift {
                    budget: 2,
                    steps: 1,
                    merge: true,
                }),
                Method::GreedyShifts { candidates: 8 },
            ),
        ] {
            let case = Case::several(Kind::Flips, 1).next().unwrap();
            let mut options = case.options(method, 10, 2);
            (options.steps, options.region) = (4, region.clone());
            for label in 0..network.classes as u8 {
                let slice = Slice {
                    images: &pixels,
                    samples: &[3],
                    labels: &[label],
                };
                let attacked = attack(&network, &parameters, slice, &options).unwrap();
                if attacked.fooled != [1] {
                    continue;
                }
                fooled += 1;
                let inputs = snn_core::encode::Inputs {
                    images: &pixels,
                    samples: &[3],
                    steps: 4,
                    draws: snn_core::encode::DrawKey {
                        seed: SEED,
                        presentation: PRESENTATION,
                    },
                };
                let mut drawn = Vec::new();
                for step in 0..4 {
                    let mut draws = vec![0.0; pixels.len()];
                    inputs.draw(0, step, &mut draws);
                    let pairs = pixels.iter().zip(&draws);
                    drawn.extend(pairs.map(|(x, draw)| f32::from(u8::from(x > draw))));
                }
                let example = snn_core::region::Example {
                    values: &drawn,
                    size: pixels.len(),
                    key: [PRESENTATION, 3],
                };
                assert_eq!(region.contains(example, &attacked.examples), Ok(true));
            }
        }
    }
    assert!(fooled > 10, "{fooled}");
}
