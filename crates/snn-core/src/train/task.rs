//! The parts of the objective, each over a chunk of a slice.

use wide::f32x4;

use super::adversary::{split, Points, Search};
use super::{is_certified, is_correct, queries, Method, Objective, Statistics};
use crate::encode::{Encoded, InputMap, Inputs};
use crate::grad;
use crate::intervals::Intervals;
use crate::loss::{cross_entropy, margin_cross_entropy, Fused};
use crate::margin;
use crate::network::Network;
use crate::parameters::Parameters;
use crate::propagate::{crown, ibp, spikes};
use crate::region::{InputIntervals, Region, Rounding};
use crate::regulariser::{on_intervals, on_membranes, Guard, Regularisers};

pub struct Task<'a> {
    pub network: &'a Network,
    pub parameters: &'a Parameters,
    pub objective: &'a Objective,
}

/// What the network did, and the loss at it.
struct Seen {
    trace: spikes::Trace,
    /// Of the share that counts.
    by_scores: Vec<f32>,
    loss: f64,
    /// The share of the loss that counts.
    shared: f64,
    correct: f64,
}

impl Task<'_> {
    pub fn natural(
        &self,
        inputs: Inputs,
        labels: &[u8],
        slab: &mut [f32x4],
        statistics: &mut Statistics,
    ) {
        let objective = self.objective;
        let share = match objective.method {
            Method::Natural => 1.0,
            _ => objective.kappa,
        };
        let input = Encoded::new(self.network.input_map(), inputs);
        let seen = self.see(input, inputs, labels, share);
        statistics.natural_loss += seen.loss;
        statistics.loss += seen.shared;
        statistics.correct += seen.correct;
        let Regularisers { guard, .. } = objective.regularisers;
        let guards = (guard > 0.0).then(|| {
            let membranes = seen.trace.layers.iter().map(|layer| &layer.membranes);
            let weights = &objective.regularisers;
            let share = 1.0 / objective.denominator;
            on_membranes(self.network, membranes, inputs.steps, weights, share)
        });
        if let Some(penalty) = &guards {
            statistics.loss += penalty.value;
            statistics.regularisation += penalty.value;
        }
        if share > 0.0 || guards.is_some() {
            let guards = guards.as_ref().map(|penalty| &penalty.pulls[..]);
            self.back(&seen, guards, slab);
        }
    }

    /// The loss at adversarial points.
    pub fn adversarial(
        &self,
        inputs: Inputs,
        labels: &[u8],
        slab: &mut [f32x4],
        statistics: &mut Statistics,
    ) {
        let points = self.points(&self.objective.region, inputs, labels);
        let inputs = points.inputs(inputs);
        let share = self.objective.adversarial_share();
        let seen = self.see(Encoded::new(points.map, inputs), inputs, labels, share);
        statistics.adversarial_loss += seen.loss;
        statistics.loss += seen.shared;
        statistics.robust += seen.correct;
        self.back(&seen, None, slab);
    }

    /// What the network does, and the loss at it, of which a share counts.
    fn see(&self, input: Encoded, inputs: Inputs, labels: &[u8], share: f32) -> Seen {
        let Objective {
            scale, denominator, ..
        } = *self.objective;
        let (samples, steps) = (inputs.len(), inputs.steps);
        let trace = spikes::propagate(self.network, self.parameters, input, samples, steps);
        let classes = self.network.classes;
        let mut seen = Seen {
            by_scores: vec![0.0; trace.scores.len()],
            trace,
            loss: 0.0,
            shared: 0.0,
            correct: 0.0,
        };
        for (sample, &label) in labels.iter().enumerate() {
            let scores = &seen.trace.scores[sample * classes..][..classes];
            let by = &mut seen.by_scores[sample * classes..][..classes];
            let loss = cross_entropy(scores, label.into(), scale, by);
            by.iter_mut().for_each(|by| *by *= share / denominator);
            seen.loss += f64::from(loss);
            seen.shared += f64::from(share * loss);
            seen.correct += f64::from(u8::from(is_correct(scores, label.into())));
        }
        seen
    }

    fn back(&self, seen: &Seen, guards: Option<&[Option<Guard>]>, slab: &mut [f32x4]) {
        grad::spikes::backpropagate(
            self.network,
            self.parameters,
            &seen.trace,
            &seen.by_scores,
            self.objective.surrogate,
            guards,
            slab,
        );
    }

    /// Adversarial points of a region.
    fn points(&self, region: &Region, inputs: Inputs, labels: &[u8]) -> Points {
        let search = Search {
            network: self.network,
            parameters: self.parameters,
            objective: self.objective,
            inputs,
            labels,
        };
        search.points(region)
    }

    pub fn certified(
        &self,
        inputs: Inputs,
        labels: &[u8],
        slab: &mut [f32x4],
        statistics: &mut Statistics,
    ) {
        let region = &self.objective.region;
        if self.objective.method == Method::Sabr {
            let [around, small] = split(region, self.objective.share);
            let points = self.points(&around, inputs, labels);
            let region = (points.map, &small);
            self.bounded(region, points.inputs(inputs), labels, slab, statistics);
        } else {
            let region = (self.network.input_map(), region);
            self.bounded(region, inputs, labels, slab, statistics);
        }
    }

    /// The loss of margins over a region of inputs that are read as the map says.
    fn bounded(
        &self,
        (map, region): (InputMap, &Region),
        inputs: Inputs,
        labels: &[u8],
        slab: &mut [f32x4],
        statistics: &mut Statistics,
    ) {
        let Task {
            network,
            parameters,
            objective,
        } = *self;
        let rounding = Rounding::Nearest;
        let region = InputIntervals::new(map, inputs, region, rounding);
        let (samples, steps) = (inputs.len(), inputs.steps);
        let bounded = ibp::Options {
            steps,
            rounding,
            firm: matches!(objective.method, Method::SCrown | Method::SCrownFused),
        };
        let trace = ibp::propagate(network, parameters, region, samples, bounded);
        let lower = margin::from_intervals(network, parameters, &trace, labels);
        let bounds = Bounds {
            labels,
            lower: &lower,
        };
        let (by_lower, membranes) = match objective.method {
            Method::SCrown => self.by_rivals(&trace, bounds, slab, statistics),
            Method::SCrownFused => self.by_fused(&trace, bounds, slab, statistics),
            _ => (self.by_intervals(bounds, statistics), None),
        };
        let weights = &objective.regularisers;
        let penalty = weights
            .on_intervals()
            .then(|| on_intervals(network, &trace, weights, 1.0 / objective.denominator));
        if let Some(penalty) = &penalty {
            statistics.loss += penalty.value;
            statistics.regularisation += penalty.value;
        }
        let adjoints = grad::ibp::Adjoints {
            output: grad::margin::backpropagate(
                network, parameters, &trace, labels, &by_lower, slab,
            ),
            membranes,
            pulls: penalty.map(|penalty| penalty.pulls),
        };
        let surrogate = objective.surrogate;
        grad::ibp::backpropagate(network, parameters, &trace, adjoints, surrogate, slab);
    }

    /// Share of a sample's certified loss in the whole.
    fn share(&self) -> f32 {
        self.objective.certified_share() / self.objective.denominator
    }

    fn count(&self, statistics: &mut Statistics, loss: f32, ibp: &[f32], best: &[f32]) {
        statistics.certified_loss += f64::from(loss);
        statistics.loss += f64::from(self.objective.certified_share() * loss);
        let one = |margins: &[f32]| f64::from(u8::from(is_certified(margins.iter().copied())));
        statistics.certified_ibp += one(ibp);
        statistics.certified_best += one(best);
    }

    fn by_intervals(&self, bounds: Bounds, statistics: &mut Statistics) -> Vec<f32> {
        let rivals = self.network.classes - 1;
        let mut by_lower = vec![0.0; bounds.lower.len()];
        for (by, margins) in by_lower
            .chunks_exact_mut(rivals)
            .zip(bounds.lower.chunks_exact(rivals))
        {
            let loss = margin_cross_entropy(margins, self.objective.scale, by);
            by.iter_mut().for_each(|by| *by *= self.share());
            self.count(statistics, loss, margins, margins);
        }
        by_lower
    }

    fn by_rivals(
        &self,
        trace: &Intervals,
        bounds: Bounds,
        slab: &mut [f32x4],
        statistics: &mut Statistics,
    ) -> Adjoint {
        let rivals = self.network.classes - 1;
        let beta = self.objective.beta;
        let queries = queries(self.network.classes, bounds.labels);
        let crown = self.crown(trace, &queries);
        let mut by_crown = vec![0.0; queries.len()];
        let mut by_lower = by_crown.clone();
        for sample in 0..bounds.labels.len() {
            let range = sample * rivals..(sample + 1) * rivals;
            let (ibp, crown) = (&bounds.lower[range.clone()], &crown.bounds[range.clone()]);
            let pairs = ibp.iter().zip(crown);
            let mixed: Vec<f32> = pairs
                .clone()
                .map(|(i, c)| beta * c + (1.0 - beta) * i)
                .collect();
            let best: Vec<f32> = pairs.map(|(i, c)| i.max(*c)).collect();
            let by = &mut by_crown[range.clone()];
            let loss = margin_cross_entropy(&mixed, self.objective.scale, by);
            self.count(statistics, loss, ibp, &best);
            for (by_crown, by_lower) in by.iter_mut().zip(&mut by_lower[range]) {
                let by = *by_crown * self.share();
                (*by_crown, *by_lower) = (beta * by, (1.0 - beta) * by);
            }
        }
        let membranes = self.crown_gradient(trace, &queries, &crown, &by_crown, slab);
        (by_lower, Some(membranes))
    }

    fn by_fused(
        &self,
        trace: &Intervals,
        bounds: Bounds,
        slab: &mut [f32x4],
        statistics: &mut Statistics,
    ) -> Adjoint {
        let (classes, objective) = (self.network.classes, self.objective);
        let rivals = classes - 1;
        let upper =
            margin::upper_from_intervals(self.network, self.parameters, trace, bounds.labels);
        let pairs = bounds
            .lower
            .chunks_exact(rivals)
            .zip(upper.chunks_exact(rivals));
        let fused: Vec<Fused> = pairs
            .map(|(lower, upper)| Fused::new(lower, upper, objective.scale))
            .collect();
        let rows = fused.iter().zip(bounds.labels).enumerate();
        let queries: Vec<crown::Query> = rows
            .map(|(sample, (fused, &label))| {
                let mut weights = vec![0.0; classes];
                for (index, &weight) in fused.weights.iter().enumerate() {
                    weights[usize::from(label)] += weight;
                    weights[margin::rival(label.into(), index)] -= weight;
                }
                crown::Query { sample, weights }
            })
            .collect();
        let crown = self.crown(trace, &queries);
        let mut by_row = vec![0.0; queries.len()];
        let mut by_lower = vec![0.0; bounds.lower.len()];
        let mut by_ibp = vec![0.0; rivals];
        for (sample, fused) in fused.iter().enumerate() {
            let range = sample * rivals..(sample + 1) * rivals;
            let margins = &bounds.lower[range.clone()];
            let row = fused.loss(crown.bounds[sample]);
            let plain = margin_cross_entropy(margins, objective.scale, &mut by_ibp);
            let loss = objective.beta * row.value + (1.0 - objective.beta) * plain;
            self.count(statistics, loss, margins, margins);
            by_row[sample] = objective.beta * self.share() * row.by_bound;
            let by = row.by_lower.iter().zip(&by_ibp);
            for (target, (fused, ibp)) in by_lower[range].iter_mut().zip(by) {
                let mixed = objective.beta * fused + (1.0 - objective.beta) * ibp;
                *target = self.share() * mixed;
            }
        }
        let membranes = self.crown_gradient(trace, &queries, &crown, &by_row, slab);
        (by_lower, Some(membranes))
    }

    fn crown(&self, trace: &Intervals, queries: &[crown::Query]) -> crown::Trace {
        let options = crown::Options {
            relaxation: self.objective.relaxation,
            coupling: self.objective.coupling,
        };
        crown::propagate(self.network, self.parameters, trace, queries, options)
    }

    fn crown_gradient(
        &self,
        intervals: &Intervals,
        queries: &[crown::Query],
        trace: &crown::Trace,
        by_bounds: &[f32],
        slab: &mut [f32x4],
    ) -> Vec<Vec<[f32; 2]>> {
        let pass = grad::crown::Pass {
            intervals,
            queries,
            trace,
            relaxation: self.objective.relaxation,
            by_bounds,
        };
        grad::crown::backpropagate(self.network, self.parameters, &pass, slab)
    }
}

/// Derivatives with respect to S-IBP's margins and to the membranes' ends.
type Adjoint = (Vec<f32>, Option<Vec<Vec<[f32; 2]>>>);

/// S-IBP's margins of a chunk.
#[derive(Clone, Copy)]
struct Bounds<'a> {
    labels: &'a [u8],
    lower: &'a [f32],
}
