//! S-CROWN: linear lower bounds propagated backwards through layers and steps, over S-IBP's
//! intervals (ALGORITHMS 4).
//!
//! A query asks for the minimum of a combination of class scores of one sample. Its rows are
//! integers where they can be; the sum over the steps is divided by their number at the very end.
//!
//! What S-IBP decided is folded (ALGORITHMS 9): coefficients are computed for open inputs and kept
//! for neurons with a slope; decided inputs enter through the drive they give. Queries of one
//! sample share all of that, so they run side by side in the lanes of SIMD vectors.

mod bound;
mod input;
mod relax;
mod scores;

use wide::f32x4;

use bound::Bounds;

use crate::affine::{width, Group, Outputs, Places, MOST_QUERIES};
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

/// Coefficients of a bundle's queries on a layer. Rows run from the last step to the first,
/// positions inside.
#[derive(Debug)]
pub struct LayerTrace {
    /// On the layer's spikes, one entry per open spike of the sample, in the order of S-IBP's list;
    /// empty for a layer that does not fire.
    pub on_spikes: Vec<f32x4>,
    /// `lam` on its membranes, where it is not zero.
    pub on_membranes: Outputs,
}

/// Queries of one sample side by side; lanes that ask nothing stay zero.
#[derive(Debug)]
pub struct Bundle {
    /// Number of the first query.
    pub first: usize,
    pub queries: usize,
    pub sample: usize,
    /// SIMD vectors of every entry.
    pub width: usize,
    pub layers: Vec<LayerTrace>,
    /// The first layer's coefficients summed over the steps, where all steps see the same pixels.
    pub summed: Option<Outputs>,
    /// Coefficients on the open spikes of the input (those that may be toggled), or on all pixels: once if they are summed, else
    /// for every step, the last one first.
    pub on_input: Vec<f32x4>,
    /// The input at which each query's linear bound is least, as `on_input`; of spikes that may be
    /// toggled, how they change.
    pub minimiser: Vec<f32x4>,
}

#[derive(Debug)]
pub struct Trace {
    pub bundles: Vec<Bundle>,
    /// Constant of every query's bound, before the minimum over the input: a sum over steps, in
    /// which decided inputs are folded.
    pub constants: Vec<f64>,
    /// Lower bounds of the queries, divided by the number of steps.
    pub bounds: Vec<f32>,
}

/// Bounds every query, and keeps what the gradient needs.
pub fn propagate(
    network: &Network,
    parameters: &Parameters,
    intervals: &Intervals,
    queries: &[Query],
    options: Options,
) -> Trace {
    let mut bundles = Vec::new();
    let (constants, bounds) = run(network, parameters, intervals, queries, options, |bundle| {
        bundles.push(bundle);
    });
    Trace {
        bundles,
        constants,
        bounds,
    }
}

/// Lower bounds of the queries.
pub fn bounds(
    network: &Network,
    parameters: &Parameters,
    intervals: &Intervals,
    queries: &[Query],
    options: Options,
) -> Vec<f32> {
    run(network, parameters, intervals, queries, options, drop).1
}

fn run(
    network: &Network,
    parameters: &Parameters,
    intervals: &Intervals,
    queries: &[Query],
    options: Options,
    mut keep: impl FnMut(Bundle),
) -> (Vec<f64>, Vec<f32>) {
    let (mut constants, mut bounds) = (Vec::new(), Vec::new());
    let mut first = 0;
    for of_sample in queries.chunk_by(|a, b| a.sample == b.sample) {
        for queries in of_sample.chunks(MOST_QUERIES) {
            let pass = Pass {
                network,
                parameters,
                intervals,
                queries,
                first,
                width: width(queries.len()),
                options,
            };
            keep(pass.bundle(&mut constants, &mut bounds));
            first += queries.len();
        }
    }
    (constants, bounds)
}

/// Queries of one sample.
struct Pass<'a> {
    network: &'a Network,
    parameters: &'a Parameters,
    intervals: &'a Intervals,
    queries: &'a [Query],
    /// Number of the first one.
    first: usize,
    /// SIMD vectors of every entry.
    width: usize,
    options: Options,
}

impl Pass<'_> {
    fn sample(&self) -> usize {
        self.queries[0].sample
    }

    fn bundle(&self, constants: &mut Vec<f64>, bounds: &mut Vec<f32>) -> Bundle {
        let mut sums = Bounds::default();
        let mut layers = Vec::with_capacity(self.network.layers.len());
        let mut on_spikes = self.on_scores(&mut sums);
        for index in (1..self.network.layers.len()).rev() {
            let on_membranes = self.relax(index, &on_spikes, &mut sums);
            let open = &self.intervals.layers[index - 1].spikes.open;
            let before = self.send_back(index, &on_membranes, open.places());
            layers.push(LayerTrace {
                on_spikes,
                on_membranes,
            });
            on_spikes = before;
        }
        let on_membranes = self.relax(0, &on_spikes, &mut sums);
        layers.push(LayerTrace {
            on_spikes,
            on_membranes,
        });
        layers.reverse();
        let steps = self.intervals.steps as f64;
        constants.extend((0..self.queries.len()).map(|query| sums.sum_of(query)));
        let on_membranes = &layers[0].on_membranes;
        let summed = self.summed(on_membranes);
        let on_input = match &self.intervals.input {
            InputIntervals::Spikes(spikes) => self.send_back(0, on_membranes, spikes.open.places()),
            InputIntervals::Toggles(toggles) => {
                self.send_back(0, on_membranes, toggles.open.places())
            }
            InputIntervals::Pixels(pixels) => {
                self.on_pixels(pixels, summed.as_ref().unwrap_or(on_membranes))
            }
        };
        let minimiser = self.concretise(&on_input, &mut sums);
        let overflowed = self.intervals.overflowed[self.sample()];
        let rounding = self.intervals.rounding;
        bounds.extend((0..self.queries.len()).map(|query| {
            if overflowed {
                return f32::NAN;
            }
            rounding.lower(sums.lower(query, rounding) / steps)
        }));
        Bundle {
            first: self.first,
            queries: self.queries.len(),
            sample: self.sample(),
            width: self.width,
            layers,
            summed,
            on_input,
            minimiser,
        }
    }

    /// `lam W` at the open spikes of the layer below (of the input), one entry per open spike of the
    /// sample.
    fn send_back(&self, index: usize, on_membranes: &Outputs, open: Places) -> Vec<f32x4> {
        let affine = &self.network.layers[index].affine;
        let weight = self.parameters.weight(&self.network.layers[index]);
        let (steps, positions) = (self.intervals.steps, affine.input.positions());
        let first = self.sample() * steps * positions;
        let all = open.range(first, steps * positions);
        let mut sums = vec![f32x4::ZERO; all.len() * self.width];
        for step in 0..steps {
            let inputs = Group {
                places: open,
                first: first + step * positions,
            };
            let range = open.range(inputs.first, positions);
            let [start, end] = [range.start, range.end].map(|at| (at - all.start) * self.width);
            let group = steps - 1 - step;
            affine.pull(weight, on_membranes, group, inputs, &mut sums[start..end]);
        }
        sums
    }
}
