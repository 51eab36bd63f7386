//! Small networks with a recording each, a region around it, and every input that it holds.

use std::collections::BTreeSet;

use snn_core::attack::{attack, scores_of, AttackOptions, Attacked, Draws, Kind as Inputs, Method};
use snn_core::certify::{certify, Bound, CertifyOptions, PredictOptions};
use snn_core::encode::Encoding;
use snn_core::network::{
    Description, InputDescription, LayerDescription, Network, ReadoutDescription,
};
use snn_core::neuron::relaxation::Relaxation;
use snn_core::neuron::surrogate::{self, Surrogate};
use snn_core::neuron::{Constant, Neurons, Reset};
use snn_core::parameters::{tensors, Parameters};
use snn_core::region::{Coupling, Example, Flips, PerStep, Region, Rounding, Sampled, Shift};
use snn_core::rng::{Purpose, Rng};
use snn_core::shape::Pair;
use snn_core::train::is_correct;
use snn_core::train::Slice;

/// A region of which kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Flips,
    Sampled,
    Shift,
}

pub struct Case {
    pub network: Network,
    pub parameters: Parameters,
    pub steps: usize,
    /// Spikes step by step.
    pub values: Vec<f32>,
    pub label: u8,
    pub region: Region,
    pub sample: u32,
}

pub const SEED: u64 = 11;
pub const PRESENTATION: u64 = 2;

impl Case {
    /// Case number `number`; its label is what the network says, which has to be one class.
    pub fn new(number: u64, kind: Kind) -> Option<Self> {
        let mut rng = Rng::keyed(number, Purpose::Perturb, &[kind as u64]);
        let steps = 2 + rng.below(5);
        let network = network(&mut rng, Encoding::Spikes, steps);
        let parameters = parameters(&network, &mut rng);
        let size = network.input_len();
        let density = [0.1, 0.3, 0.6][rng.below(3)];
        let spike = |_| f32::from(u8::from(rng.uniform() < density));
        let values = (0..steps * size).map(spike).collect();
        let mut case = Case {
            region: region(&mut rng, kind, size, steps),
            network,
            parameters,
            steps,
            values,
            label: 0,
            sample: number as u32,
        };
        let scores = case.scores(&case.values);
        let label = (0..case.network.classes).find(|&label| is_correct(&scores, label))?;
        case.label = label as u8;
        Some(case)
    }

    /// So many cases of a kind, of those whose clean input has a label.
    pub fn several(kind: Kind, count: usize) -> impl Iterator<Item = Case> {
        (0..)
            .filter_map(move |number| Case::new(number, kind))
            .take(count)
    }

    pub fn size(&self) -> usize {
        self.network.input_len()
    }

    pub fn example(&self) -> Example<'_> {
        Example {
            values: &self.values,
            size: self.size(),
            key: [PRESENTATION, self.sample.into()],
        }
    }

    /// Class scores of several inputs, by the plain forward pass.
    pub fn scores(&self, inputs: &[f32]) -> Vec<f32> {
        let samples = vec![self.sample; inputs.len() / self.values.len()];
        let options = PredictOptions {
            steps: self.steps,
            seed: SEED,
            presentation: PRESENTATION,
        };
        let (network, parameters) = (&self.network, &self.parameters);
        scores_of(
            network,
            parameters,
            inputs,
            &samples,
            Inputs::Spikes,
            &options,
        )
        .unwrap()
    }

    pub fn margin(&self, scores: &[f32]) -> f32 {
        let label = usize::from(self.label);
        let others = scores.iter().enumerate().filter(|&(k, _)| k != label);
        scores[label] - others.map(|(_, &s)| s).fold(f32::NEG_INFINITY, f32::max)
    }

    pub fn options(&self, method: Method, iterations: usize, restarts: usize) -> AttackOptions {
        AttackOptions {
            steps: self.steps,
            seed: SEED,
            presentation: PRESENTATION,
            region: self.region.clone(),
            method,
            attack_seed: 5,
            surrogates: SURROGATES.to_vec(),
            iterations,
            restarts,
            draws: Draws::Fixed,
        }
    }

    /// Below the margin over every rival anywhere in the region, by the better of both bounds.
    pub fn proved(&self) -> f32 {
        let options = CertifyOptions {
            steps: self.steps,
            seed: SEED,
            presentation: PRESENTATION,
            region: self.region.clone(),
            coupling: Coupling::Coupled,
            bounds: vec![Bound::SIbp, Bound::SCrown],
            relaxation: Relaxation::Paper,
            rounding: Rounding::Outward,
        };
        let slice = Slice {
            images: &self.values,
            samples: &[self.sample],
            labels: &[self.label],
        };
        let found = certify(&self.network, &self.parameters, slice, &options).unwrap();
        let pairs = found.ibp.iter().zip(&found.crown);
        let best = pairs.map(|(ibp, crown)| ibp.max(*crown));
        best.fold(f32::INFINITY, f32::min)
    }

    pub fn attack(&self, options: &AttackOptions) -> Attacked {
        let slice = Slice {
            images: &self.values,
            samples: &[self.sample],
            labels: &[self.label],
        };
        attack(&self.network, &self.parameters, slice, options).unwrap()
    }

    /// Every input of the region by its definition, as the places that are on.
    pub fn members(&self) -> BTreeSet<u64> {
        let own = bits(&self.values);
        let mut members = BTreeSet::new();
        match &self.region {
            Region::Linf(_) => unreachable!("of spikes"),
            Region::Flips(flips) => {
                let places: Vec<usize> = (0..self.values.len())
                    .filter(|&at| {
                        let on = own >> at & 1 == 1;
                        flips.allows(at / self.size(), at % self.size(), self.size(), on)
                    })
                    .collect();
                self.flipped(flips, &places, own, &mut vec![0; self.steps], &mut members);
            }
            Region::Sampled(_) => {
                let on: Vec<bool> = self.values.iter().map(|&x| x != 0.0).collect();
                let free = self.region.free(self.size(), self.example().key, &on);
                let free: Vec<usize> = (0..free.len()).filter(|&at| free[at]).collect();
                assert!(free.len() < 13);
                for chosen in 0..1u32 << free.len() {
                    let on = free
                        .iter()
                        .enumerate()
                        .filter(|(at, _)| chosen >> at & 1 == 1);
                    members.insert(on.fold(own, |bits, (_, place)| bits ^ 1 << place));
                }
            }
            Region::Shift(shift) => {
                let spikes: Vec<usize> = (0..self.values.len())
                    .filter(|at| own >> at & 1 == 1)
                    .collect();
                self.moved(shift, &spikes, 0, shift.budget, &mut members);
            }
        }
        members
    }

    /// All ways to flip some of `places`.
    fn flipped(
        &self,
        flips: &Flips,
        places: &[usize],
        bits: u64,
        of_step: &mut Vec<usize>,
        members: &mut BTreeSet<u64>,
    ) {
        members.insert(bits);
        if of_step.iter().sum::<usize>() == flips.budget {
            return;
        }
        for (at, &place) in places.iter().enumerate() {
            let step = place / self.size();
            if of_step[step] < flips.per_step.of(step) {
                of_step[step] += 1;
                self.flipped(
                    flips,
                    &places[at + 1..],
                    bits ^ 1 << place,
                    of_step,
                    members,
                );
                of_step[step] -= 1;
            }
        }
    }

    /// Every spike stays or goes somewhere.
    fn moved(
        &self,
        shift: &Shift,
        spikes: &[usize],
        bits: u64,
        left: usize,
        members: &mut BTreeSet<u64>,
    ) {
        let Some((&spike, others)) = spikes.split_first() else {
            members.insert(bits);
            return;
        };
        for step in 0..self.steps {
            let distance = step.abs_diff(spike / self.size());
            let target = 1 << (step * self.size() + spike % self.size());
            let moves = usize::from(distance > 0);
            let taken = bits & target != 0 && !shift.merge;
            if distance <= shift.steps && moves <= left && !taken {
                self.moved(shift, others, bits | target, left - moves, members);
            }
        }
    }

    /// The least margin over the whole region.
    pub fn least_margin(&self, members: &BTreeSet<u64>) -> f32 {
        let inputs: Vec<f32> = members
            .iter()
            .flat_map(|&bits| values(bits, self.values.len()))
            .collect();
        let scores = self.scores(&inputs);
        let margins = scores
            .chunks_exact(self.network.classes)
            .map(|s| self.margin(s));
        margins.fold(f32::INFINITY, f32::min)
    }
}

pub const SURROGATES: [Surrogate; 3] = [
    Surrogate::PAPER,
    Surrogate {
        kind: surrogate::Kind::FastSigmoid,
        width: 0.25,
    },
    Surrogate {
        kind: surrogate::Kind::Atan,
        width: 2.0,
    },
];

pub fn bits(values: &[f32]) -> u64 {
    let spikes = values.iter().enumerate().filter(|(_, &x)| x != 0.0);
    spikes.fold(0, |bits, (at, _)| bits | 1 << at)
}

pub fn values(bits: u64, length: usize) -> Vec<f32> {
    (0..length).map(|at| (bits >> at & 1) as f32).collect()
}

/// One or two hidden layers, linear ones or a convolution, and a readout.
pub fn network(rng: &mut Rng, encoding: Encoding, steps: usize) -> Network {
    let neuron = |rng: &mut Rng| Neurons {
        threshold: Constant::Same(0.25),
        leak: Constant::Same([0.25, 0.5, 1.0][rng.below(3)]),
        reset: [Reset::Hard, Reset::Soft][rng.below(2)],
    };
    let shape = [[1, 1, 6], [2, 2, 2], [1, 2, 3]][rng.below(3)];
    let mut layers = Vec::new();
    if rng.below(3) == 0 {
        let pair = Pair::square;
        layers.push(LayerDescription::Conv2d {
            channels: 3,
            kernel: pair(2),
            stride: pair(1),
            padding: pair(1),
            dilation: pair(1),
            neuron: neuron(rng),
        });
    }
    let classes = 2 + rng.below(3);
    let hidden = rng.below(2) + usize::from(layers.is_empty());
    let widths = (0..hidden).map(|_| 6 + rng.below(7)).collect::<Vec<_>>();
    let readout = rng.below(3);
    for outputs in widths
        .into_iter()
        .chain([if readout == 2 { 7 } else { classes }])
    {
        layers.push(LayerDescription::Linear {
            outputs,
            neuron: neuron(rng),
        });
    }
    let readout = match readout {
        0 => ReadoutDescription::Rate,
        1 => ReadoutDescription::Membrane,
        _ => ReadoutDescription::Linear { classes },
    };
    let input = InputDescription {
        shape,
        encoding,
        steps,
    };
    Network::new(Description {
        input,
        layers,
        readout,
    })
    .unwrap()
}

/// Weights with which about a third of the neurons fire.
pub fn parameters(network: &Network, rng: &mut Rng) -> Parameters {
    let mut parameters = Parameters::zeros(network);
    for tensor in tensors(network) {
        let fan_in = (tensor.len() / tensor.shape[0]) as f32;
        let (spread, shift) = match tensor.shape.len() {
            1 => (0.2, 0.05),
            _ => (2.0 / fan_in.sqrt(), 0.02),
        };
        let draws = (0..tensor.len()).map(|_| shift + spread * (2.0 * rng.uniform() - 1.0));
        let values: Vec<f32> = draws.collect();
        parameters
            .set_tensor(network, &tensor.name, &values)
            .unwrap();
    }
    parameters
}

/// A region of at most a few thousand inputs.
fn region(rng: &mut Rng, kind: Kind, size: usize, steps: usize) -> Region {
    match kind {
        Kind::Flips => {
            let most = if size * steps > 20 { 2 } else { 3 };
            let (additions, deletions) =
                [(true, true), (true, true), (true, false), (false, true)][rng.below(4)];
            let mask = match rng.below(4) {
                0 => (0..size).map(|_| rng.below(2) as u8).collect(),
                1 => (0..size * steps).map(|_| rng.below(2) as u8).collect(),
                _ => Vec::new(),
            };
            let per_step = match rng.below(4) {
                0 => PerStep::Same(1),
                1 => PerStep::Each((0..steps).map(|_| rng.below(3)).collect()),
                _ => PerStep::Any,
            };
            Region::Flips(Flips {
                budget: 1 + rng.below(most),
                additions,
                deletions,
                mask,
                per_step,
            })
        }
        Kind::Sampled => Region::Sampled(Sampled {
            fraction: 0.12,
            seed: 4,
        }),
        Kind::Shift => Region::Shift(Shift {
            budget: 1 + rng.below(3),
            steps: 1 + rng.below(3),
            merge: rng.below(2) == 0,
        }),
    }
}
