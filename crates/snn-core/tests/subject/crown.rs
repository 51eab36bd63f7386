//! What S-CROWN keeps of a query, as plain maps in PyTorch's order.

use wide::f32x4;

use snn_core::affine::Places;
use snn_core::intervals::Intervals;
use snn_core::network::Network;
use snn_core::propagate::crown::{Bundle, Trace};
use snn_core::region::InputIntervals;
use snn_core::shape::Shape;

/// One query's numbers.
pub struct Query {
    /// Coefficients on the first layer's membranes, `[step][neuron]`.
    pub on_membranes: Vec<Vec<f64>>,
    /// Coefficients on what S-IBP leaves open of the input, `[step][input]`, NaN elsewhere; one step
    /// where the steps are summed up first.
    pub on_input: Vec<Vec<f64>>,
    /// The input at which the bound is least.
    pub minimiser: Vec<Vec<f64>>,
}

pub fn queries(network: &Network, intervals: &Intervals, trace: &Trace) -> Vec<Query> {
    let of_bundle = |bundle| unbundled(network, intervals, bundle);
    trace.bundles.iter().flat_map(of_bundle).collect()
}

fn unbundled(network: &Network, intervals: &Intervals, bundle: &Bundle) -> Vec<Query> {
    let lane = |query: usize, lanes: &[f32x4]| f64::from(lanes[query / 4].to_array()[query % 4]);
    let of = |values: &[f32x4], entry: usize, query: usize| {
        lane(query, &values[entry * bundle.width..][..bundle.width])
    };
    let output = network.layers[0].affine.output;
    let steps = intervals.steps;
    let query = |query: usize| {
        let mut on_membranes = vec![vec![0.0; output.len()]; steps];
        let lists = bundle.layers[0].on_membranes.bunches();
        for row in 0..lists.rows() {
            let step = steps - 1 - row / output.positions();
            for (channel, lanes) in lists.row(row) {
                on_membranes[step][place(output, row, channel)] = lane(query, lanes);
            }
        }
        let map = network.input;
        let shown = match bundle.summed {
            Some(_) => 1,
            None => steps,
        };
        let (mut on_input, mut minimiser) = (
            vec![vec![f64::NAN; map.len()]; shown],
            vec![vec![0.0; map.len()]; shown],
        );
        match &intervals.input {
            InputIntervals::Spikes(_) | InputIntervals::Toggles(_) => {
                let [firing, open] = spikes(&intervals.input);
                let first = bundle.sample * steps * map.positions();
                let base = open.range(first, 0).start;
                for row in 0..steps * map.positions() {
                    let step = row / map.positions();
                    for &channel in firing.indices(firing.range(first + row, 1)) {
                        minimiser[step][place(map, row, channel as usize)] = 1.0;
                    }
                    for entry in open.range(first + row, 1) {
                        let channel = open.indices(entry..entry + 1)[0];
                        let at = place(map, row, channel as usize);
                        on_input[step][at] = of(&bundle.on_input, entry - base, query);
                        // What may be toggled is firing, too, and changes.
                        minimiser[step][at] += of(&bundle.minimiser, entry - base, query);
                    }
                }
            }
            InputIntervals::Pixels(pixels) => {
                let first = bundle.sample * map.positions();
                let range = pixels.ends.range(first, map.positions());
                for group in 0..shown {
                    let step = shown - 1 - group;
                    for position in 0..map.positions() {
                        for entry in pixels.ends.range(first + position, 1) {
                            let at = place(map, position, pixels.ends.entry(entry).0);
                            let entry = group * range.len() + entry - range.start;
                            on_input[step][at] = of(&bundle.on_input, entry, query);
                            minimiser[step][at] = of(&bundle.minimiser, entry, query);
                        }
                    }
                }
            }
        }
        Query {
            on_membranes,
            on_input,
            minimiser,
        }
    };
    (0..bundle.queries).map(query).collect()
}

/// What fires, and what is open.
fn spikes(input: &InputIntervals) -> [Places<'_>; 2] {
    match input {
        InputIntervals::Spikes(of) => [of.firing.places(), of.open.places()],
        InputIntervals::Toggles(of) => [of.firing.places(), of.open.places()],
        InputIntervals::Pixels(_) => unreachable!("spikes"),
    }
}

/// Index in PyTorch's order of a channel of row `row` of a trace.
fn place(shape: Shape, row: usize, channel: usize) -> usize {
    channel * shape.positions() + row % shape.positions()
}
