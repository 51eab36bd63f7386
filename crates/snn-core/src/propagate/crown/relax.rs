//! Through a layer's neurons, from the last step to the first: from coefficients on spikes to
//! coefficients on membranes.

use wide::f32x4;

use super::{Bound, Pass};
use crate::affine::Rows;
use crate::network::Layer;
use crate::neuron::interval::{gamma, States};
use crate::neuron::relaxation::Open;
use crate::neuron::{lanes, Reset};
use crate::propagate::ibp::Sizes;
use crate::region::Rounding;

/// A query and a step.
#[derive(Clone, Copy)]
struct Place {
    query: usize,
    step: usize,
}

fn largest(open: Open) -> f32 {
    open.lower.abs().max(open.upper.abs())
}

impl Pass<'_> {
    /// From coefficients on a layer's spikes to coefficients on its membranes.
    pub fn relax(&self, index: usize, on_spikes: &Rows, bounds: &mut [Bound]) -> Rows {
        let layer = &self.network.layers[index];
        let run = layer.positions() * layer.vectors();
        let mut on_membranes = Rows::zeros(on_spikes.rows(), layer.vectors());
        let mut later = vec![f32x4::ZERO; run];
        for (query, bound) in bounds.iter_mut().enumerate() {
            later.fill(f32x4::ZERO);
            for step in (0..self.intervals.steps).rev() {
                let at = Place { query, step };
                let first = (query * self.intervals.steps + step) * layer.positions();
                let spikes = on_spikes.run(first, layer.positions());
                let membranes = on_membranes.run_mut(first, layer.positions());
                if layer.fires {
                    self.relax_step(index, at, spikes, &later, membranes, bound);
                } else {
                    let leak = f32x4::splat(layer.neuron.leak);
                    for ((m, &s), &later) in membranes.iter_mut().zip(spikes).zip(&later) {
                        *m = s + leak * later;
                    }
                }
                self.affine_terms(index, at, membranes, bound);
                later.copy_from_slice(membranes);
            }
        }
        on_membranes
    }

    fn relax_step(
        &self,
        index: usize,
        at: Place,
        spikes: &[f32x4],
        later: &[f32x4],
        membranes: &mut [f32x4],
        bound: &mut Bound,
    ) {
        let layer = &self.network.layers[index];
        let neuron = &layer.neuron;
        let leak = f32x4::splat(neuron.leak);
        let (lower, upper) = self.ends(index, at);
        let soft = neuron.reset == Reset::Soft;
        for (v, membrane) in membranes.iter_mut().enumerate() {
            let threshold = layer.thresholds[v % layer.thresholds.len()];
            let (l, h, cs) = (lower[v], upper[v], spikes[v]);
            let cr = leak * later[v];
            let states = States::of(l, h, threshold);
            let kept = if soft {
                states.silent | states.firing
            } else {
                states.silent
            };
            let mut slope = kept & cr;
            let firing = states.firing.to_bitmask();
            if firing != 0 {
                let (cs, cr) = (cs.to_array(), cr.to_array());
                lanes(firing, |lane| {
                    bound.add(f64::from(cs[lane]));
                    if soft {
                        bound.add(-f64::from(cr[lane]) * f64::from(neuron.threshold));
                    }
                });
            }
            let open = states.open();
            if open != 0 {
                let (l, h, cs, cr) = (l.to_array(), h.to_array(), cs.to_array(), cr.to_array());
                let mut slopes = slope.to_array();
                lanes(open, |lane| {
                    if cs[lane] == 0.0 && cr[lane] == 0.0 {
                        return;
                    }
                    let open = Open {
                        cs: cs[lane],
                        cr: cr[lane],
                        lower: l[lane],
                        upper: h[lane],
                    };
                    let line = match self.intervals.rounding {
                        Rounding::Nearest => self.options.relaxation.line(neuron, open),
                        Rounding::Outward => self.options.relaxation.valid_line(neuron, open),
                    };
                    slopes[lane] = line.slope;
                    bound.add(line.constant);
                    if self.intervals.rounding == Rounding::Outward {
                        // The products behind the constant, for what f64 lost on them.
                        let size =
                            open.cs.abs() + (open.cr.abs() + line.slope.abs()) * largest(open);
                        bound.size += f64::from(size);
                    }
                });
                slope = f32x4::new(slopes);
            }
            *membrane = slope;
        }
    }

    /// Bias terms of `lam · (W s + b)`, and the slack that f32 sums need.
    fn affine_terms(&self, index: usize, at: Place, membranes: &[f32x4], bound: &mut Bound) {
        let layer = &self.network.layers[index];
        let vectors = layer.vectors();
        let bias: &[f32] = bytemuck::cast_slice(self.parameters.vectors(&layer.bias));
        let outward = self.intervals.rounding == Rounding::Outward;
        let sizes = Sizes::of(self.intervals, self.parameters, layer, index);
        let sample = self.queries[at.query].sample;
        let share = self.share(layer);
        for (position, run) in membranes.chunks_exact(vectors).enumerate() {
            let coefficients: &[f32] = bytemuck::cast_slice(run);
            let sizes: &[f32] = bytemuck::cast_slice(sizes.at(sample, position, layer.positions()));
            for (channel, &coefficient) in coefficients.iter().enumerate() {
                if coefficient == 0.0 {
                    continue;
                }
                bound.add(f64::from(coefficient) * f64::from(bias[channel]));
                if outward {
                    let kept = self.kept_size(index, at, position * vectors * 4 + channel);
                    let size = f64::from(sizes[channel]) + f64::from(layer.neuron.leak * kept);
                    bound.slack += share * f64::from(coefficient.abs()) * size;
                }
            }
        }
    }

    /// The share of the size of its terms by which a row's bound may be off (ALGORITHMS 8): the
    /// sums of the membrane, of `lam W`, and of `lam` over the steps.
    fn share(&self, layer: &Layer) -> f64 {
        let (fan_in, fan_out) = (layer.affine.fan_in(), layer.affine.fan_out());
        let terms = fan_in + fan_out + self.intervals.steps + 10;
        gamma(terms) / (1.0 - gamma(fan_in + 8))
    }

    /// Largest kept potential of a neuron from the step before.
    fn kept_size(&self, index: usize, at: Place, neuron: usize) -> f32 {
        let Some(step) = at.step.checked_sub(1) else {
            return 0.0;
        };
        let layer = &self.network.layers[index];
        let (lower, upper) = self.ends(index, Place { step, ..at });
        let (v, lane) = (neuron / 4, neuron % 4);
        let threshold = layer.thresholds[v % layer.thresholds.len()];
        let (l, h) = (lower[v], upper[v]);
        let (low, high) = if layer.fires {
            layer
                .neuron
                .kept(States::of(l, h, threshold), l, h, threshold)
        } else {
            (l, h)
        };
        low.abs().fast_max(high.abs()).to_array()[lane]
    }

    fn ends(&self, index: usize, at: Place) -> (&[f32x4], &[f32x4]) {
        let positions = self.network.layers[index].positions();
        let sample = self.queries[at.query].sample;
        let first = (sample * self.intervals.steps + at.step) * positions;
        let trace = &self.intervals.layers[index];
        (
            trace.lower.run(first, positions),
            trace.upper.run(first, positions),
        )
    }
}
