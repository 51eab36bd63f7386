//! Through a layer's neurons, from the last step to the first: from coefficients on spikes to
//! coefficients on membranes.

use wide::f32x4;

use super::{Bound, Pass};
use crate::affine::Rows;
use crate::intervals::Sizes;
use crate::neuron::interval::{error_share, States};
use crate::neuron::relaxation::Open;
use crate::neuron::{lanes, Reset};
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

/// Visits the coefficients that are not zero, few in a trained network, with what stands beside
/// them; returns their number.
#[inline(always)]
fn nonzero(coefficients: &[f32x4], beside: &[f32x4], mut visit: impl FnMut(f32, f32)) -> usize {
    let mut count = 0;
    for (&coefficients, &beside) in coefficients.iter().zip(beside) {
        let mask = coefficients.simd_ne(f32x4::ZERO).to_bitmask();
        if mask != 0 {
            let (coefficients, beside) = (coefficients.to_array(), beside.to_array());
            lanes(mask, |lane| visit(coefficients[lane], beside[lane]));
            count += mask.count_ones() as usize;
        }
    }
    count
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
        let bias = self.parameters.vectors(&layer.bias);
        let mut used = 0;
        for run in membranes.chunks_exact(vectors) {
            used += nonzero(run, bias, |coefficient, bias| {
                bound.add(f64::from(coefficient) * f64::from(bias));
            });
        }
        if let Some(sizes) = &self.intervals.layers[index].sizes {
            self.affine_slack(index, at, membranes, sizes, used, bound);
        }
    }

    /// What the f32 sums of the membranes, of `lam W` and of `lam` over the steps may be off by
    /// (ALGORITHMS 8). `used`: coefficients that are not zero at this step.
    fn affine_slack(
        &self,
        index: usize,
        at: Place,
        membranes: &[f32x4],
        sizes: &Sizes,
        used: usize,
        bound: &mut Bound,
    ) {
        let layer = &self.network.layers[index];
        let (positions, vectors) = (layer.positions(), layer.vectors());
        let steps = self.intervals.steps;
        let sample = self.queries[at.query].sample;
        let first = (sample * steps + at.step) * positions;
        let fan_out = match index {
            // The steps may be summed up first, and others use other coefficients.
            0 => layer.affine.fan_out(),
            _ => layer.affine.fan_out().min(used),
        };
        for (position, run) in membranes.chunks_exact(vectors).enumerate() {
            let row = first + position;
            let mut sum = 0.0;
            nonzero(run, sizes.sums.run(row, 1), |coefficient, size| {
                sum += f64::from(coefficient.abs()) * f64::from(size);
            });
            let terms = sizes.terms[row] as usize;
            bound.slack += sum * error_share(terms + fan_out + steps + 10, 3 * terms + 16);
        }
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
