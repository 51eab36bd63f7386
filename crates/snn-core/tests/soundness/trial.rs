//! One network and region: bounds once, then many perturbed inputs.

use snn_core::encode::{DrawKey, Encoding, Inputs};
use snn_core::intervals::Intervals;
use snn_core::margin;
use snn_core::network::Network;
use snn_core::neuron::relaxation::Relaxation;
use snn_core::propagate::{crown, ibp};
use snn_core::region::{Coupling, Example, InputIntervals, Linf, Region, Rounding};
use snn_core::train::queries;

use super::arithmetic::{Orders, Summation, SUMMATIONS};
use super::machine::Machine;
use super::perturbation::{Perturbations, Perturbed, Target};
use super::subjects;
use crate::cases::number_source::NumberSource;
use crate::cases::{Case, Plan};
use crate::oracle::number::Number;
use crate::oracle::region::encode;
use crate::subject::{self, Subject};

/// What was seen over many trials.
#[derive(Debug, Default)]
pub struct Tally {
    pub inputs: u64,
    pub membranes: u64,
    /// Membranes whose interval holds the threshold.
    pub open: u64,
    /// Margins closer to a bound than 1e-5 of their size.
    pub tight: u64,
    /// Membranes and margins outside their bounds, and the first of them.
    pub violations: u64,
    pub first: Option<String>,
}

/// Lower bounds of the margins.
struct Margins {
    name: String,
    /// Whether they hold only while all steps see the same pixels.
    coupled_only: bool,
    lower: Vec<f32>,
}

struct Bounds {
    /// By layer, step and neuron, one after another.
    membranes: Vec<[f32; 2]>,
    open: u64,
    margins: Vec<Margins>,
    /// Inputs at which bounds are least.
    targets: Vec<Target>,
}

/// What runs a case's inputs: in f32 in many orders of summation, and in f64.
struct Machines<'a> {
    single: Machine<'a, f32>,
    double: Machine<'a, f64>,
    orders: Orders,
}

impl<'a> Machines<'a> {
    fn new(case: &'a Case) -> Self {
        Machines {
            single: Machine::new(case),
            double: Machine::new(case),
            orders: Orders::new(case.seed),
        }
    }

    /// Runs input number `index` and checks that nothing lies outside the bounds.
    fn check(&mut self, bounds: &Bounds, perturbed: &Perturbed, index: usize, tally: &mut Tally) {
        let how = SUMMATIONS[index % SUMMATIONS.len()];
        let input: Vec<f32> = perturbed.narrow.iter().map(|&x| x as f32).collect();
        self.single.run(&input, how, &mut self.orders);
        bounds.check(&self.single, perturbed, tally, "f32", how);
        let in_order = Summation::InOrder;
        self.double
            .run(&perturbed.exact, in_order, &mut self.orders);
        bounds.check(&self.double, perturbed, tally, "f64", in_order);
        tally.inputs += 1;
        tally.membranes += bounds.membranes.len() as u64;
        tally.open += bounds.open;
    }
}

pub fn run(plan: &Plan, rounding: Rounding, inputs: usize, tally: &mut Tally) {
    let case = subjects::case(plan);
    let draws = draws(&case);
    let mut bounds = bounds(&case, &case.flat_images(), &linf(&case), rounding);
    let mut perturbations = Perturbations::new(&case, draws);
    perturbations.targets = std::mem::take(&mut bounds.targets);
    let mut numbers = NumberSource::new(case.seed, false);
    let mut machines = Machines::new(&case);
    for index in 0..inputs {
        let perturbed = perturbations.draw(index, &mut numbers);
        machines.check(&bounds, &perturbed, index, tally);
    }
}

/// The same for the spikes that a rate code draws, with a region of spikes around them.
pub fn run_toggled(plan: &Plan, region: &Region, inputs: usize, tally: &mut Tally) {
    let mut case = subjects::case(plan);
    let draws = draws(&case);
    let spikes = encode(&case.images[0], &draws).concat();
    let spikes: Vec<f32> = spikes.iter().map(|&x| x as f32).collect();
    case.encoding = Encoding::Spikes;
    let mut bounds = bounds(&case, &spikes, region, Rounding::Outward);
    let example = Example {
        values: &spikes,
        size: spikes.len() / case.steps,
        key: [KEY.presentation, SAMPLE.into()],
    };
    let targets = std::mem::take(&mut bounds.targets);
    let targets: Vec<Target> = targets.into_iter().filter(|of| of.coupled).collect();
    let mut machines = Machines::new(&case);
    for index in 0..inputs {
        let input = match index % 8 {
            0 => targets[index / 8 % targets.len()].input.clone(),
            _ => {
                let sample = region.sample(example, index as u64);
                sample.iter().map(|&x| x.into()).collect()
            }
        };
        let single_input: Vec<f32> = input.iter().map(|&x| x as f32).collect();
        assert!(region.contains(example, &single_input).unwrap());
        let perturbed = Perturbed {
            narrow: input.clone(),
            exact: input,
            coupled: true,
        };
        machines.check(&bounds, &perturbed, index, tally);
    }
}

impl Bounds {
    fn check<N: Number>(
        &self,
        machine: &Machine<N>,
        perturbed: &Perturbed,
        tally: &mut Tally,
        arithmetic: &str,
        how: Summation,
    ) {
        assert_eq!(machine.membranes.len(), self.membranes.len());
        for (place, (u, &[lower, upper])) in
            machine.membranes.iter().zip(&self.membranes).enumerate()
        {
            let u = u.value();
            if !(f64::from(lower) <= u && u <= f64::from(upper)) {
                tally.violation(|| {
                    format!(
                        "{arithmetic} {how:?}: membrane {place} is {u}, not in [{lower}, {upper}]"
                    )
                });
            }
        }
        for bound in &self.margins {
            if bound.coupled_only && !perturbed.coupled {
                continue;
            }
            for (&lower, &margin) in bound.lower.iter().zip(&machine.margins) {
                let lower = f64::from(lower);
                if lower > margin || lower.is_nan() {
                    tally.violation(|| {
                        let name = &bound.name;
                        format!("{arithmetic} {how:?}: margin {margin} below {name}'s {lower}")
                    });
                }
                tally.tight += u64::from(margin - lower < 1e-5 * (1.0 + margin.abs()));
            }
        }
    }
}

impl Tally {
    fn violation(&mut self, describe: impl FnOnce() -> String) {
        self.violations += 1;
        if self.first.is_none() {
            self.first = Some(describe());
        }
    }
}

const KEY: DrawKey = DrawKey {
    seed: 77,
    presentation: 0,
};

const SAMPLE: u32 = 4;

fn inputs<'a>(images: &'a [f32], steps: usize) -> Inputs<'a> {
    Inputs {
        images,
        samples: &[SAMPLE],
        steps,
        draws: KEY,
    }
}

fn draws(case: &Case) -> Vec<Vec<f64>> {
    let images = case.flat_images();
    let mut pixels = vec![0.0; images.len()];
    let mut step = |t| {
        inputs(&images, case.steps).draw(0, t, &mut pixels);
        pixels.iter().map(|&d| d.into()).collect()
    };
    (0..case.steps).map(&mut step).collect()
}

fn linf(case: &Case) -> Region {
    Region::Linf(Linf {
        epsilon: case.epsilon,
        clip: case.clip,
    })
}

/// `images`: as the crate takes them.
fn bounds(case: &Case, images: &[f32], region: &Region, rounding: Rounding) -> Bounds {
    let Subject {
        network,
        parameters,
    } = &Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
    let input = InputIntervals::new(
        network.input_map(),
        inputs(images, case.steps),
        region,
        rounding,
    );
    let trace = ibp::propagate(
        network,
        parameters,
        input,
        1,
        ibp::Options {
            steps: case.steps,
            rounding,
            firm: true,
        },
    );
    let mut bounds = Bounds {
        membranes: Vec::new(),
        open: 0,
        margins: vec![Margins {
            name: "S-IBP".into(),
            coupled_only: false,
            lower: margin::from_intervals(network, parameters, &trace, &case.labels),
        }],
        targets: Vec::new(),
    };
    for (layer, of) in network.layers.iter().zip(&trace.layers) {
        let lower = subject::trace(layer, &of.lower, case.steps)
            .concat()
            .concat();
        let upper = subject::trace(layer, &of.upper, case.steps)
            .concat()
            .concat();
        let ends = lower
            .iter()
            .zip(&upper)
            .map(|(&l, &h)| [l as f32, h as f32]);
        bounds.membranes.extend(ends);
        bounds.open += of.spikes.open.len() as u64;
    }
    let queries = queries(network.classes, &case.labels);
    for relaxation in [Relaxation::Paper, Relaxation::Joint] {
        for coupling in [Coupling::Coupled, Coupling::PerStep] {
            let options = crown::Options {
                relaxation,
                coupling,
            };
            let pass = crown::propagate(network, parameters, &trace, &queries, options);
            bounds.margins.push(Margins {
                name: format!("{relaxation:?} {coupling:?} S-CROWN"),
                coupled_only: coupling == Coupling::Coupled,
                lower: pass.bounds.clone(),
            });
            let coupled = coupling == Coupling::Coupled;
            bounds
                .targets
                .extend(targets(case, network, &trace, &pass, coupled));
        }
    }
    bounds
}

/// The inputs at which each query's linear bound is least.
fn targets(
    case: &Case,
    network: &Network,
    trace: &Intervals,
    pass: &crown::Trace,
    coupled: bool,
) -> Vec<Target> {
    let target = |query: subject::crown::Query| {
        let mut input = query.minimiser.concat();
        if query.minimiser.len() < case.steps {
            input = input.repeat(case.steps);
        }
        // Half a spike marks a coefficient of zero.
        if case.encoding == Encoding::Rate {
            input.iter_mut().for_each(|x| *x = x.floor());
        }
        Target { input, coupled }
    };
    let queries = subject::crown::queries(network, trace, pass);
    queries.into_iter().map(target).collect()
}
