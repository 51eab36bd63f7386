//! What S-IBP leaves open, neuron by neuron.

use proptest::prelude::*;
use snn_core::certify::{Bound, CertifyOptions};
use snn_core::encode::{DrawKey, Encoding};
use snn_core::neuron::relaxation::Relaxation;
use snn_core::open::states;
use snn_core::region::{self, Coupling, Linf, Rounding};

use crate::bounds::{clearance, naive};
use crate::cases::{config, plans};
use crate::oracle::region::Region;
use crate::subject::Subject;
use crate::{draws, region};

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn states_are_the_oracles(plan in plans(false)) {
        let case = plan.build();
        let Subject { network, parameters } =
            &Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let key = DrawKey { seed: 9, presentation: 1 };
        let draws = draws(&case, case.steps, key);
        let regions: Vec<Region> = (0..case.batch())
            .map(|b| {
                let draws = (case.encoding == Encoding::Rate).then_some(&draws[b][..]);
                region(&case, b, case.epsilon, case.steps, draws)
            })
            .collect();
        let passes = naive(&case, &regions);
        prop_assume!(clearance(&case, &passes) > 1e-4);
        let mut options = CertifyOptions {
            steps: case.steps,
            seed: key.seed,
            presentation: key.presentation,
            region: region::Region::Linf(Linf { epsilon: case.epsilon, clip: case.clip }),
            coupling: Coupling::Coupled,
            bounds: vec![Bound::SIbp],
            relaxation: Relaxation::Paper,
            rounding: Rounding::Nearest,
        };
        let (images, samples) = (case.flat_images(), case.samples());
        let nearest = states(network, parameters, &images, &samples, &options, true).unwrap();
        let counted = states(network, parameters, &images, &samples, &options, false).unwrap();
        prop_assert_eq!(&counted.open, &nearest.open);
        prop_assert!(counted.layers.iter().all(Vec::is_empty));
        let firing = (0..network.layers.len()).filter(|&index| case.network.fires(index));
        prop_assert_eq!(nearest.layers.len(), firing.count());
        for (index, layer) in nearest.layers.iter().enumerate() {
            let mut open = vec![0.0; case.steps];
            let mut found = layer.iter();
            for pass in &passes {
                let steps = pass.spike_lower[index].iter().zip(&pass.spike_upper[index]);
                for (step, (lower, upper)) in steps.enumerate() {
                    for (&lower, &upper) in lower.iter().zip(upper) {
                        let expected = if lower == upper { upper } else { 2.0 };
                        prop_assert_eq!(found.next().copied().map(f64::from), Some(expected));
                        open[step] += f64::from(u8::from(expected == 2.0));
                    }
                }
            }
            prop_assert_eq!(found.next(), None);
            prop_assert_eq!(&nearest.open[index * case.steps..][..case.steps], &open[..]);
        }
        // Rounding outward may leave more open; what it decides is decided so.
        options.rounding = Rounding::Outward;
        let outward = states(network, parameters, &images, &samples, &options, true).unwrap();
        for (outward, nearest) in outward.layers.concat().iter().zip(nearest.layers.concat()) {
            prop_assert!(*outward == 2 || *outward == nearest);
        }
    }
}
