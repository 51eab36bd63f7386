//! Back-propagation through time, through the spike and through the kept potential.

use wide::f32x4;

use super::bias_gradient;
use crate::affine::{Rows, Scaled};
use crate::encode::Encoded;
use crate::network::{Layer, Network, Readout};
use crate::neuron::surrogate::Surrogate;
use crate::neuron::Reset;
use crate::parameters::Parameters;
use crate::propagate::spikes::{rate_lists, rates, LayerTrace, Trace};

/// Adds the parameters' gradient, given the loss's derivatives with respect to the scores,
/// `[samples, classes]`.
pub fn backpropagate(
    network: &Network,
    parameters: &Parameters,
    trace: &Trace,
    by_scores: &[f32],
    surrogate: Surrogate,
    slab: &mut [f32x4],
) {
    let steps = trace.steps;
    let mut by_output = by_last(network, parameters, trace, by_scores, slab);
    for index in (0..network.layers.len()).rev() {
        let layer = &network.layers[index];
        let delta = through_time(layer, &trace.layers[index], by_output, trace, surrogate);
        bias_gradient(&delta, &layer.bias, slab);
        let weight = &mut slab[layer.weight.clone()];
        match (&trace.layers[index].events, &trace.input) {
            (Some(events), _) => layer.affine.event_gradient(events, &delta, weight),
            (None, Encoded::Pixels(pixels)) => {
                let delta = delta.summed(layer.positions(), steps);
                layer
                    .affine
                    .weight_gradient::<Scaled>(pixels, &delta, weight);
            }
            (None, Encoded::Spikes(_)) => unreachable!("spikes leave their events"),
        }
        let Some(before) = index.checked_sub(1) else {
            return;
        };
        let below = &network.layers[before];
        by_output = Rows::zeros(trace.layers[before].membranes.rows(), below.vectors());
        let transposed = parameters.transposed(network, index);
        layer
            .affine
            .backward::<1, Scaled>(&delta.nonzero(), transposed, [&mut by_output]);
    }
}

/// Derivatives with respect to the last layer's spikes, or its membranes if it does not fire.
fn by_last(
    network: &Network,
    parameters: &Parameters,
    trace: &Trace,
    by_scores: &[f32],
    slab: &mut [f32x4],
) -> Rows {
    let layer = &network.layers[network.layers.len() - 1];
    let last = &trace.layers[network.layers.len() - 1];
    let (steps, classes) = (trace.steps, network.classes);
    let share = 1.0 / steps as f32;
    let Readout::Linear(linear) = &network.readout else {
        let mut by = Rows::zeros(trace.samples * steps, layer.vectors());
        for row in 0..by.rows() {
            let of = &by_scores[row / steps * classes..][..classes];
            let by = &mut by.row_mut(row)[..classes];
            by.iter_mut().zip(of).for_each(|(by, of)| *by = of * share);
        }
        return by;
    };
    let mut delta = Rows::zeros(trace.samples, linear.affine.output_vectors());
    for sample in 0..trace.samples {
        let of = &by_scores[sample * classes..][..classes];
        delta.row_mut(sample)[..classes].copy_from_slice(of);
    }
    let rates = rate_lists(linear, &rates(layer, &last.spikes, trace.samples, steps));
    bias_gradient(&delta, &linear.bias, slab);
    let weight = &mut slab[linear.weight.clone()];
    linear
        .affine
        .weight_gradient::<Scaled>(&rates, &delta, weight);
    let mut by_rates = Rows::zeros(trace.samples * layer.positions(), layer.vectors());
    let transposed = linear.affine.transpose(parameters.vectors(&linear.weight));
    linear
        .affine
        .backward::<1, Scaled>(&delta.nonzero(), &transposed, [&mut by_rates]);
    by_rates
        .data_mut()
        .iter_mut()
        .for_each(|by| *by *= f32x4::splat(share));
    by_rates.repeated(layer.positions(), steps)
}

/// From derivatives with respect to the output to those with respect to the membranes, in place.
fn through_time(
    layer: &Layer,
    trace: &LayerTrace,
    mut by_output: Rows,
    pass: &Trace,
    surrogate: Surrogate,
) -> Rows {
    let (positions, vectors, steps) = (layer.positions(), layer.vectors(), pass.steps);
    let leak = f32x4::splat(layer.neuron.leak);
    let mut later = vec![f32x4::ZERO; positions * vectors];
    for sample in 0..pass.samples {
        later.fill(f32x4::ZERO);
        for step in (0..steps).rev() {
            let first = (sample * steps + step) * positions;
            let membranes = trace.membranes.run(first, positions);
            let by = by_output.run_mut(first, positions);
            for (v, ((by, &u), later)) in by.iter_mut().zip(membranes).zip(&mut later).enumerate() {
                let by_kept = leak * *later;
                if layer.fires {
                    let threshold = layer.thresholds[v % vectors];
                    let slope = surrogate.derivative(u - threshold);
                    let fires = u.simd_gt(threshold);
                    *by = match layer.neuron.reset {
                        Reset::Hard => (*by - by_kept * u) * slope + (!fires & by_kept),
                        Reset::Soft => {
                            // Padding lanes have no threshold to subtract.
                            let threshold = f32x4::splat(layer.neuron.threshold);
                            (*by - by_kept * threshold) * slope + by_kept
                        }
                    };
                } else {
                    *by += by_kept;
                }
                *later = *by;
            }
        }
    }
    by_output
}
