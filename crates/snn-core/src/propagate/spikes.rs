//! What the network really does: spikes through layers and steps (ALGORITHMS 1).

use wide::f32x4;

use crate::affine::{Lists, Rows, Scaled, Spike};
use crate::encode::Encoded;
use crate::network::{Layer, LinearReadout, Network, Readout};
use crate::neuron::lanes;
use crate::parameters::Parameters;

/// Rows of a layer are (sample, step, position).
#[derive(Debug)]
pub struct LayerTrace {
    /// Membranes before the reset.
    pub membranes: Rows,
    /// Who fired; empty rows for a layer that does not fire.
    pub spikes: Lists,
}

#[derive(Debug)]
pub struct Trace {
    pub input: Encoded,
    pub layers: Vec<LayerTrace>,
    /// Class scores, `[samples, classes]`.
    pub scores: Vec<f32>,
    pub samples: usize,
    pub steps: usize,
}

/// Runs `samples` inputs for `steps` steps.
pub fn propagate(
    network: &Network,
    parameters: &Parameters,
    input: Encoded,
    samples: usize,
    steps: usize,
) -> Trace {
    let mut layers: Vec<LayerTrace> = Vec::with_capacity(network.layers.len());
    for layer in &network.layers {
        let drive = match layers.last() {
            Some(before) => spike_drive(layer, parameters, &before.spikes, samples * steps),
            None => input_drive(layer, parameters, &input, samples, steps),
        };
        layers.push(fire(layer, drive, samples, steps));
    }
    let last = &layers[layers.len() - 1];
    let scores = scores(network, parameters, last, samples, steps);
    Trace {
        input,
        layers,
        scores,
        samples,
        steps,
    }
}

fn biased(layer: &Layer, parameters: &Parameters, groups: usize) -> Rows {
    Rows::filled(groups * layer.positions(), parameters.vectors(&layer.bias))
}

fn spike_drive(layer: &Layer, parameters: &Parameters, spikes: &Lists, groups: usize) -> Rows {
    let mut drive = biased(layer, parameters, groups);
    let weight = parameters.vectors(&layer.weight);
    layer
        .affine
        .forward::<1, Spike>(spikes, weight, [&mut drive]);
    drive
}

fn input_drive(
    layer: &Layer,
    parameters: &Parameters,
    input: &Encoded,
    samples: usize,
    steps: usize,
) -> Rows {
    match input {
        Encoded::Spikes(spikes) => spike_drive(layer, parameters, spikes, samples * steps),
        Encoded::Pixels(pixels) => {
            let mut drive = biased(layer, parameters, samples);
            let weight = parameters.vectors(&layer.weight);
            layer
                .affine
                .forward::<1, Scaled>(pixels, weight, [&mut drive]);
            drive.repeated(layer.positions(), steps)
        }
    }
}

/// Turns the drive into membranes in place, step by step, and collects the spikes.
fn fire(layer: &Layer, mut drive: Rows, samples: usize, steps: usize) -> LayerTrace {
    let (positions, vectors) = (layer.positions(), layer.vectors());
    let leak = f32x4::splat(layer.neuron.leak);
    let mut spikes = Lists::new();
    let mut kept = vec![f32x4::ZERO; positions * vectors];
    for sample in 0..samples {
        kept.fill(f32x4::ZERO);
        for step in 0..steps {
            let run = drive.run_mut((sample * steps + step) * positions, positions);
            for (position, run) in run.chunks_exact_mut(vectors).enumerate() {
                let kept = &mut kept[position * vectors..][..vectors];
                for (v, ((u, kept), &threshold)) in
                    run.iter_mut().zip(kept).zip(&layer.thresholds).enumerate()
                {
                    *u += leak * *kept;
                    if layer.fires {
                        let (fires, after) = layer.neuron.step(*u, threshold);
                        *kept = after;
                        lanes(fires.to_bitmask(), |lane| spikes.push(4 * v + lane, ()));
                    } else {
                        *kept = *u;
                    }
                }
                spikes.end_row();
            }
        }
    }
    LayerTrace {
        membranes: drive,
        spikes,
    }
}

/// Mean spikes of the last layer, `[samples, positions * channels]` in the readout's input order:
/// position by position with padding.
pub fn rates(layer: &Layer, spikes: &Lists, samples: usize, steps: usize) -> Vec<f32> {
    let (positions, stride) = (layer.positions(), layer.affine.output.stride());
    let size = positions * stride;
    let mut counts = vec![0.0f32; samples * size];
    for row in 0..spikes.rows() {
        let (sample, position) = (row / (steps * positions), row % positions);
        for (channel, ()) in spikes.entries(row) {
            counts[sample * size + position * stride + channel] += 1.0;
        }
    }
    counts.iter_mut().for_each(|count| *count /= steps as f32);
    counts
}

fn scores(
    network: &Network,
    parameters: &Parameters,
    last: &LayerTrace,
    samples: usize,
    steps: usize,
) -> Vec<f32> {
    let layer = &network.layers[network.layers.len() - 1];
    let classes = network.classes;
    match &network.readout {
        Readout::Rate => {
            let rates = rates(layer, &last.spikes, samples, steps);
            let stride = layer.affine.output.stride();
            rates
                .chunks_exact(stride)
                .flat_map(|rates| rates[..classes].to_vec())
                .collect()
        }
        Readout::Membrane => {
            let mut scores = vec![0.0; samples * classes];
            for (sample, scores) in scores.chunks_exact_mut(classes).enumerate() {
                for step in 0..steps {
                    let membranes = last.membranes.row(sample * steps + step);
                    scores
                        .iter_mut()
                        .zip(membranes)
                        .for_each(|(score, u)| *score += u);
                }
                scores.iter_mut().for_each(|score| *score /= steps as f32);
            }
            scores
        }
        Readout::Linear(linear) => {
            let rates = rates(layer, &last.spikes, samples, steps);
            linear_scores(linear, parameters, &rates, samples)
        }
    }
}

fn linear_scores(
    linear: &LinearReadout,
    parameters: &Parameters,
    rates: &[f32],
    samples: usize,
) -> Vec<f32> {
    let lists = rate_lists(linear, rates);
    let mut scores = Rows::filled(samples, parameters.vectors(&linear.bias));
    let weight = parameters.vectors(&linear.weight);
    linear
        .affine
        .forward::<1, Scaled>(&lists, weight, [&mut scores]);
    let classes = linear.affine.output.channels;
    (0..samples)
        .flat_map(|row| scores.row(row)[..classes].to_vec())
        .collect()
}

/// Rates as the linear readout's input lists, one per (sample, position).
pub fn rate_lists(linear: &LinearReadout, rates: &[f32]) -> Lists<f32> {
    let mut lists = Lists::new();
    for row in rates.chunks_exact(linear.affine.input.stride()) {
        for (channel, &rate) in row.iter().enumerate() {
            if rate != 0.0 {
                lists.push(channel, rate);
            }
        }
        lists.end_row();
    }
    lists
}
