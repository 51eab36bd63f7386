//! Spikes and synaptic operations, counted connection by connection.

use proptest::prelude::*;
use snn_core::activity::{activity, trace};
use snn_core::certify::PredictOptions;

use crate::cases::{config, plans, Case};
use crate::oracle::forward::Spikes;
use crate::oracle::network::{Connection, Readout};
use crate::spikes::{fed, runs, KEY};
use crate::subject::Subject;

/// What reaches every stage, `[stage][sample][step][input]`.
fn reaching<'a>(
    case: &Case,
    fed: &'a [Vec<Vec<f64>>],
    runs: &'a [Spikes<f64>],
) -> Vec<Vec<&'a Vec<Vec<f64>>>> {
    let mut all = vec![fed.iter().collect::<Vec<_>>()];
    for index in 0..case.network.layers.len() {
        if case.network.fires(index) {
            all.push(runs.iter().map(|run| &run.spikes[index]).collect());
        }
    }
    all
}

/// Per neuron of a stage the inputs behind its weights that are not zero.
fn synapses(case: &Case) -> Vec<Vec<Vec<usize>>> {
    let layers = case.network.layers.iter().zip(&case.parameters.layers);
    let mut all: Vec<Vec<Vec<usize>>> = layers
        .map(|(layer, tensors)| {
            let live = |list: Vec<_>| {
                let weight = |c: &Connection| tensors.weight[c.weight];
                let live = list.into_iter().filter(|c| weight(c) != 0.0);
                live.map(|c| c.input).collect()
            };
            layer.before_pools().into_iter().map(live).collect()
        })
        .collect();
    if let (Readout::Linear { .. }, Some(readout)) =
        (case.network.readout, &case.parameters.readout)
    {
        let outputs = case.network.outputs();
        let live = |row: &[f64]| (0..outputs).filter(|&i| row[i] != 0.0).collect();
        all.push(readout.weight.chunks(outputs).map(live).collect());
    }
    all
}

fn on(x: f64) -> f64 {
    f64::from(u8::from(x != 0.0))
}

proptest! {
    #![proptest_config(config(300))]

    /// On the grid, where many weights are zero, every spike is the oracle's.
    #[test]
    fn counts_are_those_of_loops(plan in plans(true)) {
        let case = plan.build();
        let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let options = PredictOptions {
            steps: case.steps,
            seed: KEY.seed,
            presentation: KEY.presentation,
        };
        let (images, samples) = (case.flat_images(), case.samples());
        let (network, parameters) = (&subject.network, &subject.parameters);
        let counts = activity(network, parameters, &images, &samples, &options).unwrap();
        let fed = fed(&case);
        let runs = runs(&case, &fed);
        let reaching = reaching(&case, &fed, &runs);
        let synapses = synapses(&case);
        let mut spikes = vec![0.0; (1 + case.network.layers.len()) * case.steps];
        let mut operations = vec![0.0; synapses.len() * case.steps];
        for (row, samples) in reaching.iter().enumerate() {
            for (step, x) in samples.iter().flat_map(|steps| steps.iter().enumerate()) {
                spikes[row * case.steps + step] += x.iter().map(|&x| on(x)).sum::<f64>();
                if let Some(neurons) = synapses.get(row) {
                    let met = neurons.iter().flatten().map(|&input| on(x[input]));
                    operations[row * case.steps + step] += met.sum::<f64>();
                }
            }
        }
        prop_assert_eq!(counts.spikes, spikes);
        prop_assert_eq!(counts.operations, operations);
        let all: Vec<f64> =
            synapses.iter().map(|neurons| neurons.iter().map(Vec::len).sum::<usize>() as f64).collect();
        prop_assert_eq!(counts.synapses, all);
        let own = |connections: &[Vec<Connection>], weight: &[f64]| {
            connections.iter().flatten().filter(|c| weight[c.weight] != 0.0).count() as f64
        };
        let layers = case.network.layers.iter().zip(&case.parameters.layers);
        let mut dense: Vec<f64> =
            layers.map(|(layer, tensors)| own(&layer.connections, &tensors.weight)).collect();
        dense.extend(case.parameters.readout.iter().map(|readout| {
            readout.weight.iter().filter(|&&w| w != 0.0).count() as f64
        }));
        prop_assert_eq!(counts.dense, dense);
    }

    #[test]
    fn traces_are_the_oracles(plan in plans(true)) {
        let case = plan.build();
        let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let options = PredictOptions {
            steps: case.steps,
            seed: KEY.seed,
            presentation: KEY.presentation,
        };
        let (images, samples) = (case.flat_images(), case.samples());
        let (network, parameters) = (&subject.network, &subject.parameters);
        let traces = trace(network, parameters, &images, &samples, &options).unwrap();
        let runs = runs(&case, &fed(&case));
        for (index, layer) in traces.layers.iter().enumerate() {
            let flat = |traces: Vec<&Vec<Vec<f64>>>| -> Vec<f64> {
                traces.into_iter().flatten().flatten().copied().collect()
            };
            let membranes: Vec<f64> = layer.membranes.iter().map(|&u| u.into()).collect();
            prop_assert_eq!(membranes, flat(runs.iter().map(|run| &run.membranes[index]).collect()));
            let spikes: Vec<f64> = layer.spikes.iter().map(|&s| s.into()).collect();
            let expected = match case.network.fires(index) {
                true => flat(runs.iter().map(|run| &run.spikes[index]).collect()),
                false => Vec::new(),
            };
            prop_assert_eq!(spikes, expected);
        }
    }
}
