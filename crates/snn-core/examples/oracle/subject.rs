//! The network, weights and images that are asked about, as the oracle has them.

use std::fs;

use safetensors::SafeTensors;
use serde_json::Value;

use crate::oracle::constants;
use crate::oracle::forward::{forward, Spikes};
use crate::oracle::interval::{intervals, Intervals};
use crate::oracle::network::{
    Geometry, Network, Neuron, Parameters, Readout, Reset, Tensors, Window,
};
use crate::oracle::number::Number;
use crate::oracle::region::{encode, Region};
use crate::oracle::relaxation::Rule;
use crate::oracle::surrogate::PAPER;
use crate::request::Request;

pub struct Subject<'a> {
    pub request: &'a Request,
    pub network: Network,
    pub parameters: Parameters<f64>,
    pub rule: Rule,
    pub steps: usize,
    pub labels: Vec<usize>,
    images: Vec<Vec<f32>>,
    /// `[sample][step][pixel]`, rate input only.
    draws: Option<Vec<Vec<Vec<f64>>>>,
    epsilon: f64,
}

impl<'a> Subject<'a> {
    pub fn new(request: &'a Request) -> Result<Self, String> {
        let network = network(request)?;
        let parameters = parameters(request, &network)?;
        let path = request.text("batch")?;
        let bytes = fs::read(path).map_err(|e| format!("{path}: {e}"))?;
        let file = SafeTensors::deserialize(&bytes).map_err(|e| format!("{path}: {e}"))?;
        let rows = request.list("rows")?;
        let chosen = |values: &[f32]| -> Vec<Vec<f32>> {
            let size = network.inputs();
            let row = |&row: &u32| values[row as usize * size..][..size].to_vec();
            rows.iter().map(row).collect()
        };
        let images = chosen(&floats(&file, "images")?);
        let labels = file.tensor("labels").map_err(|e| e.to_string())?;
        let label = |&row: &u32| usize::from(labels.data()[8 * row as usize]);
        let labels = rows.iter().map(label).collect();
        let steps = request.whole("steps")?;
        let draws = match request.text("network/input/encoding")? {
            "rate" => {
                // Step by step, each with all images of the batch.
                let all = floats(&file, "draws")?;
                let by_step = all.chunks_exact(all.len() / steps).map(chosen).collect();
                Some(by_sample(by_step))
            }
            _ => None,
        };
        Ok(Subject {
            request,
            network,
            parameters,
            rule: Rule::Paper,
            steps,
            labels,
            images,
            draws,
            epsilon: request.number("epsilon")?,
        })
    }

    /// Whether an image is the same at every step.
    pub fn is_direct(&self) -> bool {
        self.draws.is_none()
    }

    /// What the first layer is fed, step by step.
    pub fn input(&self, sample: usize) -> Vec<Vec<f64>> {
        let image: Vec<f64> = self.images[sample].iter().map(|&x| x.into()).collect();
        match &self.draws {
            Some(draws) => encode(&image, &draws[sample]),
            None => vec![image; self.steps],
        }
    }

    /// The network as it runs.
    pub fn run<N: Number>(&self, parameters: &Parameters<N>, sample: usize) -> Spikes<N> {
        let fed = self.input(sample);
        let fed: Vec<Vec<N>> = fed.iter().map(|step| constants(step)).collect();
        forward(&self.network, parameters, &fed, PAPER)
    }

    /// What the image can become in `steps` steps.
    pub fn region(&self, sample: usize, steps: usize) -> Region {
        // The ends as f32 gives them.
        let epsilon = self.epsilon as f32;
        let ends = |end: &dyn Fn(f32) -> f32| -> Vec<f64> {
            let pixels = self.images[sample].iter();
            pixels.map(|&x| f64::from(end(x))).collect()
        };
        let (lower, upper) = (ends(&|x| x - epsilon), ends(&|x| x + epsilon));
        match &self.draws {
            Some(draws) => {
                let draws = &draws[sample][..steps];
                Region {
                    lower: encode(&lower, draws),
                    upper: encode(&upper, draws),
                    draws: Some(draws.to_vec()),
                    toggles: None,
                }
            }
            None => Region {
                lower: vec![lower; steps],
                upper: vec![upper; steps],
                draws: None,
                toggles: None,
            },
        }
    }

    /// S-IBP over the region.
    pub fn bounds<N: Number>(&self, parameters: &Parameters<N>, region: &Region) -> Intervals<N> {
        let lower: Vec<Vec<N>> = region.lower.iter().map(|x| constants(x)).collect();
        let upper: Vec<Vec<N>> = region.upper.iter().map(|x| constants(x)).collect();
        intervals(&self.network, parameters, &lower, &upper, PAPER)
    }
}

/// `[step][sample]` as `[sample][step]`.
fn by_sample(steps: Vec<Vec<Vec<f32>>>) -> Vec<Vec<Vec<f64>>> {
    let wider = |draws: &Vec<f32>| draws.iter().map(|&d| d.into()).collect();
    let sample = |index: usize| steps.iter().map(|step| wider(&step[index])).collect();
    (0..steps[0].len()).map(sample).collect()
}

fn network(request: &Request) -> Result<Network, String> {
    let whole = |value: &Value, name: &str| {
        let number = value[name].as_u64().map(|n| n as usize);
        number.ok_or_else(|| format!("network: {name}: expected a whole number in {value}"))
    };
    // A number, or one per channel; the crate holds them in f32.
    let single = |value: &Value, channel: usize| {
        let of = value.as_array().map_or(value, |each| &each[channel]);
        f64::from(of.as_f64().unwrap_or(f64::NAN) as f32)
    };
    let shape = request.at("/network/input/shape")?;
    let side = |index: usize| shape[index].as_u64().unwrap_or(0) as usize;
    let layers = request.at("/network/layers")?.as_array();
    let layers: Result<Vec<(Geometry, Neuron)>, String> = layers
        .into_iter()
        .flatten()
        .map(|layer| {
            let geometry = match layer["kind"].as_str() {
                Some("linear") => Geometry::Linear {
                    outputs: whole(layer, "outputs")?,
                },
                Some("conv2d") => Geometry::Conv2d {
                    channels: whole(layer, "channels")?,
                    window: window(layer)?,
                },
                Some("sumpool2d") => Geometry::Pool {
                    average: false,
                    window: window(layer)?,
                },
                Some("avgpool2d") => Geometry::Pool {
                    average: true,
                    window: window(layer)?,
                },
                _ => return Err(format!("network: a layer the oracle knows, got {layer}")),
            };
            let neuron = Neuron {
                threshold: single(&layer["neuron"]["threshold"], 0),
                leak: single(&layer["neuron"]["leak"], 0),
                reset: match layer["neuron"]["reset"].as_str() {
                    Some("soft") => Reset::Soft,
                    _ => Reset::Hard,
                },
            };
            Ok((geometry, neuron))
        })
        .collect();
    let readout = match request.at("/network/readout/kind")?.as_str() {
        Some("rate") => Readout::Rate,
        Some("membrane") => Readout::Membrane,
        _ => Readout::Linear {
            classes: whole(request.at("/network/readout")?, "classes")?,
        },
    };
    let mut network = Network::new([side(0), side(1), side(2)], &layers?, readout);
    for layer in &mut network.layers {
        let constants = request.at(&format!("/network/layers/{}/neuron", layer.index))?;
        for (channel, neuron) in layer.neurons.iter_mut().enumerate() {
            neuron.threshold = single(&constants["threshold"], channel);
            neuron.leak = single(&constants["leak"], channel);
        }
    }
    Ok(network)
}

/// Numbers, or pairs of them along the height and the width.
fn window(layer: &Value) -> Result<Window, String> {
    let pair = |name: &str, unless: Option<usize>| {
        let number = |value: &Value| value.as_u64().map(|n| n as usize);
        let found = match &layer[name] {
            Value::Null => unless.map(|side| [side; 2]),
            Value::Array(sides) => match &sides[..] {
                [vertical, horizontal] => number(vertical)
                    .zip(number(horizontal))
                    .map(|(vertical, horizontal)| [vertical, horizontal]),
                _ => None,
            },
            value => number(value).map(|side| [side; 2]),
        };
        found.ok_or_else(|| format!("network: {name}: expected whole numbers in {layer}"))
    };
    Ok(Window {
        kernel: pair("kernel", None)?,
        stride: pair("stride", None)?,
        padding: pair("padding", None)?,
        dilation: pair("dilation", Some(1))?,
    })
}

fn parameters(request: &Request, network: &Network) -> Result<Parameters<f64>, String> {
    let path = request.text("model")?;
    let bytes = fs::read(path).map_err(|e| format!("{path}: {e}"))?;
    let file = SafeTensors::deserialize(&bytes).map_err(|e| format!("{path}: {e}"))?;
    let tensors = |name: &str| {
        let wider = |values: Vec<f32>| values.into_iter().map(f64::from).collect();
        Ok::<_, String>(Tensors {
            weight: wider(floats(&file, &format!("{name}.weight"))?),
            bias: wider(floats(&file, &format!("{name}.bias"))?),
        })
    };
    let layers = network.layers.iter();
    let layers: Result<Vec<_>, String> = layers
        .map(|layer| tensors(&format!("layers.{}", layer.index)))
        .collect();
    let readout = match network.readout {
        Readout::Linear { .. } => Some(tensors("readout")?),
        _ => None,
    };
    Ok(Parameters {
        layers: layers?,
        readout,
    })
}

fn floats(file: &SafeTensors, name: &str) -> Result<Vec<f32>, String> {
    let tensor = file.tensor(name).map_err(|e| format!("{name}: {e}"))?;
    let quads = tensor.data().chunks_exact(4);
    Ok(quads
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect())
}
