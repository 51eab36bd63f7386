//! The objective of training and its gradient over one slice of a batch (ALGORITHMS 5).
//!
//! ```text
//! loss = kappa * CE(scores, y) + (1 - kappa) * CE(-m, y)      m = beta * S-CROWN + (1 - beta) * S-IBP
//! ```

use serde::{Deserialize, Serialize};
use wide::f32x4;

use crate::encode::{DrawKey, Encoded, InputMap, Inputs};
use crate::error::{check_range, Code, Error, Result};
use crate::grad;
use crate::intervals::Intervals;
use crate::loss::{cross_entropy, margin_cross_entropy, Fused};
use crate::margin;
pub use crate::margin::queries;
use crate::network::{check_steps, Network};
use crate::neuron::relaxation::Relaxation;
use crate::neuron::surrogate::Surrogate;
use crate::parameters::Parameters;
use crate::propagate::{crown, ibp, spikes};
use crate::region::{Coupling, InputIntervals, Region, Rounding};
use crate::shape::LANES;
pub use crate::slice::{chunks, Slice, TRACE};

/// Which bound the certified part of the loss stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    Natural,
    SIbp,
    /// All rivals' rows.
    SCrown,
    /// One row in the place of all (loss fusion).
    SCrownFused,
}

/// All that a step of training depends on besides the data and the parameters.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Objective {
    pub method: Method,
    /// Steps of the natural part.
    pub steps: usize,
    /// Steps of the certified part, `T'`.
    pub certified_steps: usize,
    pub seed: u64,
    pub presentation: u64,
    /// What the margins are bounded over.
    pub region: Region,
    /// Share of the natural part, in [0, 1].
    pub kappa: f32,
    /// Share of S-CROWN in the margins, in [0, 1].
    pub beta: f32,
    /// Factor on scores and margins before the softmax.
    pub scale: f32,
    /// What the summed loss is divided by: the size of the whole batch.
    pub denominator: f32,
    pub relaxation: Relaxation,
    pub coupling: Coupling,
    pub surrogate: Surrogate,
}

/// Sums over the slice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Statistics {
    pub loss: f64,
    pub natural_loss: f64,
    pub certified_loss: f64,
    /// Samples whose label has strictly the largest score.
    pub correct: f64,
    pub certified_ibp: f64,
    /// Certified by the larger of both bounds per rival.
    pub certified_best: f64,
}

impl Objective {
    /// # Errors
    /// `invalid-description` for JSON of another form, and as [`Objective::check`].
    pub fn from_json(json: &str) -> Result<Self> {
        let objective: Objective = serde_json::from_str(json)
            .map_err(|e| Error::new(Code::InvalidDescription, format!("objective: {e}")))?;
        objective.check()?;
        Ok(objective)
    }

    /// # Errors
    /// `invalid-value` naming a number out of range.
    pub fn check(&self) -> Result<()> {
        check_steps("steps", self.steps)?;
        check_steps("certifiedSteps", self.certified_steps)?;
        self.region.check()?;
        check_range("kappa", self.kappa.into(), 0.0..=1.0)?;
        check_range("beta", self.beta.into(), 0.0..=1.0)?;
        check_range("logitScale", self.scale.into(), 1e-6..=1e6)?;
        check_range("denominator", self.denominator.into(), 1.0..=1e9)?;
        self.surrogate.check()
    }

    /// Refuses a region that is no region of such inputs, where margins are bounded at all.
    ///
    /// # Errors
    /// As [`Region::fits`].
    pub fn fits(&self, network: &Network) -> Result<()> {
        let InputMap { shape, encoding } = network.input_map();
        match self.method {
            Method::Natural => Ok(()),
            _ => self
                .region
                .fits(encoding, shape.len(), self.certified_steps),
        }
    }

    fn draws(&self) -> DrawKey {
        DrawKey {
            seed: self.seed,
            presentation: self.presentation,
        }
    }
}

/// Writes the gradient of the slice's share of the loss to the slab, which holds zeros.
pub fn gradient(
    network: &Network,
    parameters: &Parameters,
    slice: Slice,
    objective: &Objective,
    slab: &mut [f32x4],
) -> Statistics {
    let mut statistics = Statistics::default();
    let inputs = |steps| Inputs {
        images: slice.images,
        samples: slice.samples,
        steps,
        draws: objective.draws(),
    };
    let task = Task {
        network,
        parameters,
        objective,
    };
    let all = inputs(objective.steps);
    for range in chunks(network, slice.labels.len(), objective.steps, TRACE) {
        let labels = &slice.labels[range.clone()];
        task.natural(all.slice(range), labels, slab, &mut statistics);
    }
    if objective.method != Method::Natural && objective.kappa < 1.0 {
        let lanes = match objective.method {
            Method::SCrown => (network.classes - 1).next_multiple_of(LANES),
            Method::SCrownFused => LANES,
            _ => 0,
        };
        // Coefficients on spikes and on membranes, and where they belong.
        let bytes = TRACE + if lanes > 0 { 8 * lanes + 8 } else { 0 };
        let all = inputs(objective.certified_steps);
        for range in chunks(
            network,
            slice.labels.len(),
            objective.certified_steps,
            bytes,
        ) {
            let labels = &slice.labels[range.clone()];
            task.certified(all.slice(range), labels, slab, &mut statistics);
        }
    }
    grad::by_parameters(network, slab);
    statistics
}

/// Whether the label's score is strictly the largest.
pub fn is_correct(scores: &[f32], label: usize) -> bool {
    let others = scores
        .iter()
        .enumerate()
        .filter(|&(class, _)| class != label);
    scores[label].is_finite() && others.fold(true, |won, (_, &score)| won && scores[label] > score)
}

/// Whether all margins are positive numbers.
pub fn is_certified(mut margins: impl Iterator<Item = f32>) -> bool {
    margins.all(|margin| margin.is_finite() && margin > 0.0)
}

struct Task<'a> {
    network: &'a Network,
    parameters: &'a Parameters,
    objective: &'a Objective,
}

impl Task<'_> {
    fn natural(
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
        let trace = spikes::propagate(
            self.network,
            self.parameters,
            input,
            inputs.len(),
            inputs.steps,
        );
        let classes = self.network.classes;
        let mut by_scores = vec![0.0; trace.scores.len()];
        for (sample, &label) in labels.iter().enumerate() {
            let scores = &trace.scores[sample * classes..][..classes];
            let by = &mut by_scores[sample * classes..][..classes];
            let loss = cross_entropy(scores, label.into(), objective.scale, by);
            statistics.natural_loss += f64::from(loss);
            statistics.loss += f64::from(share * loss);
            statistics.correct += f64::from(u8::from(is_correct(scores, label.into())));
        }
        if share == 0.0 {
            return;
        }
        by_scores
            .iter_mut()
            .for_each(|by| *by *= share / objective.denominator);
        grad::spikes::backpropagate(
            self.network,
            self.parameters,
            &trace,
            &by_scores,
            objective.surrogate,
            slab,
        );
    }

    fn certified(
        &self,
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
        let region = InputIntervals::new(network.input_map(), inputs, &objective.region, rounding);
        let (samples, steps) = (inputs.len(), inputs.steps);
        let bounded = ibp::Options {
            steps,
            rounding,
            firm: objective.method != Method::SIbp,
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
            Method::Natural | Method::SIbp => (self.by_intervals(bounds, statistics), None),
        };
        let adjoints = grad::ibp::Adjoints {
            output: grad::margin::backpropagate(
                network, parameters, &trace, labels, &by_lower, slab,
            ),
            membranes,
        };
        let surrogate = objective.surrogate;
        grad::ibp::backpropagate(network, parameters, &trace, adjoints, surrogate, slab);
    }

    /// Share of a sample's certified loss in the whole.
    fn share(&self) -> f32 {
        (1.0 - self.objective.kappa) / self.objective.denominator
    }

    fn count(&self, statistics: &mut Statistics, loss: f32, ibp: &[f32], best: &[f32]) {
        statistics.certified_loss += f64::from(loss);
        statistics.loss += f64::from((1.0 - self.objective.kappa) * loss);
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
