//! The exact minimum of linear forms.

use proptest::prelude::*;
use snn_core::region::{Coupling, Region, Shift, Toggles};
use wide::f32x4;

use crate::cases::{cases, config};
use crate::Case;

/// Small whole numbers, so that ties are common and sums exact.
fn coefficients(case: &Case, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % 17) as f64 - 8.0
    };
    case.values.iter().map(|_| next()).collect()
}

/// The places that may be toggled, in the crate's order, as places of the input.
fn places(case: &Case, toggles: &Toggles) -> Vec<usize> {
    let mut places = Vec::new();
    let positions = case.map.positions();
    for row in 0..toggles.open.rows() {
        for (channel, on) in toggles.open.entries(row) {
            let at = row / positions * case.size() + channel * positions + row % positions;
            assert_eq!(on, case.values[at] == 1.0);
            places.push(at);
        }
    }
    places
}

/// The least change of the form, and the changed input.
fn found(case: &Case, form: &[f64], coupling: Coupling) -> (f64, Vec<f32>) {
    let toggles = Toggles::new(case.input_map(), case.inputs(), &case.region);
    let places = places(case, &toggles);
    // Three vectors; the form stands in the sixth lane, others in the lanes before.
    let lanes = |&at: &usize| {
        let a = form[at] as f32;
        [
            f32x4::splat(-a),
            f32x4::new([a + 1.0, a, 0.0, 0.0]),
            f32x4::ZERO,
        ]
    };
    let coefficients: Vec<f32x4> = places.iter().flat_map(lanes).collect();
    let mut changes = vec![f32x4::ZERO; coefficients.len()];
    let asked = (&coefficients[..], 3, 6);
    let least = toggles.minimise(0, coupling, asked, &mut changes)[1][1];
    let mut values = case.values.clone();
    for (entry, at) in places.into_iter().enumerate() {
        values[at] += changes[entry * 3 + 1].to_array()[1];
    }
    (least, values)
}

fn change(case: &Case, form: &[f64], values: &[f32]) -> f64 {
    let terms = form.iter().zip(values.iter().zip(&case.values));
    terms.map(|(a, (y, x))| a * f64::from(y - x)).sum()
}

proptest! {
    #![proptest_config(config(3000))]

    /// The least value over all members, taken at a member.
    #[test]
    fn the_minimum_is_exact(case in cases(), seed in any::<u64>()) {
        let form = coefficients(&case, seed);
        let members = case.members();
        let of = |&bits: &u32| change(&case, &form, &case.values(bits));
        let exact = members.iter().map(of).fold(f64::INFINITY, f64::min);
        let (least, values) = found(&case, &form, Coupling::Coupled);
        prop_assert_eq!(least, exact);
        prop_assert_eq!(change(&case, &form, &values), exact);
        prop_assert!(members.contains(&Case::bits(&values)), "{:?}", values);
        let (per_step, _) = found(&case, &form, Coupling::PerStep);
        prop_assert!(per_step <= exact);
    }

    /// Spikes that move far and have neighbours: a lower bound, and the exact minimum where there are
    /// none.
    #[test]
    fn the_bound_for_far_moves_is_sound(
        values in prop::collection::vec(prop::sample::select(vec![0.0f32, 0.0, 1.0]), 11),
        budget in 0usize..4,
        merge in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let region = Region::Shift(Shift { budget, steps: 4 + seed as usize % 4, merge });
        let map = snn_core::shape::Shape::flat(1);
        let spikes = values.iter().filter(|&&x| x == 1.0).count();
        let case = Case { map, steps: 11, values, region };
        let form = coefficients(&case, seed);
        let of = |bits: u32| change(&case, &form, &case.values(bits));
        let exact = case.members().into_iter().map(of).fold(f64::INFINITY, f64::min);
        let (least, _) = found(&case, &form, Coupling::Coupled);
        prop_assert!(least <= exact);
        prop_assert!(spikes > 1 || least == exact);
    }
}
