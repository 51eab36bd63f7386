//! The gradient of S-IBP: the lines of the interval pass differentiated, the branch taken being
//! constant, the surrogate standing for the derivative of both ends of a spike.

use wide::f32x4;

use super::{bias_gradient, Ends};
use crate::affine::{
    panels, Affine, Dots, EndDeltas, Interval, Lists, Packed, Place, Scaled, PANEL,
};
use crate::intervals::{Intervals, LayerIntervals};
use crate::network::{Layer, Network};
use crate::neuron::interval::States;
use crate::neuron::surrogate::Surrogate;
use crate::neuron::{lanes, Reset};
use crate::parameters::Parameters;
use crate::region::{InputIntervals, PixelIntervals, Rounding};
use crate::regulariser::IntervalPull;
use crate::shape::LANES;

/// Derivatives of the loss, as far as they are known before the pass.
#[derive(Debug)]
pub struct Adjoints {
    /// With respect to the ends of the last layer's spikes, or of its membranes if it does not
    /// fire.
    pub output: Ends,
    /// With respect to the ends of every layer's open membranes, as S-CROWN's lines use them: one
    /// pair per entry of the layer's open spikes, in their order.
    pub membranes: Option<Vec<Vec<[f32; 2]>>>,
    /// What regularisers add, layer by layer.
    pub pulls: Option<Vec<Option<IntervalPull>>>,
}

/// Adds the parameters' gradient.
pub fn backpropagate(
    network: &Network,
    parameters: &Parameters,
    trace: &Intervals,
    adjoints: Adjoints,
    surrogate: Surrogate,
    slab: &mut [f32x4],
) {
    let mut above: Option<EndDeltas> = None;
    for index in (0..network.layers.len()).rev() {
        let layer = &network.layers[index];
        let through = Through {
            layer,
            bounds: &trace.layers[index],
            lines: adjoints.membranes.as_ref().map(|all| all[index].as_slice()),
            pull: adjoints.pulls.as_ref().and_then(|all| all[index].as_ref()),
            samples: trace.samples,
            steps: trace.steps,
            surrogate,
        };
        let delta = match &above {
            None => through.time(BySpikes::Ends(&adjoints.output)),
            Some(above) => {
                let over = &network.layers[index + 1];
                match through.asks_little(&over.affine, above) {
                    true => {
                        let dots = over.affine.dots(parameters.weight(over));
                        through.time(BySpikes::Dots(dots, above))
                    }
                    false => {
                        let transposed = parameters.transposed(network, index + 1);
                        let by = through.all(&over.affine, transposed, above);
                        through.time(BySpikes::Combined(&by))
                    }
                }
            }
        };
        bias_gradient(&delta.sum.summed, &layer.bias, slab);
        match (&trace.layers[index].reached, &trace.input) {
            (Some(reached), _) => {
                let inputs = [&reached.firing, &reached.open];
                let weight = parameters.weight(layer);
                let gradient = &mut slab[layer.weight.clone()];
                layer
                    .affine
                    .interval_gradient(weight, inputs, &delta, gradient);
                if let Some(scopes) = &trace.layers[index].scopes {
                    let affine = &layer.affine;
                    affine.toggle_gradient(weight, scopes, &delta, gradient);
                }
            }
            (None, InputIntervals::Pixels(pixels)) => {
                pixel_gradient(layer, parameters, pixels, &delta, slab);
            }
            (None, InputIntervals::Spikes(_) | InputIntervals::Toggles(_)) => {
                unreachable!("spikes leave what they reached")
            }
        }
        above = Some(delta);
    }
}

fn pixel_gradient(
    layer: &Layer,
    parameters: &Parameters,
    pixels: &PixelIntervals,
    delta: &EndDeltas,
    slab: &mut [f32x4],
) {
    let inputs = layer.affine.input.positions();
    let centred = pixels.centred(inputs, Rounding::Nearest);
    let weight = &mut slab[layer.weight.clone()];
    layer
        .affine
        .weight_gradient::<Scaled>(&centred.centres, &delta.sum.summed, weight);
    let positions = layer.positions();
    let maps = centred.radii.rows() / inputs;
    let mut difference = Packed::zeros(maps * positions, layer.vectors());
    for (first, width) in panels(layer.vectors()) {
        let run = positions * width;
        let [lower, upper] = [&delta.lower, &delta.upper].map(|d| d.summed.panel(first));
        let difference = difference.panel_mut(first);
        for (sample, map) in centred.maps.iter().enumerate() {
            let ends = lower[sample * run..][..run]
                .iter()
                .zip(&upper[sample * run..][..run]);
            for (d, (&l, &h)) in difference[map * run..][..run].iter_mut().zip(ends) {
                *d += l - h;
            }
        }
    }
    radius_gradient(layer, parameters, &centred.radii, &difference, slab);
}

/// The part through `|W| d`: lower ends lose it, upper ends gain it.
fn radius_gradient(
    layer: &Layer,
    parameters: &Parameters,
    radii: &Lists<f32>,
    difference: &Packed,
    slab: &mut [f32x4],
) {
    let mut product = vec![f32x4::ZERO; layer.weight.len()];
    layer
        .affine
        .weight_gradient::<Scaled>(radii, difference, &mut product);
    let weight = parameters.weight(layer);
    for ((g, p), &w) in slab[layer.weight.clone()]
        .iter_mut()
        .zip(product)
        .zip(weight)
    {
        let zero = f32x4::ZERO;
        *g += w
            .simd_lt(zero)
            .bitselect(p, w.simd_gt(zero).bitselect(-p, zero));
    }
}

/// Derivatives with respect to the ends of a layer's spikes (its membranes, if it does not fire).
#[derive(Clone, Copy)]
enum BySpikes<'a> {
    Ends(&'a Ends),
    /// Sums and differences of the ends, doubled.
    Combined(&'a [Packed; 2]),
    /// Made from the derivatives of the layer above where they are asked for.
    Dots(Dots<'a>, &'a EndDeltas),
}

impl BySpikes<'_> {
    /// Vectors of a position's row from the panel's first on, `at` being its place among all; other
    /// lanes than those of the masks need not be right.
    #[inline(always)]
    fn vectors(&self, row: usize, at: Place, near: &[u32], by: &mut [[f32x4; 2]]) {
        let (first, width) = (at.channel / LANES, by.len());
        match self {
            BySpikes::Ends(ends) => {
                let [lower, upper] = [&ends.lower, &ends.upper].map(|e| &e.run(row, 1)[first..]);
                let ends = lower.iter().zip(upper);
                by.iter_mut()
                    .zip(ends)
                    .for_each(|(by, (&l, &h))| *by = [l, h]);
            }
            BySpikes::Combined(combined) => {
                let [sum, difference] = combined
                    .each_ref()
                    .map(|c| &c.panel(first)[row * width..][..width]);
                let half = f32x4::splat(0.5);
                for (by, (&s, &d)) in by.iter_mut().zip(sum.iter().zip(difference)) {
                    *by = [half * (s + d), half * (s - d)];
                }
            }
            BySpikes::Dots(dots, above) => {
                for (v, (by, &near)) in by.iter_mut().zip(near).enumerate() {
                    let mut ends = [[0.0; LANES]; 2];
                    lanes(near, |lane| {
                        let at = Place {
                            channel: at.channel + v * LANES + lane,
                            ..at
                        };
                        let sent = dots.ends_sent(&above.lower.each, &above.upper.each, at);
                        [ends[0][lane], ends[1][lane]] = sent;
                    });
                    *by = ends.map(f32x4::new);
                }
            }
        }
    }
}

/// The way back through a layer's neurons.
struct Through<'a> {
    layer: &'a Layer,
    bounds: &'a LayerIntervals,
    /// What S-CROWN's lines add, a pair per open spike.
    lines: Option<&'a [[f32; 2]]>,
    pull: Option<&'a IntervalPull>,
    samples: usize,
    steps: usize,
    surrogate: Surrogate,
}

impl Through<'_> {
    /// Whether so few neurons have an end near their threshold that asking for each is cheaper than
    /// sending everything back. The first sample speaks for all.
    fn asks_little(&self, above: &Affine, delta: &EndDeltas) -> bool {
        let run = self.steps * self.layer.positions();
        let (lower, upper) = (self.bounds.lower.run(0, run), self.bounds.upper.run(0, run));
        let near = lower.iter().zip(upper).enumerate().map(|(v, (&l, &h))| {
            let threshold = self.layer.thresholds[v % self.layer.vectors()];
            self.slopes(l, h, threshold).1.count_ones() as usize
        });
        let mut sent = 0;
        for row in 0..self.steps * above.output.positions() {
            let [lower, upper] = [&delta.lower, &delta.upper].map(|d| d.each.row(row).flatten());
            for (&l, &h) in lower.zip(upper) {
                let some = l.simd_ne(f32x4::ZERO) | h.simd_ne(f32x4::ZERO);
                sent += some.to_bitmask().count_ones() as usize;
            }
        }
        above.dots_pay([near.sum(), sent, run], 2)
    }

    /// Sums and differences of the derivatives with respect to the ends of all spikes.
    fn all(&self, above: &Affine, transposed: &[f32x4], delta: &EndDeltas) -> [Packed; 2] {
        let (rows, vectors) = (self.bounds.lower.rows(), self.layer.vectors());
        let mut by = [(); 2].map(|()| Packed::stale(rows, vectors));
        let pairs = delta.combined();
        above.backward::<2, Interval>(&pairs, transposed, by.each_mut());
        by
    }

    /// The surrogate's derivatives at both ends, and where one of them is not zero.
    #[inline(always)]
    fn slopes(&self, l: f32x4, h: f32x4, threshold: f32x4) -> ([f32x4; 2], u32) {
        let slopes = [l, h].map(|end| self.surrogate.derivative(end - threshold));
        let some = slopes[0].simd_ne(f32x4::ZERO) | slopes[1].simd_ne(f32x4::ZERO);
        (slopes, some.to_bitmask())
    }

    /// From derivatives with respect to the spikes to those with respect to the membranes.
    fn time(&self, by_spikes: BySpikes) -> EndDeltas {
        let (layer, steps) = (self.layer, self.steps);
        let (positions, vectors) = (layer.positions(), layer.vectors());
        let mut deltas = EndDeltas::new(self.samples, steps, positions, vectors);
        let mut later = vec![[f32x4::ZERO; 2]; positions * vectors];
        let mut lines = Lines::new(self.lines, &self.bounds.spikes.open, positions, vectors);
        for sample in 0..self.samples {
            later.fill([f32x4::ZERO; 2]);
            for step in (0..steps).rev() {
                let group = sample * steps + step;
                lines.turn_to(group);
                for (first, width) in panels(vectors) {
                    for position in 0..positions {
                        let at = Place {
                            group,
                            position,
                            channel: first * LANES,
                        };
                        let run = position * vectors + first;
                        let later = &mut later[run..][..width];
                        self.step(by_spikes, at, later);
                        lines.add(run, later);
                        self.pull(at, later);
                        let [row, place] = [group, sample].map(|g| g * positions + position);
                        deltas.put(first, [row, place], later);
                    }
                }
            }
        }
        deltas
    }

    /// Adds what regularisers do to a panel of a position.
    #[inline(always)]
    fn pull(&self, at: Place, by: &mut [[f32x4; 2]]) {
        let Some(pull) = self.pull else {
            return;
        };
        let (first, width) = (at.channel / LANES, by.len());
        let row = at.group * self.layer.positions() + at.position;
        let [lower, upper] = [&self.bounds.lower, &self.bounds.upper]
            .map(|ends| &ends.run(row, 1)[first..][..width]);
        let ends = lower.iter().zip(upper).map(|(&l, &h)| [l, h]);
        let thresholds = self.layer.thresholds[first..].iter().copied();
        pull.add(at.group, first, by.iter_mut().zip(ends.zip(thresholds)));
    }

    /// From the derivatives of the step after to those of this one, for a panel of a position.
    #[inline(always)]
    fn step(&self, by_spikes: BySpikes, at: Place, later: &mut [[f32x4; 2]]) {
        let layer = self.layer;
        let row = at.group * layer.positions() + at.position;
        let (first, width) = (at.channel / LANES, later.len());
        let thresholds = &layer.thresholds[first..][..width];
        let [lower, upper] = [&self.bounds.lower, &self.bounds.upper]
            .map(|ends| &ends.run(row, 1)[first..][..width]);
        let ends = || lower.iter().zip(upper).zip(thresholds);
        let mut near = [0xf; PANEL];
        if layer.fires && matches!(by_spikes, BySpikes::Dots(..)) {
            for (near, ((&l, &h), &threshold)) in near.iter_mut().zip(ends()) {
                *near = self.slopes(l, h, threshold).1;
            }
        }
        let mut by = [[f32x4::ZERO; 2]; PANEL];
        by_spikes.vectors(row, at, &near[..width], &mut by[..width]);
        let leaks = &layer.leaks[first..][..width];
        let places = later.iter_mut().zip(by).zip(ends().zip(leaks));
        for ((later, by), (((&l, &h), &threshold), &leak)) in places {
            let by_kept = [leak * later[0], leak * later[1]];
            *later = match layer.fires {
                true => self.neuron([l, h], threshold, by, by_kept),
                false => [by[0] + by_kept[0], by[1] + by_kept[1]],
            };
        }
    }

    /// One vector of neurons that fire; `by_kept`: the derivatives by what they keep.
    #[inline(always)]
    fn neuron(
        &self,
        [l, h]: [f32x4; 2],
        threshold: f32x4,
        by: [f32x4; 2],
        by_kept: [f32x4; 2],
    ) -> [f32x4; 2] {
        let states = States::of(l, h, threshold);
        let open = !(states.silent | states.firing);
        let mut pass_lower = states.silent | (open & l.simd_lt(f32x4::ZERO));
        let mut pass_upper = states.silent;
        if self.layer.reset == Reset::Soft {
            pass_lower |= states.firing;
            pass_upper |= states.firing | (open & (h - threshold).simd_gt(threshold));
        }
        let (slopes, _) = self.slopes(l, h, threshold);
        [
            by[0] * slopes[0] + (pass_lower & by_kept[0]),
            by[1] * slopes[1] + (pass_upper & by_kept[1]),
        ]
    }
}

/// What S-CROWN's lines add, laid out for one group (sample, step) at a time.
struct Lines<'a> {
    pairs: Option<&'a [[f32; 2]]>,
    open: &'a Lists,
    positions: usize,
    vectors: usize,
    group: [Vec<f32x4>; 2],
}

impl<'a> Lines<'a> {
    fn new(
        pairs: Option<&'a [[f32; 2]]>,
        open: &'a Lists,
        positions: usize,
        vectors: usize,
    ) -> Self {
        let size = pairs.map_or(0, |_| positions * vectors);
        Lines {
            pairs,
            open,
            positions,
            vectors,
            group: [vec![f32x4::ZERO; size], vec![f32x4::ZERO; size]],
        }
    }

    fn turn_to(&mut self, group: usize) {
        let Some(pairs) = self.pairs else {
            return;
        };
        self.group
            .iter_mut()
            .for_each(|ends| ends.fill(f32x4::ZERO));
        for position in 0..self.positions {
            let row = group * self.positions + position;
            let (channels, _) = self.open.row(row);
            let pairs = &pairs[self.open.range(row, 1)];
            for (end, ends) in self.group.iter_mut().enumerate() {
                let lanes: &mut [f32] = bytemuck::cast_slice_mut(ends);
                let lanes = &mut lanes[position * self.vectors * LANES..];
                for (&channel, pair) in channels.iter().zip(pairs) {
                    lanes[channel as usize] = pair[end];
                }
            }
        }
    }

    /// Adds to the derivatives of vectors from `first` on.
    #[inline(always)]
    fn add(&self, first: usize, by: &mut [[f32x4; 2]]) {
        if self.pairs.is_none() {
            return;
        }
        let [lower, upper] = &self.group;
        for (by, (&l, &h)) in by
            .iter_mut()
            .zip(lower[first..].iter().zip(&upper[first..]))
        {
            by[0] += l;
            by[1] += h;
        }
    }
}
