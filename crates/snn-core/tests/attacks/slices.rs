//! What an attack does to an example hangs on nothing but the example; what it returns can be replayed.

use snn_core::attack::{scores_of, Draws, Kind, Loss, Method, Targets};
use snn_core::encode::Encoding;
use snn_core::region::{Example, Linf, Region};
use snn_core::train::{is_correct, Slice};

use crate::oracle::network::Readout;
use crate::subjects::{ensemble, options, run, tiny, Batch, PRESENTATION};

fn region(clip: bool) -> Region {
    Region::Linf(Linf {
        epsilon: 0.12,
        clip,
    })
}

#[test]
fn slices_do_not_matter() {
    for (seed, encoding) in [
        (0, Encoding::Rate),
        (1, Encoding::Direct),
        (2, Encoding::Rate),
    ] {
        let case = tiny(encoding, Readout::Rate, 9, 4, seed);
        let batch = Batch::new(&case);
        for method in ensemble() {
            let options = options(&case, &region(false), method);
            let whole = batch.attack(&options);
            let again = batch.attack(&options);
            assert_eq!(whole, again);
            let mut examples = Vec::new();
            let mut passes = 0;
            for index in 0..batch.labels.len() {
                let slice = Slice {
                    images: &batch.images[index * 9..(index + 1) * 9],
                    samples: &batch.samples[index..=index],
                    labels: &batch.labels[index..=index],
                };
                let (network, parameters) = (&batch.subject.network, &batch.subject.parameters);
                let one = snn_core::attack::attack(network, parameters, slice, &options).unwrap();
                assert_eq!(one.fooled[0], whole.fooled[index]);
                assert_eq!(one.margins[0].to_bits(), whole.margins[index].to_bits());
                assert_eq!(one.predictions[0], whole.predictions[index]);
                assert_eq!(one.zero_gradient[0], whole.zero_gradient[index]);
                examples.extend(one.examples);
                passes += one.passes;
            }
            assert_eq!(examples, whole.examples);
            assert_eq!(passes, whole.passes);
        }
    }
}

#[test]
fn what_is_fooled_can_be_replayed() {
    let mut replayed = 0;
    for seed in 0..2 {
        for encoding in [Encoding::Rate, Encoding::Direct] {
            for clip in [false, true] {
                let case = tiny(encoding, Readout::Rate, 9, 4, seed);
                let batch = Batch::new(&case);
                let run = run(&case);
                for method in ensemble() {
                    let attacked = batch.attack(&options(&case, &region(clip), method));
                    let mut examples = attacked.examples.chunks(9);
                    for (index, &fooled) in attacked.fooled.iter().enumerate() {
                        let label = usize::from(batch.labels[index]);
                        if fooled == 0 {
                            continue;
                        }
                        let found = examples.next().unwrap();
                        let sample = batch.samples[index];
                        let example = Example {
                            values: &batch.images[index * 9..(index + 1) * 9],
                            size: 9,
                            key: [PRESENTATION, sample.into()],
                        };
                        assert_eq!(region(clip).contains(example, found), Ok(true));
                        let (network, parameters) =
                            (&batch.subject.network, &batch.subject.parameters);
                        let samples = [sample];
                        let scores =
                            scores_of(network, parameters, found, &samples, Kind::Pixels, &run)
                                .unwrap();
                        assert!(!is_correct(&scores, label));
                        assert!(attacked.margins[index] <= 0.0);
                        let said = usize::from(attacked.predictions[index]);
                        assert!(scores.iter().all(|&score| score <= scores[said]));
                        replayed += 1;
                    }
                    assert!(examples.next().is_none());
                }
            }
        }
    }
    assert!(replayed > 40, "{replayed}");
}

/// A ball without radius holds the example alone, and an attack that has nothing to go by says so.
#[test]
fn nothing_to_change() {
    let case = tiny(Encoding::Rate, Readout::Rate, 9, 4, 3);
    let batch = Batch::new(&case);
    let point = Region::Linf(Linf {
        epsilon: 0.0,
        clip: false,
    });
    for method in ensemble() {
        let gradient = !matches!(
            method,
            Method::Square { .. }
                | Method::Coordinate {
                    gradient: false,
                    ..
                }
        );
        let attacked = batch.attack(&options(&case, &point, method));
        assert!(attacked.fooled.iter().all(|&fooled| fooled == 0));
        let untouched = batch.attack(&options(&case, &point, Method::Square { share: 0.5 }));
        assert_eq!(attacked.margins, untouched.margins);
        for (index, &zero) in attacked.zero_gradient.iter().enumerate() {
            let tried = attacked.margins[index] > 0.0;
            assert_eq!(zero == 1, gradient && tried);
        }
    }
}

/// An attack in expectation shows one input: a success hangs on draws that it has not seen.
#[test]
fn fresh_draws() {
    let (mut blind, mut seeing) = (0, 0);
    for seed in 0..8 {
        let case = tiny(Encoding::Rate, Readout::Membrane, 9, 4, seed);
        let batch = Batch::new(&case);
        let method = Method::Pgd {
            step_size: 0.25,
            decay: 1.0,
            momentum: 0.5,
            targets: Targets::Untargeted,
            loss: Loss::Margin,
        };
        let mut options = options(&case, &region(false), method);
        let count = |fooled: Vec<u8>| fooled.iter().map(|&f| usize::from(f)).sum::<usize>();
        seeing += count(batch.attack(&options).fooled);
        options.draws = Draws::Fresh { samples: 4 };
        let attacked = batch.attack(&options);
        assert_eq!(attacked, batch.attack(&options));
        blind += count(attacked.fooled);
    }
    println!("{blind} blind, {seeing} seeing");
    assert!(
        0 < blind && blind <= seeing,
        "{blind} blind, {seeing} seeing"
    );
}
