//! The exact minimum of a linear bound over the input region, and where it lies.

use wide::f32x4;

use super::bound::{widened, Bounds};
use super::Pass;
use crate::affine::{Bunches, Group, Outputs, WIDEST};
use crate::region::{Coupling, InputIntervals, PixelIntervals, SpikeIntervals, Switches, Toggles};
use crate::shape::LANES;

impl Pass<'_> {
    /// The first layer's coefficients summed over the steps: pixels are the same at every step.
    pub fn summed(&self, on_membranes: &Outputs) -> Option<Outputs> {
        let coupled = self.options.coupling == Coupling::Coupled;
        if !coupled || !matches!(self.intervals.input, InputIntervals::Pixels(_)) {
            return None;
        }
        let affine = &self.network.layers[0].affine;
        let (positions, stride) = (affine.output.positions(), affine.output.stride());
        let bunches = on_membranes.bunches();
        let mut sums = vec![f32x4::ZERO; positions * stride * self.width];
        let mut listed = vec![false; positions * stride];
        for row in 0..bunches.rows() {
            for (channel, lanes) in bunches.row(row) {
                let at = row % positions * stride + channel;
                listed[at] = true;
                let sums = &mut sums[at * self.width..][..self.width];
                for (sum, &lanes) in sums.iter_mut().zip(lanes) {
                    *sum += lanes;
                }
            }
        }
        let mut summed = Bunches::new(self.width);
        for (at, lanes) in sums.chunks_exact(self.width).enumerate() {
            if listed[at] {
                summed.push(at % stride, lanes);
            }
            if at % stride == stride - 1 {
                summed.end_row();
            }
        }
        Some(affine.outputs(summed))
    }

    /// Coefficients on all pixels, for every group of the first layer's outputs.
    pub fn on_pixels(&self, pixels: &PixelIntervals, outputs: &Outputs) -> Vec<f32x4> {
        let layer = &self.network.layers[0];
        let weight = self.parameters.weight(layer);
        let positions = layer.affine.input.positions();
        let inputs = Group {
            places: pixels.ends.places(),
            first: self.sample() * positions,
        };
        let count = pixels.ends.range(inputs.first, positions).len();
        let groups = outputs.bunches().rows() / layer.positions();
        let mut sums = vec![f32x4::ZERO; groups * count * self.width];
        let runs = sums.chunks_exact_mut((count * self.width).max(1));
        for (group, sums) in runs.enumerate() {
            layer.affine.pull(weight, outputs, group, inputs, sums);
        }
        sums
    }

    /// Takes the minimum over the input region and says where it lies.
    pub fn concretise(&self, on_input: &[f32x4], bounds: &mut Bounds) -> Vec<f32x4> {
        match &self.intervals.input {
            InputIntervals::Pixels(pixels) => self.at_pixels(pixels, on_input, bounds),
            InputIntervals::Spikes(spikes) => match self.options.coupling {
                Coupling::Coupled => self.at_switches(spikes, on_input, bounds),
                Coupling::PerStep => self.at_spikes(on_input, bounds),
            },
            InputIntervals::Toggles(toggles) => self.at_toggles(toggles, on_input, bounds),
        }
    }

    fn at_pixels(
        &self,
        pixels: &PixelIntervals,
        on_input: &[f32x4],
        bounds: &mut Bounds,
    ) -> Vec<f32x4> {
        let positions = self.network.input.positions();
        let range = pixels.ends.range(self.sample() * positions, positions);
        let ends = pixels.ends.values()[range].iter().cycle();
        let mut minimiser = Vec::with_capacity(on_input.len());
        for (coefficients, &[lower, upper]) in on_input.chunks_exact(self.width).zip(ends) {
            let [lower, upper] = [f32x4::splat(lower), f32x4::splat(upper)];
            // At zero the centre, as the derivative of centre and radius gives it.
            let centre = f32x4::splat(0.5) * (lower + upper);
            let mut terms = [[0.0; LANES]; WIDEST];
            for (terms, &a) in terms.iter_mut().zip(coefficients) {
                let falling = a.simd_lt(f32x4::ZERO).bitselect(upper, centre);
                let pixel = a.simd_gt(f32x4::ZERO).bitselect(lower, falling);
                minimiser.push(pixel);
                let pairs = widened(a).into_iter().zip(widened(pixel));
                for (term, (a, x)) in terms.iter_mut().zip(pairs) {
                    *term = a * x;
                }
            }
            bounds.add_wide(&terms[..self.width]);
        }
        minimiser
    }

    /// One pixel switches its open spikes on in the order of their draws.
    fn at_switches(
        &self,
        spikes: &SpikeIntervals<f32>,
        on_input: &[f32x4],
        bounds: &mut Bounds,
    ) -> Vec<f32x4> {
        let map = self.network.input;
        let first = self.sample() * self.intervals.steps * map.positions();
        let switches = Switches::new(&spikes.open, first, self.intervals.steps, map);
        let mut minimiser = vec![f32x4::ZERO; on_input.len()];
        let least = switches.minimise(on_input, self.width, &mut minimiser);
        bounds.add_wide(&least[..self.width]);
        self.allow_for_sums(on_input, bounds);
        minimiser
    }

    /// As much is toggled as the region allows.
    fn at_toggles(&self, toggles: &Toggles, on_input: &[f32x4], bounds: &mut Bounds) -> Vec<f32x4> {
        let mut changes = vec![f32x4::ZERO; on_input.len()];
        let (sample, coupling) = (self.sample(), self.options.coupling);
        let asked = (on_input, self.width, self.queries.len());
        let least = toggles.minimise(sample, coupling, asked, &mut changes);
        bounds.add_wide(&least[..self.width]);
        self.allow_for_sums(on_input, bounds);
        changes
    }

    /// Allows for what sums of coefficients in f64 may have lost.
    fn allow_for_sums(&self, on_input: &[f32x4], bounds: &mut Bounds) {
        for coefficients in on_input.chunks_exact(self.width) {
            for (size, a) in bounds.size.iter_mut().zip(coefficients) {
                for (size, a) in size.iter_mut().zip(widened(a.abs())) {
                    *size += a;
                }
            }
            bounds.terms += 1;
        }
        self.check_overflow(on_input, bounds);
    }

    /// Each step on its own: every open spike takes what is less.
    fn at_spikes(&self, on_input: &[f32x4], bounds: &mut Bounds) -> Vec<f32x4> {
        let zero = f32x4::ZERO;
        for coefficients in on_input.chunks_exact(self.width) {
            let mut falling = [zero; WIDEST];
            for (falling, a) in falling.iter_mut().zip(coefficients) {
                *falling = a.fast_min(zero);
            }
            bounds.add(&falling[..self.width], 1.0);
        }
        self.check_overflow(on_input, bounds);
        let spike = |a: &f32x4| {
            // At zero the centre, as the derivative of centre and radius gives it.
            let falling = a.simd_lt(zero).bitselect(f32x4::ONE, zero);
            a.simd_eq(zero).bitselect(f32x4::splat(0.5), falling)
        };
        on_input.iter().map(spike).collect()
    }

    /// Adds zero, or NaN where f32 overflowed: nothing is known then.
    fn check_overflow(&self, on_input: &[f32x4], bounds: &mut Bounds) {
        let mut sums = [f32x4::ZERO; WIDEST];
        for coefficients in on_input.chunks_exact(self.width) {
            for (sum, a) in sums.iter_mut().zip(coefficients) {
                *sum += *a * f32x4::ZERO;
            }
        }
        bounds.add(&sums[..self.width], 1.0);
    }
}
