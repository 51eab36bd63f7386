//! Linear lower bounds of `cs * s(u) + cr * r(u)` for an open neuron, `l <= th < h` (ALGORITHMS 4).

use serde::{Deserialize, Serialize};

use super::{Neuron, Reset};

/// Which line bounds an open neuron from below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relaxation {
    /// The paper's: the kept potential through `z = 1 - s`, then one line for the spike.
    Paper,
    /// One line for the sum, from the exact lower hull of its two affine pieces.
    Joint,
}

/// An open neuron seen from the layers behind it: coefficients on its spike and on its kept
/// potential, and the interval of its membrane.
#[derive(Clone, Copy, Debug)]
pub struct Open {
    pub cs: f32,
    pub cr: f32,
    pub lower: f32,
    pub upper: f32,
}

/// `slope * u + constant <= cs * s(u) + cr * r(u)` on the interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    pub slope: f32,
    pub constant: f64,
}

/// Derivatives of `slope * u + constant` at a fixed `u`, the branches taken being constant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Slopes {
    pub cs: f32,
    pub cr: f32,
    pub lower: f32,
    pub upper: f32,
}

impl Relaxation {
    /// The bound, as the formulas give it in f32.
    #[inline(always)]
    pub fn line(self, neuron: &Neuron, open: Open) -> Line {
        match self {
            Relaxation::Paper => paper(neuron, open),
            Relaxation::Joint => Hull::of(neuron, open).line(neuron, open),
        }
    }

    /// The same slope with the largest constant that is valid for it: the minimum of
    /// `g(u) - slope * u` over the ends of the two pieces. Valid whatever rounding did to the slope.
    #[inline(always)]
    pub fn valid_line(self, neuron: &Neuron, open: Open) -> Line {
        let slope = self.line(neuron, open).slope;
        let Open {
            cs,
            cr,
            lower,
            upper,
        } = open;
        let [cs, cr, l, h] = [cs, cr, lower, upper].map(f64::from);
        let (k, th) = (f64::from(slope), f64::from(neuron.threshold));
        let at_upper = match neuron.reset {
            Reset::Hard => cs,
            Reset::Soft => cs + cr * (h - th),
        };
        let vertex = (cr * th).min(cs) - k * th;
        let constant = (cr * l - k * l).min(vertex).min(at_upper - k * h);
        Line { slope, constant }
    }

    /// Derivatives of the bound at membrane `u`.
    #[inline(always)]
    pub fn slopes(self, neuron: &Neuron, open: Open, u: f32) -> Slopes {
        match self {
            Relaxation::Paper => paper_slopes(neuron, open, u),
            Relaxation::Joint => Hull::of(neuron, open).slopes(neuron, open, u),
        }
    }
}

/// The number `r` is replaced by, times `z = 1 - s`: `l` below, `th` above. With soft reset
/// `r = u - th * s` holds exactly.
#[inline(always)]
fn kept_bound(neuron: &Neuron, open: Open) -> f32 {
    match neuron.reset {
        Reset::Soft => neuron.threshold,
        Reset::Hard if open.cr > 0.0 => open.lower,
        Reset::Hard => neuron.threshold,
    }
}

/// `(u - th) / (h - th) <= s <= 1` rather than `0 <= s <= (u - l) / (th - l)`.
#[inline(always)]
fn leans_up(neuron: &Neuron, open: Open) -> bool {
    open.upper - neuron.threshold >= neuron.threshold - open.lower
}

#[inline(always)]
fn paper(neuron: &Neuron, open: Open) -> Line {
    let th = neuron.threshold;
    let kept = open.cr * kept_bound(neuron, open);
    let cs = open.cs - kept;
    let (slope, constant) = match (cs > 0.0, leans_up(neuron, open)) {
        (true, true) => {
            let slope = cs / (open.upper - th);
            (slope, -slope * th)
        }
        (true, false) => (0.0, 0.0),
        (false, true) => (0.0, cs),
        (false, false) => {
            let slope = cs / (th - open.lower);
            (slope, -slope * open.lower)
        }
    };
    match neuron.reset {
        Reset::Hard => Line {
            slope,
            constant: f64::from(constant) + f64::from(kept),
        },
        Reset::Soft => Line {
            slope: slope + open.cr,
            constant: f64::from(constant),
        },
    }
}

#[inline(always)]
fn paper_slopes(neuron: &Neuron, open: Open, u: f32) -> Slopes {
    let th = neuron.threshold;
    let bound = kept_bound(neuron, open);
    let cs = open.cs - open.cr * bound;
    let mut slopes = Slopes::default();
    // The value that stands for the spike.
    let spike = match (cs > 0.0, leans_up(neuron, open)) {
        (true, true) => {
            let room = open.upper - th;
            slopes.upper = -cs * (u - th) / (room * room);
            (u - th) / room
        }
        (true, false) => 0.0,
        (false, true) => 1.0,
        (false, false) => {
            let room = th - open.lower;
            slopes.lower = cs * (u - th) / (room * room);
            (u - open.lower) / room
        }
    };
    slopes.cs = spike;
    match neuron.reset {
        Reset::Hard => {
            slopes.cr = bound * (1.0 - spike);
            if open.cr > 0.0 {
                slopes.lower += open.cr * (1.0 - spike);
            }
        }
        Reset::Soft => slopes.cr = u - th * spike,
    }
    slopes
}

/// The lower hull of the two pieces: a chord, or two edges that meet at the threshold.
struct Hull {
    /// `g` at the ends and at the inner vertex.
    at_lower: f32,
    at_upper: f32,
    vertex: f32,
    /// Whether the vertex lies below the chord.
    bent: bool,
    /// Which edge is taken: 0 the left one, 1 the right one.
    alpha: f32,
}

impl Hull {
    #[inline(always)]
    fn of(neuron: &Neuron, open: Open) -> Self {
        let Open {
            cs,
            cr,
            lower,
            upper,
        } = open;
        let th = neuron.threshold;
        let at_lower = cr * lower;
        let at_upper = match neuron.reset {
            Reset::Hard => cs,
            Reset::Soft => cs + cr * (upper - th),
        };
        let vertex = (cr * th).min(cs);
        let chord = at_lower + (at_upper - at_lower) * ((th - lower) / (upper - lower));
        Hull {
            at_lower,
            at_upper,
            vertex,
            bent: vertex < chord || lower == th,
            alpha: if upper - th > th - lower { 1.0 } else { 0.0 },
        }
    }

    /// Slopes of the left and the right edge, and the one taken.
    #[inline(always)]
    fn edges(&self, neuron: &Neuron, open: Open) -> (f32, f32, f32) {
        let th = neuron.threshold;
        let right = (self.at_upper - self.vertex) / (open.upper - th);
        if open.lower == th {
            return (right, right, right);
        }
        let left = (self.vertex - self.at_lower) / (th - open.lower);
        (left, right, (1.0 - self.alpha) * left + self.alpha * right)
    }

    #[inline(always)]
    fn line(&self, neuron: &Neuron, open: Open) -> Line {
        let (slope, constant) = if self.bent {
            let (_, _, slope) = self.edges(neuron, open);
            (slope, self.vertex - slope * neuron.threshold)
        } else {
            let slope = (self.at_upper - self.at_lower) / (open.upper - open.lower);
            (slope, self.at_lower - slope * open.lower)
        };
        Line {
            slope,
            constant: f64::from(constant),
        }
    }

    #[inline(always)]
    fn slopes(&self, neuron: &Neuron, open: Open, u: f32) -> Slopes {
        let Open {
            cs,
            cr,
            lower,
            upper,
        } = open;
        let th = neuron.threshold;
        let soft = match neuron.reset {
            Reset::Hard => 0.0,
            Reset::Soft => 1.0,
        };
        // Weights of the values at the lower end, the vertex and the upper end.
        let (at_lower, at_vertex, at_upper, mut by_lower, mut by_upper);
        if self.bent {
            let (left, right, _) = self.edges(neuron, open);
            let right_weight = if lower == th { 1.0 } else { self.alpha };
            let left_weight = 1.0 - right_weight;
            let left_share = if left_weight > 0.0 {
                left_weight * (u - th) / (th - lower)
            } else {
                0.0
            };
            let right_share = right_weight * (u - th) / (upper - th);
            at_lower = -left_share;
            at_upper = right_share;
            at_vertex = 1.0 + left_share - right_share;
            by_lower = left_share * left;
            by_upper = -right_share * right;
        } else {
            let width = upper - lower;
            let share = (u - lower) / width;
            let slope = (self.at_upper - self.at_lower) / width;
            at_lower = 1.0 - share;
            at_upper = share;
            at_vertex = 0.0;
            by_lower = slope * (share - 1.0);
            by_upper = -slope * share;
        }
        by_lower += at_lower * cr;
        by_upper += at_upper * soft * cr;
        let silent_vertex = cr * th <= cs;
        Slopes {
            cs: at_upper + if silent_vertex { 0.0 } else { at_vertex },
            cr: at_lower * lower
                + at_upper * soft * (upper - th)
                + if silent_vertex { at_vertex * th } else { 0.0 },
            lower: by_lower,
            upper: by_upper,
        }
    }
}
