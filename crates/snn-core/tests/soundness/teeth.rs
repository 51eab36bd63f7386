//! The same trials must fail where bounds are not sound.

use snn_core::affine::Lists;
use snn_core::encode::Encoding;
use snn_core::neuron::interval::{gamma, widening};
use snn_core::propagate::ibp;
use snn_core::region::{InputIntervals, PixelIntervals, Rounding};

use super::arithmetic::{Orders, SUMMATIONS};
use super::{subjects, trial};
use crate::oracle::network::{Geometry, Network, Neuron, Parameters, Readout, Reset, Tensors};
use crate::subject::Subject;
use trial::Tally;

/// Bounds rounded to nearest do not hold for sums in another order.
#[test]
fn plain_bounds_are_violated() {
    let mut tally = Tally::default();
    for index in 0..60 {
        let plan = subjects::deep(Encoding::Direct, Readout::Membrane, 9_000_000 + index);
        trial::run(&plan, Rounding::Nearest, 200, &mut tally);
    }
    assert!(tally.violations > 100, "{tally:?}");
}

/// A neuron of two inputs whose interval needs more than the `gamma_(n+2)` that one finds in texts.
const WEIGHT: [f32; 2] = [1.825_537_8, 0.242_023_93];
const LOWER: [f32; 2] = [-0.002_426_591_5, 0.000_780_406];
const UPPER: [f32; 2] = [-0.002_257_281_4, 0.000_833_083_5];
const BIAS: f32 = -8.773_756e-6;

#[test]
fn the_smaller_constant_is_violated_and_the_wider_one_is_not() {
    let values = values_at_corners();
    let size = f64::from(BIAS.abs())
        + (0..2)
            .map(|i| f64::from(WEIGHT[i].abs()) * f64::from(LOWER[i].abs().max(UPPER[i].abs())))
            .sum::<f64>();
    let outside = |share: f64| {
        let margin = (share * size) as f32;
        let mut count = 0;
        for [l, h] in plain_intervals() {
            let [l, h] = [l - margin, h + margin].map(f64::from);
            count += values.iter().filter(|&&u| u < l || u > h).count();
        }
        count
    };
    assert!(outside(0.0) > 0);
    assert!(outside(gamma(2 + 2)) > 0);
    assert_eq!(outside(widening(2).into()), 0);
    let [l, h] = outward_interval().map(f64::from);
    assert!(values.iter().all(|&u| l <= u && u <= h), "[{l}, {h}]");
}

/// The membrane at every corner, in every order of summation and exactly.
fn values_at_corners() -> Vec<f64> {
    let mut orders = Orders::new(1);
    let mut values = Vec::new();
    for corner in 0..4 {
        let x = [0, 1].map(|i| [LOWER[i], UPPER[i]][corner >> i & 1]);
        let terms = [WEIGHT[0] * x[0], WEIGHT[1] * x[1], BIAS];
        for turn in 0..200 {
            let how = SUMMATIONS[turn % SUMMATIONS.len()];
            values.push(orders.sum(how, &terms, &mut Vec::new()).into());
        }
        let exact = |i: usize| f64::from(WEIGHT[i]) * f64::from(x[i]);
        values.push(exact(0) + exact(1) + f64::from(BIAS));
    }
    values
}

/// Centre minus and plus radius in f32, the centre summed in every order.
fn plain_intervals() -> Vec<[f32; 2]> {
    let mut orders = Orders::new(1);
    let centre = [0, 1].map(|i| WEIGHT[i] * (0.5 * (LOWER[i] + UPPER[i])));
    let radius = [0, 1].map(|i| WEIGHT[i].abs() * (0.5 * (UPPER[i] - LOWER[i])));
    let radius = radius[0] + radius[1];
    let terms = [centre[0], centre[1], BIAS];
    let mut sum = |turn: usize| {
        let how = SUMMATIONS[turn % SUMMATIONS.len()];
        orders.sum(how, &terms, &mut Vec::new())
    };
    let centres: Vec<f32> = (0..200).map(&mut sum).collect();
    centres.iter().map(|c| [c - radius, c + radius]).collect()
}

/// What the crate certifies.
fn outward_interval() -> [f32; 2] {
    let neuron = Neuron {
        threshold: 0.25,
        leak: 0.25,
        reset: Reset::Hard,
    };
    // The second neuron is only there because a network has two classes.
    let layer = (Geometry::Linear { outputs: 2 }, neuron);
    let network = Network::new([2, 1, 1], &[layer], Readout::Membrane);
    let parameters = Parameters {
        layers: vec![Tensors {
            weight: [WEIGHT[0], WEIGHT[1], 0.0, 0.0].map(f64::from).to_vec(),
            bias: vec![BIAS.into(), 0.0],
        }],
        readout: None,
    };
    let Subject {
        network,
        parameters,
    } = &Subject::new(&network, &parameters, Encoding::Direct, 1);
    let mut ends = Lists::new();
    (0..2).for_each(|i| ends.push(i, [LOWER[i], UPPER[i]]));
    ends.end_row();
    let input = InputIntervals::Pixels(PixelIntervals { ends, radius: None });
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
    let of = &trace.layers[0];
    [of.lower.row(0)[0], of.upper.row(0)[0]]
}
