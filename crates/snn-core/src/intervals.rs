//! Intervals of every membrane and spike: what S-IBP finds, and what S-CROWN, the margins and the
//! gradients stand on.

use crate::affine::{Events, Rows, Scopes};
use crate::network::{Layer, Network, Readout};
use crate::neuron::interval::widening;
use crate::region::{InputIntervals, Rounding, SpikeIntervals};

/// Rows of a layer are (sample, step, position).
#[derive(Debug)]
pub struct LayerIntervals {
    /// Lower and upper ends of the membranes.
    pub lower: Rows,
    pub upper: Rows,
    /// Spikes that are sure and those that are open; empty rows for a layer that does not fire, and
    /// none for a hidden layer unless S-CROWN follows.
    pub spikes: SpikeIntervals,
    /// Kept when rounding outward.
    pub sizes: Option<Sizes>,
    /// What is decided of the drive, where S-CROWN follows: bias and the weights of surely firing
    /// inputs. None where the inputs are pixels.
    pub firm: Option<Rows>,
    /// What reached the layer; none where the inputs are pixels.
    pub reached: Option<Reached>,
    /// What may be toggled of the inputs, where only so much of it may be.
    pub scopes: Option<Scopes>,
}

/// Spike intervals as a layer's outputs see them.
#[derive(Debug)]
pub struct Reached {
    pub firing: Events,
    pub open: Events,
}

/// How large the sums behind a layer's membranes can be, for outward rounding.
#[derive(Debug)]
pub struct Sizes {
    /// `sum |W| max(|lo|, |hi|) + |b| + leak * max(|kept_lo|, |kept_hi|)`
    pub sums: Rows,
    /// Inputs that may differ from zero: the terms of each row's sums.
    pub terms: Vec<u32>,
}

#[derive(Debug)]
pub struct Intervals {
    pub input: InputIntervals,
    pub layers: Vec<LayerIntervals>,
    /// Samples in which a bound overflowed: nothing is known about them.
    pub overflowed: Vec<bool>,
    pub samples: usize,
    pub steps: usize,
    pub rounding: Rounding,
}

impl Intervals {
    /// Interval of the last layer's firing counts, `[samples, positions * stride]` each: surely
    /// fired, possibly fired.
    pub fn counts(&self, layer: &Layer) -> [Vec<f32>; 2] {
        let last = &self.layers[self.layers.len() - 1].spikes;
        let (positions, stride) = (layer.positions(), layer.affine.output.stride());
        let size = positions * stride;
        let mut sure = vec![0.0f32; self.samples * size];
        let mut open = sure.clone();
        for row in 0..last.firing.rows() {
            let (sample, position) = (row / (self.steps * positions), row % positions);
            let at = sample * size + position * stride;
            last.firing
                .entries(row)
                .for_each(|(channel, ())| sure[at + channel] += 1.0);
            last.open
                .entries(row)
                .for_each(|(channel, ())| open[at + channel] += 1.0);
        }
        open.iter_mut()
            .zip(&sure)
            .for_each(|(open, sure)| *open += sure);
        [sure, open]
    }

    /// Interval of one sample's class scores under a readout of rates or membranes: lower ends,
    /// upper ends. Sums of membranes are widened when rounding outward.
    pub fn score_intervals(&self, network: &Network) -> [Vec<f64>; 2] {
        let layer = &network.layers[network.layers.len() - 1];
        let classes = network.classes;
        let steps = self.steps as f64;
        if !matches!(network.readout, Readout::Membrane) {
            let stride = layer.affine.output.stride();
            return self.counts(layer).map(|counts| {
                let rates = counts.chunks_exact(stride);
                let rates = rates.flat_map(|counts| counts[..classes].to_vec());
                rates.map(|count| f64::from(count) / steps).collect()
            });
        }
        let last = &self.layers[self.layers.len() - 1];
        let ends = [(&last.lower, -1.0), (&last.upper, 1.0)];
        ends.map(|(rows, outward)| {
            let mut sums = vec![0.0f64; self.samples * classes];
            let mut sizes = sums.clone();
            for row in 0..rows.rows() {
                let sample = row / self.steps;
                for (class, &u) in rows.row(row)[..classes].iter().enumerate() {
                    sums[sample * classes + class] += f64::from(u);
                    let other = if outward < 0.0 {
                        last.upper.row(row)
                    } else {
                        last.lower.row(row)
                    };
                    sizes[sample * classes + class] += f64::from(u.abs().max(other[class].abs()));
                }
            }
            let share = match self.rounding {
                Rounding::Nearest => 0.0,
                Rounding::Outward => f64::from(widening(self.steps)),
            };
            let ends = sums.iter().zip(&sizes);
            ends.map(|(sum, size)| (sum + outward * share * size) / steps)
                .collect()
        })
    }
}
