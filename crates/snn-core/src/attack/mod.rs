//! Attacks on what was certified (ALGORITHMS 6): over the same regions, with the same draws, by the
//! network as it runs. Only [`Judge`] says that one succeeded.

mod ball;
mod coordinate;
mod descent;
mod judge;
mod objective;
mod spikes;
mod square;
mod views;

use serde::{Deserialize, Serialize};

use crate::certify::PredictOptions;
use crate::encode::{Encoded, Encoding, InputMap};
use crate::error::{check_length, check_range, Code, Error, Number, Result};
use crate::network::{check_steps, Network};
use crate::neuron::surrogate::Surrogate;
use crate::parameters::{check_finite, Parameters};
use crate::propagate::spikes as network_spikes;
use crate::region::Region;
use crate::slice::{chunks, Slice, TRACE};
pub use judge::{Judge, Point};
pub use objective::{Loss, Targets};

/// How a slice is attacked. Prediction, certificate and attack of one presentation share the draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttackOptions {
    pub steps: usize,
    pub seed: u64,
    pub presentation: u64,
    pub region: Region,
    #[serde(rename = "attack")]
    pub method: Method,
    /// Keys what an attack tries at random.
    pub attack_seed: u64,
    /// What stands for the derivative of the spike, in turn over the restarts: one alone overstates
    /// robustness. At least one.
    pub surrogates: Vec<Surrogate>,
    /// Steps of a run, at least 1.
    pub iterations: usize,
    /// Runs, at least 1. The first starts from the example as it is.
    pub restarts: usize,
    pub draws: Draws,
}

/// Which draws of a rate code an attack sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Draws {
    /// Those that it is judged by: the certificate's.
    Fixed,
    /// So many others at every step, over which it takes the mean; it shows one input in the end.
    Fresh { samples: usize },
}

/// What is tried. Steps are in units of the region's radius.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Method {
    /// One step to the end of the region, along the sign of the gradient.
    Fgsm { loss: Loss },
    /// Signed steps of `step_size * decay^iteration` along a gradient with momentum.
    Pgd {
        step_size: f32,
        decay: f32,
        momentum: f32,
        targets: Targets,
        loss: Loss,
    },
    /// Steps that are halved, and go on from the best input so far, where they no longer gain
    /// (Croce and Hein 2020).
    Apgd {
        momentum: f32,
        targets: Targets,
        loss: Loss,
    },
    /// Random squares at an end of the region, kept where they gain (Andriushchenko et al. 2020).
    /// `share`: of the pixels, in the first square.
    Square { share: f32 },
    /// Single pixels across their next draws or to an end of the region: ranked, by the gradient or at
    /// random, the `candidates` first of them recounted, and the best taken together.
    Coordinate { candidates: usize, gradient: bool },
    /// Flips ranked by their gain, the `candidates` best recounted after every one.
    GreedyFlips { candidates: usize },
    /// The same, with `width` inputs at a time.
    BeamFlips { width: usize, candidates: usize },
    /// Flips without a gradient, a share of them drawn anew and kept where they do no worse (Croce et al.
    /// 2022). `share`: at first; it falls to a single one.
    RandomFlips { share: f32 },
    /// Flips without a gradient, one place after another.
    CoordinateFlips {},
    /// Gradient steps on the probabilities of flips, projected to the budget.
    PgdFlips { step_size: f32, momentum: f32 },
    /// Moves in time ranked by their gain, the `candidates` best recounted after every one.
    GreedyShifts { candidates: usize },
    /// The same, with `width` inputs at a time.
    BeamShifts { width: usize, candidates: usize },
    /// Moves in time without a gradient, as random flips.
    RandomShifts { share: f32 },
    /// Moves in time without a gradient, one after another.
    CoordinateShifts {},
}

/// Per example, in the order of the slice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attacked {
    /// 1 where an input of the region is not classified as the label by a plain forward pass. Examples
    /// that are wrong as they are have 0: they are not attacked.
    pub fooled: Vec<u8>,
    /// The least margin seen inside the region: the label's score minus its best rival's.
    pub margins: Vec<f32>,
    /// The class that the adversarial input is taken for, or the example where there is none.
    pub predictions: Vec<u8>,
    /// One adversarial input per fooled example, in order: pixels `[size]`, or spikes `[steps, size]`
    /// for regions of spikes.
    pub examples: Vec<f32>,
    /// 1 where gradients were asked for and every one was zero everywhere: the method proves nothing.
    pub zero_gradient: Vec<u8>,
    /// Forward passes over one example.
    pub passes: u64,
}

impl AttackOptions {
    /// # Errors
    /// `invalid-description` for JSON of another form, and as [`AttackOptions::check`].
    pub fn from_json(json: &str) -> Result<Self> {
        let options: AttackOptions = serde_json::from_str(json)
            .map_err(|e| Error::new(Code::InvalidDescription, format!("attack: {e}")))?;
        options.check()?;
        Ok(options)
    }

    /// # Errors
    /// `invalid-value` naming a number out of range.
    pub fn check(&self) -> Result<()> {
        check_steps("steps", self.steps)?;
        self.region.check()?;
        count("iterations", self.iterations, 100_000)?;
        count("restarts", self.restarts, 100_000)?;
        count("surrogates", self.surrogates.len(), 100)?;
        self.surrogates.iter().try_for_each(Surrogate::check)?;
        if let Draws::Fresh { samples } = self.draws {
            count("draws.samples", samples, 10_000)?;
        }
        self.method.check()
    }

    /// What the plain forward pass takes.
    pub fn predict(&self) -> PredictOptions {
        PredictOptions {
            steps: self.steps,
            seed: self.seed,
            presentation: self.presentation,
        }
    }

    /// Refuses a method that does not attack such a region of such inputs.
    fn fits(&self, network: &Network) -> Result<()> {
        let InputMap { shape, encoding } = network.input_map();
        self.region.fits(encoding, shape.len(), self.steps)?;
        let name = self.method.name();
        let refused = |expected: &str| {
            let code = Code::InvalidValue;
            Err(Error::expected(code, "attack", expected, name))
        };
        match (&self.region, self.method.takes()) {
            (Region::Linf(_), Takes::Pixels)
            | (Region::Flips(_) | Region::Sampled(_), Takes::Flips)
            | (Region::Shift(_), Takes::Shifts) => {}
            (Region::Linf(_), _) => {
                return refused("one of pixels (fgsm, pgd, apgd, square, coordinate), as the region is")
            }
            (Region::Shift(_), _) => {
                return refused("one that moves spikes (greedy-shifts, beam-shifts, random-shifts, coordinate-shifts), as the region does")
            }
            _ => {
                return refused(
                    "one that flips spikes (greedy-flips, beam-flips, pgd-flips, random-flips, coordinate-flips), as the region does",
                )
            }
        }
        if self.draws == Draws::Fixed {
            return Ok(());
        }
        let follows = matches!(
            self.method,
            Method::Fgsm { .. } | Method::Pgd { .. } | Method::Apgd { .. }
        );
        match encoding == Encoding::Rate && follows {
            true => Ok(()),
            false => Err(Error::expected(
                Code::InvalidValue,
                "draws",
                "'fixed', as fresh draws are for fgsm, pgd and apgd on a rate code",
                "fresh",
            )),
        }
    }
}

/// Refuses a number that is not 1 to `most`.
fn count(field: &str, got: usize, most: usize) -> Result<()> {
    check_range(field, got as f64, 1.0..=most as f64)
}

/// What a method changes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Pixels,
    Flips,
    Shifts,
}

impl Method {
    fn check(&self) -> Result<()> {
        let number = |field: &str, value: f32, most: f64| {
            check_range(&format!("attack.{field}"), value.into(), 0.0..=most)
        };
        match *self {
            Method::Fgsm { .. } => Ok(()),
            Method::Pgd {
                step_size,
                decay,
                momentum,
                ..
            } => number("stepSize", step_size, 1e6)
                .and_then(|()| number("decay", decay, 1.0))
                .and_then(|()| number("momentum", momentum, 1.0)),
            Method::Apgd { momentum, .. } => number("momentum", momentum, 1.0),
            Method::Square { share }
            | Method::RandomFlips { share }
            | Method::RandomShifts { share } => number("share", share, 1.0),
            Method::CoordinateFlips {} | Method::CoordinateShifts {} => Ok(()),
            Method::PgdFlips {
                step_size,
                momentum,
            } => {
                number("stepSize", step_size, 1e6).and_then(|()| number("momentum", momentum, 1.0))
            }
            Method::BeamFlips { width, candidates } | Method::BeamShifts { width, candidates } => {
                count("attack.width", width, 10_000)
                    .and_then(|()| count("attack.candidates", candidates, 1 << 20))
            }
            Method::Coordinate { candidates, .. }
            | Method::GreedyFlips { candidates }
            | Method::GreedyShifts { candidates } => {
                count("attack.candidates", candidates, 1 << 20)
            }
        }
    }

    /// As it is written in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Method::Fgsm { .. } => "fgsm",
            Method::Pgd { .. } => "pgd",
            Method::Apgd { .. } => "apgd",
            Method::Square { .. } => "square",
            Method::Coordinate { .. } => "coordinate",
            Method::GreedyFlips { .. } => "greedy-flips",
            Method::BeamFlips { .. } => "beam-flips",
            Method::RandomFlips { .. } => "random-flips",
            Method::CoordinateFlips {} => "coordinate-flips",
            Method::PgdFlips { .. } => "pgd-flips",
            Method::GreedyShifts { .. } => "greedy-shifts",
            Method::BeamShifts { .. } => "beam-shifts",
            Method::RandomShifts { .. } => "random-shifts",
            Method::CoordinateShifts {} => "coordinate-shifts",
        }
    }

    fn takes(&self) -> Takes {
        match self {
            Method::Fgsm { .. }
            | Method::Pgd { .. }
            | Method::Apgd { .. }
            | Method::Square { .. }
            | Method::Coordinate { .. } => Takes::Pixels,
            Method::GreedyFlips { .. }
            | Method::BeamFlips { .. }
            | Method::RandomFlips { .. }
            | Method::CoordinateFlips {}
            | Method::PgdFlips { .. } => Takes::Flips,
            Method::GreedyShifts { .. }
            | Method::BeamShifts { .. }
            | Method::RandomShifts { .. }
            | Method::CoordinateShifts {} => Takes::Shifts,
        }
    }
}

/// Attacks every example of a slice that is classified as its label. What comes out for an example
/// hangs neither on the others of the slice nor on their order.
///
/// # Errors
/// As `check_images` and `check_labels`; `invalid-value` for a region that is none of such inputs and
/// for a method that does not attack it.
pub fn attack(
    network: &Network,
    parameters: &Parameters,
    slice: Slice,
    options: &AttackOptions,
) -> Result<Attacked> {
    options.check()?;
    options.fits(network)?;
    let mut judge = Judge::new(network, parameters, slice, options)?;
    match options.method {
        Method::Fgsm { .. } | Method::Pgd { .. } | Method::Apgd { .. } => descent::run(&mut judge),
        Method::Square { share } => square::run(&mut judge, share),
        Method::Coordinate {
            candidates,
            gradient,
        } => coordinate::run(&mut judge, candidates, gradient),
        _ => spikes::run(&mut judge),
    }
    Ok(judge.attacked())
}

/// What an adversarial input is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One image.
    Pixels,
    /// Maps of zeros and ones, one per step, whatever the encoding.
    Spikes,
}

/// Class scores `[samples, classes]` of inputs as an attack writes them: a plain forward pass.
///
/// # Errors
/// `invalid-shape`, `invalid-value` for inputs of another form.
pub fn scores_of(
    network: &Network,
    parameters: &Parameters,
    inputs: &[f32],
    samples: &[u32],
    kind: Kind,
    options: &PredictOptions,
) -> Result<Vec<f32>> {
    check_steps("steps", options.steps)?;
    let map = kind.map(network);
    check_inputs(network, kind, inputs, samples, options.steps)?;
    let all = options.inputs(inputs, samples);
    let mut scores = Vec::with_capacity(samples.len() * network.classes);
    for range in chunks(network, samples.len(), options.steps, TRACE) {
        let inputs = all.slice(range);
        let input = Encoded::new(map, inputs);
        let (samples, steps) = (inputs.len(), inputs.steps);
        scores.extend(network_spikes::scores(
            network, parameters, &input, samples, steps,
        ));
    }
    Ok(scores)
}

impl Kind {
    /// What a region speaks of.
    fn of(region: &Region) -> Self {
        match region {
            Region::Linf(_) => Kind::Pixels,
            _ => Kind::Spikes,
        }
    }

    /// How inputs are read.
    fn map(self, network: &Network) -> InputMap {
        let map = network.input_map();
        match self {
            Kind::Pixels => map,
            Kind::Spikes => InputMap {
                encoding: Encoding::Spikes,
                ..map
            },
        }
    }
}

/// Refuses perturbed inputs of another form.
fn check_inputs(
    network: &Network,
    kind: Kind,
    inputs: &[f32],
    samples: &[u32],
    steps: usize,
) -> Result<()> {
    let size = network.input_len();
    if kind == Kind::Pixels {
        if network.description.input.encoding == Encoding::Spikes {
            let code = Code::InvalidValue;
            return Err(Error::expected(code, "kind", "spikes", "pixels"));
        }
        check_length("inputs", inputs.len(), samples.len() * size)?;
        return check_finite("inputs", inputs);
    }
    check_length("inputs", inputs.len(), samples.len() * steps * size)?;
    let other = inputs.iter().position(|&x| x != 0.0 && x != 1.0);
    other.map_or(Ok(()), |index| {
        let field = format!("inputs[{index}]");
        let got = Number(inputs[index].into());
        Err(Error::expected(Code::InvalidValue, &field, "0 or 1", got))
    })
}
