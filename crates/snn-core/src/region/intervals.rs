//! What a region leaves open of the inputs.

use super::{linf, Region, Rounding, Toggles};
use crate::affine::Lists;
use crate::encode::{Encoding, InputMap, Inputs};

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
    Toggles(Toggles),
}

impl InputIntervals {
    /// The region has to fit the encoding ([`Region::fits`]).
    pub fn new(map: InputMap, inputs: Inputs, region: &Region, rounding: Rounding) -> Self {
        let Region::Linf(region) = region else {
            return InputIntervals::Toggles(Toggles::new(map, inputs, region));
        };
        match map.encoding {
            Encoding::Rate => {
                InputIntervals::Spikes(linf::spikes(map.shape, inputs, *region, rounding))
            }
            Encoding::Direct => {
                InputIntervals::Pixels(linf::pixels(map.shape, inputs, *region, rounding))
            }
            Encoding::Spikes => unreachable!("`Region::fits` refuses pixels' regions of spikes"),
        }
    }
}
