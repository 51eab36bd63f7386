//! Batches and options that do not fit are refused with a code, and nothing is computed.

use snn_core::certify::{Bound, CertifyOptions};
use snn_core::encode::Encoding;
use snn_core::error::{Code, Number};
use snn_core::model::Model;
use snn_core::neuron::relaxation::Relaxation;
use snn_core::region::{Coupling, Linf, Region, Rounding};
use snn_core::train::{Objective, Slice};

use crate::oracle::network::{Geometry, Network, Neuron, Readout, Reset};
use crate::subject::Subject;

fn model() -> Model {
    let neuron = Neuron {
        threshold: 0.25,
        leak: 0.25,
        reset: Reset::Hard,
    };
    let layer = (Geometry::Linear { outputs: 3 }, neuron);
    let network = Network::new([4, 1, 1], &[layer], Readout::Rate);
    let parameters = network.parameters(|| 0.5);
    let subject = Subject::new(&network, &parameters, Encoding::Rate, 2);
    let mut model = Model::new(subject.network);
    model.parameters = subject.parameters;
    model
}

fn options(epsilon: f64) -> CertifyOptions {
    CertifyOptions {
        steps: 2,
        seed: 0,
        presentation: 0,
        region: Region::Linf(Linf {
            epsilon,
            clip: false,
        }),
        coupling: Coupling::Coupled,
        bounds: vec![Bound::SIbp, Bound::SCrown],
        relaxation: Relaxation::Joint,
        rounding: Rounding::Outward,
    }
}

const OBJECTIVE: &str = r#"{"method":"s-crown-fused","steps":2,"certifiedSteps":2,"seed":0,
    "presentation":0,"region":{"kind":"linf","epsilon":0.1},"kappa":0.5,"beta":0.5,"scale":1,"denominator":2,
    "relaxation":"paper","coupling":"coupled","surrogate":{"kind":"fast-sigmoid","width":1}}"#;

#[test]
fn batches_that_do_not_fit() {
    let objective = Objective::from_json(OBJECTIVE).unwrap();
    let nan = [0.0, f32::NAN, 0.0, 0.0];
    let infinite = [0.0, 0.0, 0.0, f32::INFINITY];
    let slice = |images, samples, labels| Slice {
        images,
        samples,
        labels,
    };
    for (slice, code) in [
        (slice(&[0.0; 7], &[0, 1], &[0, 1]), Code::InvalidShape),
        (slice(&[0.0; 8], &[0, 1], &[0]), Code::InvalidShape),
        (slice(&[0.0; 4], &[], &[]), Code::InvalidShape),
        (slice(&[0.0; 4], &[0], &[3]), Code::InvalidLabel),
        (slice(&nan, &[0], &[0]), Code::InvalidValue),
        (slice(&infinite, &[0], &[0]), Code::InvalidValue),
    ] {
        let mut model = model();
        assert_eq!(model.certify(slice, &options(0.1)).unwrap_err().code, code);
        assert_eq!(model.gradient(slice, &objective).unwrap_err().code, code);
        assert_eq!(model.take().unwrap_err().code, Code::InvalidState);
    }
}

#[test]
fn an_empty_batch_is_no_mistake() {
    let empty = Slice {
        images: &[],
        samples: &[],
        labels: &[],
    };
    let mut model = model();
    let found = model.certify(empty, &options(0.1)).unwrap();
    assert!(found.scores.is_empty() && found.ibp.is_empty() && found.crown.is_empty());
    let objective = Objective::from_json(OBJECTIVE).unwrap();
    assert_eq!(model.gradient(empty, &objective).unwrap().loss, 0.0);
    let gradient = model.take().unwrap();
    assert!(gradient.iter().all(|g| g.to_array() == [0.0; 4]));
}

#[test]
fn objectives_out_of_range() {
    for (from, to) in [
        (r#""steps":2,"#, r#""steps":0,"#),
        (r#""certifiedSteps":2"#, r#""certifiedSteps":0"#),
        (r#""epsilon":0.1"#, r#""epsilon":-0.1"#),
        (r#""kappa":0.5"#, r#""kappa":1.5"#),
        (r#""beta":0.5"#, r#""beta":-1"#),
        (r#""scale":1"#, r#""scale":0"#),
        (r#""denominator":2"#, r#""denominator":0"#),
        (r#""width":1"#, r#""width":0"#),
    ] {
        let json = OBJECTIVE.replace(from, to);
        assert_ne!(json, OBJECTIVE);
        let error = Objective::from_json(&json).unwrap_err();
        assert_eq!(error.code, Code::InvalidValue, "{to}: {error}");
    }
    let unknown = OBJECTIVE.replace("fast-sigmoid", "step");
    let error = Objective::from_json(&unknown).unwrap_err();
    assert_eq!(error.code, Code::InvalidDescription);
}

#[test]
fn numbers_in_messages() {
    let shown = [
        (0.0, "0"),
        (-0.5, "-0.5"),
        (0.06, "0.06"),
        (f64::from(0.1f32), "0.100000001"),
        (0.999_999_9, "0.9999999"),
        (1e6, "1000000"),
        (1234.5, "1234.5"),
        (1e-12, "0.000000000001"),
        (1.5e-30, "1.5e-30"),
        (-1e30, "-1e30"),
        (9_007_199_254_740_991.0, "9.00719925e15"),
        (f64::MAX, "1.79769313e308"),
        (f64::INFINITY, "inf"),
        (f64::NEG_INFINITY, "-inf"),
        (f64::NAN, "NaN"),
    ];
    for (value, text) in shown {
        assert_eq!(Number(value).to_string(), text);
    }
}
