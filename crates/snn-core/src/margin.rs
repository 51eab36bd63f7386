//! Margins: how far a label's score surely stays above each rival's (ALGORITHMS 3, 7).
//!
//! Rivals are the classes without the label, in ascending order.

use crate::intervals::Intervals;
use crate::network::{LinearReadout, Network, Readout};
use crate::neuron::interval::widening;
use crate::parameters::Parameters;
use crate::propagate::crown;
use crate::region::Rounding;

/// Class number of rival `index` of `label`.
pub fn rival(label: usize, index: usize) -> usize {
    index + usize::from(index >= label)
}

/// S-IBP's margins `[samples, classes - 1]`.
pub fn from_intervals(
    network: &Network,
    parameters: &Parameters,
    trace: &Intervals,
    labels: &[u8],
) -> Vec<f32> {
    let mut margins = Vec::with_capacity(labels.len() * (network.classes - 1));
    each_pair(
        network,
        parameters,
        trace,
        labels,
        |bounds, label, other| {
            margins.push(trace.rounding.lower(bounds.margin(label, other)));
        },
    );
    margins
}

/// How large the margins can be at most, `[samples, classes - 1]`.
pub fn upper_from_intervals(
    network: &Network,
    parameters: &Parameters,
    trace: &Intervals,
    labels: &[u8],
) -> Vec<f32> {
    let mut margins = Vec::with_capacity(labels.len() * (network.classes - 1));
    each_pair(
        network,
        parameters,
        trace,
        labels,
        |bounds, label, other| {
            margins.push(-trace.rounding.lower(bounds.margin(other, label)));
        },
    );
    margins
}

fn each_pair(
    network: &Network,
    parameters: &Parameters,
    trace: &Intervals,
    labels: &[u8],
    mut pair: impl FnMut(&Bounds, usize, usize),
) {
    let scores = Scores::of(network, parameters, trace);
    for (sample, &label) in labels.iter().enumerate() {
        let bounds = Bounds {
            scores: &scores,
            trace,
            sample,
            classes: network.classes,
        };
        for index in 0..network.classes - 1 {
            pair(&bounds, label.into(), rival(label.into(), index));
        }
    }
}

/// What bounds the scores of a whole batch.
enum Scores<'a> {
    /// Lower and upper ends, `[samples, classes]`.
    Ends([Vec<f64>; 2]),
    /// Surely and possibly fired counts, behind a linear readout.
    Counts {
        linear: &'a LinearReadout,
        parameters: &'a Parameters,
        counts: [Vec<f32>; 2],
    },
}

impl<'a> Scores<'a> {
    fn of(network: &'a Network, parameters: &'a Parameters, trace: &Intervals) -> Self {
        match &network.readout {
            Readout::Linear(linear) => Scores::Counts {
                linear,
                parameters,
                counts: trace.counts(&network.layers[network.layers.len() - 1]),
            },
            _ => Scores::Ends(trace.score_intervals(network)),
        }
    }
}

/// The bounds of one sample.
struct Bounds<'a> {
    scores: &'a Scores<'a>,
    trace: &'a Intervals,
    sample: usize,
    classes: usize,
}

impl Bounds<'_> {
    /// Lower bound of the score of `label` minus that of `other`.
    fn margin(&self, label: usize, other: usize) -> f64 {
        if self.trace.overflowed[self.sample] {
            return f64::NAN;
        }
        match self.scores {
            Scores::Ends([lower, upper]) => {
                let at = self.sample * self.classes;
                lower[at + label] - upper[at + other]
            }
            Scores::Counts {
                linear,
                parameters,
                counts: [sure, possible],
            } => {
                let size = sure.len() / self.trace.samples;
                let range = self.sample * size..(self.sample + 1) * size;
                let counts = [&sure[range.clone()], &possible[range]];
                let (rows, biases) = readout_rows(linear, parameters, label, other);
                linear_margin(linear, &rows, biases, counts, self.trace)
            }
        }
    }
}

/// Two classes' readout rows, input by input in the order of the padded map, and their biases.
pub fn readout_rows(
    linear: &LinearReadout,
    parameters: &Parameters,
    label: usize,
    other: usize,
) -> (Vec<[f32; 2]>, [f32; 2]) {
    let affine = &linear.affine;
    let weight: &[f32] = bytemuck::cast_slice(parameters.vectors(&linear.weight));
    let bias: &[f32] = bytemuck::cast_slice(parameters.vectors(&linear.bias));
    let positions = affine.input.positions();
    let mut rows = vec![[0.0; 2]; positions * affine.input.stride()];
    for index in 0..affine.fan_in() {
        let (position, channel) = affine.input.place(index);
        let entry = |class| weight[affine.packed_weight(class, index)];
        rows[position * affine.input.stride() + channel] = [entry(label), entry(other)];
    }
    (rows, [bias[label], bias[other]])
}

fn linear_margin(
    linear: &LinearReadout,
    rows: &[[f32; 2]],
    biases: [f32; 2],
    [sure, possible]: [&[f32]; 2],
    trace: &Intervals,
) -> f64 {
    let steps = trace.steps as f64;
    let share = match trace.rounding {
        Rounding::Nearest => 0.0,
        // The scores' own sums, and the division that makes a rate of a count.
        Rounding::Outward => f64::from(widening(linear.affine.fan_in() + 2)),
    };
    let [of_label, of_other] = biases.map(f64::from);
    let mut margin = of_label - of_other;
    let mut size = of_label.abs() + of_other.abs();
    for (pair, (&sure, &possible)) in rows.iter().zip(sure.iter().zip(possible)) {
        let [a, b] = pair.map(f64::from);
        let count = if a > b { sure } else { possible };
        margin += (a - b) * f64::from(count) / steps;
        size += (a.abs() + b.abs()) * f64::from(possible) / steps;
    }
    margin - share * size
}

/// One row per rival: `e_y - e_k`.
pub fn queries(classes: usize, labels: &[u8]) -> Vec<crown::Query> {
    let mut queries = Vec::with_capacity(labels.len() * (classes - 1));
    for (sample, &label) in labels.iter().enumerate() {
        for index in 0..classes - 1 {
            let mut weights = vec![0.0; classes];
            weights[usize::from(label)] = 1.0;
            weights[rival(label.into(), index)] = -1.0;
            queries.push(crown::Query { sample, weights });
        }
    }
    queries
}
