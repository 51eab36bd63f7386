//! S-IBP: intervals of every membrane and spike, layer by layer and step by step (ALGORITHMS 3).

use wide::f32x4;

use crate::affine::{
    widest, Kernel, Lists, Masks, Open, Reaches, Rows, Scaled, Size, Spike, SpikeSize, Strip,
};
use crate::intervals::{Intervals, LayerIntervals, Reached, Sizes};
use crate::network::{Layer, Network};
use crate::neuron::interval::{widen, widening, States};
use crate::parameters::Parameters;
use crate::region::{InputIntervals, PixelIntervals, Rounding, SpikeIntervals, Toggles};
use crate::shape::LANES;

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
    run(network, parameters, input, samples, (options, true))
}

/// Bounds `samples` inputs and keeps the last layer alone: hidden layers come without rows.
pub fn evaluate(
    network: &Network,
    parameters: &Parameters,
    input: InputIntervals,
    samples: usize,
    options: Options,
) -> Intervals {
    run(network, parameters, input, samples, (options, false))
}

fn run(
    network: &Network,
    parameters: &Parameters,
    input: InputIntervals,
    samples: usize,
    (options, traced): (Options, bool),
) -> Intervals {
    let Options {
        steps, rounding, ..
    } = options;
    let mut trace = Intervals {
        input,
        layers: Vec::with_capacity(network.layers.len()),
        overflowed: vec![false; samples],
        samples,
        steps,
        rounding,
    };
    let mut before = None;
    for (index, layer) in network.layers.iter().enumerate() {
        let last = index + 1 == network.layers.len();
        let pass = Pass {
            layer,
            weight: parameters.weight(layer),
            bias: parameters.vectors(&layer.bias),
            samples,
            options,
            rows: traced || last,
            lists: traced && options.firm || last,
        };
        let done = match (before, &trace.input) {
            (Some(before), _) => pass.spikes(&before, None),
            (None, InputIntervals::Spikes(spikes)) => {
                let vectors = layer.affine.input_vectors();
                let firing = Masks::of(&spikes.firing, vectors);
                pass.spikes(&[firing, Masks::of(&spikes.open, vectors)], None)
            }
            (None, InputIntervals::Toggles(toggles)) => pass.toggles(toggles),
            (None, InputIntervals::Pixels(pixels)) => pass.pixels(pixels),
        };
        for (all, overflowed) in trace.overflowed.iter_mut().zip(done.overflowed) {
            *all |= overflowed;
        }
        trace.layers.push(done.intervals);
        before = Some(done.masks);
    }
    trace
}

/// A layer that is bounded.
struct Done {
    intervals: LayerIntervals,
    /// Its spikes as bits: who surely fires, and who is open.
    masks: [Masks; 2],
    overflowed: Vec<bool>,
}

/// What bounds one layer.
#[derive(Clone, Copy)]
struct Pass<'a> {
    layer: &'a Layer,
    weight: &'a [f32x4],
    bias: &'a [f32x4],
    samples: usize,
    options: Options,
    /// Whether membranes are kept.
    rows: bool,
    /// Whether spikes are listed, which only S-CROWN and margins ask for.
    lists: bool,
}

impl Pass<'_> {
    fn rows(&self) -> usize {
        self.samples * self.options.steps * self.layer.positions()
    }

    /// Spikes of which so many may be toggled at every step.
    fn toggles(self, toggles: &Toggles) -> Done {
        let Options { steps, .. } = self.options;
        let affine = &self.layer.affine;
        let scopes = affine.scopes(&toggles.open, |group| toggles.budget(group % steps));
        let reaches = affine.reaches(self.weight, &scopes);
        let firing = Masks::of(&toggles.firing, affine.input_vectors());
        let none = Masks::new(firing.rows(), affine.input_vectors());
        let mut done = self.spikes(&[firing, none], Some(&reaches));
        done.intervals.scopes = self.rows.then_some(scopes);
        done
    }

    /// `spikes`: who surely fires and who is open, rows (sample, step, position); `toggled`: what
    /// toggling some of them can do.
    fn spikes(self, spikes: &[Masks; 2], toggled: Option<&Reaches>) -> Done {
        let Options { steps, firm, .. } = self.options;
        let [firing, open] = spikes
            .each_ref()
            .map(|s| self.layer.affine.events(s, steps));
        let reached = Reached { firing, open };
        // Sizes are taken over all inputs that fire for sure at some step: once per sample, at the
        // price of a wider widening, which is to be seen in the seventh digit.
        let ever = spikes[0].ever(steps, self.layer.affine.input.positions());
        let ever = match self.options.rounding {
            Rounding::Nearest => Lists::new(),
            Rounding::Outward => self.layer.affine.events(&ever, 1).constant,
        };
        let drive = Drive::Spikes {
            reached: &reached,
            ever: &ever,
            toggled,
        };
        let positions = self.layer.positions();
        let terms = |row: usize| {
            let place = row / (steps * positions) * positions + row % positions;
            let toggled = toggled.map_or(0, |reaches| reaches.terms(row));
            (reached.firing.terms(place, row) + reached.open.terms(place, row) + toggled) as u32
        };
        let mut done = self.bounded(drive, terms, firm);
        done.intervals.reached = self.rows.then_some(reached);
        done
    }

    fn pixels(self, pixels: &PixelIntervals) -> Done {
        let affine = &self.layer.affine;
        let centred = pixels.centred(affine.input.positions(), self.options.rounding);
        let maps = centred.radii.rows() / affine.input.positions();
        let mut radius = Rows::zeros(maps * self.layer.positions(), self.layer.vectors());
        affine.forward::<1, Size>(&centred.radii, self.weight, [&mut radius]);
        let drive = Drive::Pixels {
            centres: &affine.reaching_rows(&centred.centres),
            radius: &radius,
            maps: &centred.maps,
        };
        self.bounded(drive, |_| affine.terms() as u32, false)
    }

    fn bounded(self, drive: Drive, terms: impl Fn(usize) -> u32, firm: bool) -> Done {
        let (rows, vectors) = (self.rows(), self.layer.vectors());
        let matrix = self.layer.affine.matrix(self.weight);
        drive.check(self.samples * self.layer.positions(), rows, matrix.rows());
        let terms: Vec<u32> = match self.options.rounding {
            Rounding::Nearest => Vec::new(),
            Rounding::Outward => (0..rows).map(terms).collect(),
        };
        let shares: Vec<f32> = terms
            .iter()
            .map(|&terms| widening(terms as usize + self.layer.divisions()))
            .collect();
        let kept = |keep: bool| Rows::stale(if keep { rows } else { 0 }, vectors);
        let mut bound = Bound {
            pass: self,
            drive,
            shares: &shares,
            lower: kept(self.rows),
            upper: kept(self.rows),
            sizes: kept(self.rows && self.options.rounding == Rounding::Outward),
            firm: (firm && self.rows).then(|| kept(true)),
            masks: [Masks::new(rows, vectors), Masks::new(rows, vectors)],
            overflowed: vec![false; self.samples],
        };
        match self.options.rounding {
            Rounding::Nearest => matrix.strips(widest(2), &mut Nearest(&mut bound)),
            Rounding::Outward => matrix.strips(widest(2), &mut Outward(&mut bound)),
        }
        let sizes = Sizes {
            sums: bound.sizes,
            terms,
        };
        let spikes = match self.lists {
            true => SpikeIntervals {
                firing: bound.masks[0].lists(),
                open: bound.masks[1].lists(),
            },
            false => SpikeIntervals::default(),
        };
        let intervals = LayerIntervals {
            lower: bound.lower,
            upper: bound.upper,
            spikes,
            sizes: (self.options.rounding == Rounding::Outward).then_some(sizes),
            firm: bound.firm,
            reached: None,
            scopes: None,
        };
        Done {
            intervals,
            masks: bound.masks,
            overflowed: bound.overflowed,
        }
    }
}

/// What a layer's neurons are driven by.
#[derive(Clone, Copy)]
enum Drive<'a> {
    /// `ever`: weight rows per (sample, position) of inputs that surely fire at some step, where
    /// sizes are asked for.
    Spikes {
        reached: &'a Reached,
        ever: &'a Lists,
        /// What toggling some of them can do, where that is asked for.
        toggled: Option<&'a Reaches<'a>>,
    },
    Pixels {
        /// Weight rows per (sample, position), with the centres of their pixels.
        centres: &'a Lists<f32>,
        /// `|W| d`, rows (map, position).
        radius: &'a Rows,
        /// Which map of radii each sample has.
        maps: &'a [usize],
    },
}

impl Drive<'_> {
    /// What the kernels rely on: lists for all `places` (sample, position) and `rows` (sample, step,
    /// position), naming no other than the `weights` rows of the weight.
    fn check(&self, places: usize, rows: usize, weights: usize) {
        match self {
            Drive::Spikes {
                reached: Reached { firing, open },
                ever,
                ..
            } => {
                assert!(ever.width() <= weights);
                for events in [firing, open] {
                    let (constant, changing) = (&events.constant, &events.changing);
                    assert!(constant.rows() == places && constant.width() <= weights);
                    assert!(changing.rows() == rows && changing.width() <= weights);
                }
            }
            Drive::Pixels { centres, .. } => {
                assert!(centres.rows() == places && centres.width() <= weights);
            }
        }
    }
}

/// Bounds neurons through the steps of every sample.
struct Bound<'a> {
    pass: Pass<'a>,
    drive: Drive<'a>,
    /// Per row, the share of its size by which an interval is widened.
    shares: &'a [f32],
    lower: Rows,
    upper: Rows,
    /// No rows when rounding to nearest.
    sizes: Rows,
    firm: Option<Rows>,
    /// Who surely fires, and who is open.
    masks: [Masks; 2],
    overflowed: Vec<bool>,
}

struct Nearest<'a, 'b>(&'b mut Bound<'a>);
struct Outward<'a, 'b>(&'b mut Bound<'a>);

impl Kernel for Nearest<'_, '_> {
    #[inline(never)]
    fn run<const V: usize>(&mut self, strip: &Strip<V>) {
        self.0.run::<V, false>(strip);
    }
}

impl Kernel for Outward<'_, '_> {
    #[inline(never)]
    fn run<const V: usize>(&mut self, strip: &Strip<V>) {
        self.0.run::<V, true>(strip);
    }
}

/// Sums of one row: what surely comes with the size of its terms, and the ends of the drive; while
/// open spikes are added, `ends` are twice their centre and radius.
#[derive(Clone, Copy)]
struct Sums<const V: usize> {
    sure: [[f32x4; 2]; V],
    ends: [[f32x4; 2]; V],
}

impl Bound<'_> {
    #[inline(always)]
    fn run<const V: usize, const OUTWARD: bool>(&mut self, strip: &Strip<V>) {
        let steps = self.pass.options.steps;
        let positions = self.pass.layer.positions();
        for place in 0..self.pass.samples * positions {
            let (sample, position) = (place / positions, place % positions);
            let base = self.base::<V, OUTWARD>(strip, place);
            let mut kept = [[f32x4::ZERO; 2]; V];
            let mut overflow = f32x4::ZERO;
            for step in 0..steps {
                let row = (sample * steps + step) * positions + position;
                let sums = self.sums::<V, OUTWARD>(strip, base, row);
                self.step::<V, OUTWARD>(strip, row, sums, &mut kept, &mut overflow);
            }
            self.overflowed[sample] |= overflow.is_nan().any();
        }
    }

    /// What all steps of a sample have in common. Of pixels that is all: sizes hold their radii.
    #[inline(always)]
    fn base<const V: usize, const OUTWARD: bool>(&self, strip: &Strip<V>, place: usize) -> Sums<V> {
        let mut sums = Sums {
            sure: [[f32x4::ZERO; 2]; V],
            ends: [[f32x4::ZERO; 2]; V],
        };
        let bias = &self.pass.bias[strip.first()..][..V];
        match self.drive {
            Drive::Spikes {
                reached: Reached { firing, open },
                ever,
                ..
            } => {
                for (sure, &b) in sums.sure.iter_mut().zip(bias) {
                    *sure = [b, b.abs()];
                }
                // SAFETY: `Drive::check`.
                unsafe {
                    strip.add::<2, Spike>(0, firing.constant.row(place), &mut sums.sure);
                    if OUTWARD {
                        strip.add::<2, SpikeSize>(0, ever.row(place), &mut sums.sure);
                    }
                }
                let open = open.constant.row(place);
                // SAFETY: `Drive::check`.
                unsafe { strip.add::<2, Open>(0, open, &mut sums.ends) };
            }
            Drive::Pixels {
                centres,
                radius,
                maps,
            } => {
                let mut centre = [[f32x4::ZERO; 1]; V];
                centre.iter_mut().zip(bias).for_each(|(c, &b)| c[0] = b);
                // SAFETY: `Drive::check`.
                unsafe { strip.add::<1, Scaled>(0, centres.row(place), &mut centre) };
                let mut sizes = [[f32x4::ZERO; 1]; V];
                let positions = self.pass.layer.positions();
                let row = maps[place / positions] * positions + place % positions;
                let radius = &radius.run(row, 1)[strip.first()..][..V];
                let parts = centre.iter().zip(radius).zip(bias);
                let to = sums.ends.iter_mut().zip(&mut sizes);
                for ((ends, size), (([c], &r), b)) in to.zip(parts) {
                    *ends = [*c - r, *c + r];
                    *size = [r + b.abs()];
                }
                // As max(|lo|, |hi|) <= |c| + d, what the radii do not hold of the sizes comes from the
                // pixels whose centre is not zero, a fifth of a digit's.
                if OUTWARD {
                    // SAFETY: `Drive::check`.
                    unsafe { strip.add::<1, Size>(0, centres.row(place), &mut sizes) };
                }
                let sure = sums.sure.iter_mut().zip(&sizes);
                sure.for_each(|(sure, size)| sure[1] = size[0]);
            }
        }
        sums
    }

    /// Ends and sizes of one row's drive.
    #[inline(always)]
    fn sums<const V: usize, const OUTWARD: bool>(
        &mut self,
        strip: &Strip<V>,
        base: Sums<V>,
        row: usize,
    ) -> Sums<V> {
        let mut sums = base;
        let Drive::Spikes {
            reached, toggled, ..
        } = self.drive
        else {
            return sums;
        };
        let Reached { firing, open } = reached;
        // SAFETY: `Drive::check`.
        unsafe { strip.add::<2, Spike>(0, firing.changing.row(row), &mut sums.sure) };
        if let Some(firm) = &mut self.firm {
            let to = &mut firm.run_mut(row, 1)[strip.first()..][..V];
            to.iter_mut()
                .zip(&sums.sure)
                .for_each(|(to, sure)| *to = sure[0]);
        }
        if let Some(reaches) = toggled {
            let [falls, rises] = reaches.of(row, strip.first());
            let to = sums.ends.iter_mut().zip(&mut sums.sure);
            for ((ends, [sure, size]), (&fall, &rise)) in to.zip(falls.iter().zip(rises)) {
                *size += fall + rise;
                *ends = [*sure - fall, *sure + rise];
            }
            return sums;
        }
        // SAFETY: `Drive::check`.
        unsafe { strip.add::<2, Open>(0, open.changing.row(row), &mut sums.ends) };
        // So far twice centre and radius of what may come. Of n terms their sums are off by gamma_n of
        // their size each, which the widening covers.
        let half = f32x4::splat(0.5);
        for (ends, [sure, size]) in sums.ends.iter_mut().zip(&mut sums.sure) {
            let (centre, radius) = (*sure + half * ends[0], half * ends[1]);
            *size += ends[1];
            *ends = [centre - radius, centre + radius];
        }
        sums
    }

    /// From a row's drive to its membranes and spikes.
    #[inline(always)]
    fn step<const V: usize, const OUTWARD: bool>(
        &mut self,
        strip: &Strip<V>,
        row: usize,
        sums: Sums<V>,
        kept: &mut [[f32x4; 2]; V],
        overflow: &mut f32x4,
    ) {
        let layer = self.pass.layer;
        let first = strip.first();
        let thresholds = &layer.thresholds[first..][..V];
        let leaks = &layer.leaks[first..][..V];
        let mut ends = [[f32x4::ZERO; V]; 2];
        let mut sizes = [f32x4::ZERO; V];
        let (mut firing, mut open) = (0, 0);
        for v in 0..V {
            let [mut l, mut h] = sums.ends[v];
            let leak = leaks[v];
            l += leak * kept[v][0];
            h += leak * kept[v][1];
            if OUTWARD {
                let size = sums.sure[v][1] + leak * kept[v][0].abs().fast_max(kept[v][1].abs());
                sizes[v] = size;
                (l, h) = widen(l, h, f32x4::splat(self.shares[row]), size);
            }
            (ends[0][v], ends[1][v]) = (l, h);
            // Zero for finite ends, NaN otherwise.
            *overflow += (h - l) * f32x4::ZERO;
            if !layer.fires {
                kept[v] = [l, h];
                continue;
            }
            let states = States::of(l, h, thresholds[v]);
            let (low, high) = layer.reset.kept(states, l, h, thresholds[v]);
            kept[v] = [low, high];
            firing |= states.firing.to_bitmask() << (LANES * v);
            open |= states.open() << (LANES * v);
        }
        if self.pass.rows {
            self.lower.run_mut(row, 1)[first..][..V].copy_from_slice(&ends[0]);
            self.upper.run_mut(row, 1)[first..][..V].copy_from_slice(&ends[1]);
            if OUTWARD {
                self.sizes.run_mut(row, 1)[first..][..V].copy_from_slice(&sizes);
            }
        }
        if layer.fires {
            self.masks[0].set(row, first, firing);
            self.masks[1].set(row, first, open);
        }
    }
}
