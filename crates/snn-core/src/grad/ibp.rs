//! The gradient of S-IBP: the lines of the interval pass differentiated, the branch taken being
//! constant, the surrogate standing for the derivative of both ends of a spike.

use wide::f32x4;

use super::{bias_gradient, Ends};
use crate::affine::{Interval, Lists, Rows, Scaled, Spike};
use crate::intervals::{Intervals, LayerIntervals};
use crate::network::{Layer, Network};
use crate::neuron::interval::States;
use crate::neuron::surrogate::Surrogate;
use crate::neuron::Reset;
use crate::parameters::Parameters;
use crate::region::{InputIntervals, Rounding, SpikeIntervals};

/// Derivatives of the loss, as far as they are known before the pass.
#[derive(Debug)]
pub struct Adjoints {
    /// With respect to the ends of the last layer's spikes, or of its membranes if it does not
    /// fire.
    pub output: Ends,
    /// With respect to the ends of every layer's open membranes, as S-CROWN's lines use them: one
    /// pair per entry of the layer's open spikes, in their order.
    pub membranes: Option<Vec<Vec<[f32; 2]>>>,
}

/// Adds the parameters' gradient.
pub fn backpropagate(
    network: &Network,
    parameters: &Parameters,
    trace: &Intervals,
    adjoints: Adjoints,
    surrogate: Surrogate,
    slab: &mut [f32x4],
) {
    let mut output = adjoints.output;
    for index in (0..network.layers.len()).rev() {
        let layer = &network.layers[index];
        let direct = adjoints.membranes.as_ref().map(|all| all[index].as_slice());
        let ends = through_time(layer, trace, index, output, direct, surrogate);
        let Some(before) = index.checked_sub(1) else {
            return input_gradient(layer, parameters, trace, ends, slab);
        };
        let spikes = &trace.layers[before].spikes;
        let [sum, difference] = combined(&ends);
        spike_gradient(layer, parameters, spikes, [&sum, &difference], slab);
        output = to_inputs(
            layer,
            parameters.transposed(network, index),
            &sum,
            &difference,
        );
    }
}

/// `dl + dh` and `dl - dh`, which turn `W c -+ |W| d` into two plain products.
fn combined(ends: &Ends) -> [Rows; 2] {
    let (mut sum, mut difference) = (ends.lower.clone(), ends.lower.clone());
    let pairs = sum.data_mut().iter_mut().zip(difference.data_mut());
    for ((s, d), &h) in pairs.zip(ends.upper.data()) {
        *s += h;
        *d -= h;
    }
    [sum, difference]
}

fn input_gradient(
    layer: &Layer,
    parameters: &Parameters,
    trace: &Intervals,
    ends: Ends,
    slab: &mut [f32x4],
) {
    let [sum, difference] = combined(&ends);
    match &trace.input {
        InputIntervals::Spikes(spikes) => {
            spike_gradient(layer, parameters, spikes, [&sum, &difference], slab);
        }
        InputIntervals::Pixels(pixels) => {
            let over_steps = |rows: Rows| rows.summed(layer.positions(), trace.steps);
            let (sum, difference) = (over_steps(sum), over_steps(difference));
            bias_gradient(&sum, &layer.bias, slab);
            let centred = pixels.centred(Rounding::Nearest);
            let centres = centred.map(|[centre, _]| centre);
            let weight = &mut slab[layer.weight.clone()];
            layer
                .affine
                .weight_gradient::<Scaled>(&centres, &sum, weight);
            let radii = centred.map(|[_, radius]| radius);
            radius_gradient(layer, parameters, &radii, &difference, slab);
        }
    }
}

/// Weight and bias gradients under spike intervals: a sure spike has centre 1 and radius 0, an
/// open one 1/2 and 1/2.
fn spike_gradient<V: Copy>(
    layer: &Layer,
    parameters: &Parameters,
    spikes: &SpikeIntervals<V>,
    [sum, difference]: [&Rows; 2],
    slab: &mut [f32x4],
) {
    bias_gradient(sum, &layer.bias, slab);
    let half = spikes.open.map(|_| 0.5);
    let weight = &mut slab[layer.weight.clone()];
    layer
        .affine
        .weight_gradient::<Spike>(&spikes.firing, sum, weight);
    layer.affine.weight_gradient::<Scaled>(&half, sum, weight);
    radius_gradient(layer, parameters, &half, difference, slab);
}

/// The part through `|W| d`: lower ends lose it, upper ends gain it.
fn radius_gradient(
    layer: &Layer,
    parameters: &Parameters,
    radii: &Lists<f32>,
    difference: &Rows,
    slab: &mut [f32x4],
) {
    let mut product = vec![f32x4::ZERO; layer.weight.len()];
    layer
        .affine
        .weight_gradient::<Scaled>(radii, difference, &mut product);
    let weight = parameters.vectors(&layer.weight);
    for ((g, p), &w) in slab[layer.weight.clone()]
        .iter_mut()
        .zip(product)
        .zip(weight)
    {
        let zero = f32x4::ZERO;
        *g += w
            .simd_lt(zero)
            .bitselect(p, w.simd_gt(zero).bitselect(-p, zero));
    }
}

/// Derivatives with respect to the ends of the inputs.
fn to_inputs(layer: &Layer, transposed: &[f32x4], sum: &Rows, difference: &Rows) -> Ends {
    let mut pairs = Lists::new();
    for row in 0..sum.rows() {
        for (index, (&s, &d)) in sum.row(row).iter().zip(difference.row(row)).enumerate() {
            if s != 0.0 || d != 0.0 {
                pairs.push(index, [s, d]);
            }
        }
        pairs.end_row();
    }
    let groups = sum.rows() / layer.positions();
    let rows = groups * layer.affine.input.positions();
    let mut ends = Ends::zeros(rows, layer.affine.input_vectors());
    let outputs = [&mut ends.lower, &mut ends.upper];
    layer
        .affine
        .backward::<2, Interval>(&pairs, transposed, outputs);
    let half = f32x4::splat(0.5);
    for (l, h) in ends.lower.data_mut().iter_mut().zip(ends.upper.data_mut()) {
        (*l, *h) = (half * (*l + *h), half * (*l - *h));
    }
    ends
}

/// The pairs of the open neurons as rows.
fn by_lines(bounds: &LayerIntervals, pairs: &[[f32; 2]]) -> Ends {
    let mut ends = Ends::zeros(bounds.lower.rows(), bounds.lower.vectors());
    let open = &bounds.spikes.open;
    let mut pairs = pairs.iter();
    for row in 0..open.rows() {
        for ((index, ()), &[lower, upper]) in open.entries(row).zip(&mut pairs) {
            ends.lower.row_mut(row)[index] = lower;
            ends.upper.row_mut(row)[index] = upper;
        }
    }
    ends
}

/// From derivatives with respect to spikes to those with respect to membranes, in place.
fn through_time(
    layer: &Layer,
    trace: &Intervals,
    index: usize,
    mut ends: Ends,
    direct: Option<&[[f32; 2]]>,
    surrogate: Surrogate,
) -> Ends {
    let (positions, vectors, steps) = (layer.positions(), layer.vectors(), trace.steps);
    let bounds = &trace.layers[index];
    let leak = f32x4::splat(layer.neuron.leak);
    let direct = direct.map(|pairs| by_lines(bounds, pairs));
    let zero = [f32x4::ZERO; 2];
    let mut later = vec![zero; positions * vectors];
    for sample in 0..trace.samples {
        later.fill(zero);
        for step in (0..steps).rev() {
            let first = (sample * steps + step) * positions;
            let at = first * vectors..(first + positions) * vectors;
            let lower = &mut ends.lower.data_mut()[at.clone()];
            let upper = &mut ends.upper.data_mut()[at.clone()];
            for (v, later) in later.iter_mut().enumerate() {
                let entry = at.start + v;
                let mut by = [lower[v], upper[v]];
                if layer.fires {
                    let threshold = layer.thresholds[v % vectors];
                    by = through_neuron(layer, bounds, entry, threshold, by, *later, surrogate);
                } else {
                    by[0] += leak * later[0];
                    by[1] += leak * later[1];
                }
                if let Some(direct) = &direct {
                    by[0] += direct.lower.data()[entry];
                    by[1] += direct.upper.data()[entry];
                }
                (lower[v], upper[v]) = (by[0], by[1]);
                *later = by;
            }
        }
    }
    ends
}

#[inline(always)]
fn through_neuron(
    layer: &Layer,
    bounds: &LayerIntervals,
    entry: usize,
    threshold: f32x4,
    by_spikes: [f32x4; 2],
    later: [f32x4; 2],
    surrogate: Surrogate,
) -> [f32x4; 2] {
    let leak = f32x4::splat(layer.neuron.leak);
    let (l, h) = (bounds.lower.data()[entry], bounds.upper.data()[entry]);
    let states = States::of(l, h, threshold);
    let open = !(states.silent | states.firing);
    let mut pass_lower = states.silent | (open & l.simd_lt(f32x4::ZERO));
    let mut pass_upper = states.silent;
    if layer.neuron.reset == Reset::Soft {
        pass_lower |= states.firing;
        pass_upper |= states.firing | (open & (h - threshold).simd_gt(threshold));
    }
    [
        by_spikes[0] * surrogate.derivative(l - threshold) + (pass_lower & (leak * later[0])),
        by_spikes[1] * surrogate.derivative(h - threshold) + (pass_upper & (leak * later[1])),
    ]
}
