//! Linear lower bounds of `cs * s(u) + cr * r(u)` for an open neuron, `l <= th < h` (ALGORITHMS 4).

use serde::{Deserialize, Serialize};
use wide::f32x4;

use super::{Neuron, Reset};
use crate::shape::LANES;

/// Which line bounds an open neuron from below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relaxation {
    /// The paper's: the kept potential through `z = 1 - s`, then one line for the spike.
    Paper,
    /// One line for the sum, from the exact lower hull of its two affine pieces.
    Joint,
}

/// An open neuron seen from the layers behind it by four queries: their coefficients on its spike
/// and on its kept potential, and the interval of its membrane.
#[derive(Clone, Copy, Debug)]
pub struct Open {
    pub cs: f32x4,
    pub cr: f32x4,
    pub lower: f32,
    pub upper: f32,
}

/// `slope * u + constant <= cs * s(u) + cr * r(u)` on the interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    pub slope: f32x4,
    pub constant: [f64; LANES],
}

/// Derivatives of `slope * u + constant` at a fixed `u`, the branches taken being constant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Slopes {
    pub cs: f32x4,
    pub cr: f32x4,
    pub lower: f32x4,
    pub upper: f32x4,
}

impl Relaxation {
    /// The bound, as the formulas give it in f32.
    #[inline(always)]
    pub fn line(self, neuron: &Neuron, open: Open) -> Line {
        match self {
            Relaxation::Paper => Bent::of(neuron, open).line(neuron, open),
            Relaxation::Joint => Hull::of(neuron, open).line(neuron, open),
        }
    }

    /// The same slope with the largest constant that is valid for it: the minimum of
    /// `g(u) - slope * u` over the ends of the two pieces. Valid whatever rounding did to the slope.
    #[inline(always)]
    pub fn valid_line(self, neuron: &Neuron, open: Open) -> Line {
        let slope = self.line(neuron, open).slope;
        let [l, h, th] = [open.lower, open.upper, neuron.threshold].map(f64::from);
        let [cs, cr, k] = [open.cs, open.cr, slope].map(|lanes| lanes.to_array().map(f64::from));
        let soft = match neuron.reset {
            Reset::Hard => 0.0,
            Reset::Soft => 1.0,
        };
        // Not `f64::min`, which is a call in WebAssembly; a NaN makes the slope NaN too.
        let least = |a: f64, b: f64| if b < a { b } else { a };
        let constant = std::array::from_fn(|i| {
            let at_upper = cs[i] + soft * (cr[i] * (h - th));
            let vertex = least(cr[i] * th, cs[i]) - k[i] * th;
            least(least(cr[i] * l - k[i] * l, vertex), at_upper - k[i] * h)
        });
        Line { slope, constant }
    }

    /// Derivatives of the bound at the membranes `u`.
    #[inline(always)]
    pub fn slopes(self, neuron: &Neuron, open: Open, u: f32x4) -> Slopes {
        match self {
            Relaxation::Paper => Bent::of(neuron, open).slopes(neuron, open, u),
            Relaxation::Joint => Hull::of(neuron, open).slopes(neuron, open, u),
        }
    }
}

/// The paper's rule: the kept potential is bounded by `bound * z`, `z = 1 - s`, which leaves one
/// line for the spike.
struct Bent {
    /// What the kept potential is replaced by, times `z`: `l` below, `th` above. With soft reset
    /// `r = u - th * s` holds exactly.
    bound: f32x4,
    /// The coefficient on the spike after that.
    cs: f32x4,
    /// `(u - th) / (h - th) <= s <= 1` rather than `0 <= s <= (u - l) / (th - l)`.
    leans_up: bool,
    /// Where `cs` is positive, so that `s` is replaced by its lower line.
    positive: f32x4,
}

impl Bent {
    #[inline(always)]
    fn of(neuron: &Neuron, open: Open) -> Self {
        let threshold = f32x4::splat(neuron.threshold);
        let bound = match neuron.reset {
            Reset::Soft => threshold,
            Reset::Hard => {
                let rising = open.cr.simd_gt(f32x4::ZERO);
                rising.bitselect(f32x4::splat(open.lower), threshold)
            }
        };
        let cs = open.cs - open.cr * bound;
        Bent {
            bound,
            cs,
            leans_up: open.upper - neuron.threshold >= neuron.threshold - open.lower,
            positive: cs.simd_gt(f32x4::ZERO),
        }
    }

    /// The width of the part that the slanted line spans.
    #[inline(always)]
    fn room(&self, neuron: &Neuron, open: Open) -> f32x4 {
        f32x4::splat(if self.leans_up {
            open.upper - neuron.threshold
        } else {
            neuron.threshold - open.lower
        })
    }

    #[inline(always)]
    fn line(&self, neuron: &Neuron, open: Open) -> Line {
        let slanted = self.cs / self.room(neuron, open);
        let (slope, constant) = if self.leans_up {
            let slope = self.positive & slanted;
            let lifted = -slope * f32x4::splat(neuron.threshold);
            (slope, self.positive.bitselect(lifted, self.cs))
        } else {
            let slope = !self.positive & slanted;
            (slope, -slope * f32x4::splat(open.lower))
        };
        let constant = constant.to_array().map(f64::from);
        match neuron.reset {
            Reset::Hard => {
                let kept = (open.cr * self.bound).to_array();
                Line {
                    slope,
                    constant: std::array::from_fn(|i| constant[i] + f64::from(kept[i])),
                }
            }
            Reset::Soft => Line {
                slope: slope + open.cr,
                constant,
            },
        }
    }

    #[inline(always)]
    fn slopes(&self, neuron: &Neuron, open: Open, u: f32x4) -> Slopes {
        let threshold = f32x4::splat(neuron.threshold);
        let room = self.room(neuron, open);
        let by_room = self.cs * (u - threshold) / (room * room);
        let zero = f32x4::ZERO;
        // The value that stands for the spike.
        let (spike, mut lower, upper) = if self.leans_up {
            let spike = self.positive.bitselect((u - threshold) / room, f32x4::ONE);
            (spike, zero, self.positive & -by_room)
        } else {
            let slanted = (u - f32x4::splat(open.lower)) / room;
            (!self.positive & slanted, !self.positive & by_room, zero)
        };
        let cr = match neuron.reset {
            Reset::Hard => {
                let silent = f32x4::ONE - spike;
                lower += open.cr.simd_gt(zero) & (open.cr * silent);
                self.bound * silent
            }
            Reset::Soft => u - threshold * spike,
        };
        Slopes {
            cs: spike,
            cr,
            lower,
            upper,
        }
    }
}

/// The lower hull of the two pieces: a chord, or two edges that meet at the threshold.
struct Hull {
    /// `g` at the ends and at the inner vertex.
    at_lower: f32x4,
    at_upper: f32x4,
    vertex: f32x4,
    /// Where the vertex lies below the chord.
    bent: f32x4,
    /// Which edge is taken: 0 the left one, 1 the right one.
    alpha: f32,
}

impl Hull {
    #[inline(always)]
    fn of(neuron: &Neuron, open: Open) -> Self {
        let th = neuron.threshold;
        let Open {
            cs,
            cr,
            lower,
            upper,
        } = open;
        let at_lower = cr * f32x4::splat(lower);
        let at_upper = match neuron.reset {
            Reset::Hard => cs,
            Reset::Soft => cs + cr * f32x4::splat(upper - th),
        };
        let vertex = (cr * f32x4::splat(th)).fast_min(cs);
        let share = f32x4::splat((th - lower) / (upper - lower));
        let chord = at_lower + (at_upper - at_lower) * share;
        Hull {
            at_lower,
            at_upper,
            vertex,
            bent: if lower == th {
                f32x4::splat(f32::from_bits(u32::MAX))
            } else {
                vertex.simd_lt(chord)
            },
            alpha: if lower == th || upper - th > th - lower {
                1.0
            } else {
                0.0
            },
        }
    }

    /// Slopes of the left and the right edge and of the chord. An interval that begins at the
    /// threshold has no left edge.
    #[inline(always)]
    fn edges(&self, neuron: &Neuron, open: Open) -> [f32x4; 3] {
        let th = neuron.threshold;
        let right = (self.at_upper - self.vertex) / f32x4::splat(open.upper - th);
        let left = if open.lower == th {
            right
        } else {
            (self.vertex - self.at_lower) / f32x4::splat(th - open.lower)
        };
        let chord = (self.at_upper - self.at_lower) / f32x4::splat(open.upper - open.lower);
        [left, right, chord]
    }

    #[inline(always)]
    fn line(&self, neuron: &Neuron, open: Open) -> Line {
        let [left, right, chord] = self.edges(neuron, open);
        let edge = f32x4::splat(1.0 - self.alpha) * left + f32x4::splat(self.alpha) * right;
        let of_edge = self.vertex - edge * f32x4::splat(neuron.threshold);
        let of_chord = self.at_lower - chord * f32x4::splat(open.lower);
        let constant = self.bent.bitselect(of_edge, of_chord);
        Line {
            slope: self.bent.bitselect(edge, chord),
            constant: constant.to_array().map(f64::from),
        }
    }

    #[inline(always)]
    fn slopes(&self, neuron: &Neuron, open: Open, u: f32x4) -> Slopes {
        let [l, h, th] = [open.lower, open.upper, neuron.threshold].map(f32x4::splat);
        let (zero, one) = (f32x4::ZERO, f32x4::ONE);
        let [left, right, chord] = self.edges(neuron, open);
        let left_share = if self.alpha < 1.0 {
            (u - th) / (th - l)
        } else {
            zero
        };
        let right_share = f32x4::splat(self.alpha) * (u - th) / (h - th);
        let share = (u - l) / (h - l);
        // Weights of the values at the lower end, the vertex and the upper end.
        let at_lower = self.bent.bitselect(-left_share, one - share);
        let at_upper = self.bent.bitselect(right_share, share);
        let at_vertex = self.bent & (one + left_share - right_share);
        let soft = f32x4::splat(match neuron.reset {
            Reset::Hard => 0.0,
            Reset::Soft => 1.0,
        });
        let by_lower = self
            .bent
            .bitselect(left_share * left, chord * (share - one));
        let by_upper = self.bent.bitselect(-right_share * right, -chord * share);
        let silent_vertex = (open.cr * th).simd_le(open.cs);
        Slopes {
            cs: at_upper + (!silent_vertex & at_vertex),
            cr: at_lower * l + at_upper * soft * (h - th) + (silent_vertex & (at_vertex * th)),
            lower: by_lower + at_lower * open.cr,
            upper: by_upper + at_upper * soft * open.cr,
        }
    }
}
