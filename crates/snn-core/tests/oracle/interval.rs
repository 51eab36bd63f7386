//! S-IBP: what every membrane and spike can be (ALGORITHMS 3).

use super::forward::mean;
use super::network::{Layer, Network, Neuron, Parameters, Reset, Tensors};
use super::number::Number;
use super::surrogate::Surrogate;
use super::toggles::Toggles;
use super::Trace;

pub struct Intervals<N> {
    pub lower: Trace<N>,
    pub upper: Trace<N>,
    /// Of the layers that fire.
    pub spike_lower: Trace<N>,
    pub spike_upper: Trace<N>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Silent,
    Firing,
    Open,
}

pub fn state(lower: f64, upper: f64, threshold: f64) -> State {
    if upper <= threshold {
        State::Silent
    } else if lower > threshold {
        State::Firing
    } else {
        State::Open
    }
}

pub fn intervals<N: Number>(
    network: &Network,
    parameters: &Parameters<N>,
    input_lower: &[Vec<N>],
    input_upper: &[Vec<N>],
    surrogate: Surrogate,
) -> Intervals<N> {
    toggled_intervals(
        network,
        parameters,
        [input_lower, input_upper],
        None,
        surrogate,
    )
}

/// The same; with toggles both ends of the input are its spikes.
pub fn toggled_intervals<N: Number>(
    network: &Network,
    parameters: &Parameters<N>,
    [input_lower, input_upper]: [&[Vec<N>]; 2],
    toggles: Option<&Toggles>,
    surrogate: Surrogate,
) -> Intervals<N> {
    let mut all = Intervals {
        lower: Vec::new(),
        upper: Vec::new(),
        spike_lower: Vec::new(),
        spike_upper: Vec::new(),
    };
    for (index, layer) in network.layers.iter().enumerate() {
        let (feed_lower, feed_upper) = match index {
            0 => (input_lower, input_upper),
            _ => (
                &all.spike_lower[index - 1][..],
                &all.spike_upper[index - 1][..],
            ),
        };
        let fires = network.fires(index);
        let mut kept = vec![(N::zero(), N::zero()); layer.connections.len()];
        let (mut lowers, mut uppers) = (Vec::new(), Vec::new());
        for (t, (lo, hi)) in feed_lower.iter().zip(feed_upper).enumerate() {
            let tensors = &parameters.layers[index];
            let (mut l, mut h) = affine(layer, tensors, lo, hi);
            if let (0, Some(toggles)) = (index, toggles) {
                (l, h) = toggles.ends((layer, tensors), t, lo, &l);
            }
            for (j, (kept_lower, kept_upper)) in kept.iter_mut().enumerate() {
                let neuron = layer.neuron(j);
                let leak = N::constant(neuron.leak);
                l[j] = l[j] + leak * *kept_lower;
                h[j] = h[j] + leak * *kept_upper;
                (*kept_lower, *kept_upper) = match fires {
                    true => kept_potential(neuron, l[j], h[j]),
                    false => (l[j], h[j]),
                };
            }
            lowers.push(l);
            uppers.push(h);
        }
        if fires {
            let spikes = |steps: &[Vec<N>]| -> Vec<Vec<N>> {
                let one = |(j, u): (usize, &N)| u.spike(layer.neuron(j).threshold, surrogate);
                steps
                    .iter()
                    .map(|step| step.iter().enumerate().map(one).collect())
                    .collect()
            };
            all.spike_lower.push(spikes(&lowers));
            all.spike_upper.push(spikes(&uppers));
        }
        all.lower.push(lowers);
        all.upper.push(uppers);
    }
    all
}

/// Centre and radius.
fn affine<N: Number>(
    layer: &Layer,
    tensors: &Tensors<N>,
    lower: &[N],
    upper: &[N],
) -> (Vec<N>, Vec<N>) {
    let half = N::constant(0.5);
    let [lower, upper] = [lower, upper].map(|ends| layer.pooled(ends));
    let (mut l, mut h) = (Vec::new(), Vec::new());
    for (list, &bias) in layer.connections.iter().zip(&layer.biases) {
        let (mut centre, mut radius) = (N::zero(), N::zero());
        for c in list {
            let weight = tensors.weight[c.weight];
            let (lo, hi) = (lower[c.input], upper[c.input]);
            centre = centre + weight * ((lo + hi) * half);
            radius = radius + weight.magnitude() * ((hi - lo) * half);
        }
        centre = centre + tensors.bias[bias];
        l.push(centre - radius);
        h.push(centre + radius);
    }
    (l, h)
}

/// What is left of a membrane in `[l, h]`.
pub fn kept_potential<N: Number>(neuron: Neuron, l: N, h: N) -> (N, N) {
    let threshold = N::constant(neuron.threshold);
    let state = state(l.value(), h.value(), neuron.threshold);
    match (state, neuron.reset) {
        (State::Silent, _) => (l, h),
        (State::Firing, Reset::Hard) => (N::zero(), N::zero()),
        (State::Firing, Reset::Soft) => (l - threshold, h - threshold),
        (State::Open, Reset::Hard) => (l.negative_part(), threshold.positive_part()),
        (State::Open, Reset::Soft) => (l.negative_part(), threshold.greater(h - threshold)),
    }
}

impl<N: Number> Intervals<N> {
    /// The lower bound of `row . scores`, one coefficient per class.
    pub fn bound(&self, parameters: &Parameters<N>, row: &[N]) -> N {
        let fires = self.spike_lower.len() == self.lower.len();
        let (lower, upper) = match fires {
            true => (self.spike_lower.last(), self.spike_upper.last()),
            false => (self.lower.last(), self.upper.last()),
        };
        let (lower, upper) = (mean(lower.unwrap()), mean(upper.unwrap()));
        let (row, constant) = on_outputs(parameters, row);
        let term = |(j, &a): (usize, &N)| match a.value() >= 0.0 {
            true => a * lower[j],
            false => a * upper[j],
        };
        N::total(row.iter().enumerate().map(term)) + constant
    }

    /// Lower bounds of `score[label] - score[k]`, rivals in ascending order.
    pub fn margins(&self, parameters: &Parameters<N>, classes: usize, label: usize) -> Vec<N> {
        let rows = rival_rows(classes, label);
        rows.iter().map(|row| self.bound(parameters, row)).collect()
    }
}

/// A row over the classes as one over the last layer's outputs, and its constant.
pub fn on_outputs<N: Number>(parameters: &Parameters<N>, row: &[N]) -> (Vec<N>, N) {
    let Some(readout) = &parameters.readout else {
        return (row.to_vec(), N::zero());
    };
    let outputs = readout.weight.len() / row.len();
    let column = |j: usize| {
        N::total(
            row.iter()
                .enumerate()
                .map(|(k, &a)| a * readout.weight[k * outputs + j]),
        )
    };
    let constant = N::total(row.iter().zip(&readout.bias).map(|(&a, &b)| a * b));
    ((0..outputs).map(column).collect(), constant)
}

/// `e_label - e_k` for every rival `k`.
pub fn rival_rows<N: Number>(classes: usize, label: usize) -> Vec<Vec<N>> {
    let row = |rival: usize| {
        let entry = |k: usize| match k {
            k if k == label => N::constant(1.0),
            k if k == rival => N::constant(-1.0),
            _ => N::zero(),
        };
        (0..classes).map(entry).collect()
    };
    (0..classes).filter(|&k| k != label).map(row).collect()
}
