//! Through a layer's neurons, from the last step to the first: from coefficients on spikes to
//! coefficients on membranes.

use std::ops::Range;

use wide::f32x4;

use super::bound::Bounds;
use super::Pass;
use crate::affine::{Bunches, Outputs, WIDEST};
use crate::network::Layer;
use crate::neuron::interval::error_share;
use crate::neuron::relaxation::{Open, Relaxation};
use crate::neuron::{Neuron, Reset};
use crate::region::Rounding;
use crate::shape::LANES;

impl Pass<'_> {
    /// From coefficients on a layer's open spikes to coefficients on its membranes.
    pub fn relax(&self, index: usize, on_spikes: &[f32x4], bounds: &mut Bounds) -> Outputs {
        let layer = &self.network.layers[index];
        let (steps, positions) = (self.intervals.steps, layer.positions());
        let mut on_membranes = Bunches::new(self.width);
        for step in (0..steps).rev() {
            let first = on_membranes.len();
            for position in 0..positions {
                let row = (self.sample() * steps + step) * positions + position;
                let later = match on_membranes.rows().checked_sub(positions) {
                    Some(list) => on_membranes.range(list, 1),
                    None => 0..0,
                };
                if layer.fires {
                    self.relax_row(index, row, on_spikes, later, &mut on_membranes, bounds);
                } else {
                    self.accumulate(layer, later, &mut on_membranes);
                }
                on_membranes.end_row();
            }
            let used = on_membranes.len() - first;
            let rows = on_membranes.rows() - positions..on_membranes.rows();
            for (position, list) in rows.enumerate() {
                let row = (self.sample() * steps + step) * positions + position;
                self.affine_terms(index, row, &on_membranes, list, used, bounds);
            }
        }
        layer.affine.outputs(on_membranes)
    }

    /// A layer that does not fire hands on its membrane: `lam[t] = A[t] + leak * lam[t+1]`.
    fn accumulate(&self, layer: &Layer, later: Range<usize>, on_membranes: &mut Bunches) {
        let mut rows = self.on_classes();
        for entry in later {
            let class = on_membranes.channel(entry);
            let leak = f32x4::splat(layer.neuron(class).leak);
            let rows = &mut rows[class * self.width..][..self.width];
            for (row, &lanes) in rows.iter_mut().zip(on_membranes.lanes(entry)) {
                *row += leak * lanes;
            }
        }
        for (class, lanes) in rows.chunks_exact(self.width).enumerate() {
            if any(lanes) {
                on_membranes.push(class, lanes);
            }
        }
    }

    /// One position at one step: open neurons and, of those decided, the ones that later steps hang
    /// on. `later`: the position's entries of the step after.
    fn relax_row(
        &self,
        index: usize,
        row: usize,
        on_spikes: &[f32x4],
        mut later: Range<usize>,
        on_membranes: &mut Bunches,
        bounds: &mut Bounds,
    ) {
        let layer = &self.network.layers[index];
        let trace = &self.intervals.layers[index];
        let (lower, upper) = (trace.lower.row(row), trace.upper.row(row));
        let run = self.intervals.steps * layer.positions();
        let offset = trace.spikes.open.range(self.sample() * run, 0).start;
        let mut open = trace.spikes.open.range(row, 1);
        loop {
            let next_open = open
                .clone()
                .next()
                .map(|entry| trace.spikes.open.entry(entry).0);
            let next_later = later.clone().next();
            let next_later = next_later.map(|entry| on_membranes.channel(entry));
            let channel = match (next_open, next_later) {
                (None, None) => return,
                (Some(channel), None) | (None, Some(channel)) => channel,
                (Some(open), Some(later)) => open.min(later),
            };
            let neuron = layer.neuron(channel);
            let mut kept = [f32x4::ZERO; WIDEST];
            let kept = &mut kept[..self.width];
            if next_later == Some(channel) {
                let leak = f32x4::splat(neuron.leak);
                for (kept, &lanes) in kept.iter_mut().zip(on_membranes.lanes(later.start)) {
                    *kept = leak * lanes;
                }
                later.next();
            }
            let (l, h) = (lower[channel], upper[channel]);
            let mut needed = false;
            if next_open == Some(channel) {
                let on_spike = &on_spikes[(open.start - offset) * self.width..][..self.width];
                open.next();
                // The gradient of a hull hangs on the membrane even where the slope is zero.
                needed =
                    self.options.relaxation == Relaxation::Joint && (any(on_spike) || any(kept));
                self.line(&neuron, [l, h], on_spike, kept, bounds);
            } else if h > neuron.threshold {
                match neuron.reset {
                    Reset::Hard => continue,
                    Reset::Soft => bounds.add(kept, -f64::from(neuron.threshold)),
                }
            }
            if needed || any(kept) {
                on_membranes.push(channel, kept);
            }
        }
    }

    /// The lines of an open neuron: their constants go into the bounds, their slopes take the place
    /// of the coefficients on what it keeps.
    fn line(
        &self,
        neuron: &Neuron,
        [lower, upper]: [f32; 2],
        on_spike: &[f32x4],
        on_kept: &mut [f32x4],
        bounds: &mut Bounds,
    ) {
        let relaxation = self.options.relaxation;
        let outward = self.intervals.rounding == Rounding::Outward;
        let mut constants = [[0.0; LANES]; WIDEST];
        let lanes = on_spike.iter().zip(on_kept).zip(&mut constants);
        for (q, ((&cs, on_kept), constant)) in lanes.enumerate() {
            let cr = *on_kept;
            let open = Open {
                cs,
                cr,
                lower,
                upper,
            };
            let line = if outward {
                relaxation.valid_line(neuron, open)
            } else {
                relaxation.line(neuron, open)
            };
            (*on_kept, *constant) = (line.slope, line.constant);
            if outward {
                // The products behind the constant, for what f64 lost on them.
                let largest = f32x4::splat(lower.abs().max(upper.abs()));
                let size = cs.abs() + (cr.abs() + line.slope.abs()) * largest;
                for (size, of_lane) in bounds.size[q].iter_mut().zip(size.to_array()) {
                    *size += f64::from(of_lane);
                }
            }
        }
        bounds.add_wide(&constants[..self.width]);
    }

    /// What is decided of `lam · (W s + b)` at a position, and the slack that f32 sums need.
    /// `used`: neurons with a coefficient at this step.
    fn affine_terms(
        &self,
        index: usize,
        row: usize,
        on_membranes: &Bunches,
        list: usize,
        used: usize,
        bounds: &mut Bounds,
    ) {
        let layer = &self.network.layers[index];
        let trace = &self.intervals.layers[index];
        let firm = match &trace.firm {
            Some(firm) => firm.row(row),
            None => bytemuck::cast_slice(self.parameters.vectors(&layer.bias)),
        };
        for (channel, lanes) in on_membranes.row(list) {
            bounds.add(lanes, f64::from(firm[channel]));
        }
        let Some(sizes) = &trace.sizes else {
            return;
        };
        let share = self.error_share(index, sizes.terms[row] as usize, used);
        let sums = sizes.sums.row(row);
        for (channel, lanes) in on_membranes.row(list) {
            bounds.allow(lanes, share * f64::from(sums[channel]));
        }
    }

    /// What the f32 sums of the membranes (once as they run, once as folded), of `lam W` and of `lam`
    /// over the steps may be off by, as a share of their size (ALGORITHMS 8).
    fn error_share(&self, index: usize, terms: usize, used: usize) -> f64 {
        let layer = &self.network.layers[index];
        let affine = &layer.affine;
        let terms = terms + layer.divisions();
        let fan_out = match index {
            // The steps may be summed up first, and others use other coefficients.
            0 => affine.fan_out(),
            _ => affine.fan_out().min(used * affine.multiplicity()),
        };
        let n = 2 * terms + fan_out + self.intervals.steps + 10;
        error_share(n, 3 * terms + 16)
    }
}

/// Whether some lane is not zero; NaN counts.
#[inline(always)]
fn any(lanes: &[f32x4]) -> bool {
    lanes.iter().any(|lanes| lanes.simd_ne(f32x4::ZERO).any())
}
