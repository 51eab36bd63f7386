//! The network as it runs (ALGORITHMS 1).

use super::network::{Layer, Network, Neuron, Parameters, Reset, Tensors};
use super::number::Number;
use super::surrogate::Surrogate;
use super::Trace;

pub struct Spikes<N> {
    pub membranes: Trace<N>,
    /// Of the layers that fire.
    pub spikes: Trace<N>,
    pub scores: Vec<N>,
}

/// `input` holds one vector per step.
pub fn forward<N: Number>(
    network: &Network,
    parameters: &Parameters<N>,
    input: &[Vec<N>],
    surrogate: Surrogate,
) -> Spikes<N> {
    let mut membranes = Vec::new();
    let mut spikes: Trace<N> = Vec::new();
    for (index, layer) in network.layers.iter().enumerate() {
        let feed = if index == 0 {
            input
        } else {
            &spikes[index - 1]
        };
        let fires = network.fires(index);
        let (u, s) = run(layer, &parameters.layers[index], feed, fires, surrogate);
        membranes.push(u);
        if fires {
            spikes.push(s);
        }
    }
    let last = network.layers.len() - 1;
    let outputs = if network.fires(last) {
        &spikes[last]
    } else {
        &membranes[last]
    };
    let scores = read_out(parameters, &mean(outputs));
    Spikes {
        membranes,
        spikes,
        scores,
    }
}

fn run<N: Number>(
    layer: &Layer,
    tensors: &Tensors<N>,
    feed: &[Vec<N>],
    fires: bool,
    surrogate: Surrogate,
) -> (Vec<Vec<N>>, Vec<Vec<N>>) {
    let mut kept = vec![N::zero(); layer.connections.len()];
    let (mut membranes, mut spikes) = (Vec::new(), Vec::new());
    for x in feed {
        let mut u = affine(layer, tensors, x);
        for (j, (u, &r)) in u.iter_mut().zip(&kept).enumerate() {
            *u = *u + N::constant(layer.neuron(j).leak) * r;
        }
        let s: Vec<N> = u
            .iter()
            .enumerate()
            .map(|(j, u)| u.spike(layer.neuron(j).threshold, surrogate))
            .collect();
        for (j, (r, (&u, &s))) in kept.iter_mut().zip(u.iter().zip(&s)).enumerate() {
            let Neuron {
                threshold, reset, ..
            } = layer.neuron(j);
            *r = match (fires, reset) {
                (false, _) => u,
                (true, Reset::Hard) => u * (N::constant(1.0) - s),
                (true, Reset::Soft) => u - N::constant(threshold) * s,
            };
        }
        membranes.push(u);
        spikes.push(s);
    }
    (membranes, spikes)
}

/// `W x + b` of what is behind the pools.
pub fn affine<N: Number>(layer: &Layer, tensors: &Tensors<N>, x: &[N]) -> Vec<N> {
    let x = layer.pooled(x);
    let neuron = |(list, &bias): (&Vec<_>, &usize)| {
        let terms = list.iter().map(|c: &super::network::Connection| {
            let weight = tensors.weight[c.weight];
            weight * x[c.input]
        });
        N::total(terms) + tensors.bias[bias]
    };
    layer
        .connections
        .iter()
        .zip(&layer.biases)
        .map(neuron)
        .collect()
}

/// The mean over the steps.
pub fn mean<N: Number>(steps: &[Vec<N>]) -> Vec<N> {
    let count = N::constant(steps.len() as f64);
    let one = |j: usize| N::total(steps.iter().map(|step| step[j])) / count;
    (0..steps[0].len()).map(one).collect()
}

/// Scores from the last layer's means.
pub fn read_out<N: Number>(parameters: &Parameters<N>, means: &[N]) -> Vec<N> {
    let Some(readout) = &parameters.readout else {
        return means.to_vec();
    };
    let rows = readout.weight.chunks(means.len()).zip(&readout.bias);
    rows.map(|(row, &bias)| N::total(row.iter().zip(means).map(|(&v, &m)| v * m)) + bias)
        .collect()
}
