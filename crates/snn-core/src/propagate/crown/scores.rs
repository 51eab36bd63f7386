//! Where the backward pass starts: coefficients on what the readout reads.

use wide::f32x4;

use super::bound::Bounds;
use super::Pass;
use crate::network::{LinearReadout, Readout};
use crate::neuron::interval::gamma;
use crate::shape::LANES;

impl Pass<'_> {
    /// Coefficients on the last layer's open spikes; empty if it does not fire. Sure spikes go into
    /// the bounds.
    pub fn on_scores(&self, bounds: &mut Bounds) -> Vec<f32x4> {
        let layer = &self.network.layers[self.network.layers.len() - 1];
        let rows = match &self.network.readout {
            Readout::Membrane => {
                self.allow_for_mean(bounds);
                return Vec::new();
            }
            Readout::Rate => self.on_classes(),
            Readout::Linear(linear) => self.on_rates(linear, bounds),
        };
        let (positions, stride) = (layer.positions(), layer.affine.output.stride());
        let spikes = &self.intervals.layers[self.network.layers.len() - 1].spikes;
        let first = self.sample() * self.intervals.steps * positions;
        let mut on_spikes = Vec::new();
        for row in 0..self.intervals.steps * positions {
            let at = row % positions * stride;
            let lanes = |channel| &rows[(at + channel) * self.width..][..self.width];
            for (channel, ()) in spikes.firing.entries(first + row) {
                bounds.add(lanes(channel), 1.0);
            }
            for (channel, ()) in spikes.open.entries(first + row) {
                on_spikes.extend_from_slice(lanes(channel));
            }
        }
        on_spikes
    }

    /// The queries' weights, one entry per class.
    pub fn on_classes(&self) -> Vec<f32x4> {
        let classes = self.network.classes.next_multiple_of(LANES);
        let mut rows = vec![f32x4::ZERO; classes * self.width];
        let lanes: &mut [f32] = bytemuck::cast_slice_mut(&mut rows);
        for (index, query) in self.queries.iter().enumerate() {
            for (class, &weight) in query.weights.iter().enumerate() {
                lanes[class * self.width * LANES + index] = weight;
            }
        }
        rows
    }

    /// Scores under a membrane readout are f32 means; widens by what their sums may be off.
    fn allow_for_mean(&self, bounds: &mut Bounds) {
        let steps = self.intervals.steps;
        let last = &self.intervals.layers[self.intervals.layers.len() - 1];
        let share = gamma(steps + 4);
        for (index, query) in self.queries.iter().enumerate() {
            let slack = &mut bounds.slack[index / LANES][index % LANES];
            for step in 0..steps {
                let row = query.sample * steps + step;
                let ends = last.lower.row(row).iter().zip(last.upper.row(row));
                for (weight, (l, h)) in query.weights.iter().zip(ends) {
                    *slack += share * f64::from(weight.abs() * l.abs().max(h.abs()));
                }
            }
        }
    }

    /// Coefficients `weights · V` on the spikes of a step, and the constants `weights · c` of all
    /// steps.
    fn on_rates(&self, linear: &LinearReadout, bounds: &mut Bounds) -> Vec<f32x4> {
        let affine = &linear.affine;
        let weight: &[f32] = bytemuck::cast_slice(self.parameters.vectors(&linear.weight));
        let bias: &[f32] = bytemuck::cast_slice(self.parameters.vectors(&linear.bias));
        let stride = affine.input.stride();
        let steps = self.intervals.steps as f64;
        let mut rows = vec![f32x4::ZERO; affine.input.positions() * stride * self.width];
        let lanes: &mut [f32] = bytemuck::cast_slice_mut(&mut rows);
        for (index, query) in self.queries.iter().enumerate() {
            // The scores are f32 sums of rounded rates, and the coefficients rounded sums of rows.
            let share = gamma(affine.fan_in() + query.weights.len() + 8);
            let (mut size, mut constant) = (0.0, 0.0);
            for input in 0..affine.fan_in() {
                let (position, channel) = affine.input.place(input);
                let mut sum = 0.0f64;
                for (class, &query) in query.weights.iter().enumerate() {
                    let weight = weight[affine.packed_weight(class, input)];
                    let term = f64::from(query) * f64::from(weight);
                    sum += term;
                    size += term.abs();
                }
                let at = position * stride + channel;
                lanes[at * self.width * LANES + index] = sum as f32;
            }
            for (&query, &bias) in query.weights.iter().zip(bias) {
                let term = f64::from(query) * f64::from(bias);
                constant += term;
                size += term.abs();
            }
            let (q, lane) = (index / LANES, index % LANES);
            bounds.sum[q][lane] += steps * constant;
            bounds.size[q][lane] += steps * size;
            bounds.slack[q][lane] += steps * share * size;
        }
        bounds.terms += self.network.classes + 1;
        rows
    }
}
