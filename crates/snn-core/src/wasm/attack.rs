//! Attacks for JavaScript.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::fields::training::surrogate;
use super::fields::{self, meaning, unknown, Fields};
use super::{thrown, Model, Thrown};
use crate::attack::{self, AttackOptions, Draws, Kind, Loss, Method, Targets};
use crate::slice::Slice;

#[wasm_bindgen]
extern "C" {
    /// A plain object, as [`Fields`], of what only attacks have.
    type AttackFields;

    #[wasm_bindgen(method, getter)]
    fn attack(this: &AttackFields) -> AttackFields;
    #[wasm_bindgen(method, getter)]
    fn kind(this: &AttackFields) -> String;
    #[wasm_bindgen(method, getter, js_name = attackSeed)]
    fn attack_seed(this: &AttackFields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn surrogates(this: &AttackFields) -> Array;
    #[wasm_bindgen(method, getter)]
    fn iterations(this: &AttackFields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn restarts(this: &AttackFields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn draws(this: &AttackFields) -> AttackFields;
    #[wasm_bindgen(method, getter)]
    fn samples(this: &AttackFields) -> f64;
    #[wasm_bindgen(method, getter, js_name = stepSize)]
    fn step_size(this: &AttackFields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn decay(this: &AttackFields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn momentum(this: &AttackFields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn targets(this: &AttackFields) -> String;
    #[wasm_bindgen(method, getter)]
    fn loss(this: &AttackFields) -> String;
    #[wasm_bindgen(method, getter)]
    fn share(this: &AttackFields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn candidates(this: &AttackFields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn gradient(this: &AttackFields) -> bool;
    #[wasm_bindgen(method, getter)]
    fn width(this: &AttackFields) -> f64;
}

fn options(of: &Fields) -> Thrown<AttackOptions> {
    let own: &AttackFields = of.unchecked_ref();
    let run = fields::predict_options(of)?;
    let surrogates = own.surrogates();
    let options = AttackOptions {
        steps: run.steps,
        seed: run.seed,
        presentation: run.presentation,
        region: fields::region_of(of)?,
        method: method(&own.attack())?,
        attack_seed: own.attack_seed() as u64,
        surrogates: surrogates
            .iter()
            .map(|of| surrogate(of.unchecked_ref()))
            .collect::<Thrown<_>>()?,
        iterations: own.iterations() as usize,
        restarts: own.restarts() as usize,
        draws: draws(&own.draws())?,
    };
    options.check().map_err(thrown)?;
    Ok(options)
}

fn draws(of: &AttackFields) -> Thrown<Draws> {
    match of.kind().as_str() {
        "fixed" => Ok(Draws::Fixed),
        "fresh" => Ok(Draws::Fresh {
            samples: of.samples() as usize,
        }),
        kind => Err(unknown("draws.kind", kind)),
    }
}

fn method(of: &AttackFields) -> Thrown<Method> {
    let candidates = of.candidates() as usize;
    Ok(match of.kind().as_str() {
        "fgsm" => Method::Fgsm { loss: loss(of)? },
        "pgd" => Method::Pgd {
            step_size: of.step_size(),
            decay: of.decay(),
            momentum: of.momentum(),
            targets: targets(of)?,
            loss: loss(of)?,
        },
        "apgd" => Method::Apgd {
            momentum: of.momentum(),
            targets: targets(of)?,
            loss: loss(of)?,
        },
        "square" => Method::Square { share: of.share() },
        "coordinate" => Method::Coordinate {
            candidates,
            gradient: of.gradient(),
        },
        "greedy-flips" => Method::GreedyFlips { candidates },
        "beam-flips" => Method::BeamFlips {
            width: of.width() as usize,
            candidates,
        },
        "random-flips" => Method::RandomFlips { share: of.share() },
        "coordinate-flips" => Method::CoordinateFlips {},
        "pgd-flips" => Method::PgdFlips {
            step_size: of.step_size(),
            momentum: of.momentum(),
        },
        "greedy-shifts" => Method::GreedyShifts { candidates },
        "beam-shifts" => Method::BeamShifts {
            width: of.width() as usize,
            candidates,
        },
        "random-shifts" => Method::RandomShifts { share: of.share() },
        "coordinate-shifts" => Method::CoordinateShifts {},
        kind => return Err(unknown("attack.kind", kind)),
    })
}

fn loss(of: &AttackFields) -> Thrown<Loss> {
    let known = [
        ("margin", Loss::Margin),
        ("cross-entropy", Loss::CrossEntropy),
        ("both", Loss::Both),
    ];
    meaning("attack.loss", &of.loss(), &known)
}

fn targets(of: &AttackFields) -> Thrown<Targets> {
    let known = [
        ("untargeted", Targets::Untargeted),
        ("each-rival", Targets::EachRival),
    ];
    meaning("attack.targets", &of.targets(), &known)
}

#[wasm_bindgen]
impl Model {
    /// Attacks every example of a slice that is classified as its label.
    pub fn attack(
        &self,
        images: &[f32],
        labels: &[u8],
        samples: &[u32],
        of: &Fields,
    ) -> Thrown<Attacks> {
        let options = options(of)?;
        let slice = Slice {
            images,
            samples,
            labels,
        };
        let model = &self.0;
        attack::attack(&model.network, &model.parameters, slice, &options)
            .map(Attacks)
            .map_err(thrown)
    }

    /// Class scores `[samples, classes]` of inputs as an attack writes them. `of`: steps, seed,
    /// presentation, and kind: 'pixels' or 'spikes'.
    #[wasm_bindgen(js_name = scoresOf)]
    pub fn scores_of(&self, inputs: &[f32], samples: &[u32], of: &Fields) -> Thrown<Vec<f32>> {
        let own: &AttackFields = of.unchecked_ref();
        let known = [("pixels", Kind::Pixels), ("spikes", Kind::Spikes)];
        let kind = meaning("kind", &own.kind(), &known)?;
        let options = fields::predict_options(of)?;
        let model = &self.0;
        let (network, parameters) = (&model.network, &model.parameters);
        attack::scores_of(network, parameters, inputs, samples, kind, &options).map_err(thrown)
    }
}

/// Per example, in the order of the slice.
#[wasm_bindgen]
pub struct Attacks(attack::Attacked);

#[wasm_bindgen]
impl Attacks {
    /// 1 where an input of the region is not classified as the label.
    #[wasm_bindgen(getter)]
    pub fn fooled(&self) -> Vec<u8> {
        self.0.fooled.clone()
    }

    /// The least margin seen inside the region.
    #[wasm_bindgen(getter)]
    pub fn margins(&self) -> Vec<f32> {
        self.0.margins.clone()
    }

    /// What the adversarial input is taken for, or the example where there is none.
    #[wasm_bindgen(getter)]
    pub fn predictions(&self) -> Vec<u8> {
        self.0.predictions.clone()
    }

    /// One adversarial input per fooled example, in order.
    #[wasm_bindgen(getter)]
    pub fn examples(&self) -> Vec<f32> {
        self.0.examples.clone()
    }

    /// 1 where every gradient was zero everywhere.
    #[wasm_bindgen(getter, js_name = zeroGradient)]
    pub fn zero_gradient(&self) -> Vec<u8> {
        self.0.zero_gradient.clone()
    }

    /// Forward passes over one example.
    #[wasm_bindgen(getter)]
    pub fn passes(&self) -> f64 {
        self.0.passes as f64
    }
}
