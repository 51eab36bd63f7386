//! Numbers too large for f32: a bound is then unknown, never a certificate.

use snn_core::affine::Lists;
use snn_core::certify::{certify, Bound, CertifyOptions};
use snn_core::encode::Encoding;
use snn_core::neuron::relaxation::Relaxation;
use snn_core::propagate::{crown, ibp};
use snn_core::region::{
    Coupling, InputIntervals, Linf, PixelIntervals, Region, Rounding, SpikeIntervals,
};
use snn_core::train::{is_certified, queries, Slice};

use crate::oracle::network::{Geometry, Network, Neuron, Parameters, Readout, Reset, Tensors};
use crate::subject::Subject;

const NEURON: Neuron = Neuron {
    threshold: 0.25,
    leak: 0.25,
    reset: Reset::Hard,
};

fn linear(outputs: usize) -> (Geometry, Neuron) {
    (Geometry::Linear { outputs }, NEURON)
}

fn tensors(weight: &[f64], bias: &[f64]) -> Tensors<f64> {
    Tensors {
        weight: weight.to_vec(),
        bias: bias.to_vec(),
    }
}

#[test]
fn membranes_that_overflow_certify_nothing() {
    for encoding in [Encoding::Rate, Encoding::Direct] {
        for readout in [
            Readout::Rate,
            Readout::Membrane,
            Readout::Linear { classes: 2 },
        ] {
            let network = Network::new([2, 1, 1], &[linear(3), linear(2)], readout);
            let mut turn = 0;
            let parameters = network.parameters(|| {
                turn += 1;
                [3e38, 3e38, -3e38, 2e38][turn % 4]
            });
            let Subject {
                network,
                parameters,
            } = &Subject::new(&network, &parameters, encoding, 2);
            let options = CertifyOptions {
                steps: 2,
                seed: 1,
                presentation: 0,
                region: Region::Linf(Linf {
                    epsilon: 0.1,
                    clip: false,
                }),
                coupling: Coupling::Coupled,
                bounds: vec![Bound::SIbp, Bound::SCrown],
                relaxation: Relaxation::Paper,
                rounding: Rounding::Outward,
            };
            for label in [0, 1] {
                let slice = Slice {
                    images: &[1.0, 1.0],
                    samples: &[0],
                    labels: &[label],
                };
                let found = certify(network, parameters, slice, &options).unwrap();
                assert!(!is_certified(found.ibp.iter().copied()), "{:?}", found.ibp);
                assert!(
                    !is_certified(found.crown.iter().copied()),
                    "{:?}",
                    found.crown
                );
            }
        }
    }
}

/// Every membrane stays finite, but the coefficient on the input is `3.5e38 - 3.58e38`, summed up in
/// f32: infinity, where the exact number is negative and the bound too.
#[test]
fn coefficients_that_overflow_certify_nothing() {
    let network = Network::new([1, 1, 1], &[linear(8), linear(2)], Readout::Membrane);
    // Four neurons that raise the margin, four that lower it; sums first exceed f32 upwards.
    let each = |up: f64, down: f64| [up, up, up, up, down, down, down, down];
    let (up, down) = (0.4375e38, 0.225e38);
    let parameters = Parameters {
        layers: vec![
            tensors(&[20.0; 8], &each(0.25, -9.8)),
            tensors(&[each(up, -down), each(-up, down)].concat(), &[5e36, 0.0]),
        ],
        readout: None,
    };
    for encoding in [Encoding::Rate, Encoding::Direct] {
        let Subject {
            network,
            parameters,
        } = &Subject::new(&network, &parameters, encoding, 1);
        let input = match encoding {
            Encoding::Rate => {
                let mut intervals = SpikeIntervals::default();
                intervals.open.push(0, 0.5);
                intervals.end_row();
                InputIntervals::Spikes(intervals)
            }
            _ => {
                let mut ends = Lists::new();
                ends.push(0, [0.0, 1.0]);
                ends.end_row();
                InputIntervals::Pixels(PixelIntervals { ends, radius: None })
            }
        };
        let trace = ibp::propagate(
            network,
            parameters,
            input,
            1,
            ibp::Options {
                steps: 1,
                rounding: Rounding::Outward,
                firm: true,
            },
        );
        assert!(!trace.overflowed[0], "the case is about coefficients");
        for relaxation in [Relaxation::Paper, Relaxation::Joint] {
            for coupling in [Coupling::Coupled, Coupling::PerStep] {
                let options = crown::Options {
                    relaxation,
                    coupling,
                };
                let asked = queries(2, &[0]);
                let bounds = crown::propagate(network, parameters, &trace, &asked, options).bounds;
                assert!(
                    !is_certified(bounds.iter().copied()),
                    "{options:?} {bounds:?}"
                );
            }
        }
    }
}
