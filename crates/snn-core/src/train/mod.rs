//! The objective of training and its gradient over one slice of a batch (ALGORITHMS 5).
//!
//! ```text
//! loss = kappa * CE(scores, y) + (1 - kappa) * R + regularisers
//!
//! s-ibp, s-crown   R = CE(-m, y)                                    m = beta * S-CROWN + (1 - beta) * S-IBP
//! adversarial      R = CE(scores at x', y)                          x': an adversarial point of the region
//! sabr             R = CE(-m', y)                                   m': S-IBP's over a small region around x'
//! mtl-ibp          R = (1 - share) CE(scores at x', y) + share CE(-m, y)
//! ```

pub mod adversary;
mod task;

use serde::{Deserialize, Serialize};
use wide::f32x4;

use crate::encode::{DrawKey, InputMap, Inputs};
use crate::error::{check_range, Code, Error, Result};
use crate::grad;
pub use crate::margin::queries;
use crate::network::{check_steps, Network};
use crate::neuron::relaxation::Relaxation;
use crate::neuron::surrogate::Surrogate;
use crate::parameters::Parameters;
use crate::region::{Coupling, Region};
use crate::regulariser::Regularisers;
use crate::shape::LANES;
pub use crate::slice::{chunks, Slice, TRACE};
pub use adversary::{split, Adversary};
use task::Task;

/// What the robust part of the loss stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    Natural,
    SIbp,
    /// All rivals' rows.
    SCrown,
    /// One row in the place of all (loss fusion).
    SCrownFused,
    /// No bound: an adversarial point of the region (Madry et al. 2018).
    Adversarial,
    /// S-IBP over a small region around an adversarial point (Mueller et al. 2023).
    Sabr,
    /// Adversarial point and S-IBP, mixed (De Palma et al. 2024).
    MtlIbp,
}

impl Method {
    /// Whether margins are bounded.
    pub fn bounds(self) -> bool {
        !matches!(self, Method::Natural | Method::Adversarial)
    }

    /// Whether adversarial points are looked for.
    pub fn attacks(self) -> bool {
        matches!(self, Method::Adversarial | Method::Sabr | Method::MtlIbp)
    }
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
    /// How adversarial points are found, where the method needs them.
    #[serde(default)]
    pub adversary: Adversary,
    /// Sabr: the size of the small region as a share of the region's. Mtl-ibp: the share of the bound in
    /// the robust part. In [0, 1].
    #[serde(default)]
    pub share: f32,
    #[serde(default)]
    pub regularisers: Regularisers,
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
    pub adversarial_loss: f64,
    /// Samples whose label has strictly the largest score at the adversarial point.
    pub robust: f64,
    /// What the regularisers add to the loss.
    pub regularisation: f64,
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
        check_range("share", self.share.into(), 0.0..=1.0)?;
        self.adversary.check()?;
        self.regularisers.check()?;
        self.surrogate.check()
    }

    /// Refuses a region that is no region of such inputs, and one without adversarial points, where the
    /// method needs them.
    ///
    /// # Errors
    /// As [`Region::fits`]; `invalid-value` for adversarial points of a region that has none.
    pub fn fits(&self, network: &Network) -> Result<()> {
        let InputMap { shape, encoding } = network.input_map();
        if self.method == Method::Natural {
            return Ok(());
        }
        if self.method.attacks() && !matches!(self.region, Region::Linf(_) | Region::Flips(_)) {
            let (field, expected) = (
                "region",
                "linf or flips, as the method attacks while training",
            );
            let got = "sampled or shift";
            return Err(Error::expected(Code::InvalidValue, field, expected, got));
        }
        let steps = match self.method.attacks() {
            true => self.certified_steps.max(self.steps),
            false => self.certified_steps,
        };
        self.region.fits(encoding, shape.len(), steps)
    }

    /// Share of the margins' loss in the whole.
    fn certified_share(&self) -> f32 {
        match self.method {
            Method::Natural | Method::Adversarial => 0.0,
            Method::MtlIbp => self.share * (1.0 - self.kappa),
            _ => 1.0 - self.kappa,
        }
    }

    /// Share of the loss at adversarial points in the whole.
    fn adversarial_share(&self) -> f32 {
        match self.method {
            Method::Adversarial => 1.0 - self.kappa,
            Method::MtlIbp => (1.0 - self.share) * (1.0 - self.kappa),
            _ => 0.0,
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
    if objective.adversarial_share() > 0.0 {
        for range in chunks(network, slice.labels.len(), objective.steps, TRACE) {
            let labels = &slice.labels[range.clone()];
            task.adversarial(all.slice(range), labels, slab, &mut statistics);
        }
    }
    let pulled = objective.method.bounds() && objective.regularisers.on_intervals();
    if objective.certified_share() > 0.0 || pulled {
        let lanes = match objective.method {
            Method::SCrown => (network.classes - 1).next_multiple_of(LANES),
            Method::SCrownFused => LANES,
            _ => 0,
        };
        // Coefficients on spikes and on membranes, and where they belong.
        let bytes = TRACE + if lanes > 0 { 8 * lanes + 8 } else { 0 };
        let steps = objective.certified_steps;
        let all = inputs(steps);
        for range in chunks(network, slice.labels.len(), steps, bytes) {
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
