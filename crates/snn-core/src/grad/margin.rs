//! The gradient of S-IBP's margins with respect to the ends of the last layer.

use wide::f32x4;

use super::Ends;
use crate::intervals::Intervals;
use crate::margin::{readout_rows, rival};
use crate::network::{LinearReadout, Network, Readout};
use crate::parameters::Parameters;

/// Derivatives with respect to the ends of the last layer's spikes (of its membranes if it does not
/// fire), given those with respect to the margins, `[samples, classes - 1]`. Adds the gradient of a
/// linear readout to the slab.
pub fn backpropagate(
    network: &Network,
    parameters: &Parameters,
    trace: &Intervals,
    labels: &[u8],
    by_margins: &[f32],
    slab: &mut [f32x4],
) -> Ends {
    let layer = &network.layers[network.layers.len() - 1];
    let (positions, steps) = (layer.positions(), trace.steps);
    let mut ends = Ends::zeros(trace.samples * steps * positions, layer.vectors());
    let rivals = network.classes - 1;
    for (sample, &label) in labels.iter().enumerate() {
        let label = usize::from(label);
        let by = &by_margins[sample * rivals..][..rivals];
        let mut lower = vec![0.0; positions * layer.affine.output.stride()];
        let mut upper = lower.clone();
        for (index, by) in by.iter().enumerate() {
            let by = by / steps as f32;
            let other = rival(label, index);
            match &network.readout {
                Readout::Rate | Readout::Membrane => {
                    lower[label] += by;
                    upper[other] -= by;
                }
                Readout::Linear(linear) => {
                    let ends = [&mut lower[..], &mut upper[..]];
                    through_readout(linear, parameters, [label, other], by, ends);
                }
            }
        }
        for step in 0..steps {
            let first = (sample * steps + step) * positions;
            let rows = [(&mut ends.lower, &lower), (&mut ends.upper, &upper)];
            for (rows, by) in rows {
                let run: &mut [f32] = bytemuck::cast_slice_mut(rows.run_mut(first, positions));
                run.copy_from_slice(by);
            }
        }
    }
    if let Readout::Linear(linear) = &network.readout {
        readout_gradient(network, linear, parameters, trace, labels, by_margins, slab);
    }
    ends
}

fn through_readout(
    linear: &LinearReadout,
    parameters: &Parameters,
    [label, other]: [usize; 2],
    by: f32,
    [lower, upper]: [&mut [f32]; 2],
) {
    let (rows, _) = readout_rows(linear, parameters, label, other);
    for (index, [a, b]) in rows.into_iter().enumerate() {
        if a > b {
            lower[index] += by * (a - b);
        } else {
            upper[index] += by * (a - b);
        }
    }
}

fn readout_gradient(
    network: &Network,
    linear: &LinearReadout,
    parameters: &Parameters,
    trace: &Intervals,
    labels: &[u8],
    by_margins: &[f32],
    slab: &mut [f32x4],
) {
    let affine = &linear.affine;
    let [sure, possible] = trace.counts(&network.layers[network.layers.len() - 1]);
    let size = sure.len() / trace.samples;
    let rivals = network.classes - 1;
    let slab: &mut [f32] = bytemuck::cast_slice_mut(slab);
    let (weight, bias) = (4 * linear.weight.start, 4 * linear.bias.start);
    for (entry, by) in by_margins.iter().enumerate() {
        let (sample, index) = (entry / rivals, entry % rivals);
        let label = usize::from(labels[sample]);
        let other = rival(label, index);
        let (rows, _) = readout_rows(linear, parameters, label, other);
        for index in 0..affine.fan_in() {
            let (position, channel) = affine.input.place(index);
            let place = position * affine.input.stride() + channel;
            let [a, b] = rows[place];
            let counts = if a > b { &sure } else { &possible };
            let rate = by * counts[sample * size + place] / trace.steps as f32;
            slab[weight + affine.packed_weight(label, index)] += rate;
            slab[weight + affine.packed_weight(other, index)] -= rate;
        }
        slab[bias + label] += by;
        slab[bias + other] -= by;
    }
}
