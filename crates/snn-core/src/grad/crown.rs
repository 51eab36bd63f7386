//! The gradient of S-CROWN. Reversing a backward pass is a forward one: the least input is sent
//! through the network with every neuron replaced by its line. The values that come out are the
//! derivatives with respect to the coefficients, and the lines also hang on S-IBP's intervals.

use wide::f32x4;

use super::{bias_gradient, Ends};
use crate::affine::{Lists, Rows, Scaled};
use crate::intervals::Intervals;
use crate::network::{Layer, LinearReadout, Network, Readout};
use crate::neuron::interval::States;
use crate::neuron::relaxation::{Open, Relaxation};
use crate::neuron::{lanes, Reset};
use crate::parameters::Parameters;
use crate::propagate::crown::{Query, Trace};

/// A finished S-CROWN pass and the loss's derivatives with respect to its bounds.
pub struct Pass<'a> {
    pub intervals: &'a Intervals,
    pub queries: &'a [Query],
    pub trace: &'a Trace,
    pub relaxation: Relaxation,
    /// One per query.
    pub by_bounds: &'a [f32],
}

/// Adds the parameters' gradient; returns the derivatives with respect to the intervals of every
/// layer's open membranes, in the order of its open spikes.
pub fn backpropagate(
    network: &Network,
    parameters: &Parameters,
    pass: &Pass,
    slab: &mut [f32x4],
) -> Vec<Vec<[f32; 2]>> {
    let (steps, queries) = (pass.intervals.steps, pass.queries.len());
    let mut by_ends = Vec::with_capacity(network.layers.len());
    let mut values = pass.trace.minimiser.clone();
    for (index, layer) in network.layers.iter().enumerate() {
        let summed = index == 0 && pass.trace.summed;
        let groups = if summed { queries } else { queries * steps };
        let bias = parameters.vectors(&layer.bias);
        let mut drive = Rows::filled(groups * layer.positions(), bias);
        let weight = parameters.vectors(&layer.weight);
        layer
            .affine
            .forward::<1, Scaled>(&values, weight, [&mut drive]);
        if summed {
            drive = drive.repeated(layer.positions(), steps);
        }
        let mut delta = scaled(&pass.trace.layers[index].on_membranes, pass);
        bias_gradient(&delta, &layer.bias, slab);
        if summed {
            delta = delta.summed(layer.positions(), steps);
        }
        let gradient = &mut slab[layer.weight.clone()];
        layer
            .affine
            .weight_gradient::<Scaled>(&values, &delta, gradient);
        let (spikes, ends) = relaxed(layer, index, pass, drive);
        let open = &pass.intervals.layers[index].spikes.open;
        let pairs = (0..open.rows()).flat_map(|row| {
            let (lower, upper) = (ends.lower.row(row), ends.upper.row(row));
            open.entries(row)
                .map(move |(index, ())| [lower[index], upper[index]])
        });
        by_ends.push(pairs.collect());
        values = spikes.nonzero();
    }
    if let Readout::Linear(linear) = &network.readout {
        readout_gradient(linear, pass, &values, slab);
    }
    by_ends
}

/// Coefficients on the membranes times the derivative of their query's bound, which is a mean over
/// the steps.
fn scaled(rows: &Rows, pass: &Pass) -> Rows {
    let mut scaled = rows.clone();
    let run = rows.data().len() / pass.queries.len().max(1);
    for (chunk, &by) in scaled
        .data_mut()
        .chunks_exact_mut(run.max(1))
        .zip(pass.by_bounds)
    {
        let by = f32x4::splat(by / pass.intervals.steps as f32);
        chunk.iter_mut().for_each(|x| *x *= by);
    }
    scaled
}

/// Sends membranes through the lines in place: what comes out stands for the spikes.
fn relaxed(layer: &Layer, index: usize, pass: &Pass, mut drive: Rows) -> (Rows, Ends) {
    let (positions, vectors) = (layer.positions(), layer.vectors());
    let steps = pass.intervals.steps;
    let bounds = &pass.intervals.layers[index];
    let coefficients = &pass.trace.layers[index];
    let mut ends = Ends::zeros(bounds.lower.rows(), vectors);
    let leak = layer.neuron.leak;
    let run = positions * vectors;
    let mut kept = vec![f32x4::ZERO; run];
    for (query, asked) in pass.queries.iter().enumerate() {
        kept.fill(f32x4::ZERO);
        let by = pass.by_bounds[query] / steps as f32;
        for step in 0..steps {
            let first = (query * steps + step) * positions;
            let values = drive.run_mut(first, positions);
            let at = (asked.sample * steps + step) * run;
            if !layer.fires {
                for (u, kept) in values.iter_mut().zip(&mut kept) {
                    *u += f32x4::splat(leak) * *kept;
                    *kept = *u;
                }
                continue;
            }
            let on_spikes = coefficients.on_spikes.run(first, positions);
            let later = (step + 1 < steps)
                .then(|| coefficients.on_membranes.run(first + positions, positions));
            for v in 0..run {
                let u = values[v] + f32x4::splat(leak) * kept[v];
                let threshold = layer.thresholds[v % vectors];
                let (l, h) = (bounds.lower.data()[at + v], bounds.upper.data()[at + v]);
                let states = States::of(l, h, threshold);
                let mut spike = states.firing & f32x4::ONE;
                let mut stays = states.silent & u;
                if layer.neuron.reset == Reset::Soft {
                    stays |= states.firing & (u - threshold);
                }
                let open = states.open();
                if open != 0 {
                    let cr = later.map_or(f32x4::ZERO, |later| f32x4::splat(leak) * later[v]);
                    let (cs, cr) = (on_spikes[v].to_array(), cr.to_array());
                    let (l, h, u) = (l.to_array(), h.to_array(), u.to_array());
                    let (mut spikes, mut stay) = (spike.to_array(), stays.to_array());
                    let lower = &mut ends.lower.data_mut()[at + v].to_array();
                    let upper = &mut ends.upper.data_mut()[at + v].to_array();
                    lanes(open, |lane| {
                        let open = Open {
                            cs: cs[lane],
                            cr: cr[lane],
                            lower: l[lane],
                            upper: h[lane],
                        };
                        let slopes = pass.relaxation.slopes(&layer.neuron, open, u[lane]);
                        spikes[lane] = slopes.cs;
                        stay[lane] = slopes.cr;
                        lower[lane] += by * slopes.lower;
                        upper[lane] += by * slopes.upper;
                    });
                    (spike, stays) = (f32x4::new(spikes), f32x4::new(stay));
                    ends.lower.data_mut()[at + v] = f32x4::new(*lower);
                    ends.upper.data_mut()[at + v] = f32x4::new(*upper);
                }
                values[v] = spike;
                kept[v] = stays;
            }
        }
    }
    (drive, ends)
}

fn readout_gradient(linear: &LinearReadout, pass: &Pass, spikes: &Lists<f32>, slab: &mut [f32x4]) {
    let steps = pass.intervals.steps;
    let mut delta = Rows::zeros(pass.queries.len() * steps, linear.affine.output_vectors());
    for (index, query) in pass.queries.iter().enumerate() {
        let by = pass.by_bounds[index] / steps as f32;
        for step in 0..steps {
            let row = delta.row_mut(index * steps + step);
            row.iter_mut()
                .zip(&query.weights)
                .for_each(|(d, weight)| *d = by * weight);
        }
    }
    bias_gradient(&delta, &linear.bias, slab);
    let weight = &mut slab[linear.weight.clone()];
    linear
        .affine
        .weight_gradient::<Scaled>(spikes, &delta, weight);
}
