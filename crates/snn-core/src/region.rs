//! The inputs a certificate speaks of: the interval of every input, and the exact minimum of a
//! linear form over the region (ALGORITHMS 2).

use serde::{Deserialize, Serialize};
use wide::f32x4;

use crate::affine::{Lists, Sieve, WIDEST};
use crate::encode::{each_place, Encoding, InputMap, Inputs, Scan};
use crate::error::{check_range, Code, Error, Result};
use crate::shape::{Shape, LANES};

/// Whether bounds hold for the arithmetic that runs, or are the plain f32 formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rounding {
    /// As the formulas give it: for training and for comparison.
    Nearest,
    /// Widened outward (ALGORITHMS 8): for certificates.
    Outward,
}

impl Rounding {
    /// A lower bound in f32, not above the f64 one when it is to hold for the arithmetic that runs.
    pub fn lower(self, bound: f64) -> f32 {
        let nearest = bound as f32;
        match self {
            Rounding::Outward if f64::from(nearest) > bound => nearest.next_down(),
            _ => nearest,
        }
    }
}

/// Whether the minimum over the input knows that all steps see the same pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Coupling {
    /// One pixel value for all steps: exact.
    Coupled,
    /// Each step on its own: the paper's.
    PerStep,
}

/// What a certificate speaks of. A region is added here, with its interval and its exact minimum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Region {
    Linf(Linf),
}

impl Region {
    /// # Errors
    /// `invalid-value` for parameters out of range.
    pub fn check(&self) -> Result<()> {
        match self {
            Region::Linf(linf) => linf.check(),
        }
    }

    /// Refuses a region that inputs of an encoding cannot have.
    ///
    /// # Errors
    /// `invalid-value`.
    pub fn fits(&self, encoding: Encoding) -> Result<()> {
        match (self, encoding) {
            (Region::Linf(_), Encoding::Spikes) => Err(Error::expected(
                Code::InvalidValue,
                "region",
                "one of spikes, as the input is (flips, sampled or shift)",
                "linf, which is one of pixels",
            )),
            _ => Ok(()),
        }
    }
}

/// All images within `epsilon` of the given one in every pixel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linf {
    /// Radius in pixel units, at least 0. In f64, as it is written: f32 would round it.
    pub epsilon: f64,
    /// Whether perturbed pixels stay in [0, 1].
    #[serde(default)]
    pub clip: bool,
}

impl Linf {
    /// # Errors
    /// `invalid-value` for a negative or non-finite epsilon.
    pub fn check(&self) -> Result<()> {
        check_range("epsilon", self.epsilon, 0.0..=1e6)
    }

    /// Interval of a pixel.
    pub fn interval(&self, pixel: f32, rounding: Rounding) -> (f32, f32) {
        let (mut lower, mut upper) = match rounding {
            Rounding::Nearest => {
                let epsilon = self.epsilon as f32;
                (pixel - epsilon, pixel + epsilon)
            }
            Rounding::Outward => {
                let pixel = f64::from(pixel);
                let (lower, upper) = (pixel - self.epsilon, pixel + self.epsilon);
                ((lower as f32).next_down(), (upper as f32).next_up())
            }
        };
        if self.clip {
            (lower, upper) = (lower.clamp(0.0, 1.0), upper.clamp(0.0, 1.0));
        }
        (lower, upper)
    }
}

/// Spikes known only up to an interval.
#[derive(Clone, Debug)]
pub struct SpikeIntervals<V: Copy = ()> {
    /// Spikes that are sure.
    pub firing: Lists,
    /// Spikes that may or may not be; an input carries the draw it is compared with.
    pub open: Lists<V>,
}

impl<V: Copy> Default for SpikeIntervals<V> {
    fn default() -> Self {
        SpikeIntervals {
            firing: Lists::new(),
            open: Lists::new(),
        }
    }
}

impl<V: Copy> SpikeIntervals<V> {
    #[inline(always)]
    pub fn end_row(&mut self) {
        self.firing.end_row();
        self.open.end_row();
    }
}

/// Pixels known only up to an interval, shown at every step.
#[derive(Clone, Debug, Default)]
pub struct PixelIntervals {
    /// Lower and upper end of every pixel, padding left out: one list per (sample, position).
    pub ends: Lists<[f32; 2]>,
    /// The radius that all pixels have but for rounding, if there is one. A fixed function of the
    /// region, so that no sample's bounds hang on the others.
    pub radius: Option<f32>,
}

impl PixelIntervals {
    /// Centres and radii of maps of `positions` positions; the intervals they span contain the
    /// pixels', whatever rounding does.
    pub fn centred(&self, positions: usize, rounding: Rounding) -> Centred {
        let pairs = self.ends.map(|[lower, upper]| {
            let centre = 0.5 * (lower + upper);
            match rounding {
                Rounding::Nearest => [centre, 0.5 * (upper - lower)],
                Rounding::Outward => [centre, (centre - lower).max(upper - centre).next_up()],
            }
        });
        let mut radii = Lists::new();
        let mut map = |sample: usize, common: Option<f32>| {
            for row in sample * positions..(sample + 1) * positions {
                for (channel, [_, radius]) in pairs.entries(row) {
                    radii.push(channel, common.unwrap_or(radius));
                }
                radii.end_row();
            }
            radii.rows() / positions - 1
        };
        if let Some(common) = self.radius.filter(|_| pairs.rows() > 0) {
            map(0, Some(common));
        }
        let samples = 0..pairs.rows() / positions;
        let maps = samples.map(|sample| {
            let of = &pairs.values()[pairs.range(sample * positions, positions)];
            let within = |common: f32| of.iter().all(|&[_, radius]| radius <= common);
            match self.radius {
                Some(common) if rounding == Rounding::Nearest || within(common) => 0,
                _ => map(sample, None),
            }
        });
        Centred {
            maps: maps.collect(),
            radii,
            centres: pairs.filtered(|[centre, _]| (centre != 0.0).then_some(centre)),
        }
    }
}

/// Centres and radii of pixels.
#[derive(Clone, Debug)]
pub struct Centred {
    /// Centres that are not zero, one list per (sample, position).
    pub centres: Lists<f32>,
    /// One list per (map, position).
    pub radii: Lists<f32>,
    /// Which map of radii each sample has.
    pub maps: Vec<usize>,
}

/// The interval of every input.
#[derive(Clone, Debug)]
pub enum InputIntervals {
    Spikes(SpikeIntervals<f32>),
    Pixels(PixelIntervals),
}

impl InputIntervals {
    pub fn new(map: InputMap, inputs: Inputs, region: Region, rounding: Rounding) -> Self {
        let Region::Linf(region) = region;
        match map.encoding {
            Encoding::Rate => InputIntervals::Spikes(spikes(map.shape, inputs, region, rounding)),
            Encoding::Direct => InputIntervals::Pixels(pixels(map.shape, inputs, region, rounding)),
            Encoding::Spikes => unreachable!("`Region::fits` refuses pixels' regions of spikes"),
        }
    }
}

fn pixels(map: Shape, inputs: Inputs, region: Linf, rounding: Rounding) -> PixelIntervals {
    let mut ends = Lists::new();
    for index in 0..inputs.len() {
        let image = inputs.image(index);
        each_place(map, |pixel, channel, last| {
            let (lower, upper) = region.interval(image[pixel], rounding);
            ends.push(channel, [lower, upper]);
            if last {
                ends.end_row();
            }
        });
    }
    let radius = match rounding {
        Rounding::Nearest => region.epsilon as f32,
        // Holds for pixels up to 2; samples that it does not hold for keep their own.
        Rounding::Outward => ((region.epsilon + 5e-7) as f32).next_up(),
    };
    PixelIntervals {
        ends,
        radius: (!region.clip).then_some(radius),
    }
}

fn spikes(map: Shape, inputs: Inputs, region: Linf, rounding: Rounding) -> SpikeIntervals<f32> {
    let mut intervals = SpikeIntervals::default();
    let (mut even, mut odd) = (Sieves::new(map), Sieves::new(map));
    for index in 0..inputs.len() {
        let image = inputs.image(index);
        let scan = Scan::new(map, |pixel| {
            let ends = region.interval(image[pixel], rounding);
            (ends.1 > 0.0).then_some(ends)
        });
        for pair in 0..inputs.steps.div_ceil(2) {
            let draws = inputs.draws(index, pair);
            for place in scan.positions() {
                for &(pixel, channel, ends) in place {
                    let [first, second] = draws.pair(pixel);
                    even.push(channel, ends, first);
                    odd.push(channel, ends, second);
                }
                even.end_row();
                odd.end_row();
            }
            even.pour(&mut intervals);
            match 2 * pair + 1 < inputs.steps {
                true => odd.pour(&mut intervals),
                false => odd = Sieves::new(map),
            }
        }
    }
    intervals
}

/// The inputs of one step, compared with their draws.
struct Sieves {
    firing: Sieve,
    open: Sieve<f32>,
}

impl Sieves {
    fn new(map: Shape) -> Self {
        Sieves {
            firing: Sieve::new(map.len()),
            open: Sieve::new(map.len()),
        }
    }

    /// An input whose pixel lies between the ends.
    #[inline(always)]
    fn push(&mut self, channel: usize, (lower, upper): (f32, f32), draw: f32) {
        let fires = lower > draw;
        self.firing.push(fires, channel, ());
        self.open.push(!fires & (upper > draw), channel, draw);
    }

    #[inline(always)]
    fn end_row(&mut self) {
        self.firing.end_row();
        self.open.end_row();
    }

    fn pour(&mut self, intervals: &mut SpikeIntervals<f32>) {
        self.firing.pour(&mut intervals.firing);
        self.open.pour(&mut intervals.open);
    }
}

/// The open spikes of one sample grouped by pixel in rising order of their draws: as the pixel
/// grows, its spikes switch on in this order.
pub struct Switches {
    /// Where each pixel's switches end.
    ends: Vec<u32>,
    switches: Vec<Switch>,
}

#[derive(Clone, Copy, Default)]
struct Switch {
    draw: f32,
    /// Number among the sample's open spikes.
    entry: u32,
}

impl Switches {
    /// `first`: first list of the sample; lists are (step, position).
    pub fn new(open: &Lists<f32>, first: usize, steps: usize, map: Shape) -> Self {
        let (positions, stride) = (map.positions(), map.stride());
        let base = open.range(first, 0).start;
        let mut ends = vec![0; positions * stride];
        let each = |visit: &mut dyn FnMut(usize, Switch)| {
            for row in 0..steps * positions {
                for entry in open.range(first + row, 1) {
                    let (channel, draw) = open.entry(entry);
                    let entry = (entry - base) as u32;
                    visit(row % positions * stride + channel, Switch { draw, entry });
                }
            }
        };
        each(&mut |pixel, _| ends[pixel] += 1);
        let mut start = 0;
        for end in &mut ends {
            (start, *end) = (start + *end, start);
        }
        let mut switches = vec![Switch::default(); start as usize];
        each(&mut |pixel, switch| {
            switches[ends[pixel] as usize] = switch;
            ends[pixel] += 1;
        });
        let mut start = 0;
        for &end in &ends {
            in_order(&mut switches[start..end as usize]);
            start = end as usize;
        }
        Switches { ends, switches }
    }

    /// Minimum over the region of `sum coefficient * spike` for every lane; `coefficients` are
    /// `width` vectors per open spike. `spikes`, of the same form, becomes 1 for those on at the
    /// minimum. Equal draws switch together; none on is allowed.
    pub fn minimise(
        &self,
        coefficients: &[f32x4],
        width: usize,
        spikes: &mut [f32x4],
    ) -> [[f64; LANES]; WIDEST] {
        let mut total = [[0.0; LANES]; WIDEST];
        let mut start = 0;
        for &end in &self.ends {
            let pixel = &self.switches[start..end as usize];
            start = end as usize;
            if pixel.is_empty() {
                continue;
            }
            for (q, total) in total[..width].iter_mut().enumerate() {
                let at = |switch: &Switch| switch.entry as usize * width + q;
                let (mut sum, mut least) = ([0.0f64; LANES], [0.0f64; LANES]);
                let (mut count, mut prefix) = (0u32, [0u32; LANES]);
                for together in pixel.chunk_by(|a, b| a.draw == b.draw) {
                    for switch in together {
                        let numbers = coefficients[at(switch)].to_array();
                        for (sum, a) in sum.iter_mut().zip(numbers) {
                            *sum += f64::from(a);
                        }
                    }
                    count += together.len() as u32;
                    for lane in 0..LANES {
                        if sum[lane] < least[lane] {
                            (least[lane], prefix[lane]) = (sum[lane], count);
                        }
                    }
                }
                for (total, least) in total.iter_mut().zip(least) {
                    *total += least;
                }
                for (order, switch) in (0u32..).zip(pixel) {
                    let on = prefix.map(|prefix| f32::from(u8::from(order < prefix)));
                    spikes[at(switch)] = f32x4::new(on);
                }
            }
        }
        total
    }
}

/// Sorts by draw. A pixel has few open spikes, so that insertion is quicker than a general sort, and
/// smaller.
fn in_order(pixel: &mut [Switch]) {
    for end in 1..pixel.len() {
        let mut at = end;
        while at > 0 && pixel[at].draw < pixel[at - 1].draw {
            pixel.swap(at, at - 1);
            at -= 1;
        }
    }
}
