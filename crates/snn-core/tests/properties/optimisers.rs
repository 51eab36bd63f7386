//! SGD, Adam and schedules against their formulas in f64.

use proptest::prelude::*;
use snn_core::average::Average;
use snn_core::error::Code;
use snn_core::optim::{Optimiser, Rule};
use snn_core::schedule::Schedule;
use wide::f32x4;

use crate::cases::config;
use crate::{difference, wider};

fn numbers() -> impl Strategy<Value = Vec<Vec<f32>>> {
    prop::collection::vec(prop::collection::vec(-2.0f32..2.0, 8), 1..6)
}

/// The parameters after one step per gradient, from zero.
fn run(rule: Rule, gradients: &[Vec<f32>], rate: f64, clip: f64) -> Vec<f64> {
    let mut slab = vec![f32x4::ZERO; 2];
    let mut optimiser = Optimiser::new(rule, 2).unwrap();
    for gradient in gradients {
        let mut packed = vec![f32x4::ZERO; 2];
        bytemuck::cast_slice_mut(&mut packed).copy_from_slice(gradient);
        let norm = optimiser.step(&mut slab, &packed, rate, clip).unwrap();
        assert!((norm - length(gradient)).abs() < 1e-6 * (1.0 + norm));
    }
    assert_eq!(optimiser.steps(), gradients.len() as u64);
    wider(bytemuck::cast_slice(&slab))
}

fn length(gradient: &[f32]) -> f64 {
    gradient
        .iter()
        .map(|&g| f64::from(g).powi(2))
        .sum::<f64>()
        .sqrt()
}

fn clipped(gradient: &[f32], clip: f64) -> Vec<f64> {
    let norm = length(gradient);
    let scale = if clip > 0.0 && norm > clip {
        clip / norm
    } else {
        1.0
    };
    gradient.iter().map(|&g| scale * f64::from(g)).collect()
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn sgd(gradients in numbers(), momentum in 0.0f32..0.99, clip in 0.0f64..3.0) {
        let (mut w, mut v) = (vec![0.0; 8], vec![0.0; 8]);
        for gradient in &gradients {
            for (i, g) in clipped(gradient, clip).into_iter().enumerate() {
                v[i] = f64::from(momentum) * v[i] + g;
                w[i] -= 0.1 * v[i];
            }
        }
        let got = run(Rule::Sgd { momentum }, &gradients, 0.1, clip);
        prop_assert!(difference(&got, &w) < 1e-5);
    }

    #[test]
    fn adam(gradients in numbers(), clip in 0.0f64..3.0) {
        let (beta1, beta2, epsilon) = (0.9f32, 0.999f32, 1e-8f32);
        let (mut w, mut m, mut v) = (vec![0.0; 8], vec![0.0; 8], vec![0.0; 8]);
        let (b1, b2) = (f64::from(beta1), f64::from(beta2));
        for (step, gradient) in gradients.iter().enumerate() {
            let n = step as i32 + 1;
            for (i, g) in clipped(gradient, clip).into_iter().enumerate() {
                m[i] = b1 * m[i] + (1.0 - b1) * g;
                v[i] = b2 * v[i] + (1.0 - b2) * g * g;
                let (first, second) = (m[i] / (1.0 - b1.powi(n)), v[i] / (1.0 - b2.powi(n)));
                w[i] -= 0.01 * first / (second.sqrt() + f64::from(epsilon));
            }
        }
        let rule = Rule::Adam { beta1, beta2, epsilon };
        let got = run(rule, &gradients, 0.01, clip);
        prop_assert!(difference(&got, &w) < 1e-4, "{got:?} {w:?}");
    }

    #[test]
    fn ramps_rise_from_start_to_end(
        (a, b) in (0.0f64..1.0, 0.0f64..1.0),
        (x, y) in (0.0f64..=1.0, 0.0f64..=1.0),
        epochs in 1.0f64..20.0,
    ) {
        let (start, end) = (a.min(b), a.max(b));
        let (from, to) = (0.1, 0.7);
        let ramps = [
            Schedule::Linear { from, to, start, end },
            Schedule::Smooth { from, to, start, end },
            Schedule::Staircase { from, to, start, end, epochs: epochs.round() },
        ];
        for ramp in ramps {
            let (low, high) = (ramp.at(x.min(y)), ramp.at(x.max(y)));
            prop_assert!((from..=to + 1e-12).contains(&low) && low <= high);
            prop_assert_eq!(ramp.at(1.0), to);
            if start > 0.0 {
                prop_assert_eq!(ramp.at(0.5 * start), from);
            }
        }
    }
}

#[test]
fn a_gradient_that_is_not_finite_changes_nothing() {
    let mut slab = vec![f32x4::splat(1.0); 2];
    let mut optimiser = Optimiser::new(Rule::Sgd { momentum: 0.9 }, 2).unwrap();
    let gradient = [f32x4::new([0.0, f32::NAN, 0.0, 0.0]), f32x4::ZERO];
    assert!(optimiser.step(&mut slab, &gradient, 0.1, 0.0).is_err());
    assert_eq!(slab, vec![f32x4::splat(1.0); 2]);
    assert_eq!(optimiser.steps(), 0);
}

#[test]
fn the_staircase_is_the_papers() {
    // Two epochs from progress 0 to 1: stairs at 1/6, 3/6 and 5/6 of each.
    let stairs = Schedule::Staircase {
        from: 0.0,
        to: 0.06,
        start: 0.0,
        end: 1.0,
        epochs: 2.0,
    };
    for (place, stair) in [
        (0.5, 0),
        (1.5, 1),
        (2.9, 1),
        (3.1, 2),
        (5.1, 3),
        (7.1, 4),
        (11.1, 6),
    ] {
        let got = stairs.at(place / 12.0);
        assert!(
            (got - 0.01 * f64::from(stair)).abs() < 1e-12,
            "{place}: {got}"
        );
    }
}

#[test]
fn the_smooth_ramp_is_quartic_then_straight() {
    let ramp = Schedule::Smooth {
        from: 0.0,
        to: 1.0,
        start: 0.0,
        end: 1.0,
    };
    let ratio = ramp.at(0.2) / ramp.at(0.1);
    assert!((ratio - 16.0).abs() < 1e-9);
    let slopes = [0.25, 0.5, 0.75].map(|x| (ramp.at(x + 0.125) - ramp.at(x)) / 0.125);
    assert!(slopes.iter().all(|s| (s - slopes[0]).abs() < 1e-9));
    let before = (ramp.at(0.25) - ramp.at(0.25 - 1e-6)) / 1e-6;
    assert!((before - slopes[0]).abs() < 1e-3, "the slope is continuous");
}

#[test]
fn moments_that_no_run_can_have_left_are_refused() {
    let rule = Rule::Adam {
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
    };
    let restored = |first: f32, second: f32| {
        let mut optimiser = Optimiser::new(rule, 1).unwrap();
        optimiser.restore(&[vec![first; 4], vec![second; 4]], 3)
    };
    assert!(restored(-1.0, 0.0).is_ok());
    for (first, second) in [(f32::NAN, 1.0), (1.0, f32::INFINITY), (1.0, -1e-9)] {
        let error = restored(first, second).unwrap_err();
        assert_eq!(error.code, Code::InvalidCheckpoint);
    }
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn averages(steps in numbers(), decay in prop::sample::select(vec![0.0, 0.5, 0.9, 0.999, 1.0])) {
        let mut average = Average::new(2);
        let mut expected = vec![0.0; 8];
        for (n, weights) in steps.iter().enumerate() {
            let mut slab = vec![f32x4::ZERO; 2];
            bytemuck::cast_slice_mut(&mut slab).copy_from_slice(weights);
            average.update(&slab, decay).unwrap();
            let share = (1.0 - decay).max(1.0 / (n + 1) as f64);
            for (a, &w) in expected.iter_mut().zip(weights) {
                *a += share * (f64::from(w) - *a);
            }
        }
        prop_assert_eq!(average.count(), steps.len() as u64);
        prop_assert!(difference(&wider(average.values()), &expected) < 1e-6);
        if decay == 1.0 {
            let mean = |i: usize| steps.iter().map(|w| f64::from(w[i])).sum::<f64>() / steps.len() as f64;
            let means: Vec<f64> = (0..8).map(mean).collect();
            prop_assert!(difference(&wider(average.values()), &means) < 1e-5);
        }
        let mut other = Average::new(2);
        other.restore(average.values(), average.count()).unwrap();
        for average in [&mut average, &mut other] {
            average.update(&[f32x4::ONE; 2], decay).unwrap();
        }
        prop_assert_eq!(average.values(), other.values());
    }
}

#[test]
fn averages_that_no_run_can_have_left_are_refused() {
    let mut average = Average::new(1);
    let error = average.restore(&[0.0, f32::NAN, 0.0, 0.0], 1).unwrap_err();
    assert_eq!(error.code, Code::InvalidCheckpoint);
    assert_eq!(
        average.restore(&[0.0; 8], 1).unwrap_err().code,
        Code::InvalidShape
    );
    assert!(average.update(&[f32x4::ZERO], 1.5).is_err());
    assert_eq!(average.count(), 0);
}
