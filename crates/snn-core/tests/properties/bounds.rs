//! S-IBP and S-CROWN: intervals, linear bounds and margins.

use proptest::prelude::*;
use snn_core::certify::{certify, Bound, CertifyOptions};
use snn_core::encode::{DrawKey, Encoding};
use snn_core::margin;
use snn_core::neuron::relaxation::Relaxation;
use snn_core::propagate::{crown, ibp};
use snn_core::region::{self, Coupling, Linf, Rounding};
use snn_core::train::{queries, Slice};

use crate::cases::number_source::NumberSource;
use crate::cases::{config, plans, Case};
use crate::oracle::crown::linear_bound;
use crate::oracle::interval::{intervals, rival_rows, Intervals};
use crate::oracle::region::Region;
use crate::oracle::relaxation::Rule;
use crate::oracle::surrogate::PAPER;
use crate::subject::{self, Subject};
use crate::{difference, draws, region, wider};

const RULES: [(Relaxation, Rule); 2] = [
    (Relaxation::Paper, Rule::Paper),
    (Relaxation::Joint, Rule::Joint),
];
const COUPLINGS: [Coupling; 2] = [Coupling::Coupled, Coupling::PerStep];

pub fn naive(case: &Case, regions: &[Region]) -> Vec<Intervals<f64>> {
    let bound = |r: &Region| intervals(&case.network, &case.parameters, &r.lower, &r.upper, PAPER);
    regions.iter().map(bound).collect()
}

fn ibp_margins(case: &Case, passes: &[Intervals<f64>]) -> Vec<f64> {
    let classes = case.network.classes();
    let one = |(pass, &label): (&Intervals<f64>, &u8)| {
        pass.margins(&case.parameters, classes, label.into())
    };
    passes.iter().zip(&case.labels).flat_map(one).collect()
}

fn crown_margins(
    case: &Case,
    regions: &[Region],
    passes: &[Intervals<f64>],
    rule: Rule,
    coupling: Coupling,
) -> Vec<f64> {
    let mut margins = Vec::new();
    for ((region, pass), &label) in regions.iter().zip(passes).zip(&case.labels) {
        for row in rival_rows(case.network.classes(), label.into()) {
            let line = linear_bound(&case.network, &case.parameters, pass, rule, &row);
            let least = match coupling {
                Coupling::Coupled => region.coupled_minimum(&line.coefficients),
                Coupling::PerStep => region.per_step_minimum(&line.coefficients),
            };
            margins.push(least + line.bias);
        }
    }
    margins
}

/// Distance from the nearest end of a membrane's interval to its threshold.
pub fn clearance(case: &Case, passes: &[Intervals<f64>]) -> f64 {
    let mut least = f64::INFINITY;
    for pass in passes {
        for (index, layer) in case.network.layers.iter().enumerate() {
            for trace in [&pass.lower[index], &pass.upper[index]] {
                let ends = layer.beside_thresholds(trace);
                least = ends.fold(least, |m, (end, threshold)| m.min((end - threshold).abs()));
            }
        }
    }
    least
}

/// Regions with draws on a coarse grid: equal draws in one pixel, pixels that end at a draw.
fn coarse_regions(case: &Case) -> Vec<Region> {
    let mut numbers = NumberSource::new(!case.seed, true);
    let pixels = case.network.inputs();
    (0..case.batch())
        .map(|b| {
            let mut step = || {
                (0..pixels)
                    .map(|_| numbers.below(16) as f64 / 16.0)
                    .collect()
            };
            let draws: Vec<Vec<f64>> = (0..case.steps).map(|_| step()).collect();
            let draws = (case.encoding == Encoding::Rate).then_some(&draws[..]);
            region(case, b, case.epsilon, case.steps, draws)
        })
        .collect()
}

proptest! {
    #![proptest_config(config(300))]

    /// On the grid f32 is exact: nothing may differ, ends exactly at the threshold included.
    #[test]
    fn intervals_are_exact_on_the_grid(plan in plans(true)) {
        let case = plan.build();
        let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let regions = coarse_regions(&case);
        let passes = naive(&case, &regions);
        let (network, parameters) = (&subject.network, &subject.parameters);
        let input = subject.intervals(&regions);
        let (batch, steps) = (case.batch(), case.steps);
        let trace = ibp::propagate(network, parameters, input, batch, ibp::Options { steps, rounding: Rounding::Nearest, firm: true });
        for (index, layer) in network.layers.iter().enumerate() {
            let of = &trace.layers[index];
            let lower: Vec<_> = passes.iter().map(|pass| pass.lower[index].clone()).collect();
            let upper: Vec<_> = passes.iter().map(|pass| pass.upper[index].clone()).collect();
            prop_assert_eq!(subject::trace(layer, &of.lower, steps), lower);
            prop_assert_eq!(subject::trace(layer, &of.upper, steps), upper);
            if case.network.fires(index) {
                let sure = subject::spikes(layer, &of.spikes.firing, steps);
                let open = subject::spikes(layer, &of.spikes.open, steps);
                let surely: Vec<_> = passes.iter().map(|p| p.spike_lower[index].clone()).collect();
                let possibly: Vec<_> =
                    passes.iter().map(|p| p.spike_upper[index].clone()).collect();
                let sum = sure.concat().concat().into_iter().zip(open.concat().concat());
                let sum: Vec<f64> = sum.map(|(s, o)| s + o).collect();
                prop_assert_eq!(sure, surely);
                prop_assert_eq!(sum, possibly.concat().concat());
            }
        }
        let margins = margin::from_intervals(network, parameters, &trace, &case.labels);
        let expected = ibp_margins(&case, &passes);
        prop_assert!(difference(&wider(&margins), &expected) < 1e-6);
    }

    #[test]
    fn backward_bounds_agree_on_the_grid(plan in plans(true)) {
        let case = plan.build();
        let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let regions = coarse_regions(&case);
        let passes = naive(&case, &regions);
        let (network, parameters) = (&subject.network, &subject.parameters);
        let input = subject.intervals(&regions);
        let (batch, steps) = (case.batch(), case.steps);
        let trace = ibp::propagate(network, parameters, input, batch, ibp::Options { steps, rounding: Rounding::Nearest, firm: true });
        let queries = queries(network.classes, &case.labels);
        for (relaxation, rule) in RULES {
            for coupling in COUPLINGS {
                let options = crown::Options { relaxation, coupling };
                let bounds =
                    crown::propagate(network, parameters, &trace, &queries, options).bounds;
                let expected = crown_margins(&case, &regions, &passes, rule, coupling);
                let wrong = difference(&wider(&bounds), &expected);
                prop_assert!(wrong < 1e-4, "{relaxation:?} {coupling:?}: {bounds:?} {expected:?}");
            }
        }
    }

    #[test]
    fn certificates_agree(plan in plans(false)) {
        let case = plan.build();
        let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let key = DrawKey { seed: 9, presentation: 0 };
        let draws = draws(&case, case.steps, key);
        let regions: Vec<Region> = (0..case.batch())
            .map(|b| {
                let draws = (case.encoding == Encoding::Rate).then_some(&draws[b][..]);
                region(&case, b, case.epsilon, case.steps, draws)
            })
            .collect();
        let passes = naive(&case, &regions);
        prop_assume!(clearance(&case, &passes) > 1e-4);
        let (images, samples) = (case.flat_images(), case.samples());
        let slice = Slice { images: &images, samples: &samples, labels: &case.labels };
        for (relaxation, rule) in RULES {
            for coupling in COUPLINGS {
                let mut options = CertifyOptions {
                    steps: case.steps,
                    seed: key.seed,
                    presentation: key.presentation,
                    region: region::Region::Linf(Linf {
                        epsilon: case.epsilon,
                        clip: case.clip,
                    }),
                    coupling,
                    bounds: vec![Bound::SIbp, Bound::SCrown],
                    relaxation,
                    rounding: Rounding::Nearest,
                };
                let (network, parameters) = (&subject.network, &subject.parameters);
                let nearest = certify(network, parameters, slice, &options).unwrap();
                let expected = ibp_margins(&case, &passes);
                prop_assert!(difference(&wider(&nearest.ibp), &expected) < 1e-5);
                let expected = crown_margins(&case, &regions, &passes, rule, coupling);
                let wrong = difference(&wider(&nearest.crown), &expected);
                prop_assert!(wrong < 1e-3, "{:?} {:?}", nearest.crown, expected);
                // Outward rounding may only lose. (S-CROWN's lines may change, to either side.)
                options.rounding = Rounding::Outward;
                let outward = certify(network, parameters, slice, &options).unwrap();
                prop_assert_eq!(&outward.scores, &nearest.scores);
                for (outward, nearest) in outward.ibp.iter().zip(&nearest.ibp) {
                    prop_assert!(outward <= nearest, "{outward} {nearest}");
                }
                prop_assert!(outward.crown.iter().all(|margin| margin.is_finite()));
            }
        }
    }
}
