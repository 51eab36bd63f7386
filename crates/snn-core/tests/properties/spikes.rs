//! Running networks: every membrane and spike, and the scores that `predict` gives.

use proptest::prelude::*;
use snn_core::certify::{predict, PredictOptions};
use snn_core::encode::{DrawKey, Encoding};
use snn_core::propagate::spikes;

use crate::cases::{config, plans, Case};
use crate::oracle::forward::{forward, Spikes};
use crate::oracle::surrogate::PAPER;
use crate::subject::{self, Subject};
use crate::{difference, draws, region, wider};

pub const KEY: DrawKey = DrawKey {
    seed: 5,
    presentation: 2,
};

/// What is fed, `[sample][step][input]`.
pub fn fed(case: &Case) -> Vec<Vec<Vec<f64>>> {
    let draws = draws(case, case.steps, KEY);
    (0..case.batch())
        .map(|b| match case.encoding {
            Encoding::Rate => region(case, b, 0.0, case.steps, Some(&draws[b])).lower,
            _ => region(case, b, 0.0, case.steps, None).lower,
        })
        .collect()
}

pub fn runs(case: &Case, fed: &[Vec<Vec<f64>>]) -> Vec<Spikes<f64>> {
    fed.iter()
        .map(|x| forward(&case.network, &case.parameters, x, PAPER))
        .collect()
}

/// Distance of the nearest membrane from its threshold.
fn clearance(case: &Case, runs: &[Spikes<f64>]) -> f64 {
    let mut least = f64::INFINITY;
    for run in runs {
        for (layer, trace) in case.network.layers.iter().zip(&run.membranes) {
            let all = layer.beside_thresholds(trace);
            least = all.fold(least, |m, (u, threshold)| m.min((u - threshold).abs()));
        }
    }
    least
}

proptest! {
    #![proptest_config(config(300))]

    /// On the grid f32 is exact: nothing may differ, membranes exactly at the threshold included.
    #[test]
    fn traces_are_exact_on_the_grid(plan in plans(true)) {
        let case = plan.build();
        let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let fed = fed(&case);
        let runs = runs(&case, &fed);
        let input = subject.encoded(&fed);
        let (network, parameters) = (&subject.network, &subject.parameters);
        let trace = spikes::propagate(network, parameters, input, case.batch(), case.steps);
        for (index, layer) in network.layers.iter().enumerate() {
            let membranes = subject::unpacked(&trace.layers[index].membranes);
            let membranes = subject::trace(layer, &membranes, case.steps);
            let expected: Vec<_> = runs.iter().map(|run| run.membranes[index].clone()).collect();
            prop_assert_eq!(membranes, expected);
            if case.network.fires(index) {
                let fired = subject::spikes(layer, &trace.layers[index].spikes.lists(), case.steps);
                let expected: Vec<_> = runs.iter().map(|run| run.spikes[index].clone()).collect();
                prop_assert_eq!(fired, expected);
            }
        }
        let scores: Vec<f64> = runs.iter().flat_map(|run| run.scores.clone()).collect();
        let off = difference(&wider(&trace.scores), &scores);
        // A linear readout adds up to thousands of rates, which are not on the grid.
        prop_assert!(off < 5e-6, "{off}");
    }

    #[test]
    fn predictions_agree(plan in plans(false)) {
        let case = plan.build();
        let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let runs = runs(&case, &fed(&case));
        prop_assume!(clearance(&case, &runs) > 1e-5);
        let options = PredictOptions {
            steps: case.steps,
            seed: KEY.seed,
            presentation: KEY.presentation,
        };
        let (images, samples) = (case.flat_images(), case.samples());
        let scores =
            predict(&subject.network, &subject.parameters, &images, &samples, &options).unwrap();
        let expected: Vec<f64> = runs.iter().flat_map(|run| run.scores.clone()).collect();
        prop_assert!(difference(&wider(&scores), &expected) < 1e-5);
    }
}
