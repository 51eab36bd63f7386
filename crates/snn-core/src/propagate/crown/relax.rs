//! Through a layer's neurons, from the last step to the first: from coefficients on spikes to
//! coefficients on membranes.

use wide::f32x4;

use super::bound::{scaled, widened, Bounds};
use super::Pass;
use crate::affine::{Lanes, Lists, Outputs};
use crate::intervals::Sizes;
use crate::network::Layer;
use crate::neuron::interval::error_share;
use crate::neuron::relaxation::{Open, Relaxation};
use crate::neuron::Reset;
use crate::region::Rounding;
use crate::shape::LANES;

impl Pass<'_> {
    /// From coefficients on a layer's open spikes to coefficients on its membranes.
    pub fn relax<const Q: usize>(
        &self,
        index: usize,
        on_spikes: &[Lanes<Q>],
        bounds: &mut Bounds<Q>,
    ) -> Outputs<Q> {
        let layer = &self.network.layers[index];
        let (steps, positions) = (self.intervals.steps, layer.positions());
        let mut on_membranes = Lists::new();
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
                self.affine_terms(index, row, on_membranes.row(list), used, bounds);
            }
        }
        layer.affine.outputs(on_membranes)
    }

    /// A layer that does not fire hands on its membrane: `lam[t] = A[t] + leak * lam[t+1]`.
    fn accumulate<const Q: usize>(
        &self,
        layer: &Layer,
        later: std::ops::Range<usize>,
        on_membranes: &mut Lists<Lanes<Q>>,
    ) {
        let leak = f32x4::splat(layer.neuron.leak);
        let mut rows = self.on_classes::<Q>();
        for entry in later {
            let (class, lanes) = on_membranes.entry(entry);
            for q in 0..Q {
                rows[class][q] += leak * lanes[q];
            }
        }
        for (class, lanes) in rows.into_iter().enumerate() {
            if any(&lanes) {
                on_membranes.push(class, lanes);
            }
        }
    }

    /// One position at one step: open neurons and, of those decided, the ones that later steps hang
    /// on. `later`: the position's entries of the step after.
    fn relax_row<const Q: usize>(
        &self,
        index: usize,
        row: usize,
        on_spikes: &[Lanes<Q>],
        later: std::ops::Range<usize>,
        on_membranes: &mut Lists<Lanes<Q>>,
        bounds: &mut Bounds<Q>,
    ) {
        let layer = &self.network.layers[index];
        let neuron = &layer.neuron;
        let leak = f32x4::splat(neuron.leak);
        let trace = &self.intervals.layers[index];
        let (lower, upper) = (trace.lower.row(row), trace.upper.row(row));
        let run = self.intervals.steps * layer.positions();
        let offset = trace.spikes.open.range(self.sample() * run, 0).start;
        let mut open = trace.spikes.open.range(row, 1);
        let mut later = later;
        loop {
            let next_open = open
                .clone()
                .next()
                .map(|entry| trace.spikes.open.entry(entry).0);
            let next_later = later.clone().next().map(|entry| on_membranes.entry(entry));
            let channel = match (next_open, next_later) {
                (None, None) => return,
                (Some(channel), None) => channel,
                (None, Some((channel, _))) => channel,
                (Some(open), Some((later, _))) => open.min(later),
            };
            let mut kept = [f32x4::ZERO; Q];
            if let Some((_, lanes)) = next_later.filter(|&(later, _)| later == channel) {
                kept = lanes.map(|lanes| leak * lanes);
                later.next();
            }
            let (l, h) = (lower[channel], upper[channel]);
            let mut needed = false;
            let slope = if next_open == Some(channel) {
                let on_spike = &on_spikes[open.start - offset];
                open.next();
                // The gradient of a hull hangs on the membrane even where the slope is zero.
                needed =
                    self.options.relaxation == Relaxation::Joint && (any(on_spike) || any(&kept));
                self.line(layer, [l, h], on_spike, &kept, bounds)
            } else if h <= neuron.threshold {
                kept
            } else {
                match neuron.reset {
                    Reset::Hard => continue,
                    Reset::Soft => {
                        bounds.add(&scaled(&kept, -f64::from(neuron.threshold)));
                        kept
                    }
                }
            };
            if needed || any(&slope) {
                on_membranes.push(channel, slope);
            }
        }
    }

    /// The lines of an open neuron: their constants go into the bounds, the slopes are returned.
    #[inline(always)]
    fn line<const Q: usize>(
        &self,
        layer: &Layer,
        [lower, upper]: [f32; 2],
        on_spike: &Lanes<Q>,
        on_kept: &Lanes<Q>,
        bounds: &mut Bounds<Q>,
    ) -> Lanes<Q> {
        let relaxation = self.options.relaxation;
        let outward = self.intervals.rounding == Rounding::Outward;
        let mut slopes = [f32x4::ZERO; Q];
        let mut constants = [[0.0; LANES]; Q];
        for q in 0..Q {
            let (cs, cr) = (on_spike[q].to_array(), on_kept[q].to_array());
            let mut slope = [0.0; LANES];
            for lane in 0..LANES {
                if cs[lane] == 0.0 && cr[lane] == 0.0 {
                    continue;
                }
                let open = Open {
                    cs: cs[lane],
                    cr: cr[lane],
                    lower,
                    upper,
                };
                let line = if outward {
                    relaxation.valid_line(&layer.neuron, open)
                } else {
                    relaxation.line(&layer.neuron, open)
                };
                slope[lane] = line.slope;
                constants[q][lane] = line.constant;
                if outward {
                    // The products behind the constant, for what f64 lost on them.
                    let largest = lower.abs().max(upper.abs());
                    let size = open.cs.abs() + (open.cr.abs() + line.slope.abs()) * largest;
                    bounds.size[q][lane] += f64::from(size);
                }
            }
            slopes[q] = f32x4::new(slope);
        }
        bounds.add(&constants);
        slopes
    }

    /// What is decided of `lam · (W s + b)` at a position, and the slack that f32 sums need.
    /// `used`: neurons with a coefficient at this step.
    fn affine_terms<const Q: usize>(
        &self,
        index: usize,
        row: usize,
        (channels, lanes): (&[u32], &[Lanes<Q>]),
        used: usize,
        bounds: &mut Bounds<Q>,
    ) {
        let layer = &self.network.layers[index];
        let trace = &self.intervals.layers[index];
        let firm = match &trace.firm {
            Some(firm) => firm.row(row),
            None => bytemuck::cast_slice(self.parameters.vectors(&layer.bias)),
        };
        for (&channel, lanes) in channels.iter().zip(lanes) {
            bounds.add(&scaled(lanes, f64::from(firm[channel as usize])));
        }
        if let Some(sizes) = &trace.sizes {
            self.affine_slack(index, row, (channels, lanes), sizes, used, bounds);
        }
    }

    /// What the f32 sums of the membranes (once as they run, once as folded), of `lam W` and of `lam`
    /// over the steps may be off by (ALGORITHMS 8).
    fn affine_slack<const Q: usize>(
        &self,
        index: usize,
        row: usize,
        (channels, lanes): (&[u32], &[Lanes<Q>]),
        sizes: &Sizes,
        used: usize,
        bounds: &mut Bounds<Q>,
    ) {
        let affine = &self.network.layers[index].affine;
        let fan_out = match index {
            // The steps may be summed up first, and others use other coefficients.
            0 => affine.fan_out(),
            _ => affine.fan_out().min(used),
        };
        let terms = sizes.terms[row] as usize;
        let steps = self.intervals.steps;
        let share = error_share(2 * terms + fan_out + steps + 10, 3 * terms + 16);
        let sums = sizes.sums.row(row);
        for (&channel, lanes) in channels.iter().zip(lanes) {
            let size = share * f64::from(sums[channel as usize]);
            for (slack, lam) in bounds.slack.iter_mut().zip(lanes) {
                for (slack, lam) in slack.iter_mut().zip(widened(lam.abs())) {
                    *slack += lam * size;
                }
            }
        }
    }
}

/// Whether some lane is not zero; NaN counts.
#[inline(always)]
fn any<const Q: usize>(lanes: &Lanes<Q>) -> bool {
    lanes.iter().any(|lanes| lanes.simd_ne(f32x4::ZERO).any())
}
