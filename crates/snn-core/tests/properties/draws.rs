//! The draws of a rate code, and the exact minimum over pixels that share them across steps.

use proptest::prelude::*;
use snn_core::affine::Lists;
use snn_core::encode::{DrawKey, Inputs};
use snn_core::region::{Linf, Rounding, Switches};
use snn_core::shape::Shape;
use wide::f32x4;

use crate::cases::config;
use crate::oracle::region::Region;

/// Draws on a coarse grid, coefficients, the pixel's value and radius.
fn pixels() -> impl Strategy<Value = (Vec<(i32, f64)>, i32, i32)> {
    let step = (0i32..8, (-8i32..=8).prop_map(f64::from));
    (prop::collection::vec(step, 1..8), 0i32..=8, 0i32..5)
}

proptest! {
    #![proptest_config(config(2000))]

    /// Outward, the ends lie strictly outside; to nearest, within rounding of the exact ends.
    #[test]
    fn pixel_intervals_hold_every_pixel(x in -1.0f32..2.0, epsilon in 0.0f64..1.0, clip in any::<bool>()) {
        let linf = Linf { epsilon, clip };
        let exact = [f64::from(x) - epsilon, f64::from(x) + epsilon];
        let limit = |v: f64| if clip { v.clamp(0.0, 1.0) } else { v };
        let (lower, upper) = linf.interval(x, Rounding::Outward);
        let (lower, upper) = (f64::from(lower), f64::from(upper));
        prop_assert!(lower < exact[0] || lower == limit(exact[0]), "{lower} {exact:?}");
        prop_assert!(upper > exact[1] || upper == limit(exact[1]), "{upper} {exact:?}");
        let (lower, upper) = linf.interval(x, Rounding::Nearest);
        prop_assert!((f64::from(lower) - limit(exact[0])).abs() < 1e-6);
        prop_assert!((f64::from(upper) - limit(exact[1])).abs() < 1e-6);
    }

    /// The least value over every pixel in `[x - eps, x + eps]`, tried one by one: spikes change
    /// only where the pixel passes a draw.
    #[test]
    fn the_coupled_minimum_is_exact((steps, x, radius) in pixels()) {
        let spikes = |pixel: f64| {
            let on = |&(draw, a): &(i32, f64)| if pixel > f64::from(draw) { a } else { 0.0 };
            steps.iter().map(on).sum::<f64>()
        };
        let (lower, upper) = (f64::from(x - radius), f64::from(x + radius));
        let between = (-20..40).map(|quarter| f64::from(quarter) * 0.5);
        let exact = between
            .filter(|p| (lower..=upper).contains(p))
            .map(spikes)
            .fold(f64::INFINITY, f64::min);

        let draws: Vec<Vec<f64>> = steps.iter().map(|s| vec![f64::from(s.0)]).collect();
        let coefficients: Vec<Vec<f64>> = steps.iter().map(|s| vec![s.1]).collect();
        let region = Region::rate(&[f64::from(x)], f64::from(radius), false, &draws);
        prop_assert_eq!(region.coupled_minimum(&coefficients), exact);
        prop_assert!(region.per_step_minimum(&coefficients) <= exact);

        let mut open = Lists::new();
        for (t, &(draw, _)) in steps.iter().enumerate() {
            if region.lower[t][0] == 0.0 && region.upper[t][0] == 1.0 {
                open.push(0, draw as f32);
            }
            open.end_row();
        }
        let switches = Switches::new(&open, 0, steps.len(), Shape::flat(1));
        let sure: f64 = steps.iter().zip(&region.lower).map(|(s, l)| s.1 * l[0]).sum();
        let mut at_minimum = sure;
        let listed = steps.iter().zip(&region.lower).zip(&region.upper);
        let listed = listed.filter(|((_, l), h)| l[0] == 0.0 && h[0] == 1.0);
        let listed: Vec<f64> = listed.map(|((s, _), _)| s.1).collect();
        let coefficients: Vec<_> = listed.iter().map(|&a| f32x4::splat(a as f32)).collect();
        let mut spikes = vec![f32x4::ZERO; listed.len()];
        let [[least, ..], ..] = switches.minimise(&coefficients, 1, &mut spikes);
        for (&a, spike) in listed.iter().zip(&spikes) {
            at_minimum += a * f64::from(spike.to_array()[0]);
        }
        prop_assert_eq!(sure + least, exact);
        prop_assert_eq!(at_minimum, exact);
    }
}

#[test]
fn draws_depend_on_seed_presentation_sample_and_step() {
    let images = vec![0.0; 2 * 4096];
    let draw = |seed, presentation, samples: &[u32; 2], index, step| {
        let inputs = Inputs {
            images: &images,
            samples,
            steps: 3,
            draws: DrawKey { seed, presentation },
        };
        let mut draws = vec![0.0f32; 4096];
        inputs.draw(index, step, &mut draws);
        draws
    };
    let first = draw(1, 0, &[7, 8], 0, 0);
    assert_eq!(first, draw(1, 0, &[7, 8], 0, 0));
    assert_eq!(
        first,
        draw(1, 0, &[5, 7], 1, 0),
        "the place in the batch must not matter"
    );
    let others = [
        draw(2, 0, &[7, 8], 0, 0),
        draw(1, 1, &[7, 8], 0, 0),
        draw(1, 0, &[7, 8], 1, 0),
        draw(1, 0, &[7, 8], 0, 1),
        // Neighbouring keys must not meet: step 1 of sample 7 is not step 0 of sample 8.
        draw(0, 1, &[7, 8], 0, 0),
        draw(1, 7, &[0, 8], 0, 0),
    ];
    for other in &others {
        let equal = first.iter().zip(other).filter(|(a, b)| a == b).count();
        assert!(equal < 4, "{equal} of 4096 draws agree");
    }
    for draws in others.iter().chain([&first]) {
        assert!(draws.iter().all(|d| (0.0..1.0).contains(d)));
        let mean = draws.iter().sum::<f32>() / 4096.0;
        assert!((mean - 0.5).abs() < 0.02, "mean {mean}");
    }
}
