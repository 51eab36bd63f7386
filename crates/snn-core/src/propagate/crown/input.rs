//! The exact minimum of a linear bound over the input region, and where it lies.

use wide::f32x4;

use super::bound::{scaled, widened, Bounds, Wide};
use super::Pass;
use crate::affine::{Group, Lanes, Lists, Outputs};
use crate::region::{Coupling, InputIntervals, PixelIntervals, SpikeIntervals, Switches};
use crate::shape::LANES;

impl Pass<'_> {
    /// The first layer's coefficients summed over the steps: pixels are the same at every step.
    pub fn summed<const Q: usize>(&self, on_membranes: &Outputs<Q>) -> Option<Outputs<Q>> {
        let coupled = self.options.coupling == Coupling::Coupled;
        if !coupled || !matches!(self.intervals.input, InputIntervals::Pixels(_)) {
            return None;
        }
        let affine = &self.network.layers[0].affine;
        let (positions, stride) = (affine.output.positions(), affine.output.stride());
        let lists = on_membranes.lists();
        let mut sums = vec![None; positions * stride];
        for row in 0..lists.rows() {
            let at = row % positions * stride;
            for (channel, lanes) in lists.entries(row) {
                let sum = sums[at + channel].get_or_insert([f32x4::ZERO; Q]);
                for q in 0..Q {
                    sum[q] += lanes[q];
                }
            }
        }
        let mut summed = Lists::new();
        for sums in sums.chunks_exact(stride) {
            for (channel, lanes) in sums.iter().enumerate() {
                if let Some(lanes) = lanes {
                    summed.push(channel, *lanes);
                }
            }
            summed.end_row();
        }
        Some(affine.outputs(summed))
    }

    /// Coefficients on all pixels, for every group of the first layer's outputs, the last step
    /// first.
    pub fn on_pixels<const Q: usize>(
        &self,
        pixels: &PixelIntervals,
        outputs: &Outputs<Q>,
    ) -> Vec<Lanes<Q>> {
        let layer = &self.network.layers[0];
        let weight = self.parameters.vectors(&layer.weight);
        let positions = layer.affine.input.positions();
        let inputs = Group {
            lists: &pixels.ends,
            first: self.sample() * positions,
        };
        let count = pixels.ends.range(inputs.first, positions).len();
        let groups = outputs.lists().rows() / layer.positions();
        let mut sums = vec![[f32x4::ZERO; Q]; groups * count];
        for (group, sums) in sums.chunks_exact_mut(count.max(1)).enumerate() {
            layer.affine.pull(weight, outputs, group, inputs, sums);
        }
        sums
    }

    /// Takes the minimum over the input region and says where it lies.
    pub fn concretise<const Q: usize>(
        &self,
        on_input: &[Lanes<Q>],
        bounds: &mut Bounds<Q>,
    ) -> Vec<Lanes<Q>> {
        match &self.intervals.input {
            InputIntervals::Pixels(pixels) => self.at_pixels(pixels, on_input, bounds),
            InputIntervals::Spikes(spikes) => match self.options.coupling {
                Coupling::Coupled => self.at_switches(spikes, on_input, bounds),
                Coupling::PerStep => at_spikes(on_input, bounds),
            },
        }
    }

    fn at_pixels<const Q: usize>(
        &self,
        pixels: &PixelIntervals,
        on_input: &[Lanes<Q>],
        bounds: &mut Bounds<Q>,
    ) -> Vec<Lanes<Q>> {
        let positions = self.network.input.positions();
        let range = pixels.ends.range(self.sample() * positions, positions);
        let ends = pixels.ends.values()[range].iter().cycle();
        let pixel = |(coefficients, &[lower, upper]): (&Lanes<Q>, &[f32; 2])| {
            let [lower, upper] = [f32x4::splat(lower), f32x4::splat(upper)];
            // At zero the centre, as the derivative of centre and radius gives it.
            let centre = f32x4::splat(0.5) * (lower + upper);
            let minimiser = coefficients.map(|a| {
                let zero = f32x4::ZERO;
                let falling = a.simd_lt(zero).bitselect(upper, centre);
                a.simd_gt(zero).bitselect(lower, falling)
            });
            let mut terms = [[0.0; LANES]; Q];
            for q in 0..Q {
                let pairs = widened(coefficients[q]).into_iter();
                let pairs = pairs.zip(widened(minimiser[q]));
                for (term, (a, x)) in terms[q].iter_mut().zip(pairs) {
                    *term = a * x;
                }
            }
            bounds.add(&terms);
            minimiser
        };
        on_input.iter().zip(ends).map(pixel).collect()
    }

    /// One pixel switches its open spikes on in the order of their draws.
    fn at_switches<const Q: usize>(
        &self,
        spikes: &SpikeIntervals<f32>,
        on_input: &[Lanes<Q>],
        bounds: &mut Bounds<Q>,
    ) -> Vec<Lanes<Q>> {
        let map = self.network.input;
        let first = self.sample() * self.intervals.steps * map.positions();
        let switches = Switches::new(&spikes.open, first, self.intervals.steps, map);
        let mut minimiser = vec![[f32x4::ZERO; Q]; on_input.len()];
        bounds.add(&switches.minimise(on_input, &mut minimiser));
        // What the prefix sums may have lost.
        for coefficients in on_input {
            for (size, a) in bounds.size.iter_mut().zip(coefficients) {
                for (size, a) in size.iter_mut().zip(widened(a.abs())) {
                    *size += a;
                }
            }
        }
        bounds.terms += on_input.len();
        bounds.add(&overflow(on_input));
        minimiser
    }
}

/// Each step on its own: every open spike takes what is less.
fn at_spikes<const Q: usize>(on_input: &[Lanes<Q>], bounds: &mut Bounds<Q>) -> Vec<Lanes<Q>> {
    let spike = |coefficients: &Lanes<Q>| {
        let zero = f32x4::ZERO;
        bounds.add(&scaled(&coefficients.map(|a| a.fast_min(zero)), 1.0));
        coefficients.map(|a| {
            let (on, half) = (f32x4::ONE, f32x4::splat(0.5));
            // At zero the centre, as the derivative of centre and radius gives it.
            a.simd_eq(zero)
                .bitselect(half, a.simd_lt(zero).bitselect(on, zero))
        })
    };
    let minimiser = on_input.iter().map(spike).collect();
    bounds.add(&overflow(on_input));
    minimiser
}

/// Zero, or NaN where f32 overflowed: nothing is known then.
fn overflow<const Q: usize>(on_input: &[Lanes<Q>]) -> Wide<Q> {
    let mut sums = [f32x4::ZERO; Q];
    for lanes in on_input {
        for q in 0..Q {
            sums[q] += lanes[q] * f32x4::ZERO;
        }
    }
    sums.map(widened)
}
