//! The options of training, read as those of everything else.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::{coupling, meaning, region, relaxation, thrown, unknown, Fields, Thrown};
use crate::neuron::surrogate::{Kind, Surrogate};
use crate::optim::Rule;
use crate::regulariser::Regularisers;
use crate::schedule::Schedule;
use crate::train::{Adversary, Method, Objective};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, getter, js_name = certifiedSteps)]
    fn certified_steps(this: &Fields) -> usize;
    #[wasm_bindgen(method, getter)]
    fn method(this: &Fields) -> String;
    #[wasm_bindgen(method, getter)]
    fn kappa(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn beta(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn scale(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn denominator(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn surrogate(this: &Fields) -> Fields;
    #[wasm_bindgen(method, getter)]
    fn width(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn share(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn adversary(this: &Fields) -> Fields;
    #[wasm_bindgen(method, getter)]
    fn iterations(this: &Fields) -> usize;
    #[wasm_bindgen(method, getter, js_name = stepSize)]
    fn step_size(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter, js_name = randomStart)]
    fn random_start(this: &Fields) -> bool;
    #[wasm_bindgen(method, getter)]
    fn regularisers(this: &Fields) -> Fields;
    #[wasm_bindgen(method, getter)]
    fn growth(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn balance(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn stability(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn guard(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn tolerance(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter, js_name = guardWidth)]
    fn guard_width(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn momentum(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn beta1(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn beta2(this: &Fields) -> f32;
    #[wasm_bindgen(method, getter)]
    fn value(this: &Fields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn from(this: &Fields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn to(this: &Fields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn start(this: &Fields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn end(this: &Fields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn epochs(this: &Fields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn values(this: &Fields) -> Array;
}

pub fn objective(of: &Fields) -> Thrown<Objective> {
    let methods = [
        ("natural", Method::Natural),
        ("s-ibp", Method::SIbp),
        ("s-crown", Method::SCrown),
        ("s-crown-fused", Method::SCrownFused),
        ("adversarial", Method::Adversarial),
        ("sabr", Method::Sabr),
        ("mtl-ibp", Method::MtlIbp),
    ];
    let objective = Objective {
        method: meaning("method", &of.method(), &methods)?,
        steps: of.steps(),
        certified_steps: of.certified_steps(),
        seed: of.seed() as u64,
        presentation: of.presentation() as u64,
        region: region(&of.region())?,
        kappa: of.kappa(),
        beta: of.beta(),
        scale: of.scale(),
        denominator: of.denominator(),
        relaxation: relaxation(of)?,
        coupling: coupling(of)?,
        surrogate: surrogate(&of.surrogate())?,
        adversary: adversary(&of.adversary()),
        share: of.share(),
        regularisers: regularisers(&of.regularisers()),
    };
    objective.check().map_err(thrown)?;
    Ok(objective)
}

fn adversary(of: &Fields) -> Adversary {
    Adversary {
        iterations: of.iterations(),
        step_size: of.step_size(),
        random_start: of.random_start(),
    }
}

fn regularisers(of: &Fields) -> Regularisers {
    Regularisers {
        growth: of.growth(),
        balance: of.balance(),
        stability: of.stability(),
        guard: of.guard(),
        tolerance: of.tolerance(),
        guard_width: of.guard_width(),
    }
}

pub fn surrogate(of: &Fields) -> Thrown<Surrogate> {
    let known = [
        ("rectangular", Kind::Rectangular),
        ("atan", Kind::Atan),
        ("fast-sigmoid", Kind::FastSigmoid),
        ("triangle", Kind::Triangle),
    ];
    Ok(Surrogate {
        kind: meaning("surrogate.kind", &of.kind(), &known)?,
        width: of.width(),
    })
}

pub fn rule(of: &Fields) -> Thrown<Rule> {
    match of.kind().as_str() {
        "sgd" => Ok(Rule::Sgd {
            momentum: of.momentum(),
        }),
        "adam" => Ok(Rule::Adam {
            beta1: of.beta1(),
            beta2: of.beta2(),
            epsilon: of.epsilon() as f32,
        }),
        kind => Err(unknown("optimizer.kind", kind)),
    }
}

pub fn schedule(of: &Fields) -> Thrown<Schedule> {
    let (from, to, start, end) = (of.from(), of.to(), of.start(), of.end());
    let schedule = match of.kind().as_str() {
        "constant" => Schedule::Constant { value: of.value() },
        "linear" => Schedule::Linear {
            from,
            to,
            start,
            end,
        },
        "smooth" => Schedule::Smooth {
            from,
            to,
            start,
            end,
        },
        "staircase" => Schedule::Staircase {
            from,
            to,
            start,
            end,
            epochs: of.epochs(),
        },
        "steps" => {
            let number = |pair: &Array, index| pair.get(index).as_f64().unwrap_or(f64::NAN);
            let pair = |pair: JsValue| {
                let pair: &Array = pair.unchecked_ref();
                (number(pair, 0), number(pair, 1))
            };
            Schedule::Steps {
                values: of.values().iter().map(pair).collect(),
            }
        }
        kind => return Err(unknown("schedule.kind", kind)),
    };
    schedule.check().map_err(thrown)?;
    Ok(schedule)
}
