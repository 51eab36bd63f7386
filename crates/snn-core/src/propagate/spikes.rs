//! What the network really does: spikes through layers and steps (ALGORITHMS 1).

use wide::f32x4;

use crate::affine::{
    widest, Events, Kernel, Lists, Masks, Packed, Rows, Scaled, Spike, Strip, Term,
};
use crate::encode::Encoded;
use crate::network::{Layer, LinearReadout, Network, Readout};
use crate::parameters::Parameters;
use crate::shape::LANES;

/// Rows of a layer are (sample, step, position).
#[derive(Debug)]
pub struct LayerTrace {
    /// What reached the layer; none where that are pixels.
    pub events: Option<Events>,
    /// Membranes before the reset.
    pub membranes: Packed,
    /// Who fired; none in a layer that does not fire.
    pub spikes: Masks,
}

#[derive(Debug)]
pub struct Trace {
    pub input: Encoded,
    pub layers: Vec<LayerTrace>,
    /// Class scores, `[samples, classes]`.
    pub scores: Vec<f32>,
    pub samples: usize,
    pub steps: usize,
}

/// Runs `samples` inputs for `steps` steps.
pub fn propagate(
    network: &Network,
    parameters: &Parameters,
    input: Encoded,
    samples: usize,
    steps: usize,
) -> Trace {
    let pass = Pass {
        parameters,
        samples,
        steps,
    };
    let mut layers: Vec<LayerTrace> = Vec::with_capacity(network.layers.len());
    for layer in &network.layers {
        let trace = match layers.last() {
            Some(before) => pass.layer(layer, Input::Spikes(&before.spikes), true),
            None => pass.first(layer, &input, true),
        };
        layers.push(trace);
    }
    let last = &layers[layers.len() - 1];
    let scores = pass.scores(network, last);
    Trace {
        input,
        layers,
        scores,
        samples,
        steps,
    }
}

/// Class scores, `[samples, classes]`, and no trace.
pub fn scores(
    network: &Network,
    parameters: &Parameters,
    input: &Encoded,
    samples: usize,
    steps: usize,
) -> Vec<f32> {
    let pass = Pass {
        parameters,
        samples,
        steps,
    };
    let (first, others) = network.layers.split_first().expect("a network has layers");
    let mut last = pass.first(first, input, !first.fires);
    for layer in others {
        last = pass.layer(layer, Input::Spikes(&last.spikes), !layer.fires);
    }
    pass.scores(network, &last)
}

/// What a layer reads.
#[derive(Clone, Copy)]
enum Input<'a> {
    /// Rows (sample, step, position).
    Spikes(&'a Masks),
    /// Rows (sample, position): the same at every step.
    Pixels(&'a Lists<f32>),
}

#[derive(Clone, Copy)]
struct Pass<'a> {
    parameters: &'a Parameters,
    samples: usize,
    steps: usize,
}

impl Pass<'_> {
    fn first(self, layer: &Layer, input: &Encoded, keep: bool) -> LayerTrace {
        match input {
            Encoded::Spikes(spikes) => {
                let spikes = Masks::of(spikes, layer.affine.input_vectors());
                self.layer(layer, Input::Spikes(&spikes), keep)
            }
            Encoded::Pixels(pixels) => self.layer(layer, Input::Pixels(pixels), keep),
        }
    }

    fn layer(self, layer: &Layer, input: Input, keep: bool) -> LayerTrace {
        let steps = self.steps;
        let (spikes, membranes, events) = match input {
            Input::Spikes(spikes) => {
                let events = layer.affine.events(spikes, steps);
                let (constant, changing) = (&events.constant, Some(&events.changing));
                let (masks, membranes) = self.fire::<Spike>(layer, constant, changing, keep);
                (masks, membranes, Some(events))
            }
            Input::Pixels(pixels) => {
                let pixels = layer.affine.reaching_rows(pixels);
                let (masks, membranes) = self.fire::<Scaled>(layer, &pixels, None, keep);
                (masks, membranes, None)
            }
        };
        LayerTrace {
            events,
            membranes,
            spikes,
        }
    }

    fn fire<T: Term<1>>(
        self,
        layer: &Layer,
        constant: &Lists<T::Value>,
        changing: Option<&Lists>,
        keep: bool,
    ) -> (Masks, Packed) {
        let (rows, vectors) = (
            self.samples * self.steps * layer.positions(),
            layer.vectors(),
        );
        let matrix = layer.affine.matrix(self.parameters.weight(layer));
        assert_eq!(constant.rows(), self.samples * layer.positions());
        assert!(constant.width() <= matrix.rows());
        assert!(changing.is_none_or(|c| c.rows() == rows && c.width() <= matrix.rows()));
        let mut kernel = Fire::<T> {
            layer,
            bias: self.parameters.vectors(&layer.bias),
            constant,
            changing,
            steps: self.steps,
            masks: Masks::new(rows, vectors),
            membranes: Packed::stale(if keep { rows } else { 0 }, vectors),
        };
        matrix.strips(widest(1), &mut kernel);
        (kernel.masks, kernel.membranes)
    }
}

/// Drives neurons through the steps of every sample.
struct Fire<'a, T: Term<1>> {
    layer: &'a Layer,
    bias: &'a [f32x4],
    /// Weight rows with what they carry: rows (sample, position), the same at every step.
    constant: &'a Lists<T::Value>,
    /// Rows (sample, step, position): what one step adds.
    changing: Option<&'a Lists>,
    steps: usize,
    masks: Masks,
    /// No rows where they are not to be kept.
    membranes: Packed,
}

impl<T: Term<1>> Kernel for Fire<'_, T> {
    #[inline(never)]
    fn run<const V: usize>(&mut self, strip: &Strip<V>) {
        let Layer {
            reset,
            fires,
            thresholds,
            leaks,
            ..
        } = self.layer;
        let (positions, first) = (self.layer.positions(), strip.first());
        let bias = &self.bias[first..][..V];
        let [thresholds, leaks] = [thresholds, leaks].map(|of| &of[first..][..V]);
        let keep = self.membranes.rows() > 0;
        for place in 0..self.constant.rows() {
            let (sample, position) = (place / positions, place % positions);
            let mut base = [[f32x4::ZERO; 1]; V];
            base.iter_mut().zip(bias).for_each(|(base, &b)| base[0] = b);
            // SAFETY: indices are below the lists' width, which `fire` checks.
            unsafe { strip.add::<1, T>(0, self.constant.row(place), &mut base) };
            let mut kept = [f32x4::ZERO; V];
            for step in 0..self.steps {
                let row = (sample * self.steps + step) * positions + position;
                let mut u = base;
                if let Some(changing) = self.changing {
                    // SAFETY: as above.
                    unsafe { strip.add::<1, Spike>(0, changing.row(row), &mut u) };
                }
                for ((u, &kept), &leak) in u.iter_mut().zip(&kept).zip(leaks) {
                    u[0] += leak * kept;
                }
                if keep {
                    let to = self.membranes.strip_mut(strip, row);
                    to.iter_mut().zip(&u).for_each(|(to, u)| *to = u[0]);
                }
                if !fires {
                    kept.iter_mut().zip(&u).for_each(|(kept, u)| *kept = u[0]);
                    continue;
                }
                let mut bits = 0;
                for v in 0..V {
                    let (fired, after) = reset.step(u[v][0], thresholds[v]);
                    bits |= fired.to_bitmask() << (LANES * v);
                    kept[v] = after;
                }
                self.masks.set(row, first, bits);
            }
        }
    }
}

/// Mean spikes of the last layer, `[samples, positions * channels]` in the readout's input order:
/// position by position with padding.
pub fn rates(layer: &Layer, spikes: &Masks, samples: usize, steps: usize) -> Vec<f32> {
    let (positions, stride) = (layer.positions(), layer.affine.output.stride());
    let size = positions * stride;
    let mut counts = vec![0.0f32; samples * size];
    let spikes = spikes.lists();
    for row in 0..spikes.rows() {
        let (sample, position) = (row / (steps * positions), row % positions);
        for (channel, ()) in spikes.entries(row) {
            counts[sample * size + position * stride + channel] += 1.0;
        }
    }
    counts.iter_mut().for_each(|count| *count /= steps as f32);
    counts
}

impl Pass<'_> {
    fn scores(self, network: &Network, last: &LayerTrace) -> Vec<f32> {
        let Pass {
            parameters,
            samples,
            steps,
        } = self;
        let layer = &network.layers[network.layers.len() - 1];
        let classes = network.classes;
        match &network.readout {
            Readout::Rate => {
                let rates = rates(layer, &last.spikes, samples, steps);
                let stride = layer.affine.output.stride();
                rates
                    .chunks_exact(stride)
                    .flat_map(|rates| rates[..classes].to_vec())
                    .collect()
            }
            Readout::Membrane => {
                let mut scores = vec![0.0; samples * classes];
                for (sample, scores) in scores.chunks_exact_mut(classes).enumerate() {
                    for step in 0..steps {
                        let membranes = last.membranes.row(sample * steps + step);
                        let membranes = membranes.flat_map(bytemuck::cast_slice::<_, f32>);
                        let pairs = scores.iter_mut().zip(membranes);
                        pairs.for_each(|(score, u)| *score += u);
                    }
                    scores.iter_mut().for_each(|score| *score /= steps as f32);
                }
                scores
            }
            Readout::Linear(linear) => {
                let rates = rates(layer, &last.spikes, samples, steps);
                linear_scores(linear, parameters, &rates, samples)
            }
        }
    }
}

/// Scores of the last layer's rates, `[samples, positions * stride]`.
pub fn linear_scores(
    linear: &LinearReadout,
    parameters: &Parameters,
    rates: &[f32],
    samples: usize,
) -> Vec<f32> {
    let lists = rate_lists(linear, rates);
    let mut scores = Rows::filled(samples, parameters.vectors(&linear.bias));
    let weight = parameters.vectors(&linear.weight);
    linear
        .affine
        .forward::<1, Scaled>(&lists, weight, [&mut scores]);
    let classes = linear.affine.output.channels;
    (0..samples)
        .flat_map(|row| scores.row(row)[..classes].to_vec())
        .collect()
}

/// Rates as the linear readout's input lists, one per (sample, position).
pub fn rate_lists(linear: &LinearReadout, rates: &[f32]) -> Lists<f32> {
    let mut lists = Lists::new();
    for row in rates.chunks_exact(linear.affine.input.stride()) {
        for (channel, &rate) in row.iter().enumerate() {
            if rate != 0.0 {
                lists.push(channel, rate);
            }
        }
        lists.end_row();
    }
    lists
}
