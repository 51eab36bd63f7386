//! S-CROWN: linear lower bounds propagated backwards through layers and steps, over S-IBP's
//! intervals (ALGORITHMS 4).
//!
//! A query asks for the minimum of a combination of class scores of one sample. Its rows are
//! integers where they can be; the sum over the steps is divided by their number at the very end.

mod bound;
mod input;
mod relax;
mod scores;

use bound::Bound;

use crate::affine::{Lists, Rows, Scaled};
use crate::intervals::Intervals;
use crate::network::Network;
use crate::neuron::relaxation::Relaxation;
use crate::parameters::Parameters;
use crate::region::{Coupling, InputIntervals};

/// The lower bound of `weights · scores` of one sample is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    pub sample: usize,
    /// One weight per class.
    pub weights: Vec<f32>,
}

#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub relaxation: Relaxation,
    pub coupling: Coupling,
}

/// Rows of a layer are (query, step, position).
#[derive(Debug)]
pub struct LayerTrace {
    /// Coefficients on the layer's spikes; empty for a layer that does not fire.
    pub on_spikes: Rows,
    /// Coefficients `lam` on its membranes.
    pub on_membranes: Rows,
}

#[derive(Debug)]
pub struct Trace {
    pub layers: Vec<LayerTrace>,
    /// Coefficients on the input, rows (query, step, position); (query, position) when the steps
    /// are summed up first.
    pub on_input: Rows,
    /// Whether `on_input` is summed over the steps.
    pub summed: bool,
    /// The input at which each query's linear bound is least: lists as `on_input`'s rows.
    pub minimiser: Lists<f32>,
    /// Constant of every query's bound, before the minimum over the input; a sum over steps.
    pub constants: Vec<f64>,
    /// Lower bounds of the queries, divided by the number of steps.
    pub bounds: Vec<f32>,
}

/// Bounds every query.
pub fn propagate(
    network: &Network,
    parameters: &Parameters,
    intervals: &Intervals,
    queries: &[Query],
    options: Options,
) -> Trace {
    let steps = intervals.steps;
    let mut bounds = vec![Bound::default(); queries.len()];
    let pass = Pass {
        network,
        parameters,
        intervals,
        queries,
        options,
    };
    let mut layers = Vec::with_capacity(network.layers.len());
    let mut on_spikes = pass.on_scores(&mut bounds);
    let summed = matches!(intervals.input, InputIntervals::Pixels(_))
        && options.coupling == Coupling::Coupled;
    for index in (0..network.layers.len()).rev() {
        let layer = &network.layers[index];
        let on_membranes = pass.relax(index, &on_spikes, &mut bounds);
        let seen = if index == 0 && summed {
            on_membranes.summed(layer.positions(), steps).nonzero()
        } else {
            on_membranes.nonzero()
        };
        let groups = seen.rows() / layer.positions();
        let input = layer.affine.input;
        let mut before = Rows::zeros(groups * input.positions(), layer.affine.input_vectors());
        let transposed = parameters.transposed(network, index);
        layer
            .affine
            .backward::<1, Scaled>(&seen, transposed, [&mut before]);
        layers.push(LayerTrace {
            on_spikes,
            on_membranes,
        });
        on_spikes = before;
    }
    layers.reverse();
    let on_input = on_spikes;
    let constants = bounds.iter().map(|bound| bound.sum).collect();
    let minimiser = pass.concretise(&on_input, summed, &mut bounds);
    let least = |(query, bound): (&Query, &Bound)| {
        if intervals.overflowed[query.sample] {
            return f32::NAN;
        }
        let rounding = intervals.rounding;
        rounding.lower(bound.lower(rounding) / steps as f64)
    };
    Trace {
        layers,
        bounds: queries.iter().zip(&bounds).map(least).collect(),
        on_input,
        summed,
        minimiser,
        constants,
    }
}

struct Pass<'a> {
    network: &'a Network,
    parameters: &'a Parameters,
    intervals: &'a Intervals,
    queries: &'a [Query],
    options: Options,
}
