//! Penalties on intervals and on membranes, as their formulas have them.

use super::network::Network;
use super::number::Number;
use super::Trace;

#[derive(Clone, Copy, Debug, Default)]
pub struct Weights {
    pub growth: f64,
    pub balance: f64,
    pub stability: f64,
    pub guard: f64,
    pub tolerance: f64,
    pub width: f64,
}

impl Weights {
    pub fn on_intervals(&self) -> bool {
        self.growth + self.balance + self.stability > 0.0
    }

    /// Over the intervals of one sample whose inputs' are `of_input` long in the mean.
    pub fn of_intervals<N: Number>(
        &self,
        network: &Network,
        [lower, upper]: [&Trace<N>; 2],
        of_input: f64,
    ) -> N {
        let firing = firing(network);
        let mut total = N::zero();
        for &index in &firing {
            let layer = &network.layers[index];
            let (mut growth, mut stability) = (N::zero(), N::zero());
            let (mut above, mut below) = (N::zero(), N::zero());
            let mut count = 0.0;
            for (l, h) in lower[index].iter().zip(&upper[index]) {
                let pairs = l.iter().zip(h).enumerate();
                let mut length = N::zero();
                for (j, (&l, &h)) in pairs {
                    let threshold = N::constant(layer.neuron(j).threshold);
                    let centre = (l + h) * N::constant(0.5) - threshold;
                    length = length + (h - l);
                    above = above + centre.positive_part();
                    below = below + (-centre).positive_part();
                    let square = layer.neuron(j).threshold.powi(2).max(1e-6);
                    let one = N::constant(1.0);
                    let inner = one + (l - threshold) * (h - threshold) / N::constant(square);
                    stability = stability + one - inner / (one + inner.magnitude());
                    count += 1.0;
                }
                let mean = length / N::constant(l.len() as f64);
                if of_input > 0.0 && mean.value() > 0.0 {
                    let ratio = N::constant(of_input / self.tolerance) / mean;
                    growth = growth + (N::constant(1.0) - ratio).positive_part();
                }
            }
            let steps = lower[index].len() as f64;
            total = total + N::constant(self.growth / steps) * growth;
            total = total + N::constant(self.stability / count) * stability;
            let ratio = above.lesser(below) / above.greater(below);
            let balance = N::constant(1.0) - ratio / N::constant(self.tolerance);
            total = total + N::constant(self.balance) * balance.positive_part();
        }
        total / N::constant(firing.len().max(1) as f64)
    }

    /// Over the membranes of one sample.
    pub fn of_membranes<N: Number>(&self, network: &Network, membranes: &Trace<N>) -> N {
        let firing = firing(network);
        let mut total = N::zero();
        for &index in &firing {
            let layer = &network.layers[index];
            let (mut sum, mut count) = (N::zero(), 0.0);
            for step in &membranes[index] {
                for (j, &u) in step.iter().enumerate() {
                    let from = (u - N::constant(layer.neuron(j).threshold)).magnitude();
                    let near = N::constant(1.0) - from / N::constant(self.width);
                    sum = sum + near.positive_part() * near.positive_part();
                    count += 1.0;
                }
            }
            total = total + N::constant(self.guard / count) * sum;
        }
        total / N::constant(firing.len().max(1) as f64)
    }
}

fn firing(network: &Network) -> Vec<usize> {
    let layers = 0..network.layers.len();
    layers.filter(|&index| network.fires(index)).collect()
}
