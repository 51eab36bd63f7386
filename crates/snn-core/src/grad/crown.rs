//! The gradient of S-CROWN. Reversing a backward pass is a forward one: the least input is sent
//! through the network with every neuron replaced by its line. The values that come out are the
//! derivatives with respect to the coefficients, and the lines also hang on S-IBP's intervals.
//!
//! Only neurons with a coefficient need a membrane, and of their inputs only the open ones differ
//! between queries.

use wide::f32x4;

use crate::affine::{Affine, Group, Lanes, Lists, Outputs};
use crate::intervals::Intervals;
use crate::network::{Layer, LinearReadout, Network, Readout};
use crate::neuron::relaxation::{Open, Relaxation};
use crate::parameters::Parameters;
use crate::propagate::crown::{AnyBundle, Bundle, Query, Trace};
use crate::region::InputIntervals;
use crate::shape::LANES;

/// A finished S-CROWN pass and the loss's derivatives with respect to its bounds.
pub struct Pass<'a> {
    pub intervals: &'a Intervals,
    pub queries: &'a [Query],
    pub trace: &'a Trace,
    pub relaxation: Relaxation,
    /// One per query.
    pub by_bounds: &'a [f32],
}

/// Adds the parameters' gradient; returns the derivatives with respect to the intervals of every
/// layer's open membranes, in the order of its open spikes.
pub fn backpropagate(
    network: &Network,
    parameters: &Parameters,
    pass: &Pass,
    slab: &mut [f32x4],
) -> Vec<Vec<[f32; 2]>> {
    let open = |layer: &crate::intervals::LayerIntervals| layer.spikes.open.len();
    let layers = pass.intervals.layers.iter();
    let mut by_ends: Vec<_> = layers.map(|layer| vec![[0.0; 2]; open(layer)]).collect();
    for bundle in &pass.trace.bundles {
        match bundle {
            AnyBundle::Narrow(bundle) => {
                Sample::new(network, parameters, pass, bundle).run(slab, &mut by_ends);
            }
            AnyBundle::Wide(bundle) => {
                Sample::new(network, parameters, pass, bundle).run(slab, &mut by_ends);
            }
        }
    }
    by_ends
}

/// The queries of one sample on their way forward.
struct Sample<'a, const Q: usize> {
    network: &'a Network,
    parameters: &'a Parameters,
    pass: &'a Pass<'a>,
    bundle: &'a Bundle<Q>,
    /// Derivatives by the bounds' sums over the steps.
    by: Lanes<Q>,
}

impl<'a, const Q: usize> Sample<'a, Q> {
    fn new(
        network: &'a Network,
        parameters: &'a Parameters,
        pass: &'a Pass<'a>,
        bundle: &'a Bundle<Q>,
    ) -> Self {
        let mut by = [[0.0; LANES]; Q];
        let range = bundle.first..bundle.first + bundle.queries;
        for (index, by_bound) in pass.by_bounds[range].iter().enumerate() {
            by[index / LANES][index % LANES] = by_bound / pass.intervals.steps as f32;
        }
        Sample {
            network,
            parameters,
            pass,
            bundle,
            by: by.map(f32x4::new),
        }
    }

    fn run(&self, slab: &mut [f32x4], by_ends: &mut [Vec<[f32; 2]>]) {
        if self.by.iter().all(|by| *by == f32x4::ZERO) {
            return;
        }
        let mut spikes = Vec::new();
        for (index, by_ends) in by_ends.iter_mut().enumerate() {
            let membranes = match (index.checked_sub(1), &self.pass.intervals.input) {
                (Some(before), _) => {
                    let inputs = &self.pass.intervals.layers[before].spikes;
                    self.through(index, (&inputs.firing, &inputs.open), &spikes, slab)
                }
                (None, InputIntervals::Spikes(inputs)) => {
                    let values = &self.bundle.minimiser;
                    self.through(index, (&inputs.firing, &inputs.open), values, slab)
                }
                (None, InputIntervals::Pixels(pixels)) => self.pixels(&pixels.ends, slab),
            };
            spikes = self.relaxed(index, membranes, by_ends);
        }
        if let Readout::Linear(linear) = &self.network.readout {
            self.readout(linear, &spikes, slab);
        }
    }

    fn steps(&self) -> usize {
        self.pass.intervals.steps
    }

    /// Coefficients times the derivatives of their bounds.
    fn deltas(&self, outputs: &Outputs<Q>) -> Outputs<Q> {
        outputs.with(|lanes| std::array::from_fn(|q| lanes[q] * self.by[q]))
    }

    /// Through an affine part that spikes enter: adds its gradients, returns the drive of the neurons
    /// with a coefficient.
    fn through<V: Copy>(
        &self,
        index: usize,
        (firing, open): (&Lists, &Lists<V>),
        values: &[Lanes<Q>],
        slab: &mut [f32x4],
    ) -> Vec<Lanes<Q>> {
        let layer = &self.network.layers[index];
        let on_membranes = &self.bundle.layers[index].on_membranes;
        let deltas = self.deltas(on_membranes);
        let totals = totals(&deltas);
        add_bias(&deltas, &totals, layer, &mut slab[layer.bias.clone()]);
        let gradient = &mut slab[layer.weight.clone()];
        self.weigh(
            &layer.affine,
            gradient,
            (&deltas, &totals),
            (firing, open),
            values,
        );
        let mut drive = self.firm(index, on_membranes);
        let weight = self.parameters.vectors(&layer.weight);
        for group in 0..self.steps() {
            let (inputs, entries) = self.inputs(&layer.affine, open, group);
            let outputs = rows(on_membranes, group, layer.positions());
            let drive = &mut drive[outputs];
            let values = (inputs, &values[entries]);
            layer
                .affine
                .send(weight, on_membranes, group, values, drive);
        }
        drive
    }

    /// The inputs that group `group` of a layer's outputs sees, and their entries within the sample.
    fn inputs<'l, V: Copy>(
        &self,
        affine: &Affine,
        open: &'l Lists<V>,
        group: usize,
    ) -> (Group<'l, V>, std::ops::Range<usize>) {
        let positions = affine.input.positions();
        let sample = self.bundle.sample * self.steps() * positions;
        let first = sample + (self.steps() - 1 - group) * positions;
        let base = open.range(sample, 0).start;
        let range = open.range(first, positions);
        let inputs = Group { lists: open, first };
        (inputs, range.start - base..range.end - base)
    }

    /// Adds the weight's gradient: open inputs with their values, firing ones with 1.
    fn weigh<V: Copy>(
        &self,
        affine: &Affine,
        gradient: &mut [f32x4],
        (deltas, totals): (&Outputs<Q>, &[f32]),
        (firing, open): (&Lists, &Lists<V>),
        values: &[Lanes<Q>],
    ) {
        for group in 0..self.steps() {
            let (inputs, entries) = self.inputs(affine, open, group);
            affine.pair_gradient(gradient, deltas, group, (inputs, &values[entries]));
            let (inputs, _) = self.inputs(affine, firing, group);
            affine.total_gradient(gradient, deltas, group, inputs, totals);
        }
    }

    /// What is decided of the drive, for every entry of a layer's coefficients.
    fn firm(&self, index: usize, on_membranes: &Outputs<Q>) -> Vec<Lanes<Q>> {
        let layer = &self.network.layers[index];
        let positions = layer.positions();
        let lists = on_membranes.lists();
        let mut drive = Vec::with_capacity(lists.len());
        for list in 0..lists.rows() {
            let firm = match &self.pass.intervals.layers[index].firm {
                Some(firm) => firm.row(self.row(list, positions)),
                None => bytemuck::cast_slice(self.parameters.vectors(&layer.bias)),
            };
            drive.extend(lists.entries(list).map(|(c, _)| [f32x4::splat(firm[c]); Q]));
        }
        drive
    }

    /// The row of S-IBP's trace that a row of coefficients belongs to.
    fn row(&self, list: usize, positions: usize) -> usize {
        let step = self.steps() - 1 - list / positions;
        (self.bundle.sample * self.steps() + step) * positions + list % positions
    }

    /// Through the first affine part, the inputs being pixels.
    fn pixels(&self, ends: &Lists<[f32; 2]>, slab: &mut [f32x4]) -> Vec<Lanes<Q>> {
        let layer = &self.network.layers[0];
        let affine = &layer.affine;
        let on_membranes = &self.bundle.layers[0].on_membranes;
        let outputs = self.bundle.summed.as_ref().unwrap_or(on_membranes);
        let deltas = self.deltas(outputs);
        let totals = totals(&deltas);
        add_bias(&deltas, &totals, layer, &mut slab[layer.bias.clone()]);
        let inputs = Group {
            lists: ends,
            first: self.bundle.sample * affine.input.positions(),
        };
        let count = ends.range(inputs.first, affine.input.positions()).len();
        let weight = self.parameters.vectors(&layer.weight);
        let mut drive = self.firm(0, outputs);
        let groups = outputs.lists().rows() / layer.positions();
        for (group, values) in (0..groups).zip(self.bundle.minimiser.chunks_exact(count.max(1))) {
            let gradient = &mut slab[layer.weight.clone()];
            affine.pair_gradient(gradient, &deltas, group, (inputs, values));
            let drive = &mut drive[rows(outputs, group, layer.positions())];
            affine.send(weight, outputs, group, (inputs, values), drive);
        }
        match &self.bundle.summed {
            None => drive,
            Some(summed) => repeated(summed, &drive, on_membranes, layer),
        }
    }

    /// Sends the membranes through the lines: returns what stands for the open spikes, and adds to
    /// the derivatives with respect to the intervals.
    fn relaxed(
        &self,
        index: usize,
        mut membranes: Vec<Lanes<Q>>,
        by_ends: &mut [[f32; 2]],
    ) -> Vec<Lanes<Q>> {
        let layer = &self.network.layers[index];
        if !layer.fires {
            return Vec::new();
        }
        let (positions, stride) = (layer.positions(), layer.affine.output.stride());
        let trace = &self.pass.intervals.layers[index];
        let open = &trace.spikes.open;
        let lists = self.bundle.layers[index].on_membranes.lists();
        let leak = f32x4::splat(layer.neuron.leak);
        let first = self.bundle.sample * self.steps() * positions;
        let base = open.range(first, 0).start;
        let mut spikes = Vec::with_capacity(self.bundle.layers[index].on_spikes.len());
        // By channel: what was kept at the step before, what is kept at this one, and the
        // coefficients on it from the step after. Zero where nothing is listed.
        let zeros = vec![[f32x4::ZERO; Q]; positions * stride];
        let (mut before, mut kept, mut on_kept) = (zeros.clone(), zeros.clone(), zeros);
        for step in 0..self.steps() {
            let group = self.steps() - 1 - step;
            for position in 0..positions {
                let row = first + step * positions + position;
                let (lower, upper) = (trace.lower.row(row), trace.upper.row(row));
                let list = group * positions + position;
                let at = position * stride;
                let later = (group > 0).then(|| lists.row(list - positions));
                let (channels, lanes) = later.unwrap_or_default();
                for (&channel, lanes) in channels.iter().zip(lanes) {
                    on_kept[at + channel as usize] = lanes.map(|lanes| leak * lanes);
                }
                for entry in lists.range(list, 1) {
                    let (channel, _) = lists.entry(entry);
                    let u = &mut membranes[entry];
                    for q in 0..Q {
                        u[q] += leak * before[at + channel][q];
                    }
                    // Silent, open (see below), or firing with soft reset.
                    let fired = lower[channel] > layer.neuron.threshold;
                    let lost = f32x4::splat(if fired { layer.neuron.threshold } else { 0.0 });
                    kept[at + channel] = u.map(|u| u - lost);
                }
                for entry in open.range(row, 1) {
                    let (channel, ()) = open.entry(entry);
                    let u = kept[at + channel];
                    let on_spike = self.bundle.layers[index].on_spikes[entry - base];
                    let coefficients = [on_spike, on_kept[at + channel]];
                    let ends = [lower[channel], upper[channel]];
                    let passed = self.slopes(layer, ends, coefficients, u, &mut by_ends[entry]);
                    kept[at + channel] = passed.kept;
                    spikes.push(passed.spike);
                }
                for &channel in channels {
                    on_kept[at + channel as usize] = [f32x4::ZERO; Q];
                }
            }
            if step > 0 {
                for position in 0..positions {
                    let at = position * stride;
                    let (active, _) = lists.row((group + 1) * positions + position);
                    let (open, _) = open.row(first + (step - 1) * positions + position);
                    for &channel in active.iter().chain(open) {
                        before[at + channel as usize] = [f32x4::ZERO; Q];
                    }
                }
            }
            std::mem::swap(&mut before, &mut kept);
        }
        spikes
    }

    fn slopes(
        &self,
        layer: &Layer,
        [lower, upper]: [f32; 2],
        [on_spike, on_kept]: [Lanes<Q>; 2],
        u: Lanes<Q>,
        by_ends: &mut [f32; 2],
    ) -> Passed<Q> {
        let mut passed = Passed {
            spike: [f32x4::ZERO; Q],
            kept: [f32x4::ZERO; Q],
        };
        for q in 0..Q {
            let (cs, cr) = (on_spike[q].to_array(), on_kept[q].to_array());
            let (u, by) = (u[q].to_array(), self.by[q].to_array());
            let (mut spike, mut kept) = ([0.0; LANES], [0.0; LANES]);
            for lane in 0..LANES {
                let open = Open {
                    cs: cs[lane],
                    cr: cr[lane],
                    lower,
                    upper,
                };
                let slopes = self.pass.relaxation.slopes(&layer.neuron, open, u[lane]);
                spike[lane] = slopes.cs;
                kept[lane] = slopes.cr;
                by_ends[0] += by[lane] * slopes.lower;
                by_ends[1] += by[lane] * slopes.upper;
            }
            (passed.spike[q], passed.kept[q]) = (f32x4::new(spike), f32x4::new(kept));
        }
        passed
    }

    fn readout(&self, linear: &LinearReadout, spikes: &[Lanes<Q>], slab: &mut [f32x4]) {
        let mut classes = vec![[[0.0; LANES]; Q]; self.network.classes];
        let range = self.bundle.first..self.bundle.first + self.bundle.queries;
        for (index, query) in self.pass.queries[range].iter().enumerate() {
            for (class, &weight) in classes.iter_mut().zip(&query.weights) {
                class[index / LANES][index % LANES] = weight;
            }
        }
        let mut lists = Lists::new();
        for _ in 0..self.steps() {
            for (class, lanes) in classes.iter().enumerate() {
                lists.push(
                    class,
                    std::array::from_fn(|q| f32x4::new(lanes[q]) * self.by[q]),
                );
            }
            lists.end_row();
        }
        let deltas = linear.affine.outputs(lists);
        let totals = totals(&deltas);
        let bias: &mut [f32] = bytemuck::cast_slice_mut(&mut slab[linear.bias.clone()]);
        for (entry, total) in totals.iter().enumerate() {
            bias[deltas.lists().entry(entry).0] += total;
        }
        let last = &self.pass.intervals.layers[self.pass.intervals.layers.len() - 1].spikes;
        let gradient = &mut slab[linear.weight.clone()];
        let inputs = (&last.firing, &last.open);
        self.weigh(&linear.affine, gradient, (&deltas, &totals), inputs, spikes);
    }
}

/// What stands for a neuron's spike and for its kept potential.
struct Passed<const Q: usize> {
    spike: Lanes<Q>,
    kept: Lanes<Q>,
}

/// Sums over the queries, one per entry.
fn totals<const Q: usize>(deltas: &Outputs<Q>) -> Vec<f32> {
    let sum = |lanes: &Lanes<Q>| lanes.iter().map(|lanes| lanes.reduce_add()).sum();
    deltas.lists().values().iter().map(sum).collect()
}

fn add_bias<const Q: usize>(
    deltas: &Outputs<Q>,
    totals: &[f32],
    layer: &Layer,
    bias: &mut [f32x4],
) {
    let bias: &mut [f32] = bytemuck::cast_slice_mut(bias);
    assert!(bias.len() >= layer.affine.output.channels);
    for (entry, total) in totals.iter().enumerate() {
        bias[deltas.lists().entry(entry).0] += total;
    }
}

/// Entries of a group's rows.
fn rows<const Q: usize>(
    outputs: &Outputs<Q>,
    group: usize,
    positions: usize,
) -> std::ops::Range<usize> {
    outputs.lists().range(group * positions, positions)
}

/// A drive that is the same at every step, for every entry of the coefficients on the steps.
fn repeated<const Q: usize>(
    summed: &Outputs<Q>,
    drive: &[Lanes<Q>],
    on_membranes: &Outputs<Q>,
    layer: &Layer,
) -> Vec<Lanes<Q>> {
    let (positions, stride) = (layer.positions(), layer.affine.output.stride());
    let mut by_channel = vec![[f32x4::ZERO; Q]; positions * stride];
    for position in 0..positions {
        for entry in summed.lists().range(position, 1) {
            let (channel, _) = summed.lists().entry(entry);
            by_channel[position * stride + channel] = drive[entry];
        }
    }
    let lists = on_membranes.lists();
    let of_row = |row: usize| {
        let at = row % positions * stride;
        lists.entries(row).map(move |(channel, _)| at + channel)
    };
    (0..lists.rows())
        .flat_map(of_row)
        .map(|at| by_channel[at])
        .collect()
}
