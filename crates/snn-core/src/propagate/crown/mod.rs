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

use bound::Bounds;

use crate::affine::{Group, Lanes, Lists, Outputs};
use crate::intervals::Intervals;
use crate::network::Network;
use crate::neuron::relaxation::Relaxation;
use crate::parameters::Parameters;
use crate::region::{Coupling, InputIntervals};
use crate::shape::LANES;

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

/// Coefficients of `4 * Q` queries on a layer. Rows run from the last step to the first, positions
/// inside.
#[derive(Debug)]
pub struct LayerTrace<const Q: usize> {
    /// On the layer's spikes, one per open spike of the sample, in the order of S-IBP's list; empty
    /// for a layer that does not fire.
    pub on_spikes: Vec<Lanes<Q>>,
    /// `lam` on its membranes, where it is not zero.
    pub on_membranes: Outputs<Q>,
}

/// Up to `4 * Q` queries of one sample; lanes that ask nothing stay zero.
#[derive(Debug)]
pub struct Bundle<const Q: usize> {
    /// Number of the first query.
    pub first: usize,
    pub queries: usize,
    pub sample: usize,
    pub layers: Vec<LayerTrace<Q>>,
    /// The first layer's coefficients summed over the steps, where all steps see the same pixels.
    pub summed: Option<Outputs<Q>>,
    /// Coefficients on the open spikes of the input, or on all pixels: once if they are summed, else
    /// for every step.
    pub on_input: Vec<Lanes<Q>>,
    /// The input at which each query's linear bound is least, as `on_input`.
    pub minimiser: Vec<Lanes<Q>>,
}

/// Wider bundles would not fit the registers.
#[derive(Debug)]
pub enum AnyBundle {
    Narrow(Bundle<1>),
    Wide(Bundle<3>),
}

#[derive(Debug)]
pub struct Trace {
    pub bundles: Vec<AnyBundle>,
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
    mut keep: impl FnMut(AnyBundle),
) -> (Vec<f64>, Vec<f32>) {
    let (mut constants, mut bounds) = (Vec::new(), Vec::new());
    let mut first = 0;
    for of_sample in queries.chunk_by(|a, b| a.sample == b.sample) {
        for queries in of_sample.chunks(3 * LANES) {
            let pass = Pass {
                network,
                parameters,
                intervals,
                queries,
                first,
                options,
            };
            let (constants, bounds) = (&mut constants, &mut bounds);
            keep(if queries.len() <= LANES {
                AnyBundle::Narrow(pass.bundle(constants, bounds))
            } else {
                AnyBundle::Wide(pass.bundle(constants, bounds))
            });
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
    options: Options,
}

impl Pass<'_> {
    fn sample(&self) -> usize {
        self.queries[0].sample
    }

    fn bundle<const Q: usize>(&self, constants: &mut Vec<f64>, bounds: &mut Vec<f32>) -> Bundle<Q> {
        let mut sums = Bounds::new();
        let mut layers = Vec::with_capacity(self.network.layers.len());
        let mut on_spikes = self.on_scores::<Q>(&mut sums);
        for index in (1..self.network.layers.len()).rev() {
            let on_membranes = self.relax(index, &on_spikes, &mut sums);
            let open = &self.intervals.layers[index - 1].spikes.open;
            let before = self.send_back(index, &on_membranes, open);
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
        constants
            .extend((0..self.queries.len()).map(|query| sums.sum[query / LANES][query % LANES]));
        let on_membranes = &layers[0].on_membranes;
        let summed = self.summed(on_membranes);
        let on_input = match &self.intervals.input {
            InputIntervals::Spikes(spikes) => self.send_back(0, on_membranes, &spikes.open),
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
            layers,
            summed,
            on_input,
            minimiser,
        }
    }

    /// `lam W` at the open spikes of the layer below (of the input), one per open spike of the
    /// sample.
    fn send_back<const Q: usize, V: Copy>(
        &self,
        index: usize,
        on_membranes: &Outputs<Q>,
        open: &Lists<V>,
    ) -> Vec<Lanes<Q>> {
        let layer = &self.network.layers[index];
        let weight = self.parameters.vectors(&layer.weight);
        let (steps, positions) = (self.intervals.steps, layer.affine.input.positions());
        let first = self.sample() * steps * positions;
        let all = open.range(first, steps * positions);
        let mut sums = vec![[wide::f32x4::ZERO; Q]; all.len()];
        for step in 0..steps {
            let inputs = Group {
                lists: open,
                first: first + step * positions,
            };
            let range = open.range(inputs.first, positions);
            let sums = &mut sums[range.start - all.start..range.end - all.start];
            let group = steps - 1 - step;
            layer.affine.pull(weight, on_membranes, group, inputs, sums);
        }
        sums
    }
}
