//! The first layer's intervals: how far few toggles can move a sum.

use proptest::prelude::*;
use snn_core::affine::{Affine, EndDeltas, Packed, Window};
use snn_core::region::Toggles;
use wide::f32x4;

use crate::cases::{cases, config};
use crate::Case;

/// The weight of every output and input of every output position, in PyTorch's order, or none.
type Weights = Vec<Vec<Option<f64>>>;

/// A linear layer, or a convolution over the case's map, with small whole weights.
fn layer(case: &Case, seed: u64) -> (Affine, Vec<f32>) {
    let channels = 1 + seed as usize % 5;
    let affine = match case.map.positions() {
        1 => Affine::linear(case.map, channels),
        _ => convolution(case, channels),
    };
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % 9) as f32 - 4.0
    };
    let weight = (0..channels * affine.fan_in()).map(|_| next()).collect();
    (affine, weight)
}

fn convolution(case: &Case, channels: usize) -> Affine {
    let kernel = case.map.height.min(2).max(case.map.width.min(2));
    Affine::conv2d(case.map, channels, Window::square(kernel, 1, kernel - 1)).unwrap()
}

fn packed(affine: &Affine, weight: &[f32]) -> Vec<f32x4> {
    let mut packed = vec![f32x4::ZERO; affine.weight_vectors()];
    let numbers: &mut [f32] = bytemuck::cast_slice_mut(&mut packed);
    for (index, &w) in weight.iter().enumerate() {
        let (output, input) = (index / affine.fan_in(), index % affine.fan_in());
        numbers[affine.packed_weight(output, input)] = w;
    }
    packed
}

/// What reaches which output, found by sending single inputs.
fn reached(affine: &Affine, case: &Case, packed: &[f32x4]) -> Weights {
    let positions = case.map.positions();
    let outputs = affine.output.positions() * affine.output.channels;
    let mut weights = vec![vec![None; case.size()]; outputs];
    for pixel in 0..case.size() {
        let mut lists = snn_core::affine::Lists::new();
        for position in 0..positions {
            if pixel % positions == position {
                lists.push(pixel / positions, ());
            }
            lists.end_row();
        }
        let mut rows =
            snn_core::affine::Rows::zeros(affine.output.positions(), affine.output_vectors());
        affine.forward::<1, snn_core::affine::Spike>(&lists, packed, [&mut rows]);
        for (output, weights) in weights.iter_mut().enumerate() {
            let (position, channel) = (
                output / affine.output.channels,
                output % affine.output.channels,
            );
            weights[pixel] = Some(f64::from(rows.row(position)[channel]));
        }
    }
    weights
}

/// A number of a packed row.
fn at(packed: &Packed, row: usize, channel: usize) -> f32 {
    let vectors: Vec<f32x4> = packed.row(row).flatten().copied().collect();
    vectors[channel / 4].to_array()[channel % 4]
}

proptest! {
    #![proptest_config(config(600))]

    /// Over all members, the sum at a step falls and rises as far as the region's budget of one step
    /// lets it; the smallest and largest sum are met where the budget of all steps is the same.
    #[test]
    fn sums_move_no_further(case in cases(), seed in any::<u64>()) {
        let (affine, weight) = layer(&case, seed);
        let packed = packed(&affine, &weight);
        let toggles = Toggles::new(case.input_map(), case.inputs(), &case.region);
        let scopes = affine.scopes(&toggles.open, |step| toggles.budget(step));
        let reaches = affine.reaches(&packed, &scopes);
        let weights = reached(&affine, &case, &packed);
        let (positions, channels) = (affine.output.positions(), affine.output.channels);
        for step in 0..case.steps {
            for (output, weights) in weights.iter().enumerate() {
                let own = &case.values[step * case.size()..][..case.size()];
                let sum = |values: &[f32]| -> f64 {
                    let terms = weights.iter().zip(values).zip(own);
                    terms.map(|((w, y), x)| w.unwrap_or(0.0) * f64::from(y - x)).sum()
                };
                let of = |bits: u32| sum(&case.values(bits)[step * case.size()..][..case.size()]);
                let sums: Vec<f64> = case.members().into_iter().map(of).collect();
                let ends = [f64::min, f64::max].map(|end| sums.iter().copied().fold(0.0, end));
                let scope = scopes.of[step * positions + output / channels] as usize;
                let channel = output % channels;
                let fall = f64::from(reaches.falls.row(scope)[channel]);
                let rise = f64::from(reaches.rises.row(scope)[channel]);
                prop_assert!(-fall <= ends[0] && rise >= ends[1], "{fall} {rise} {ends:?}");
                if !matches!(case.region, snn_core::region::Region::Shift(_)) {
                    prop_assert_eq!([-fall, rise], ends);
                }
            }
        }
    }

    /// The gradient is what a small change of every weight does to the sums.
    #[test]
    fn gradients_are_differences(case in cases(), seed in any::<u64>()) {
        let (affine, mut weight) = layer(&case, seed);
        // No two alike, so that a small change lets the same be chosen.
        for (index, w) in weight.iter_mut().enumerate() {
            *w += 0.5 + index as f32 / 1024.0;
        }
        let toggles = Toggles::new(case.input_map(), case.inputs(), &case.region);
        let scopes = affine.scopes(&toggles.open, |step| toggles.budget(step));
        let (positions, vectors) = (affine.output.positions(), affine.output_vectors());
        let mut delta = EndDeltas::new(1, case.steps, positions, vectors);
        for (index, by) in delta.lower.each.data_mut().iter_mut().enumerate() {
            *by = f32x4::new([1.0, 2.0, -1.0, 0.5]) * f32x4::splat(1.0 + (index % 3) as f32);
        }
        for (index, by) in delta.upper.each.data_mut().iter_mut().enumerate() {
            *by = f32x4::new([0.5, -3.0, 1.0, 0.0]) * f32x4::splat(1.0 + (index % 2) as f32);
        }
        let value = |weight: &[f32]| -> f64 {
            let reaches = affine.reaches(&packed(&affine, weight), &scopes);
            let mut sum = 0.0;
            for (row, &scope) in scopes.of.iter().enumerate() {
                for channel in 0..affine.output.channels {
                    let by = [&delta.lower, &delta.upper].map(|d| f64::from(at(&d.each, row, channel)));
                    sum -= by[0] * f64::from(reaches.falls.row(scope as usize)[channel]);
                    sum += by[1] * f64::from(reaches.rises.row(scope as usize)[channel]);
                }
            }
            sum
        };
        let packed = packed(&affine, &weight);
        let mut gradient = vec![f32x4::ZERO; packed.len()];
        affine.toggle_gradient(&packed, &scopes, &delta, &mut gradient);
        let gradient: &[f32] = bytemuck::cast_slice(&gradient);
        let step = 1.0 / 8192.0;
        for index in 0..weight.len() {
            let mut ends = [0.0; 2];
            for (end, by) in ends.iter_mut().zip([-step, step]) {
                let mut weight = weight.clone();
                weight[index] += by;
                *end = value(&weight);
            }
            let slope = (ends[1] - ends[0]) / f64::from(2.0 * step);
            let at = affine.packed_weight(index / affine.fan_in(), index % affine.fan_in());
            let found = f64::from(gradient[at]);
            prop_assert!((slope - found).abs() < 1e-2 * (1.0 + found.abs()), "{slope} {found}");
        }
    }
}

/// Many inputs: the walk through the largest weights finds what looking at all of them finds.
#[test]
fn many_inputs_are_walked() {
    let inputs = 900;
    let affine = Affine::linear(snn_core::shape::Shape::flat(inputs), 37);
    let mut state = 5u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    // Around zero, nearly all of one sign, and on a grid with many alike.
    let spreads: [fn(f32) -> f32; 3] = [|w| w - 0.5, |w| w - 0.03, |w| (9.0 * w).floor() - 4.0];
    let settings = [
        (0.03, 1.0, 8),
        (0.5, 0.4, 3),
        (0.9, 1.0, 40),
        (0.02, 0.1, 1),
        (0.001, 1.0, 8),
        (0.0, 1.0, 8),
        (0.0, 1.0, 0),
    ];
    for (spread, (density, freedom, budget)) in spreads
        .into_iter()
        .flat_map(|spread| settings.map(|setting| (spread, setting)))
    {
        let weight: Vec<f32> = (0..37 * inputs).map(|_| spread(next())).collect();
        let packed = packed(&affine, &weight);
        let mut open = snn_core::affine::Lists::new();
        for _ in 0..4 {
            for input in 0..inputs {
                let (on, free) = (next() < density, next() < freedom);
                if free {
                    open.push(input, on);
                }
            }
            open.end_row();
        }
        let scopes = affine.scopes(&open, |_| budget);
        let reaches = affine.reaches(&packed, &scopes);
        for row in 0..4 {
            for output in 0..37 {
                let mut terms = [Vec::new(), Vec::new()];
                for (input, on) in open.entries(row) {
                    let w = weight[output * inputs + input];
                    let change = if on { -w } else { w };
                    terms[usize::from(change > 0.0)].push(f64::from(change.abs()));
                }
                let ends = terms.map(|mut terms| {
                    terms.sort_by(|a, b| b.total_cmp(a));
                    terms.iter().take(budget).sum::<f64>()
                });
                let found = [&reaches.falls, &reaches.rises].map(|r| f64::from(r.row(row)[output]));
                for (end, found) in ends.into_iter().zip(found) {
                    assert!((end - found).abs() < 1e-5, "{end} {found}");
                }
            }
        }
    }
}
