//! What TypeScript hands over as plain objects, already checked: a network's description and options. They are read
//! field by field; JSON would bring a parser and its tables along, a third of the module.

#[cfg(feature = "training")]
pub mod training;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::{thrown, Thrown};
use crate::certify::{Bound, CertifyOptions, PredictOptions};
use crate::encode::Encoding;
use crate::error::{Code, Error};
use crate::network::{
    check_steps, Description, InputDescription, LayerDescription, ReadoutDescription,
};
use crate::neuron::relaxation::Relaxation;
use crate::neuron::{Constant, Neurons, Reset};
use crate::region::{Coupling, Example, Flips, Linf, PerStep, Region, Rounding, Sampled, Shift};
use crate::shape::Pair;

#[wasm_bindgen]
extern "C" {
    /// A plain object. Fields have one type wherever they occur.
    pub type Fields;

    #[wasm_bindgen(method, getter)]
    fn input(this: &Fields) -> Fields;
    #[wasm_bindgen(method, getter)]
    fn layers(this: &Fields) -> Array;
    #[wasm_bindgen(method, getter)]
    fn readout(this: &Fields) -> Fields;
    #[wasm_bindgen(method, getter)]
    fn shape(this: &Fields) -> Vec<u32>;
    #[wasm_bindgen(method, getter)]
    fn encoding(this: &Fields) -> String;
    #[wasm_bindgen(method, getter)]
    fn kind(this: &Fields) -> String;
    #[wasm_bindgen(method, getter)]
    fn outputs(this: &Fields) -> usize;
    #[wasm_bindgen(method, getter)]
    fn channels(this: &Fields) -> usize;
    #[wasm_bindgen(method, getter)]
    fn kernel(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn stride(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn padding(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn dilation(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn classes(this: &Fields) -> usize;
    #[wasm_bindgen(method, getter)]
    fn neuron(this: &Fields) -> Fields;
    #[wasm_bindgen(method, getter)]
    fn threshold(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn leak(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn reset(this: &Fields) -> String;

    #[wasm_bindgen(method, getter)]
    fn steps(this: &Fields) -> usize;
    #[wasm_bindgen(method, getter)]
    fn seed(this: &Fields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn presentation(this: &Fields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn region(this: &Fields) -> Fields;
    #[wasm_bindgen(method, getter)]
    fn epsilon(this: &Fields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn clip(this: &Fields) -> bool;
    #[wasm_bindgen(method, getter)]
    fn budget(this: &Fields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn additions(this: &Fields) -> bool;
    #[wasm_bindgen(method, getter)]
    fn deletions(this: &Fields) -> bool;
    #[wasm_bindgen(method, getter)]
    fn mask(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = perStep)]
    fn per_step(this: &Fields) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn size(this: &Fields) -> usize;
    #[wasm_bindgen(method, getter)]
    fn example(this: &Fields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn fraction(this: &Fields) -> f64;
    #[wasm_bindgen(method, getter)]
    fn merge(this: &Fields) -> bool;
    #[wasm_bindgen(method, getter)]
    fn bounds(this: &Fields) -> Vec<String>;
    #[wasm_bindgen(method, getter)]
    fn relaxation(this: &Fields) -> String;
    #[wasm_bindgen(method, getter)]
    fn coupling(this: &Fields) -> String;
    #[wasm_bindgen(method, getter)]
    fn rounding(this: &Fields) -> String;
}

/// The meaning of a word among some.
pub(super) fn meaning<T: Copy>(field: &str, word: &str, known: &[(&str, T)]) -> Thrown<T> {
    let found = known.iter().find(|(name, _)| *name == word);
    found
        .map(|&(_, meaning)| meaning)
        .ok_or_else(|| unknown(field, word))
}

pub(super) fn unknown(field: &str, word: &str) -> JsValue {
    thrown(Error::expected(
        Code::InvalidDescription,
        field,
        "a known word",
        word,
    ))
}

pub fn description(network: &Fields) -> Thrown<Description> {
    let input = network.input();
    let shape = input.shape();
    let layers = network.layers();
    Ok(Description {
        input: InputDescription {
            shape: std::array::from_fn(|side| shape.get(side).map_or(0, |&size| size as usize)),
            encoding: meaning(
                "encoding",
                &input.encoding(),
                &[
                    ("direct", Encoding::Direct),
                    ("rate", Encoding::Rate),
                    ("spikes", Encoding::Spikes),
                ],
            )?,
            steps: input.steps(),
        },
        layers: layers
            .iter()
            .map(|of| layer(of.unchecked_ref()))
            .collect::<Thrown<_>>()?,
        readout: readout(&network.readout())?,
    })
}

fn layer(of: &Fields) -> Thrown<LayerDescription> {
    let kind = of.kind();
    if kind == "linear" {
        return Ok(LayerDescription::Linear {
            outputs: of.outputs(),
            neuron: neurons(&of.neuron())?,
        });
    }
    let [kernel, stride, padding] = [of.kernel(), of.stride(), of.padding()].map(pair);
    match kind.as_str() {
        "conv2d" => Ok(LayerDescription::Conv2d {
            channels: of.channels(),
            kernel,
            stride,
            padding,
            dilation: match of.dilation() {
                none if none.is_undefined() => Pair::square(1),
                given => pair(given),
            },
            neuron: neurons(&of.neuron())?,
        }),
        "sumpool2d" => Ok(LayerDescription::SumPool2d {
            kernel,
            stride,
            padding,
        }),
        "avgpool2d" => Ok(LayerDescription::AvgPool2d {
            kernel,
            stride,
            padding,
        }),
        kind => Err(unknown("layer.kind", kind)),
    }
}

/// A number, or one along the height and one along the width.
fn pair(of: JsValue) -> Pair {
    if let Some(side) = of.as_f64() {
        return Pair::square(side as usize);
    }
    if !Array::is_array(&of) {
        return Pair::square(0);
    }
    let each: &Array = of.unchecked_ref();
    let side = |index| each.get(index).as_f64().unwrap_or(0.0) as usize;
    Pair {
        vertical: side(0),
        horizontal: side(1),
    }
}

fn neurons(of: &Fields) -> Thrown<Neurons> {
    Ok(Neurons {
        threshold: constant(&of.threshold()),
        leak: constant(&of.leak()),
        reset: meaning(
            "reset",
            &of.reset(),
            &[("hard", Reset::Hard), ("soft", Reset::Soft)],
        )?,
    })
}

/// A number, or a list of them; anything else is no number, which the core refuses.
fn constant(of: &JsValue) -> Constant {
    let number = |value: JsValue| value.as_f64().unwrap_or(f64::NAN) as f32;
    match of.dyn_ref::<Array>() {
        Some(each) => Constant::Each(each.iter().map(number).collect()),
        None => Constant::Same(number(of.clone())),
    }
}

fn readout(of: &Fields) -> Thrown<ReadoutDescription> {
    match of.kind().as_str() {
        "rate" => Ok(ReadoutDescription::Rate),
        "membrane" => Ok(ReadoutDescription::Membrane),
        "linear" => Ok(ReadoutDescription::Linear {
            classes: of.classes(),
        }),
        kind => Err(unknown("readout.kind", kind)),
    }
}

pub fn predict_options(of: &Fields) -> Thrown<PredictOptions> {
    let steps = of.steps();
    check_steps("steps", steps).map_err(thrown)?;
    Ok(PredictOptions {
        steps,
        seed: of.seed() as u64,
        presentation: of.presentation() as u64,
    })
}

pub fn certify_options(of: &Fields) -> Thrown<CertifyOptions> {
    let bounds = of.bounds();
    let known = [("s-ibp", Bound::SIbp), ("s-crown", Bound::SCrown)];
    let options = CertifyOptions {
        steps: of.steps(),
        seed: of.seed() as u64,
        presentation: of.presentation() as u64,
        region: region_of(of)?,
        coupling: coupling(of)?,
        bounds: bounds
            .iter()
            .map(|word| meaning("bounds", word, &known))
            .collect::<Thrown<_>>()?,
        relaxation: relaxation(of)?,
        rounding: meaning(
            "rounding",
            &of.rounding(),
            &[
                ("nearest", Rounding::Nearest),
                ("outward", Rounding::Outward),
            ],
        )?,
    };
    let checked = check_steps("steps", options.steps).and_then(|()| options.region.check());
    checked.map_err(thrown)?;
    Ok(options)
}

/// The region among an object's fields.
pub fn region_of(of: &Fields) -> Thrown<Region> {
    region(&of.region())
}

fn region(of: &Fields) -> Thrown<Region> {
    match of.kind().as_str() {
        "linf" => Ok(Region::Linf(Linf {
            epsilon: of.epsilon(),
            clip: of.clip(),
        })),
        "flips" => Ok(Region::Flips(Flips {
            budget: of.budget() as usize,
            additions: of.additions(),
            deletions: of.deletions(),
            mask: Uint8Array::new(&of.mask()).to_vec(),
            per_step: per_step(&of.per_step()),
        })),
        "sampled" => Ok(Region::Sampled(Sampled {
            fraction: of.fraction(),
            seed: of.seed() as u64,
        })),
        "shift" => Ok(Region::Shift(Shift {
            budget: of.budget() as usize,
            steps: of.steps(),
            merge: of.merge(),
        })),
        kind => Err(unknown("region.kind", kind)),
    }
}

/// A region, and an example that fits it.
pub fn question<'a>(of: &Fields, values: &'a [f32]) -> Thrown<(Region, Example<'a>)> {
    let region = region_of(of)?;
    let example = Example {
        values,
        size: of.size(),
        key: [of.presentation() as u64, of.example() as u64],
    };
    region
        .check()
        .and_then(|()| region.takes(example))
        .map_err(thrown)?;
    Ok((region, example))
}

/// A number for all steps, a list of numbers, or nothing.
fn per_step(of: &JsValue) -> PerStep {
    match of.as_f64() {
        Some(most) => PerStep::Same(most as usize),
        None if of.is_null() => PerStep::Any,
        None => {
            let number = |most: JsValue| most.as_f64().unwrap_or(0.0) as usize;
            PerStep::Each(Array::from(of).iter().map(number).collect())
        }
    }
}

fn coupling(of: &Fields) -> Thrown<Coupling> {
    let known = [
        ("coupled", Coupling::Coupled),
        ("per-step", Coupling::PerStep),
    ];
    meaning("coupling", &of.coupling(), &known)
}

fn relaxation(of: &Fields) -> Thrown<Relaxation> {
    let known = [("paper", Relaxation::Paper), ("joint", Relaxation::Joint)];
    meaning("relaxation", &of.relaxation(), &known)
}
