//! What cannot be attacked is refused, with the field and what would fit.

use snn_core::attack::{attack, scores_of, AttackOptions, Draws, Kind, Loss, Method};
use snn_core::certify::PredictOptions;
use snn_core::encode::Encoding;
use snn_core::error::Code;
use snn_core::region::{Linf, Region, Shift};
use snn_core::train::Slice;

use crate::oracle::network::Readout;
use crate::subjects::{options, tiny, Batch};

const FGSM: Method = Method::Fgsm { loss: Loss::Margin };
const BALL: Region = Region::Linf(Linf {
    epsilon: 0.1,
    clip: false,
});
const SHIFT: Region = Region::Shift(Shift {
    budget: 1,
    steps: 1,
    merge: false,
});

fn refused(encoding: Encoding, change: impl Fn(&mut AttackOptions)) -> (Code, String) {
    let case = tiny(encoding, Readout::Rate, 4, 3, 0);
    let batch = Batch::new(&case);
    let mut options = options(&case, &BALL, FGSM);
    change(&mut options);
    let (network, parameters) = (&batch.subject.network, &batch.subject.parameters);
    let error = attack(network, parameters, batch.slice(), &options).unwrap_err();
    (error.code, error.message)
}

#[test]
fn options_that_do_not_fit() {
    use Encoding::{Direct, Rate};
    type Change = fn(&mut AttackOptions);
    let cases: [(Encoding, Change, &str); 12] = [
        (Rate, |o| o.steps = 0, "steps: expected 1 to 10000"),
        (Rate, |o| o.iterations = 0, "iterations: expected"),
        (Rate, |o| o.restarts = 0, "restarts: expected"),
        (Rate, |o| o.surrogates.clear(), "surrogates: expected"),
        (
            Rate,
            |o| o.surrogates[0].width = 0.0,
            "surrogate.width: expected",
        ),
        (
            Rate,
            |o| o.draws = Draws::Fresh { samples: 0 },
            "draws.samples: expected",
        ),
        (
            Direct,
            |o| o.draws = Draws::Fresh { samples: 2 },
            "draws: expected 'fixed'",
        ),
        (
            Rate,
            |o| {
                o.draws = Draws::Fresh { samples: 2 };
                o.method = Method::Square { share: 0.3 };
            },
            "draws: expected 'fixed'",
        ),
        (
            Rate,
            |o| o.method = Method::Square { share: 2.0 },
            "attack.share: expected",
        ),
        (
            Rate,
            |o| {
                o.method = Method::Coordinate {
                    candidates: 0,
                    gradient: true,
                }
            },
            "attack.candidates: expected",
        ),
        (
            Rate,
            |o| o.region = SHIFT,
            "attack: expected one that moves spikes",
        ),
        (
            Direct,
            |o| o.region = SHIFT,
            "region: expected one of pixels",
        ),
    ];
    for (encoding, change, expected) in cases {
        let (code, message) = refused(encoding, change);
        assert_eq!(code, Code::InvalidValue);
        assert!(message.starts_with(expected), "{message}");
    }
    let (_, message) = refused(Rate, |o| {
        o.method = Method::GreedyFlips { candidates: 1 };
    });
    assert!(
        message.starts_with("attack: expected one of pixels"),
        "{message}"
    );
}

#[test]
fn slices_that_do_not_fit() {
    let case = tiny(Encoding::Rate, Readout::Rate, 4, 3, 0);
    let batch = Batch::new(&case);
    let options = options(&case, &BALL, FGSM);
    let (network, parameters) = (&batch.subject.network, &batch.subject.parameters);
    let nan = [0.0, f32::NAN, 0.0, 0.0];
    let code = |images: &[f32], samples: &[u32], labels: &[u8]| {
        let slice = Slice {
            images,
            samples,
            labels,
        };
        attack(network, parameters, slice, &options)
            .unwrap_err()
            .code
    };
    assert_eq!(code(&[0.0; 3], &[0], &[0]), Code::InvalidShape);
    assert_eq!(code(&[0.0; 4], &[0], &[]), Code::InvalidShape);
    assert_eq!(code(&[0.0; 4], &[0], &[99]), Code::InvalidLabel);
    assert_eq!(code(&nan, &[0], &[0]), Code::InvalidValue);
    let run = PredictOptions {
        steps: 3,
        seed: 0,
        presentation: 0,
    };
    let replay = |inputs: &[f32], kind| {
        let scores = scores_of(network, parameters, inputs, &[0], kind, &run);
        scores.map_err(|error| error.code)
    };
    assert_eq!(replay(&[0.0; 5], Kind::Pixels), Err(Code::InvalidShape));
    assert_eq!(replay(&[0.0; 4], Kind::Spikes), Err(Code::InvalidShape));
    assert_eq!(replay(&[0.5; 12], Kind::Spikes), Err(Code::InvalidValue));
    assert!(replay(&[1.0; 12], Kind::Spikes).is_ok());
}

#[test]
fn an_empty_slice() {
    let case = tiny(Encoding::Direct, Readout::Rate, 4, 3, 0);
    let batch = Batch::new(&case);
    let slice = Slice {
        images: &[],
        samples: &[],
        labels: &[],
    };
    let (network, parameters) = (&batch.subject.network, &batch.subject.parameters);
    for method in crate::subjects::ensemble() {
        let options = options(&case, &BALL, method);
        let attacked = attack(network, parameters, slice, &options).unwrap();
        assert!(attacked.fooled.is_empty() && attacked.passes == 0);
    }
}
