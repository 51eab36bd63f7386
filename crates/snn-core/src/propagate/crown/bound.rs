//! The sums behind the bounds of several queries, and what rounding may have done to them.

use wide::f32x4;

use crate::affine::Lanes;
use crate::region::Rounding;
use crate::shape::LANES;

/// One f64 for each of `4 * Q` queries.
pub type Wide<const Q: usize> = [[f64; LANES]; Q];

/// Bounds under construction: the sums, the sums of the sizes of their terms, and how far the exact
/// values may lie below for the sake of f32.
#[derive(Clone, Copy, Debug)]
pub struct Bounds<const Q: usize> {
    pub sum: Wide<Q>,
    pub size: Wide<Q>,
    pub slack: Wide<Q>,
    pub terms: usize,
}

impl<const Q: usize> Bounds<Q> {
    pub fn new() -> Self {
        let zero = [[0.0; LANES]; Q];
        Bounds {
            sum: zero,
            size: zero,
            slack: zero,
            terms: 0,
        }
    }

    /// Adds a term to every query's sum.
    #[inline(always)]
    pub fn add(&mut self, terms: &Wide<Q>) {
        let sums = self.sum.iter_mut().zip(&mut self.size);
        for ((sum, size), terms) in sums.zip(terms) {
            for lane in 0..LANES {
                sum[lane] += terms[lane];
                size[lane] += terms[lane].abs();
            }
        }
        self.terms += 1;
    }

    /// Lower end of a query's sum, with what f64 summation may have lost.
    pub fn lower(&self, query: usize, rounding: Rounding) -> f64 {
        let (q, lane) = (query / LANES, query % LANES);
        let (sum, slack) = (self.sum[q][lane], self.slack[q][lane]);
        match rounding {
            Rounding::Nearest => sum,
            Rounding::Outward => {
                let lost = (self.terms + 8) as f64 * f64::EPSILON * (self.size[q][lane] + slack);
                sum - slack - lost
            }
        }
    }
}

#[inline(always)]
pub fn widened(lanes: f32x4) -> [f64; LANES] {
    lanes.to_array().map(f64::from)
}

/// `lanes * factor`, exact in f64 for a factor that was an f32.
#[inline(always)]
pub fn scaled<const Q: usize>(lanes: &Lanes<Q>, factor: f64) -> Wide<Q> {
    lanes.map(|lanes| widened(lanes).map(|x| x * factor))
}
