//! Spikes of which a few may be toggled (ALGORITHMS 2): sums of the largest gains.

use super::network::{Layer, Tensors};
use super::number::Number;

#[derive(Clone, Debug)]
pub struct Toggles {
    /// Per step and input, whether it may be toggled.
    pub free: Vec<Vec<bool>>,
    /// Toggles at most, over all steps and at each.
    pub most: usize,
    pub of_steps: Vec<usize>,
}

impl Toggles {
    /// The ends of a layer's drive at a step, from the drive of the spikes as they are.
    pub fn ends<N: Number>(
        &self,
        (layer, tensors): (&Layer, &Tensors<N>),
        step: usize,
        spikes: &[N],
        drive: &[N],
    ) -> (Vec<N>, Vec<N>) {
        let most = self.of_steps[step].min(self.most);
        let (mut lower, mut upper) = (Vec::new(), Vec::new());
        for (list, &drive) in layer.connections.iter().zip(drive) {
            let free = list.iter().filter(|c| self.free[step][c.input]);
            let gains: Vec<N> = free
                .map(|c| tensors.weight[c.weight] * sign(spikes[c.input]))
                .collect();
            lower.push(drive + least(&gains, most));
            let opposite: Vec<N> = gains.into_iter().map(|gain| -gain).collect();
            upper.push(drive - least(&opposite, most));
        }
        (lower, upper)
    }

    /// The least `sum_t a[t] . x[t]`; with a budget for each step alone, or for all besides.
    pub fn minimum<N: Number>(&self, a: &[Vec<N>], spikes: &[Vec<f64>], coupled: bool) -> N {
        let mut sum = N::zero();
        let mut gains = Vec::new();
        for (step, a) in a.iter().enumerate() {
            let mut of_step = Vec::new();
            for (i, &a) in a.iter().enumerate() {
                let spike = N::constant(spikes[step][i]);
                sum = sum + a * spike;
                if self.free[step][i] {
                    of_step.push(a * sign(spike));
                }
            }
            let most = self.of_steps[step].min(self.most);
            gains.extend(chosen(&of_step, most));
        }
        let most = if coupled { self.most } else { gains.len() };
        sum + least(&gains, most)
    }
}

/// What toggling changes a spike by.
fn sign<N: Number>(spike: N) -> N {
    N::constant(1.0) - N::constant(2.0) * spike
}

fn chosen<N: Number>(gains: &[N], most: usize) -> Vec<N> {
    let mut below: Vec<N> = gains.iter().copied().filter(|g| g.value() < 0.0).collect();
    below.sort_by(|a, b| a.value().total_cmp(&b.value()));
    below.truncate(most);
    below
}

/// The sum of the at most so many least gains below zero.
fn least<N: Number>(gains: &[N], most: usize) -> N {
    N::total(chosen(gains, most))
}
