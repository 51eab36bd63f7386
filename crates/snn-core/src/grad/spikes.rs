//! Back-propagation through time, through the spike and through the kept potential.

use wide::f32x4;

use super::bias_gradient;
use crate::affine::{panels, Affine, Deltas, Dots, Packed, Place, Rows, Scaled, PANEL};
use crate::encode::Encoded;
use crate::network::{Layer, Network, Readout};
use crate::neuron::surrogate::Surrogate;
use crate::neuron::{lanes, Reset};
use crate::parameters::Parameters;
use crate::propagate::spikes::{rate_lists, rates, Trace};
use crate::regulariser::Guard;
use crate::shape::LANES;

/// The surrogates of a network; one may stand for both.
#[derive(Clone, Copy, Debug)]
pub struct Surrogates {
    pub hidden: Surrogate,
    /// Of the layer that is read out.
    pub last: Surrogate,
}

impl From<Surrogate> for Surrogates {
    fn from(surrogate: Surrogate) -> Self {
        Surrogates {
            hidden: surrogate,
            last: surrogate,
        }
    }
}

/// Adds the parameters' gradient, given the loss's derivatives with respect to the scores,
/// `[samples, classes]`. `guards`: what regularisers add, layer by layer.
pub fn backpropagate(
    network: &Network,
    parameters: &Parameters,
    trace: &Trace,
    by_scores: &[f32],
    surrogate: Surrogate,
    guards: Option<&[Option<Guard>]>,
    slab: &mut [f32x4],
) {
    let back = Back {
        network,
        parameters,
        trace,
        surrogates: surrogate.into(),
        guards,
    };
    back.run(by_scores, Some(slab));
}

/// The derivatives with respect to the first layer's drive, from which those by the input are made
/// (`input.rs`). Adds the parameters' gradient to the slab, where one is given.
pub fn deltas(
    network: &Network,
    parameters: &Parameters,
    trace: &Trace,
    by_scores: &[f32],
    surrogates: impl Into<Surrogates>,
    slab: Option<&mut [f32x4]>,
) -> Deltas {
    let back = Back {
        network,
        parameters,
        trace,
        surrogates: surrogates.into(),
        guards: None,
    };
    back.run(by_scores, slab)
}

/// The way back through all layers.
struct Back<'a> {
    network: &'a Network,
    parameters: &'a Parameters,
    trace: &'a Trace,
    surrogates: Surrogates,
    guards: Option<&'a [Option<Guard>]>,
}

impl Back<'_> {
    fn run(&self, by_scores: &[f32], mut slab: Option<&mut [f32x4]>) -> Deltas {
        let Back {
            network,
            parameters,
            trace,
            surrogates,
            ..
        } = *self;
        let last = by_last(network, parameters, trace, by_scores, slab.as_deref_mut());
        let mut above: Option<Deltas> = None;
        for index in (0..network.layers.len()).rev() {
            let layer = &network.layers[index];
            let through = Through {
                layer,
                membranes: &trace.layers[index].membranes,
                guard: self.guards.and_then(|all| all[index].as_ref()),
                steps: trace.steps,
                surrogate: match &above {
                    None => surrogates.last,
                    Some(_) => surrogates.hidden,
                },
            };
            let delta = match &above {
                None => through.time(BySpikes::Rows(&last)),
                Some(above) => {
                    let over = &network.layers[index + 1];
                    let affine = &over.affine;
                    // Which way is cheaper, one sample says for all, and the ways round differently: what
                    // follows a gradient by itself must not hang on other samples.
                    match slab.is_some() && through.asks_little(affine, &above.each) {
                        true => {
                            let dots = affine.dots(parameters.weight(over));
                            through.time(BySpikes::Dots(dots, &above.each))
                        }
                        false => {
                            let rows = trace.layers[index].membranes.rows();
                            let mut by = Packed::stale(rows, layer.vectors());
                            let transposed = parameters.transposed(network, index + 1);
                            let listed = above.each.nonzero();
                            affine.backward::<1, Scaled>(&listed, transposed, [&mut by]);
                            through.time(BySpikes::Rows(&by))
                        }
                    }
                }
            };
            if let Some(slab) = slab.as_deref_mut() {
                by_layer(layer, trace, &delta, slab);
            }
            above = Some(delta);
        }
        above.expect("a network has layers")
    }
}

/// Adds the gradient of a layer's weight and bias.
fn by_layer(layer: &Layer, trace: &Trace, delta: &Deltas, slab: &mut [f32x4]) {
    bias_gradient(&delta.summed, &layer.bias, slab);
    let weight = &mut slab[layer.weight.clone()];
    match (&trace.layers[layer.number].events, &trace.input) {
        (Some(events), _) => layer.affine.event_gradient(events, delta, weight),
        (None, Encoded::Pixels(pixels)) => {
            layer
                .affine
                .weight_gradient::<Scaled>(pixels, &delta.summed, weight);
        }
        (None, Encoded::Spikes(_)) => unreachable!("spikes leave their events"),
    }
}

/// Derivatives with respect to the last layer's spikes, or its membranes if it does not fire.
fn by_last(
    network: &Network,
    parameters: &Parameters,
    trace: &Trace,
    by_scores: &[f32],
    slab: Option<&mut [f32x4]>,
) -> Packed {
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
        return Packed::new(&by);
    };
    let mut delta = Rows::zeros(trace.samples, linear.affine.output_vectors());
    for sample in 0..trace.samples {
        let of = &by_scores[sample * classes..][..classes];
        delta.row_mut(sample)[..classes].copy_from_slice(of);
    }
    let delta = Packed::new(&delta);
    if let Some(slab) = slab {
        let rates = rate_lists(linear, &rates(layer, &last.spikes, trace.samples, steps));
        bias_gradient(&delta, &linear.bias, slab);
        let weight = &mut slab[linear.weight.clone()];
        linear
            .affine
            .weight_gradient::<Scaled>(&rates, &delta, weight);
    }
    let mut by_rates = Packed::stale(trace.samples * layer.positions(), layer.vectors());
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
    Rows(&'a Packed),
    /// Made from the derivatives of the layer above where they are asked for.
    Dots(Dots<'a>, &'a Packed),
}

/// The way back through a layer's neurons.
struct Through<'a> {
    layer: &'a Layer,
    membranes: &'a Packed,
    guard: Option<&'a Guard>,
    steps: usize,
    surrogate: Surrogate,
}

impl Through<'_> {
    /// Whether so few neurons are near their threshold that asking for each is cheaper than sending
    /// everything back. The first sample speaks for all.
    fn asks_little(&self, above: &Affine, delta: &Packed) -> bool {
        let run = self.steps * self.layer.positions();
        let (mut near, mut sent) = (0, 0);
        for row in 0..run {
            let membranes = self.membranes.row(row).flatten();
            for (&u, &threshold) in membranes.zip(&self.layer.thresholds) {
                near += self.slope(u, threshold).1.count_ones() as usize;
            }
        }
        for row in 0..self.steps * above.output.positions() {
            for d in delta.row(row).flatten() {
                sent += d.simd_ne(f32x4::ZERO).to_bitmask().count_ones() as usize;
            }
        }
        above.dots_pay([near, sent, run], 1)
    }

    /// The surrogate's derivative, and where it is not zero.
    #[inline(always)]
    fn slope(&self, u: f32x4, threshold: f32x4) -> (f32x4, u32) {
        let slope = self.surrogate.derivative(u - threshold);
        (slope, slope.simd_ne(f32x4::ZERO).to_bitmask())
    }

    /// From derivatives with respect to the spikes to those with respect to the membranes.
    fn time(&self, by_spikes: BySpikes) -> Deltas {
        let (positions, vectors, steps) =
            (self.layer.positions(), self.layer.vectors(), self.steps);
        let samples = self.membranes.rows() / (positions * steps);
        let mut deltas = Deltas::new(samples, steps, positions, vectors);
        let mut later = vec![f32x4::ZERO; positions * PANEL];
        let mut asked = later.clone();
        for (first, width) in panels(vectors) {
            let run = positions * width;
            let membranes = self.membranes.panel(first);
            let (each, summed) = (deltas.each.panel_mut(first), deltas.summed.panel_mut(first));
            for (sample, summed) in summed.chunks_exact_mut(run).enumerate() {
                later.fill(f32x4::ZERO);
                for step in (0..steps).rev() {
                    let group = sample * steps + step;
                    let membranes = &membranes[group * run..][..run];
                    let by = match by_spikes {
                        BySpikes::Rows(rows) => &rows.panel(first)[group * run..][..run],
                        BySpikes::Dots(dots, above) => {
                            let at = Place {
                                group,
                                position: 0,
                                channel: first * LANES,
                            };
                            self.ask(dots, above, at, membranes, &mut asked[..run]);
                            &asked[..run]
                        }
                    };
                    let to = &mut each[group * run..][..run];
                    self.step(first, [membranes, by], [to, &mut later[..run], summed]);
                    if let Some(guard) = self.guard {
                        let to = [to, &mut later[..run], summed];
                        self.pull(guard, [first, width], membranes, to);
                    }
                }
            }
        }
        deltas
    }

    /// Adds what a regulariser does to a panel, everywhere that [`Through::step`] writes to.
    fn pull(
        &self,
        guard: &Guard,
        [first, width]: [usize; 2],
        membranes: &[f32x4],
        [to, later, summed]: [&mut [f32x4]; 3],
    ) {
        let places = to.iter_mut().zip(later).zip(summed).zip(membranes);
        for (at, (((to, later), summed), &u)) in places.enumerate() {
            let v = first + at % width;
            let slope = guard.slope(v, u - self.layer.thresholds[v]);
            *to += slope;
            *later += slope;
            *summed += slope;
        }
    }

    /// One step of a panel: derivatives with respect to the membranes, to those of the step after,
    /// and their sums.
    #[inline(always)]
    fn step(
        &self,
        first: usize,
        [membranes, by_spikes]: [&[f32x4]; 2],
        [to, later, summed]: [&mut [f32x4]; 3],
    ) {
        let layer = self.layer;
        let thresholds = &layer.thresholds[first..][..PANEL.min(layer.vectors() - first)];
        let width = thresholds.len();
        let leaks = &layer.leaks[first..][..width];
        let state = later
            .chunks_exact_mut(width)
            .zip(summed.chunks_exact_mut(width));
        let read = membranes
            .chunks_exact(width)
            .zip(by_spikes.chunks_exact(width));
        let places = to.chunks_exact_mut(width).zip(state).zip(read);
        for ((to, (later, summed)), (membranes, by)) in places {
            let state = later.iter_mut().zip(summed);
            let read = membranes.iter().zip(by).zip(thresholds.iter().zip(leaks));
            for ((to, (later, summed)), ((&u, &by), (&threshold, &leak))) in
                to.iter_mut().zip(state).zip(read)
            {
                let by_kept = leak * *later;
                let delta = if layer.fires {
                    let (slope, _) = self.slope(u, threshold);
                    match layer.reset {
                        Reset::Hard => {
                            let fires = u.simd_gt(threshold);
                            (by - by_kept * u) * slope + (!fires & by_kept)
                        }
                        Reset::Soft => (by - by_kept * threshold) * slope + by_kept,
                    }
                } else {
                    by + by_kept
                };
                *to = delta;
                *later = delta;
                *summed += delta;
            }
        }
    }

    /// What the layer above sends to those neurons of a panel for which it matters.
    fn ask(&self, dots: Dots, above: &Packed, first: Place, membranes: &[f32x4], by: &mut [f32x4]) {
        let vector = first.channel / LANES;
        let width = PANEL.min(self.layer.vectors() - vector);
        for (v, (by, &u)) in by.iter_mut().zip(membranes).enumerate() {
            let near = match self.layer.fires {
                true => self.slope(u, self.layer.thresholds[vector + v % width]).1,
                false => 0xf,
            };
            let mut numbers = [0.0; LANES];
            lanes(near, |lane| {
                let at = Place {
                    position: v / width,
                    channel: first.channel + v % width * LANES + lane,
                    ..first
                };
                numbers[lane] = dots.sent(above, at);
            });
            *by = f32x4::new(numbers);
        }
    }
}
