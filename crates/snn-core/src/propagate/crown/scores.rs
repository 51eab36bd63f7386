//! Where the backward pass starts: coefficients on what the readout reads.

use super::{Bound, Pass, Query};
use crate::affine::Rows;
use crate::network::{LinearReadout, Readout};
use crate::neuron::interval::gamma;

impl Pass<'_> {
    /// Coefficients on the last layer's spikes (on its membranes if it does not fire), the same at
    /// every step.
    pub fn on_scores(&self, bounds: &mut [Bound]) -> Rows {
        let layer = &self.network.layers[self.network.layers.len() - 1];
        let steps = self.intervals.steps;
        let mut rows = Rows::zeros(
            self.queries.len() * steps * layer.positions(),
            layer.vectors(),
        );
        for (index, query) in self.queries.iter().enumerate() {
            for step in 0..steps {
                let first = (index * steps + step) * layer.positions();
                let run = rows.run_mut(first, layer.positions());
                let row: &mut [f32] = bytemuck::cast_slice_mut(run);
                match &self.network.readout {
                    Readout::Rate | Readout::Membrane => {
                        row[..query.weights.len()].copy_from_slice(&query.weights);
                    }
                    Readout::Linear(linear) => {
                        self.on_rates(linear, query, row, &mut bounds[index]);
                    }
                }
            }
            if matches!(self.network.readout, Readout::Membrane) {
                self.allow_for_mean(index, &mut bounds[index]);
            }
        }
        rows
    }

    /// Scores under a membrane readout are f32 means; widens by what their sums may be off.
    fn allow_for_mean(&self, index: usize, bound: &mut Bound) {
        let query = &self.queries[index];
        let steps = self.intervals.steps;
        let last = &self.intervals.layers[self.intervals.layers.len() - 1];
        let share = gamma(steps + 4);
        for step in 0..steps {
            let row = query.sample * steps + step;
            let ends = last.lower.row(row).iter().zip(last.upper.row(row));
            for (weight, (l, h)) in query.weights.iter().zip(ends) {
                bound.slack += share * f64::from(weight.abs() * l.abs().max(h.abs()));
            }
        }
    }

    /// Coefficients `weights · V` on the spikes, and the constant `weights · c` of this step.
    fn on_rates(&self, linear: &LinearReadout, query: &Query, row: &mut [f32], bound: &mut Bound) {
        let affine = &linear.affine;
        let weight: &[f32] = bytemuck::cast_slice(self.parameters.vectors(&linear.weight));
        let bias: &[f32] = bytemuck::cast_slice(self.parameters.vectors(&linear.bias));
        let stride = affine.input.stride();
        // The scores are f32 sums of rounded rates, and the coefficients rounded sums of rows.
        let share = gamma(affine.fan_in() + query.weights.len() + 8);
        let mut size = 0.0;
        for index in 0..affine.fan_in() {
            let (position, channel) = affine.input.place(index);
            let mut sum = 0.0f64;
            for (class, &query) in query.weights.iter().enumerate() {
                let term = f64::from(query) * f64::from(weight[affine.packed_weight(class, index)]);
                sum += term;
                size += term.abs();
            }
            row[position * stride + channel] = sum as f32;
        }
        for (&query, &bias) in query.weights.iter().zip(bias) {
            let term = f64::from(query) * f64::from(bias);
            bound.add(term);
            size += term.abs();
        }
        bound.slack += share * size;
    }
}
