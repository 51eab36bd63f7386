//! The gradient of S-CROWN. Reversing a backward pass is a forward one: the least input is sent
//! through the network with every neuron replaced by its line. The values that come out are the
//! derivatives with respect to the coefficients, and the lines also hang on S-IBP's intervals.
//!
//! Only neurons with a coefficient need a membrane, and of their inputs only the open ones differ
//! between queries.

use std::ops::Range;

use wide::f32x4;

use crate::affine::{Affine, Bunches, Group, Lists, Outputs, Places, WIDEST};
use crate::intervals::{Intervals, LayerIntervals};
use crate::network::{LinearReadout, Network, Readout};
use crate::neuron::relaxation::{Open, Relaxation};
use crate::neuron::Neuron;
use crate::parameters::Parameters;
use crate::propagate::crown::{Bundle, Query, Trace};
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
    let open = |layer: &LayerIntervals| layer.spikes.open.len();
    let layers = pass.intervals.layers.iter();
    let mut by_ends: Vec<_> = layers.map(|layer| vec![[0.0; 2]; open(layer)]).collect();
    for bundle in &pass.trace.bundles {
        let range = bundle.first..bundle.first + bundle.queries;
        let by_bounds = &pass.by_bounds[range];
        if by_bounds.iter().all(|&by| by == 0.0) {
            continue;
        }
        let mut by = [[0.0; LANES]; WIDEST];
        for (index, by_bound) in by_bounds.iter().enumerate() {
            by[index / LANES][index % LANES] = by_bound / pass.intervals.steps as f32;
        }
        let forward = Forward {
            network,
            parameters,
            pass,
            bundle,
            by: by.map(f32x4::new),
        };
        forward.run(slab, &mut by_ends);
    }
    by_ends
}

/// The queries of one bundle on their way forward.
struct Forward<'a> {
    network: &'a Network,
    parameters: &'a Parameters,
    pass: &'a Pass<'a>,
    bundle: &'a Bundle,
    /// Derivatives by the bounds' sums over the steps.
    by: [f32x4; WIDEST],
}

impl Forward<'_> {
    fn run(&self, slab: &mut [f32x4], by_ends: &mut [Vec<[f32; 2]>]) {
        let mut spikes = Vec::new();
        for (index, by_ends) in by_ends.iter_mut().enumerate() {
            let before = index.checked_sub(1);
            let membranes = match (before, &self.pass.intervals.input) {
                (Some(before), _) => {
                    let inputs = &self.pass.intervals.layers[before].spikes;
                    let places = [inputs.firing.places(), inputs.open.places()];
                    self.through(index, places, &spikes, slab)
                }
                (None, InputIntervals::Spikes(inputs)) => {
                    let places = [inputs.firing.places(), inputs.open.places()];
                    self.through(index, places, &self.bundle.minimiser, slab)
                }
                (None, InputIntervals::Toggles(inputs)) => {
                    let places = [inputs.firing.places(), inputs.open.places()];
                    self.through(index, places, &self.bundle.minimiser, slab)
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

    /// The numbers of some entries.
    fn of<'v>(&self, values: &'v [f32x4], entries: &Range<usize>) -> &'v [f32x4] {
        &values[entries.start * self.bundle.width..entries.end * self.bundle.width]
    }

    /// Through an affine part that spikes enter, firing or open: adds its gradients, returns the
    /// drive of the neurons with a coefficient. `values`: what stands for the open ones.
    fn through(
        &self,
        index: usize,
        places: [Places; 2],
        values: &[f32x4],
        slab: &mut [f32x4],
    ) -> Vec<f32x4> {
        let layer = &self.network.layers[index];
        let on_membranes = &self.bundle.layers[index].on_membranes;
        let deltas = on_membranes.scaled(&self.by);
        let totals = deltas.bunches().totals();
        add_bias(deltas.bunches(), &totals, &mut slab[layer.bias.clone()]);
        let gradient = &mut slab[layer.weight.clone()];
        self.weigh(&layer.affine, gradient, (&deltas, &totals), places, values);
        let mut drive = self.firm(index, on_membranes.bunches());
        let weight = self.parameters.weight(layer);
        for group in 0..self.steps() {
            let (inputs, entries) = self.inputs(&layer.affine, places[1], group);
            let outputs = on_membranes
                .bunches()
                .range(group * layer.positions(), layer.positions());
            let width = self.bundle.width;
            let drive = &mut drive[outputs.start * width..outputs.end * width];
            let sent = (inputs, self.of(values, &entries));
            layer.affine.send(weight, on_membranes, group, sent, drive);
        }
        drive
    }

    /// The inputs that group `group` of a layer's outputs sees, and their entries within the sample.
    fn inputs<'p>(
        &self,
        affine: &Affine,
        places: Places<'p>,
        group: usize,
    ) -> (Group<'p>, Range<usize>) {
        let positions = affine.input.positions();
        let sample = self.bundle.sample * self.steps() * positions;
        let first = sample + (self.steps() - 1 - group) * positions;
        let base = places.range(sample, 0).start;
        let range = places.range(first, positions);
        let inputs = Group { places, first };
        (inputs, range.start - base..range.end - base)
    }

    /// Adds the weight's gradient: open inputs with their values, firing ones with 1.
    fn weigh(
        &self,
        affine: &Affine,
        gradient: &mut [f32x4],
        (deltas, totals): (&Outputs, &[f32]),
        [firing, open]: [Places; 2],
        values: &[f32x4],
    ) {
        for group in 0..self.steps() {
            let (inputs, entries) = self.inputs(affine, open, group);
            let sent = (inputs, self.of(values, &entries));
            affine.pair_gradient(gradient, deltas, group, sent);
            let (inputs, _) = self.inputs(affine, firing, group);
            affine.total_gradient(gradient, deltas, group, inputs, totals);
        }
    }

    /// What is decided of the drive, for every entry of a layer's coefficients.
    fn firm(&self, index: usize, on_membranes: &Bunches) -> Vec<f32x4> {
        let layer = &self.network.layers[index];
        let positions = layer.positions();
        let mut drive = Vec::with_capacity(on_membranes.values().len());
        for list in 0..on_membranes.rows() {
            let firm = match &self.pass.intervals.layers[index].firm {
                Some(firm) => {
                    let step = self.steps() - 1 - list / positions;
                    let first = (self.bundle.sample * self.steps() + step) * positions;
                    firm.row(first + list % positions)
                }
                None => bytemuck::cast_slice(self.parameters.vectors(&layer.bias)),
            };
            for (channel, lanes) in on_membranes.row(list) {
                drive.extend(lanes.iter().map(|_| f32x4::splat(firm[channel])));
            }
        }
        drive
    }

    /// Through the first affine part, the inputs being pixels.
    fn pixels(&self, ends: &Lists<[f32; 2]>, slab: &mut [f32x4]) -> Vec<f32x4> {
        let layer = &self.network.layers[0];
        let (affine, width) = (&layer.affine, self.bundle.width);
        let on_membranes = &self.bundle.layers[0].on_membranes;
        let outputs = self.bundle.summed.as_ref().unwrap_or(on_membranes);
        let deltas = outputs.scaled(&self.by);
        let totals = deltas.bunches().totals();
        add_bias(deltas.bunches(), &totals, &mut slab[layer.bias.clone()]);
        let inputs = Group {
            places: ends.places(),
            first: self.bundle.sample * affine.input.positions(),
        };
        let count = ends.range(inputs.first, affine.input.positions()).len();
        let weight = self.parameters.weight(layer);
        let mut drive = self.firm(0, outputs.bunches());
        let runs = self.bundle.minimiser.chunks_exact((count * width).max(1));
        for (group, values) in runs.enumerate() {
            let gradient = &mut slab[layer.weight.clone()];
            affine.pair_gradient(gradient, &deltas, group, (inputs, values));
            let reached = outputs
                .bunches()
                .range(group * layer.positions(), layer.positions());
            let drive = &mut drive[reached.start * width..reached.end * width];
            affine.send(weight, outputs, group, (inputs, values), drive);
        }
        match &self.bundle.summed {
            None => drive,
            Some(summed) => self.repeated(summed.bunches(), &drive),
        }
    }

    /// The first layer's drive, the same at every step, for every entry of the coefficients on the
    /// steps.
    fn repeated(&self, summed: &Bunches, drive: &[f32x4]) -> Vec<f32x4> {
        let layer = &self.network.layers[0];
        let (positions, stride) = (layer.positions(), layer.affine.output.stride());
        let mut entries = vec![0; positions * stride];
        for position in 0..positions {
            for entry in summed.range(position, 1) {
                entries[position * stride + summed.channel(entry)] = entry;
            }
        }
        let on_membranes = self.bundle.layers[0].on_membranes.bunches();
        let mut repeated = Vec::with_capacity(on_membranes.values().len());
        for row in 0..on_membranes.rows() {
            for (channel, _) in on_membranes.row(row) {
                let entry = entries[row % positions * stride + channel];
                repeated.extend_from_slice(self.of(drive, &(entry..entry + 1)));
            }
        }
        repeated
    }

    /// Sends the membranes through the lines: returns what stands for the open spikes, and adds to
    /// the derivatives with respect to the intervals.
    fn relaxed(
        &self,
        index: usize,
        mut membranes: Vec<f32x4>,
        by_ends: &mut [[f32; 2]],
    ) -> Vec<f32x4> {
        let layer = &self.network.layers[index];
        if !layer.fires {
            return Vec::new();
        }
        let (positions, width) = (layer.positions(), self.bundle.width);
        let trace = &self.pass.intervals.layers[index];
        let open = trace.spikes.open.places();
        let bunches = self.bundle.layers[index].on_membranes.bunches();
        let first = self.bundle.sample * self.steps() * positions;
        let base = open.range(first, 0).start;
        let on_spikes = &self.bundle.layers[index].on_spikes;
        let mut spikes = vec![f32x4::ZERO; on_spikes.len()];
        // By channel: what was kept at the step before, what is kept at this one, and the
        // coefficients on it from the step after. Zero where nothing is listed.
        let stride = layer.affine.output.stride();
        let zeros = vec![f32x4::ZERO; positions * stride * width];
        let (mut before, mut kept, mut on_kept) = (zeros.clone(), zeros.clone(), zeros);
        for step in 0..self.steps() {
            let group = self.steps() - 1 - step;
            for position in 0..positions {
                let row = first + step * positions + position;
                let (lower, upper) = (trace.lower.row(row), trace.upper.row(row));
                let list = group * positions + position;
                let of = |channel: usize| {
                    let at = (position * stride + channel) * width;
                    at..at + width
                };
                let later = match group {
                    0 => 0..0,
                    _ => bunches.range(list - positions, 1),
                };
                for entry in later.clone() {
                    let channel = bunches.channel(entry);
                    let leak = f32x4::splat(layer.neuron(channel).leak);
                    let on_kept = &mut on_kept[of(channel)];
                    for (on_kept, &lanes) in on_kept.iter_mut().zip(bunches.lanes(entry)) {
                        *on_kept = leak * lanes;
                    }
                }
                for entry in bunches.range(list, 1) {
                    let channel = bunches.channel(entry);
                    // Silent, open (see below), or firing with soft reset.
                    let Neuron {
                        threshold, leak, ..
                    } = layer.neuron(channel);
                    let leak = f32x4::splat(leak);
                    let fired = lower[channel] > threshold;
                    let lost = f32x4::splat(if fired { threshold } else { 0.0 });
                    let u = &mut membranes[entry * width..(entry + 1) * width];
                    let kept = kept[of(channel)].iter_mut();
                    for ((u, kept), &before) in u.iter_mut().zip(kept).zip(&before[of(channel)]) {
                        *u += leak * before;
                        *kept = *u - lost;
                    }
                }
                for entry in open.range(row, 1) {
                    let channel = open.indices(entry..entry + 1)[0] as usize;
                    let own = entry - base..entry - base + 1;
                    let neuron = OpenNeuron {
                        neuron: layer.neuron(channel),
                        ends: [lower[channel], upper[channel]],
                        on_spike: self.of(on_spikes, &own),
                        on_kept: &on_kept[of(channel)],
                    };
                    let spike = &mut spikes[own.start * width..own.end * width];
                    let kept = &mut kept[of(channel)];
                    self.slopes(neuron, spike, kept, &mut by_ends[entry]);
                }
                for entry in later {
                    on_kept[of(bunches.channel(entry))].fill(f32x4::ZERO);
                }
            }
            if step > 0 {
                for position in 0..positions {
                    let entries = bunches.range((group + 1) * positions + position, 1);
                    let active = bunches.places().indices(entries);
                    let row = first + (step - 1) * positions + position;
                    let open = open.indices(open.range(row, 1));
                    for &channel in active.iter().chain(open) {
                        let at = (position * stride + channel as usize) * width;
                        before[at..at + width].fill(f32x4::ZERO);
                    }
                }
            }
            std::mem::swap(&mut before, &mut kept);
        }
        spikes
    }

    /// Derivatives of an open neuron's lines: by the coefficients, which stand for its spike and, in
    /// the place of its membrane, for what it keeps; and by its ends.
    fn slopes(
        &self,
        neuron: OpenNeuron,
        spike: &mut [f32x4],
        kept: &mut [f32x4],
        by_ends: &mut [f32; 2],
    ) {
        let [lower, upper] = neuron.ends;
        let coefficients = neuron.on_spike.iter().zip(neuron.on_kept).zip(&self.by);
        let passed = spike.iter_mut().zip(kept);
        for (((&cs, &cr), &by), (spike, kept)) in coefficients.zip(passed) {
            let open = Open {
                cs,
                cr,
                lower,
                upper,
            };
            let relaxation = self.pass.relaxation;
            let slopes = relaxation.slopes(&neuron.neuron, open, *kept);
            (*spike, *kept) = (slopes.cs, slopes.cr);
            by_ends[0] += (by * slopes.lower).reduce_add();
            by_ends[1] += (by * slopes.upper).reduce_add();
        }
    }

    fn readout(&self, linear: &LinearReadout, spikes: &[f32x4], slab: &mut [f32x4]) {
        let mut classes = vec![[[0.0; LANES]; WIDEST]; self.network.classes];
        let range = self.bundle.first..self.bundle.first + self.bundle.queries;
        for (index, query) in self.pass.queries[range].iter().enumerate() {
            for (class, &weight) in classes.iter_mut().zip(&query.weights) {
                class[index / LANES][index % LANES] = weight;
            }
        }
        let width = self.bundle.width;
        let mut bunches = Bunches::new(width);
        for _ in 0..self.steps() {
            for (class, weights) in classes.iter().enumerate() {
                bunches.push(class, &weights.map(f32x4::new)[..width]);
            }
            bunches.end_row();
        }
        let deltas = linear.affine.outputs(bunches.scaled(&self.by));
        let totals = deltas.bunches().totals();
        add_bias(deltas.bunches(), &totals, &mut slab[linear.bias.clone()]);
        let last = &self.pass.intervals.layers[self.pass.intervals.layers.len() - 1].spikes;
        let places = [last.firing.places(), last.open.places()];
        let gradient = &mut slab[linear.weight.clone()];
        self.weigh(&linear.affine, gradient, (&deltas, &totals), places, spikes);
    }
}

/// An open neuron at a step, and the coefficients of the queries on it.
struct OpenNeuron<'a> {
    neuron: Neuron,
    ends: [f32; 2],
    on_spike: &'a [f32x4],
    on_kept: &'a [f32x4],
}

fn add_bias(deltas: &Bunches, totals: &[f32], bias: &mut [f32x4]) {
    let bias: &mut [f32] = bytemuck::cast_slice_mut(bias);
    for (entry, total) in totals.iter().enumerate() {
        bias[deltas.channel(entry)] += total;
    }
}
