//! The exact minimum of a linear bound over the input region, and where it lies.

use super::{Bound, Pass};
use crate::affine::{Lists, Rows};
use crate::region::{Coupling, InputIntervals, PixelIntervals, SpikeIntervals, Switches};
use crate::shape::Shape;

impl Pass<'_> {
    /// Takes the minimum over the input region and remembers where it lies.
    pub fn concretise(&self, on_input: &Rows, summed: bool, bounds: &mut [Bound]) -> Lists<f32> {
        let map = self.network.input;
        match &self.intervals.input {
            InputIntervals::Pixels(pixels) => self.at_pixels(pixels, on_input, map, summed, bounds),
            InputIntervals::Spikes(spikes) => self.at_spikes(spikes, on_input, map, bounds),
        }
    }

    fn at_pixels(
        &self,
        pixels: &PixelIntervals,
        on_input: &Rows,
        map: Shape,
        summed: bool,
        bounds: &mut [Bound],
    ) -> Lists<f32> {
        let repeats = if summed { 1 } else { self.intervals.steps };
        let mut minimiser = Lists::new();
        for (index, (query, bound)) in self.queries.iter().zip(bounds).enumerate() {
            for repeat in 0..repeats {
                for position in 0..map.positions() {
                    let row = (index * repeats + repeat) * map.positions() + position;
                    let coefficients = on_input.row(row);
                    let list = query.sample * map.positions() + position;
                    for (channel, [lower, upper]) in pixels.ends.entries(list) {
                        let coefficient = coefficients[channel];
                        let pixel = if coefficient > 0.0 {
                            lower
                        } else if coefficient < 0.0 {
                            upper
                        } else {
                            0.5 * (lower + upper)
                        };
                        minimiser.push(channel, pixel);
                        bound.add(f64::from(coefficient) * f64::from(pixel));
                    }
                    minimiser.end_row();
                }
            }
        }
        minimiser
    }

    fn at_spikes(
        &self,
        spikes: &SpikeIntervals<f32>,
        on_input: &Rows,
        map: Shape,
        bounds: &mut [Bound],
    ) -> Lists<f32> {
        let (steps, positions) = (self.intervals.steps, map.positions());
        let mut minimiser = Lists::new();
        let mut switches: Option<(usize, Switches)> = None;
        // Spikes of one query that are on at the minimum, by (step, input).
        let mut on = vec![false; steps * positions * map.stride()];
        for (index, (query, bound)) in self.queries.iter().zip(bounds).enumerate() {
            let first = query.sample * steps * positions;
            let at = index * steps * positions;
            let size = positions * map.stride();
            let coefficients: &[f32] = bytemuck::cast_slice(on_input.run(at, steps * positions));
            if self.options.coupling == Coupling::Coupled {
                on.fill(false);
                if !matches!(&switches, Some((sample, _)) if *sample == query.sample) {
                    let new = Switches::new(&spikes.open, first, steps, map);
                    switches = Some((query.sample, new));
                }
                if let Some((_, switches)) = &switches {
                    let least = switches.minimise(
                        |step, input| f64::from(coefficients[step * size + input]),
                        |step, input| on[step * size + input] = true,
                    );
                    bound.add(least);
                }
            }
            // Zero, or NaN where f32 overflowed: nothing is known then.
            let mut overflow = 0.0f32;
            for row in 0..steps * positions {
                let coefficients = on_input.row(at + row);
                for (channel, ()) in spikes.firing.entries(first + row) {
                    bound.add(f64::from(coefficients[channel]));
                    minimiser.push(channel, 1.0);
                }
                for (channel, _) in spikes.open.entries(first + row) {
                    let coefficient = coefficients[channel];
                    overflow += 0.0 * coefficient;
                    let spike = match self.options.coupling {
                        Coupling::Coupled if on[row * map.stride() + channel] => 1.0,
                        Coupling::Coupled => 0.0,
                        // At zero, as the derivative of centre and radius gives it.
                        Coupling::PerStep if coefficient == 0.0 => 0.5,
                        Coupling::PerStep if coefficient < 0.0 => 1.0,
                        Coupling::PerStep => 0.0,
                    };
                    match self.options.coupling {
                        Coupling::PerStep => bound.add(f64::from(coefficient.min(0.0))),
                        // Already in `least`; its size counts for what the prefix sums lost.
                        Coupling::Coupled => {
                            bound.size += f64::from(coefficient.abs());
                            bound.terms += 1;
                        }
                    }
                    if spike != 0.0 {
                        minimiser.push(channel, spike);
                    }
                }
                minimiser.end_row();
            }
            bound.sum += f64::from(overflow);
        }
        minimiser
    }
}
