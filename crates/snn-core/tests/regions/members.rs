//! The membership test and the sampler.

use proptest::prelude::*;
use snn_core::region::{Example, Linf, Region};

use crate::cases::{cases, config};
use crate::{Case, Members};

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn members_are_told_from_others(case in cases()) {
        let members = case.members();
        prop_assert!(members.contains(&Case::bits(&case.values)));
        for bits in 0..1u32 << case.values.len() {
            let found = case.region.contains(case.example(), &case.values(bits)).unwrap();
            prop_assert_eq!(found, members.contains(&bits), "{:b}", bits);
        }
    }

    /// What is sampled belongs to the region, and everything is sampled at last.
    #[test]
    fn samples_are_members(case in cases()) {
        let members = case.members();
        let mut seen = Members::new();
        for seed in 0..2000 {
            let bits = Case::bits(&case.region.sample(case.example(), seed));
            prop_assert!(members.contains(&bits), "{:b}", bits);
            seen.insert(bits);
        }
        prop_assert!(seen.len() == members.len() || members.len() > 8, "{} of {}", seen.len(), members.len());
    }

    #[test]
    fn pixels_of_samples_are_within_epsilon(
        values in prop::collection::vec(0.0f32..1.0, 1..9),
        epsilon in 0.0f64..0.5,
        clip in any::<bool>(),
        seed in 0u64..1000,
    ) {
        let region = Region::Linf(Linf { epsilon, clip });
        let example = Example { values: &values, size: values.len(), key: [0, 0] };
        let sample = region.sample(example, seed);
        prop_assert!(region.contains(example, &sample).unwrap());
        let outside: Vec<f32> = sample.iter().map(|x| x + 2.1 * epsilon as f32 + 1e-6).collect();
        prop_assert!(!region.contains(example, &outside).unwrap());
    }
}

#[test]
fn what_is_no_spike_is_no_member() {
    let case = Case {
        map: snn_core::shape::Shape::flat(2),
        steps: 2,
        values: vec![1.0, 0.0, 0.0, 1.0],
        region: Region::Sampled(snn_core::region::Sampled {
            fraction: 1.0,
            seed: 0,
        }),
    };
    let contains = |values: &[f32]| case.region.contains(case.example(), values);
    assert!(contains(&[0.0, 1.0, 1.0, 1.0]).unwrap());
    assert!(!contains(&[0.5, 1.0, 1.0, 1.0]).unwrap());
    assert!(contains(&[1.0, 0.0]).is_err());
}
