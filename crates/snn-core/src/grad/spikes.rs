//! Back-propagation through time, through the spike and through the kept potential.

use wide::f32x4;

use super::bias_gradient;
use crate::affine::{Affine, Deltas, Dots, Place, Rows, Scaled};
use crate::encode::Encoded;
use crate::network::{Layer, Network, Readout};
use crate::neuron::surrogate::Surrogate;
use crate::neuron::{lanes, Reset};
use crate::parameters::Parameters;
use crate::propagate::spikes::{rate_lists, rates, Trace};
use crate::shape::LANES;

/// Adds the parameters' gradient, given the loss's derivatives with respect to the scores,
/// `[samples, classes]`.
pub fn backpropagate(
    network: &Network,
    parameters: &Parameters,
    trace: &Trace,
    by_scores: &[f32],
    surrogate: Surrogate,
    slab: &mut [f32x4],
) {
    let last = by_last(network, parameters, trace, by_scores, slab);
    let mut above: Option<Deltas> = None;
    for index in (0..network.layers.len()).rev() {
        let layer = &network.layers[index];
        let through = Through {
            layer,
            membranes: &trace.layers[index].membranes,
            steps: trace.steps,
            surrogate,
        };
        let delta = match &above {
            None => through.time(BySpikes::Rows(&last)),
            Some(above) => {
                let over = &network.layers[index + 1];
                let affine = &over.affine;
                match through.asks_little(affine, &above.each) {
                    true => {
                        let dots = affine.dots(parameters.weight(over));
                        through.time(BySpikes::Dots(dots, &above.each))
                    }
                    false => {
                        let rows = trace.layers[index].membranes.rows();
                        let mut by = Rows::zeros(rows, layer.vectors());
                        let transposed = parameters.transposed(network, index + 1);
                        let listed = above.each.nonzero();
                        affine.backward::<1, Scaled>(&listed, transposed, [&mut by]);
                        through.time(BySpikes::Rows(&by))
                    }
                }
            }
        };
        bias_gradient(&delta.summed, &layer.bias, slab);
        let weight = &mut slab[layer.weight.clone()];
        match (&trace.layers[index].events, &trace.input) {
            (Some(events), _) => layer.affine.event_gradient(events, &delta, weight),
            (None, Encoded::Pixels(pixels)) => {
                layer
                    .affine
                    .weight_gradient::<Scaled>(pixels, &delta.summed, weight);
            }
            (None, Encoded::Spikes(_)) => unreachable!("spikes leave their events"),
        }
        above = Some(delta);
    }
}

/// Derivatives with respect to the last layer's spikes, or its membranes if it does not fire.
fn by_last(
    network: &Network,
    parameters: &Parameters,
    trace: &Trace,
    by_scores: &[f32],
    slab: &mut [f32x4],
) -> Rows {
    let layer = &network.layers[network.layers.len() - 1];
    let last = &trace.layers[network.layers.len() - 1];
    let (steps, classes) = (trace.steps, network.classes);
    let share = 1.0 / steps as f32;
    let Readout::Linear(linear) = &network.readout else {
        let mut by = Rows::zeros(trace.samples * steps, layer.vectors());
        for row in 0..by.rows() {
            let of = &by_scores[row / steps * classes..][..classes];
            let by = &mut by.row_mut(row)[..classes];
            by.iter_mut().zip(of).for_each(|(by, of)| *by = of * share);
        }
        return by;
    };
    let mut delta = Rows::zeros(trace.samples, linear.affine.output_vectors());
    for sample in 0..trace.samples {
        let of = &by_scores[sample * classes..][..classes];
        delta.row_mut(sample)[..classes].copy_from_slice(of);
    }
    let rates = rate_lists(linear, &rates(layer, &last.spikes, trace.samples, steps));
    bias_gradient(&delta, &linear.bias, slab);
    let weight = &mut slab[linear.weight.clone()];
    linear
        .affine
        .weight_gradient::<Scaled>(&rates, &delta, weight);
    let mut by_rates = Rows::zeros(trace.samples * layer.positions(), layer.vectors());
    let transposed = linear.affine.transpose(parameters.vectors(&linear.weight));
    linear
        .affine
        .backward::<1, Scaled>(&delta.nonzero(), &transposed, [&mut by_rates]);
    by_rates
        .data_mut()
        .iter_mut()
        .for_each(|by| *by *= f32x4::splat(share));
    by_rates.repeated(layer.positions(), steps)
}

/// Derivatives with respect to a layer's spikes (its membranes, if it does not fire).
#[derive(Clone, Copy)]
enum BySpikes<'a> {
    Rows(&'a Rows),
    /// Made from the derivatives of the layer above where they are asked for.
    Dots(Dots<'a>, &'a Rows),
}

impl BySpikes<'_> {
    /// Vector `v` of a group's rows; other lanes than those of the mask need not be right.
    #[inline(always)]
    fn vector(&self, group: usize, (v, vectors): (usize, usize), run: usize, mask: u32) -> f32x4 {
        match self {
            BySpikes::Rows(rows) => rows.data()[group * run + v],
            BySpikes::Dots(dots, delta) => {
                let mut by = [0.0; LANES];
                lanes(mask, |lane| {
                    let at = Place {
                        group,
                        position: v / vectors,
                        channel: v % vectors * LANES + lane,
                    };
                    by[lane] = dots.sent(delta, at);
                });
                f32x4::new(by)
            }
        }
    }
}

/// The way back through a layer's neurons.
struct Through<'a> {
    layer: &'a Layer,
    membranes: &'a Rows,
    steps: usize,
    surrogate: Surrogate,
}

impl Through<'_> {
    /// Whether so few neurons are near their threshold that asking for each is cheaper than sending
    /// everything back. The first sample speaks for all.
    fn asks_little(&self, above: &Affine, delta: &Rows) -> bool {
        let (vectors, thresholds) = (self.layer.vectors(), &self.layer.thresholds);
        let run = self.steps * self.layer.positions();
        let membranes = self.membranes.run(0, run).iter().enumerate();
        let near = membranes.map(|(v, &u)| self.slope(u, thresholds[v % vectors]).1.count_ones());
        let sent = delta.run(0, self.steps * above.output.positions());
        let sent = sent
            .iter()
            .map(|d| d.simd_ne(f32x4::ZERO).to_bitmask().count_ones());
        above.dots_pay(near.sum::<u32>() as usize, sent.sum::<u32>() as usize, run)
    }

    /// The surrogate's derivative, and where it is not zero.
    #[inline(always)]
    fn slope(&self, u: f32x4, threshold: f32x4) -> (f32x4, u32) {
        let slope = self.surrogate.derivative(u - threshold);
        (slope, slope.simd_ne(f32x4::ZERO).to_bitmask())
    }

    /// From derivatives with respect to the spikes to those with respect to the membranes.
    fn time(&self, by_spikes: BySpikes) -> Deltas {
        let (layer, steps) = (self.layer, self.steps);
        let (positions, vectors) = (layer.positions(), layer.vectors());
        let run = positions * vectors;
        let groups = self.membranes.rows() / positions;
        let mut deltas = Deltas::zeros(groups / steps, steps, positions, vectors);
        let leak = f32x4::splat(layer.neuron.leak);
        // Padding lanes have no threshold to subtract.
        let subtracted = f32x4::splat(layer.neuron.threshold);
        let mut later = vec![f32x4::ZERO; run];
        for sample in 0..groups / steps {
            later.fill(f32x4::ZERO);
            let summed = deltas.summed.run_mut(sample * positions, positions);
            for step in (0..steps).rev() {
                let group = sample * steps + step;
                let membranes = self.membranes.run(group * positions, positions);
                let to = deltas.each.run_mut(group * positions, positions);
                let state = later.iter_mut().zip(&mut *summed);
                for (v, ((to, &u), (later, summed))) in
                    to.iter_mut().zip(membranes).zip(state).enumerate()
                {
                    let by_kept = leak * *later;
                    let delta = if layer.fires {
                        let threshold = layer.thresholds[v % vectors];
                        let (slope, near) = self.slope(u, threshold);
                        let by = by_spikes.vector(group, (v, vectors), run, near);
                        let fires = u.simd_gt(threshold);
                        match layer.neuron.reset {
                            Reset::Hard => (by - by_kept * u) * slope + (!fires & by_kept),
                            Reset::Soft => (by - by_kept * subtracted) * slope + by_kept,
                        }
                    } else {
                        by_spikes.vector(group, (v, vectors), run, 0xf) + by_kept
                    };
                    *to = delta;
                    *later = delta;
                    *summed += delta;
                }
            }
        }
        deltas
    }
}
