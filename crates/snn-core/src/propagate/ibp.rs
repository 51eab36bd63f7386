//! S-IBP: intervals of every membrane and spike, layer by layer and step by step (ALGORITHMS 3).

use wide::f32x4;

use crate::affine::{Interval, Lists, Open, Rows, Size, SizedSpike, Spike};
use crate::intervals::{Intervals, LayerIntervals, Sizes};
use crate::network::{Layer, Network};
use crate::neuron::interval::{widen, widening, States};
use crate::neuron::lanes;
use crate::parameters::Parameters;
use crate::region::{InputIntervals, PixelIntervals, Rounding, SpikeIntervals};

/// What is bounded, and what is kept of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    pub steps: usize,
    pub rounding: Rounding,
    /// Whether S-CROWN follows, which folds what is decided: keeps [`LayerIntervals::firm`].
    pub firm: bool,
}

/// Bounds `samples` inputs.
pub fn propagate(
    network: &Network,
    parameters: &Parameters,
    input: InputIntervals,
    samples: usize,
    options: Options,
) -> Intervals {
    let Options {
        steps,
        rounding,
        firm,
    } = options;
    let mut trace = Intervals {
        input,
        layers: Vec::with_capacity(network.layers.len()),
        overflowed: vec![false; samples],
        samples,
        steps,
        rounding,
    };
    for layer in &network.layers {
        let drive = match (trace.layers.last(), &trace.input) {
            (Some(before), _) => spike_drive(layer, parameters, &before.spikes, &trace, firm),
            (None, InputIntervals::Spikes(spikes)) => {
                spike_drive(layer, parameters, spikes, &trace, firm)
            }
            (None, InputIntervals::Pixels(pixels)) => {
                pixel_drive(layer, parameters, pixels, &trace)
            }
        };
        let (layer, overflowed) = bound(layer, drive, &trace);
        for (all, overflowed) in trace.overflowed.iter_mut().zip(overflowed) {
            *all |= overflowed;
        }
        trace.layers.push(layer);
    }
    trace
}

/// Bounds of a layer's affine part.
struct Drive {
    lower: Rows,
    upper: Rows,
    sizes: Option<Sizes>,
    firm: Option<Rows>,
}

fn spike_drive<V: Copy>(
    layer: &Layer,
    parameters: &Parameters,
    spikes: &SpikeIntervals<V>,
    trace: &Intervals,
    firm: bool,
) -> Drive {
    let affine = &layer.affine;
    let weight = parameters.vectors(&layer.weight);
    let bias = parameters.vectors(&layer.bias);
    let mut lower = Rows::filled(trace.samples * trace.steps * layer.positions(), bias);
    let mut sizes = None;
    match trace.rounding {
        Rounding::Nearest => affine.forward::<1, Spike>(&spikes.firing, weight, [&mut lower]),
        Rounding::Outward => {
            let bias: Vec<f32x4> = bias.iter().map(|b| b.abs()).collect();
            let mut sums = Rows::filled(lower.rows(), &bias);
            affine.forward::<2, SizedSpike>(&spikes.firing, weight, [&mut lower, &mut sums]);
            let mut terms = affine.reaching(&spikes.firing);
            let open = affine.reaching(&spikes.open);
            terms
                .iter_mut()
                .zip(open)
                .for_each(|(terms, open)| *terms += open);
            sizes = Some(Sizes { sums, terms });
        }
    }
    let firm = firm.then(|| lower.clone());
    let mut upper = lower.clone();
    affine.forward::<2, Open<V>>(&spikes.open, weight, [&mut lower, &mut upper]);
    if let Some(Sizes { sums, .. }) = &mut sizes {
        let ends = lower.data().iter().zip(upper.data());
        for (sum, (&l, &h)) in sums.data_mut().iter_mut().zip(ends) {
            *sum += h - l;
        }
    }
    Drive {
        lower,
        upper,
        sizes,
        firm,
    }
}

fn pixel_drive(
    layer: &Layer,
    parameters: &Parameters,
    pixels: &PixelIntervals,
    trace: &Intervals,
) -> Drive {
    let weight = parameters.vectors(&layer.weight);
    let bias = parameters.vectors(&layer.bias);
    let rows = trace.samples * layer.positions();
    let mut centre = Rows::filled(rows, bias);
    let mut radius = Rows::zeros(rows, layer.vectors());
    let centred = pixels.centred(trace.rounding);
    let ends = [&mut centre, &mut radius];
    layer.affine.forward::<2, Interval>(&centred, weight, ends);
    let repeated = |rows: Rows| rows.repeated(layer.positions(), trace.steps);
    let sizes = (trace.rounding == Rounding::Outward).then(|| Sizes {
        sums: repeated(pixel_sizes(layer, parameters, &centred, radius.clone())),
        terms: vec![layer.affine.fan_in() as u32; rows * trace.steps],
    });
    for (c, r) in centre.data_mut().iter_mut().zip(radius.data_mut()) {
        (*c, *r) = (*c - *r, *c + *r);
    }
    Drive {
        lower: repeated(centre),
        upper: repeated(radius),
        sizes,
        firm: None,
    }
}

/// `sum |W| max(|lo|, |hi|) + |b|`: as `max(|lo|, |hi|) <= |c| + d`, what the radii do not hold
/// comes from the pixels whose centre is not zero, a fifth of a digit's.
fn pixel_sizes(
    layer: &Layer,
    parameters: &Parameters,
    centred: &Lists<[f32; 2]>,
    mut sums: Rows,
) -> Rows {
    let bias = parameters.vectors(&layer.bias);
    for run in sums.data_mut().chunks_exact_mut(bias.len()) {
        run.iter_mut()
            .zip(bias)
            .for_each(|(sum, b)| *sum += b.abs());
    }
    let centres = centred.filtered(|[centre, _]| (centre != 0.0).then(|| centre.abs()));
    let weight = parameters.vectors(&layer.weight);
    layer
        .affine
        .forward::<1, Size>(&centres, weight, [&mut sums]);
    sums
}

/// Turns the bounds of the drive into bounds of the membranes in place; also says which samples
/// overflowed.
fn bound(layer: &Layer, drive: Drive, trace: &Intervals) -> (LayerIntervals, Vec<bool>) {
    let Drive {
        mut lower,
        mut upper,
        mut sizes,
        firm,
    } = drive;
    let (positions, vectors) = (layer.positions(), layer.vectors());
    let leak = f32x4::splat(layer.neuron.leak);
    let mut spikes = SpikeIntervals::default();
    let mut overflowed = vec![false; trace.samples];
    let zero = [f32x4::ZERO; 2];
    let mut kept = vec![zero; positions * vectors];
    for (sample, overflowed) in overflowed.iter_mut().enumerate() {
        kept.fill(zero);
        let mut overflow = f32x4::ZERO;
        for step in 0..trace.steps {
            let first = (sample * trace.steps + step) * positions;
            let lower = lower.run_mut(first, positions);
            let upper = upper.run_mut(first, positions);
            for position in 0..positions {
                let run = position * vectors..(position + 1) * vectors;
                let mut widths = sizes.as_mut().map(|sizes| {
                    let row = first + position;
                    let share = widening(sizes.terms[row] as usize);
                    (sizes.sums.run_mut(row, 1), f32x4::splat(share))
                });
                let ends = lower[run.clone()].iter_mut().zip(&mut upper[run.clone()]);
                for (v, ((l, h), kept)) in ends.zip(&mut kept[run]).enumerate() {
                    *l += leak * kept[0];
                    *h += leak * kept[1];
                    if let Some((sizes, share)) = &mut widths {
                        sizes[v] += leak * kept[0].abs().fast_max(kept[1].abs());
                        (*l, *h) = widen(*l, *h, *share, sizes[v]);
                    }
                    // Zero for finite ends, NaN otherwise.
                    overflow += (*h - *l) * f32x4::ZERO;
                    if !layer.fires {
                        *kept = [*l, *h];
                        continue;
                    }
                    let threshold = layer.thresholds[v];
                    let states = States::of(*l, *h, threshold);
                    let (low, high) = layer.neuron.kept(states, *l, *h, threshold);
                    *kept = [low, high];
                    let firing = states.firing.to_bitmask();
                    lanes(firing, |lane| spikes.firing.push(4 * v + lane, ()));
                    lanes(states.open(), |lane| spikes.open.push(4 * v + lane, ()));
                }
                spikes.end_row();
            }
        }
        *overflowed = overflow.is_nan().any();
    }
    let trace = LayerIntervals {
        lower,
        upper,
        spikes,
        sizes,
        firm,
    };
    (trace, overflowed)
}
