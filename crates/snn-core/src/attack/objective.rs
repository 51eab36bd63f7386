//! What an attack lowers. Rates come in steps of `1/steps`, so that nothing ranks the inputs between two
//! of them; how far the last layer's membranes are from their thresholds does.

use serde::{Deserialize, Serialize};

use crate::loss::cross_entropy;
use crate::network::{Network, Readout};
use crate::neuron::surrogate::{Kind, Surrogate};
use crate::parameters::Parameters;
use crate::propagate::spikes::{linear_scores, Trace};

/// What is lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// The label's score minus its rival's.
    Margin,
    /// The label's logarithmic probability.
    CrossEntropy,
    /// The one and the other in turn, over the restarts.
    Both,
}

/// Whom the label is to lose to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Targets {
    /// Whoever is nearest.
    Untargeted,
    /// Every rival in turn, the nearest first.
    EachRival,
}

impl Loss {
    /// The loss of restart number `restart`.
    pub fn of(self, restart: usize) -> Self {
        match self {
            Loss::Both => [Loss::Margin, Loss::CrossEntropy][restart % 2],
            one => one,
        }
    }
}

/// What is lowered for one example.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    pub loss: Loss,
    pub label: usize,
    pub rival: Option<usize>,
}

/// On scores before the softmax: rates lie in [0, 1].
const SCALE: f32 = 10.0;

impl Goal {
    /// Untargeted, and by its margin.
    pub fn margin(label: usize) -> Self {
        Goal {
            loss: Loss::Margin,
            label,
            rival: None,
        }
    }

    /// The value at some scores, and its derivatives.
    pub fn at(self, scores: &[f32], gradient: &mut [f32]) -> f32 {
        gradient.fill(0.0);
        let rival = match self.rival {
            Some(rival) => rival,
            None if self.loss == Loss::CrossEntropy => {
                return -cross_entropy_raised(scores, self.label, gradient);
            }
            None => nearest(scores, self.label),
        };
        gradient[self.label] = 1.0;
        gradient[rival] -= 1.0;
        scores[self.label] - scores[rival]
    }

    /// The value alone.
    pub fn value(self, scores: &[f32]) -> f32 {
        self.at(scores, &mut vec![0.0; scores.len()])
    }
}

/// The cross entropy, and the derivatives of what is lowered to raise it.
fn cross_entropy_raised(scores: &[f32], label: usize, gradient: &mut [f32]) -> f32 {
    let value = cross_entropy(scores, label, SCALE, gradient);
    gradient.iter_mut().for_each(|g| *g = -*g);
    value
}

/// The first rival of the largest score.
fn nearest(scores: &[f32], label: usize) -> usize {
    let mut best = usize::from(label == 0);
    for (class, &score) in scores.iter().enumerate() {
        if class != label && score > scores[best] {
            best = class;
        }
    }
    best
}

/// The rivals, the nearest first.
pub fn rivals(scores: &[f32], label: usize) -> Vec<usize> {
    let mut rivals: Vec<usize> = (0..scores.len()).filter(|&k| k != label).collect();
    rivals.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    rivals
}

/// How a last layer's spike is softened: it counts the integral of this. At its width from the threshold
/// a spike counts three quarters, and its absence a quarter.
pub const SOFTENED: Surrogate = Surrogate {
    kind: Kind::FastSigmoid,
    width: 1.0,
};

/// Scores in which half of a last layer's spike is one, and the other half tells how far its membrane
/// is from the threshold, `[samples, classes]`. The scores themselves where that layer does not fire.
pub fn softened(network: &Network, parameters: &Parameters, trace: &Trace) -> Vec<f32> {
    let layer = &network.layers[network.layers.len() - 1];
    let last = &trace.layers[network.layers.len() - 1];
    if !layer.fires {
        return trace.scores.clone();
    }
    let (positions, stride) = (layer.positions(), layer.affine.output.stride());
    let thresholds: &[f32] = bytemuck::cast_slice(&layer.thresholds);
    let channels = layer.affine.output.channels;
    let mut rates = vec![0.0; trace.samples * positions * stride];
    let share = 1.0 / trace.steps as f32;
    for row in 0..last.membranes.rows() {
        let (sample, position) = (row / (trace.steps * positions), row % positions);
        let rates = &mut rates[(sample * positions + position) * stride..][..channels];
        let membranes = last.membranes.row(row);
        let membranes = membranes.flat_map(bytemuck::cast_slice::<_, f32>);
        for ((rate, &u), &threshold) in rates.iter_mut().zip(membranes).zip(thresholds) {
            let above = u - threshold;
            *rate += share * (0.5 + 0.5 * above / (SOFTENED.width + above.abs()));
        }
    }
    let classes = network.classes;
    let soft: Vec<f32> = match &network.readout {
        Readout::Linear(linear) => linear_scores(linear, parameters, &rates, trace.samples),
        _ => rates
            .chunks_exact(stride)
            .flat_map(|rates| &rates[..classes])
            .copied()
            .collect(),
    };
    let pairs = trace.scores.iter().zip(soft);
    pairs.map(|(hard, soft)| 0.5 * (hard + soft)).collect()
}
