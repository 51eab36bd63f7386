//! The largest weights of every output.

use wide::f32x4;

use super::panels::{Matrix, PANEL};
use super::Affine;
use crate::least::Least;
use crate::shape::LANES;

/// Whether the input of a weight may be toggled, and what it is.
#[derive(Clone, Copy, PartialEq)]
pub enum State {
    Fixed,
    Off,
    On,
}

/// By output, its largest weights of either sign.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// Sizes and rows, list after list.
    weights: Vec<(f32, u32)>,
    /// Where the lists end: by output that of the positive weights, then that of the negative ones.
    ends: Vec<usize>,
    depth: usize,
}

/// The largest weights of an output that have one sign, in falling order of their size; of equal ones
/// in the order of their rows.
#[derive(Clone, Copy, Debug)]
pub struct Ranked<'a> {
    /// Sizes, all above zero, and rows.
    pub weights: &'a [(f32, u32)],
    /// No weight of this sign that is not among them is larger: 0 where these are all.
    pub unseen: f32,
}

impl Ranking {
    /// `depth`: how many weights of an output and a sign at most.
    pub fn new(affine: &Affine, weight: &[f32x4], depth: usize) -> Self {
        let (rows, vectors) = (affine.weight_rows(), affine.output_vectors());
        let matrix: Matrix = affine.matrix(weight);
        let mut ranking = Ranking {
            weights: Vec::with_capacity(affine.output.channels * depth.min(rows)),
            ends: Vec::with_capacity(2 * affine.output.channels),
            depth: depth.min(rows),
        };
        for first in (0..vectors).step_by(PANEL) {
            let width = PANEL.min(vectors - first);
            let panel = &matrix.data[first * rows..][..rows * width];
            let mut largest = vec![Least::new(ranking.depth); 2 * width * LANES];
            // Only larger ones can still be among the largest.
            let mut limits = [[f32x4::ZERO; 2]; PANEL];
            for (row, weights) in panel.chunks_exact(width).enumerate() {
                for (v, (&w, limits)) in weights.iter().zip(&mut limits).enumerate() {
                    for (sign, (size, limits)) in [w, -w].into_iter().zip(limits).enumerate() {
                        let mut larger = size.simd_gt(*limits).to_bitmask();
                        while larger != 0 {
                            let lane = larger.trailing_zeros() as usize;
                            larger &= larger - 1;
                            let largest = &mut largest[2 * (v * LANES + lane) + sign];
                            largest.push(-f64::from(size.to_array()[lane]), row as u32);
                            limits.as_mut_array()[lane] = -largest.limit() as f32;
                        }
                    }
                }
            }
            let outputs = affine.output.channels - (first * LANES).min(affine.output.channels);
            for largest in largest.iter_mut().take(2 * outputs) {
                let ranked = largest.sorted();
                let ranked = ranked.iter().map(|of| (-of.number as f32, of.tag));
                ranking.weights.extend(ranked);
                ranking.ends.push(ranking.weights.len());
            }
        }
        ranking
    }

    /// The positive and the negative weights of an output.
    pub fn of(&self, column: usize) -> [Ranked<'_>; 2] {
        [2 * column, 2 * column + 1].map(|list| {
            let start = list.checked_sub(1).map_or(0, |before| self.ends[before]);
            let weights = &self.weights[start..self.ends[list]];
            let is_whole = weights.len() < self.depth;
            let unseen = weights.last().filter(|_| !is_whole);
            Ranked {
                weights,
                unseen: unseen.map_or(0.0, |&(size, _)| size),
            }
        })
    }
}

impl Ranked<'_> {
    /// Leaves out the first weights whose inputs are in another state.
    #[inline(always)]
    pub fn skip_to(&mut self, wanted: State, states: &[State]) {
        while let Some((&(_, row), rest)) = self.weights.split_first() {
            if states[row as usize] == wanted {
                return;
            }
            self.weights = rest;
        }
    }
}
