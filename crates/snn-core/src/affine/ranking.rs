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

/// By output, its largest weights in falling order of their size, with their rows; zeros left out.
#[derive(Clone, Debug)]
pub struct Ranking {
    weights: Vec<(f32, u32)>,
    ends: Vec<usize>,
    depth: usize,
    rows: usize,
}

impl Ranking {
    /// `depth`: how many weights of an output at most.
    pub fn new(affine: &Affine, weight: &[f32x4], depth: usize) -> Self {
        let (rows, vectors) = (affine.weight_rows(), affine.output_vectors());
        let matrix: Matrix = affine.matrix(weight);
        let mut ranking = Ranking {
            weights: Vec::with_capacity(affine.output.channels * depth.min(rows)),
            ends: Vec::with_capacity(affine.output.channels),
            depth: depth.min(rows),
            rows,
        };
        for first in (0..vectors).step_by(PANEL) {
            let width = PANEL.min(vectors - first);
            let panel = &matrix.data[first * rows..][..rows * width];
            let mut largest = vec![Least::new(ranking.depth); width * LANES];
            // Only larger ones can still be among the largest.
            let mut limits = [[0.0f32; LANES]; PANEL];
            for (row, weights) in panel.chunks_exact(width).enumerate() {
                for (v, (&w, limits)) in weights.iter().zip(&mut limits).enumerate() {
                    let mut larger = w.abs().simd_gt(f32x4::new(*limits)).to_bitmask();
                    while larger != 0 {
                        let lane = larger.trailing_zeros() as usize;
                        larger &= larger - 1;
                        let size = w.abs().to_array()[lane];
                        let largest = &mut largest[v * LANES + lane];
                        largest.push(-f64::from(size), row as u32);
                        limits[lane] = -largest.limit() as f32;
                    }
                }
            }
            for (column, largest) in largest.iter_mut().enumerate() {
                if first * LANES + column >= affine.output.channels {
                    break;
                }
                let numbers: &[f32] = bytemuck::cast_slice(panel);
                let ranked = largest.sorted().into_iter().map(|of| {
                    let row = of.tag as usize;
                    (numbers[row * width * LANES + column], of.tag)
                });
                ranking.weights.extend(ranked);
                ranking.ends.push(ranking.weights.len());
            }
        }
        ranking
    }

    pub fn of(&self, column: usize) -> &[(f32, u32)] {
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.weights[start..self.ends[column]]
    }

    /// Whether these are all weights of an output that are not zero.
    pub fn is_whole(&self, column: usize) -> bool {
        self.of(column).len() < self.depth || self.depth == self.rows
    }
}
