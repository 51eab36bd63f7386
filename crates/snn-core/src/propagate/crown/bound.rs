//! The sum behind a bound, and what rounding may have done to it.

use crate::region::Rounding;

/// A bound under construction: the sum, the sum of the sizes of its terms, and how far the exact
/// value may lie below for the sake of f32.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bound {
    pub sum: f64,
    pub size: f64,
    pub terms: usize,
    pub slack: f64,
}

impl Bound {
    #[inline(always)]
    pub fn add(&mut self, term: f64) {
        self.sum += term;
        self.size += term.abs();
        self.terms += 1;
    }

    /// Lower end, with what f64 summation may have lost.
    pub fn lower(&self, rounding: Rounding) -> f64 {
        match rounding {
            Rounding::Nearest => self.sum,
            Rounding::Outward => {
                let lost = (self.terms + 8) as f64 * f64::EPSILON * (self.size + self.slack);
                self.sum - self.slack - lost
            }
        }
    }
}
