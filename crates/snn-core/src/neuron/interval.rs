//! Intervals through a neuron (ALGORITHMS 3), and the outward rounding of membranes (ALGORITHMS 8).

use wide::f32x4;

use super::Reset;

/// What an interval of membranes says about the spike. Masks of all ones or zeros per lane.
#[derive(Clone, Copy)]
pub struct States {
    pub silent: f32x4,
    pub firing: f32x4,
}

impl States {
    /// Silent when `h <= th`, firing when `l > th`; all else, NaN included, is open.
    #[inline(always)]
    pub fn of(lower: f32x4, upper: f32x4, threshold: f32x4) -> Self {
        States {
            silent: upper.simd_le(threshold),
            firing: lower.simd_gt(threshold),
        }
    }

    #[inline(always)]
    pub fn open(&self) -> u32 {
        !(self.silent | self.firing).to_bitmask() & 0xf
    }
}

impl Reset {
    /// Interval of the kept potential.
    #[inline(always)]
    pub fn kept(
        self,
        states: States,
        lower: f32x4,
        upper: f32x4,
        threshold: f32x4,
    ) -> (f32x4, f32x4) {
        let States { silent, firing } = states;
        let zero = f32x4::ZERO;
        let (fired_lower, fired_upper, open_upper) = match self {
            Reset::Hard => (zero, zero, threshold.fast_max(zero)),
            Reset::Soft => {
                let upper = upper - threshold;
                (lower - threshold, upper, threshold.fast_max(upper))
            }
        };
        let open_lower = lower.fast_min(zero);
        (
            silent.bitselect(lower, firing.bitselect(fired_lower, open_lower)),
            silent.bitselect(upper, firing.bitselect(fired_upper, open_upper)),
        )
    }
}

const UNIT: f64 = 1.0 / 16_777_216.0;

/// `gamma_n = n q / (1 - n q)`, `q = 2^-24`: the relative error of a sum of `n` products in f32;
/// infinite for sums so long that nothing is known of them.
pub fn gamma(n: usize) -> f64 {
    let nq = n as f64 * UNIT;
    if nq < 1.0 {
        nq / (1.0 - nq)
    } else {
        f64::INFINITY
    }
}

/// `gamma_n / (1 - gamma_m)`: the error of sums of `n` terms as a share of their size, which is
/// itself known only up to `gamma_m`.
pub fn error_share(n: usize, m: usize) -> f64 {
    let known = 1.0 - gamma(m);
    if known > 0.0 {
        gamma(n) / known
    } else {
        f64::INFINITY
    }
}

/// The share of the size of its terms by which the interval of an affine sum of `n` terms is widened:
/// it covers real arithmetic and f32 evaluation in any order of summation. Inputs that are surely
/// zero are no terms: adding them is exact.
pub fn widening(n: usize) -> f32 {
    // The size itself is a sum in f32, in part a difference of two others.
    (error_share(2 * n + 8, 3 * n + 16) as f32).next_up()
}

/// A number not above the next float below every lane.
#[inline(always)]
pub fn down(x: f32x4) -> f32x4 {
    x - (x.abs() * f32x4::splat(f32::EPSILON) + f32x4::splat(1e-37))
}

/// A number not below the next float above every lane.
#[inline(always)]
pub fn up(x: f32x4) -> f32x4 {
    x + (x.abs() * f32x4::splat(f32::EPSILON) + f32x4::splat(1e-37))
}

/// `[l, h]` widened by `share * size` and then to the next floats outside.
#[inline(always)]
pub fn widen(lower: f32x4, upper: f32x4, share: f32x4, size: f32x4) -> (f32x4, f32x4) {
    let error = share * size + f32x4::splat(1e-30);
    (down(lower - error), up(upper + error))
}
