//! What inputs make a network do: who spikes when, and what that costs a machine that works event by
//! event.
//!
//! A synapse is a weight that is not zero, as often as it is tapped: behind a pool every input of a
//! window has a synapse of its own. A spike costs an accumulate per synapse that it meets; an input
//! that is a real number (a pixel) costs a multiply-accumulate instead, unless it is zero, at every
//! step that it is shown. Biases, leaks and resets are not counted.

use wide::f32x4;

use crate::affine::{Affine, Lists};
use crate::certify::{check_images, PredictOptions};
use crate::encode::Encoded;
use crate::error::{Code, Error, Result};
use crate::network::{check_steps, Network, Readout};
use crate::parameters::Parameters;
use crate::propagate::spikes::{self, Trace};
use crate::shape::Shape;
use crate::slice::{chunks, TRACE};

/// Sums over a batch. Stages are the layers with neurons, and a linear readout behind them, which
/// reads the last layer's spikes as they come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activity {
    /// `[1 + layers, steps]`: spikes of the input (pixels that are not zero, where it is direct) and of
    /// every layer.
    pub spikes: Vec<f64>,
    /// `[stages, steps]`: synaptic operations.
    pub operations: Vec<f64>,
    /// Per stage: operations of a step in which every input is on.
    pub synapses: Vec<f64>,
    /// Per stage: multiply-accumulates of a conventional layer, which sees what pools before it made.
    pub dense: Vec<f64>,
}

/// What every layer did, in PyTorch's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traces {
    /// Class scores, `[samples, classes]`.
    pub scores: Vec<f32>,
    pub layers: Vec<LayerTraces>,
}

/// `[samples, steps, channels, height, width]` each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerTraces {
    /// 1 where a neuron fires; empty for a layer that does not.
    pub spikes: Vec<u8>,
    /// Membranes before the reset.
    pub membranes: Vec<f32>,
}

/// Counts what a batch does; see [`Activity`].
///
/// # Errors
/// As [`check_images`].
pub fn activity(
    network: &Network,
    parameters: &Parameters,
    images: &[f32],
    samples: &[u32],
    options: &PredictOptions,
) -> Result<Activity> {
    let stages: Vec<Stage> = stages(network, parameters);
    let steps = options.steps;
    let mut counts = Activity {
        spikes: vec![0.0; (1 + network.layers.len()) * steps],
        operations: vec![0.0; stages.len() * steps],
        synapses: stages.iter().map(Stage::total).collect(),
        dense: stages.iter().map(|stage| stage.dense).collect(),
    };
    each_chunk(network, parameters, images, samples, options, |trace| {
        let mut add = |row: usize, inputs: Counted| {
            let all = &mut counts.spikes[row * steps..][..steps];
            all.iter_mut()
                .zip(&inputs.spikes)
                .for_each(|(a, n)| *a += n);
            if let Some(all) = counts.operations.chunks_exact_mut(steps).nth(row) {
                all.iter_mut()
                    .zip(&inputs.operations)
                    .for_each(|(a, n)| *a += n);
            }
        };
        let of = |row: usize| stages.get(row);
        match &trace.input {
            Encoded::Spikes(lists) => add(0, count(of(0), network.input, lists, steps)),
            Encoded::Pixels(lists) => add(0, count(of(0), network.input, lists, 1).at_all(steps)),
        }
        for (index, (layer, of_layer)) in network.layers.iter().zip(&trace.layers).enumerate() {
            let map = layer.affine.output;
            let spikes = of_layer.spikes.lists();
            add(1 + index, count(of(1 + index), map, &spikes, steps));
        }
    })?;
    Ok(counts)
}

/// What every layer does, example by example.
///
/// # Errors
/// As [`check_images`].
pub fn trace(
    network: &Network,
    parameters: &Parameters,
    images: &[f32],
    samples: &[u32],
    options: &PredictOptions,
) -> Result<Traces> {
    let mut traces = Traces {
        scores: Vec::new(),
        layers: vec![LayerTraces::default(); network.layers.len()],
    };
    each_chunk(network, parameters, images, samples, options, |trace| {
        traces.scores.extend(&trace.scores);
        let layers = network.layers.iter().zip(&trace.layers);
        for ((layer, of_layer), to) in layers.zip(&mut traces.layers) {
            let map = layer.affine.output;
            let rows = of_layer.membranes.rows();
            // Where (row, channel) goes: rows are (sample, step, position).
            let index = |row: usize, channel: usize| {
                let (group, position) = (row / map.positions(), row % map.positions());
                group * map.len() + channel * map.positions() + position
            };
            let first = to.membranes.len();
            to.membranes
                .resize(first + rows / map.positions() * map.len(), 0.0);
            for row in 0..rows {
                let panels = of_layer.membranes.row(row);
                let membranes = panels.flat_map(bytemuck::cast_slice::<f32x4, f32>);
                for (channel, &u) in membranes.take(map.channels).enumerate() {
                    to.membranes[first + index(row, channel)] = u;
                }
            }
            if layer.fires {
                to.spikes.resize(to.membranes.len(), 0);
                let spikes = of_layer.spikes.lists();
                for row in 0..spikes.rows() {
                    for (channel, ()) in spikes.entries(row) {
                        to.spikes[first + index(row, channel)] = 1;
                    }
                }
            }
        }
    })?;
    Ok(traces)
}

/// The spikes that the first layer sees of examples, `[samples, steps, size]` in PyTorch's order: what a
/// rate code draws, or the first maps of spikes as they are.
///
/// # Errors
/// As [`check_images`]; `invalid-value` for pixels that are shown as they are.
pub fn drawn_spikes(
    network: &Network,
    images: &[f32],
    samples: &[u32],
    options: &PredictOptions,
) -> Result<Vec<f32>> {
    check_steps("steps", options.steps)?;
    check_images(network, images, samples, options.steps)?;
    let map = network.input_map();
    let inputs = options.inputs(images, samples);
    let Encoded::Spikes(lists) = Encoded::new(map, inputs) else {
        let code = Code::InvalidValue;
        return Err(Error::expected(
            code,
            "encoding",
            "one of spikes (rate, spikes)",
            "direct",
        ));
    };
    let (size, positions) = (map.shape.len(), map.shape.positions());
    let mut spikes = vec![0.0; inputs.len() * inputs.steps * size];
    for row in 0..lists.rows() {
        let (frame, position) = (row / positions, row % positions);
        for (channel, ()) in lists.entries(row) {
            spikes[frame * size + channel * positions + position] = 1.0;
        }
    }
    Ok(spikes)
}

fn each_chunk(
    network: &Network,
    parameters: &Parameters,
    images: &[f32],
    samples: &[u32],
    options: &PredictOptions,
    mut visit: impl FnMut(&Trace),
) -> Result<()> {
    check_images(network, images, samples, options.steps)?;
    let all = options.inputs(images, samples);
    for range in chunks(network, samples.len(), options.steps, TRACE) {
        let inputs = all.slice(range);
        let input = Encoded::new(network.input_map(), inputs);
        let (samples, steps) = (inputs.len(), inputs.steps);
        visit(&spikes::propagate(
            network, parameters, input, samples, steps,
        ));
    }
    Ok(())
}

struct Stage {
    /// How many outputs every input meets by a weight that is not zero, taps counted: per (position,
    /// padded channel).
    synapses: Vec<u32>,
    dense: f64,
}

impl Stage {
    fn new(affine: &Affine, weight: &[f32x4]) -> Self {
        let weight: &[f32] = bytemuck::cast_slice(weight);
        let stride = affine.input.stride();
        let live = |row: usize| {
            let columns = 0..affine.output.channels;
            columns
                .filter(|&column| weight[affine.packed_entry(row, column)] != 0.0)
                .count() as u32
        };
        let live: Vec<u32> = (0..affine.weight_rows()).map(live).collect();
        let mut synapses = vec![0; affine.input.positions() * stride];
        for (position, synapses) in synapses.chunks_exact_mut(stride).enumerate() {
            for tap in affine.reach(position) {
                let live = &live[tap.base as usize..][..stride];
                synapses.iter_mut().zip(live).for_each(|(s, n)| *s += n);
            }
        }
        let blocks = live.chunks_exact(stride).zip(affine.uses());
        let dense = blocks.map(|(live, &uses)| {
            let live: u64 = live.iter().map(|&n| u64::from(n)).sum();
            (live * u64::from(uses)) as f64
        });
        Stage {
            dense: dense.sum(),
            synapses,
        }
    }

    fn total(&self) -> f64 {
        self.synapses.iter().map(|&n| f64::from(n)).sum()
    }
}

fn stages(network: &Network, parameters: &Parameters) -> Vec<Stage> {
    let layers = network.layers.iter();
    let mut stages: Vec<Stage> = layers
        .map(|layer| Stage::new(&layer.affine, parameters.weight(layer)))
        .collect();
    if let Readout::Linear(linear) = &network.readout {
        let weight = parameters.vectors(&linear.weight);
        stages.push(Stage::new(&linear.affine, weight));
    }
    stages
}

/// Per step, over all samples: inputs that are on, and the operations that they cost.
struct Counted {
    spikes: Vec<f64>,
    operations: Vec<f64>,
}

impl Counted {
    /// What one step shows is shown at all of them.
    fn at_all(self, steps: usize) -> Self {
        Counted {
            spikes: self.spikes.repeat(steps),
            operations: self.operations.repeat(steps),
        }
    }
}

/// `lists`: rows (sample, step, position). Without a stage they cost nothing.
fn count<V: Copy>(stage: Option<&Stage>, map: Shape, lists: &Lists<V>, steps: usize) -> Counted {
    let mut counted = Counted {
        spikes: vec![0.0; steps],
        operations: vec![0.0; steps],
    };
    let positions = map.positions();
    for row in 0..lists.rows() {
        let (step, position) = (row / positions % steps, row % positions);
        let (channels, _) = lists.row(row);
        counted.spikes[step] += channels.len() as f64;
        if let Some(stage) = stage {
            let synapses = &stage.synapses[position * map.stride()..][..map.stride()];
            let met = channels
                .iter()
                .map(|&channel| u64::from(synapses[channel as usize]));
            counted.operations[step] += met.sum::<u64>() as f64;
        }
    }
    counted
}
