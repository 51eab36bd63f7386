//! The sums behind the bounds of several queries, and what rounding may have done to them.

use wide::f32x4;

use crate::affine::WIDEST;
use crate::region::Rounding;
use crate::shape::LANES;

/// One f64 per query.
pub type Wide = [[f64; LANES]; WIDEST];

/// Bounds under construction: the sums, the sums of the sizes of their terms, and how far the exact
/// values may lie below for the sake of f32.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bounds {
    pub sum: Wide,
    pub size: Wide,
    pub slack: Wide,
    pub terms: usize,
}

impl Bounds {
    /// Adds `lanes * factor` to the sums; the products are exact in f64 where both are f32s.
    #[inline(always)]
    pub fn add(&mut self, lanes: &[f32x4], factor: f64) {
        let sums = self.sum.iter_mut().zip(&mut self.size);
        for ((sum, size), lanes) in sums.zip(lanes) {
            let lanes = widened(*lanes);
            for lane in 0..LANES {
                let term = lanes[lane] * factor;
                sum[lane] += term;
                size[lane] += term.abs();
            }
        }
        self.terms += 1;
    }

    /// Adds f64 terms to the sums.
    pub fn add_wide(&mut self, terms: &[[f64; LANES]]) {
        let sums = self.sum.iter_mut().zip(&mut self.size);
        for ((sum, size), terms) in sums.zip(terms) {
            for lane in 0..LANES {
                sum[lane] += terms[lane];
                size[lane] += terms[lane].abs();
            }
        }
        self.terms += 1;
    }

    /// Adds `|lanes| * factor` to the slack.
    pub fn allow(&mut self, lanes: &[f32x4], factor: f64) {
        for (slack, lanes) in self.slack.iter_mut().zip(lanes) {
            for (slack, lane) in slack.iter_mut().zip(widened(lanes.abs())) {
                *slack += lane * factor;
            }
        }
    }

    pub fn sum_of(&self, query: usize) -> f64 {
        self.sum[query / LANES][query % LANES]
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
