//! One neuron at a time: what it keeps, and the lines below it, over every sign and order of the
//! numbers involved.

use proptest::prelude::*;
use snn_core::neuron::interval::States;
use snn_core::neuron::relaxation::{Line, Open, Relaxation};
use snn_core::neuron::{Neuron, Reset};
use wide::f32x4;

use crate::cases::config;
use crate::oracle::network as naive;
use crate::oracle::relaxation::{lower_line, Rule};

/// A coarse grid makes ties between ends, thresholds and coefficients common.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![
        (-6i32..=6).prop_map(|n| n as f32 / 4.0),
        -2.0f32..2.0,
        -1e-3f32..1e-3,
    ]
}

/// A neuron, and an interval of its membrane with the threshold inside.
fn open_neuron() -> impl Strategy<Value = (Neuron, f32, f32)> {
    let length = || {
        prop_oneof![
            Just(0.0f32),
            (1i32..8).prop_map(|n| n as f32 / 4.0),
            0.0f32..2.0
        ]
    };
    (neuron(), length(), length()).prop_filter_map("an upper end", |(neuron, below, above)| {
        let (lower, upper) = (neuron.threshold - below, neuron.threshold + above);
        (upper > neuron.threshold).then_some((neuron, lower, upper))
    })
}

fn neuron() -> impl Strategy<Value = Neuron> {
    let reset = prop_oneof![Just(Reset::Hard), Just(Reset::Soft)];
    (number(), reset).prop_map(|(threshold, reset)| Neuron {
        threshold,
        leak: 1.0,
        reset,
    })
}

/// Ends, the threshold, the next number above it, and points between, as far as they lie inside.
fn membranes(lower: f32, upper: f32, threshold: f32) -> Vec<f32> {
    let mut all = vec![lower, upper, threshold, threshold.next_up(), 0.0];
    all.extend((0..=16).map(|n| lower + (upper - lower) * (n as f32 / 16.0)));
    all.retain(|u| (lower..=upper).contains(u));
    all
}

/// The neuron's spike and kept potential, exactly.
fn step(neuron: &Neuron, u: f32) -> (f64, f64) {
    let (wide, threshold) = (f64::from(u), f64::from(neuron.threshold));
    match (u > neuron.threshold, neuron.reset) {
        (false, _) => (0.0, wide),
        (true, Reset::Hard) => (1.0, 0.0),
        (true, Reset::Soft) => (1.0, wide - threshold),
    }
}

/// Four queries: the one asked about, and three others whose lines must not matter to it.
fn open(cs: f32, cr: f32, lower: f32, upper: f32) -> Open {
    Open {
        cs: f32x4::new([cs, -cs, cr, 0.0]),
        cr: f32x4::new([cr, cr, -cs, 0.0]),
        lower,
        upper,
    }
}

fn slope(line: Line) -> f32 {
    line.slope.to_array()[0]
}

fn at(line: Line, u: f32) -> f64 {
    f64::from(slope(line)) * f64::from(u) + line.constant[0]
}

fn naive_line(neuron: &Neuron, open: Open, relaxation: Relaxation) -> (f64, f64) {
    let neuron = naive::Neuron {
        threshold: neuron.threshold.into(),
        leak: neuron.leak.into(),
        reset: match neuron.reset {
            Reset::Hard => naive::Reset::Hard,
            Reset::Soft => naive::Reset::Soft,
        },
    };
    let rule = match relaxation {
        Relaxation::Paper => Rule::Paper,
        Relaxation::Joint => Rule::Joint,
    };
    let [cs, cr] = [open.cs, open.cr].map(|lanes| lanes.to_array()[0]);
    let [l, h, cs, cr] = [open.lower, open.upper, cs, cr].map(f64::from);
    let line = lower_line(rule, neuron, l, h, cs, cr);
    (line.slope, line.constant)
}

proptest! {
    #![proptest_config(config(20_000))]

    #[test]
    fn kept_potentials_stay_inside(neuron in neuron(), a in number(), b in number()) {
        let (lower, upper) = (a.min(b), a.max(b));
        let [l, h, th] = [lower, upper, neuron.threshold].map(f32x4::splat);
        let (low, high) = neuron.reset.kept(States::of(l, h, th), l, h, th);
        let (low, high) = (low.to_array()[0], high.to_array()[0]);
        for u in membranes(lower, upper, neuron.threshold) {
            let (_, after) = neuron.reset.step(f32x4::splat(u), th);
            let after = after.to_array()[0];
            prop_assert!((low..=high).contains(&after), "{u} keeps {after}: [{low}, {high}]");
        }
    }

    #[test]
    fn lines_stay_below(
        (neuron, lower, upper) in open_neuron(),
        (cs, cr) in (number(), number()),
        joint in any::<bool>(),
    ) {
        let open = open(cs, cr, lower, upper);
        let relaxation = if joint { Relaxation::Joint } else { Relaxation::Paper };
        let valid = relaxation.valid_line(&neuron, open);
        let plain = relaxation.line(&neuron, open);
        prop_assert_eq!(slope(valid), slope(plain));
        let size = f64::from(cs.abs() + (cr.abs() + slope(valid).abs()) * 2.0);
        for u in membranes(lower, upper, neuron.threshold) {
            let (s, r) = step(&neuron, u);
            let value = f64::from(cs) * s + f64::from(cr) * r;
            prop_assert!(at(valid, u) <= value + 1e-14 * size, "{u}: {} {value}", at(valid, u));
            prop_assert!(at(plain, u) <= value + 1e-6 * size, "{u}: {} {value}", at(plain, u));
        }
        // The line is the oracle's, unless f32 lies so close to a corner that it takes another.
        let [below, above] = [(lower, neuron.threshold), (neuron.threshold, upper)]
            .map(|(from, to)| f64::from(to) - f64::from(from));
        let lean = (above - below).abs();
        if above.max(below) < 1e-2 || (lean != 0.0 && lean < 1e-5) {
            return Ok(());
        }
        let (naive_slope, constant) = naive_line(&neuron, open, relaxation);
        for u in [lower, neuron.threshold, upper] {
            let expected = naive_slope * f64::from(u) + constant;
            let wrong = (at(plain, u) - expected).abs();
            prop_assert!(wrong < 1e-4 * (1.0 + size), "{u}: {} {expected}", at(plain, u));
        }
    }

    /// The joint line touches what it bounds: no parallel line lies higher.
    #[test]
    fn valid_lines_touch(
        (neuron, lower, upper) in open_neuron(),
        (cs, cr) in (number(), number()),
    ) {
        let open = open(cs, cr, lower, upper);
        let line = Relaxation::Joint.valid_line(&neuron, open);
        let gap = |u: f32| {
            let (s, r) = step(&neuron, u);
            f64::from(cs) * s + f64::from(cr) * r - at(line, u)
        };
        let least = membranes(lower, upper, neuron.threshold).into_iter().map(gap);
        let least = least.fold(f64::INFINITY, f64::min);
        let size = f64::from(cs.abs() + (cr.abs() + slope(line).abs()) * 2.0);
        prop_assert!(least < 1e-6 * (size + 1.0), "gap {least}");
    }
}
