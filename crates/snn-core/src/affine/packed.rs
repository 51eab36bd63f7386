//! Dense numbers in panels.

use wide::f32x4;

use super::lists::Lists;
use super::panels::{Matrix, Output, Part, PANEL};
use super::rows::Rows;
use super::spare;
use super::strips::Strip;
use crate::shape::LANES;

/// Dense rows packed in panels as a weight is: lists pick from them, and what runs down the columns
/// of a panel reads and writes consecutive memory. In row-major order the parts of a panel lie a
/// power of two apart, in few sets of the cache.
#[derive(Clone, Debug)]
pub struct Packed {
    data: Vec<f32x4>,
    rows: usize,
    vectors: usize,
}

impl Packed {
    /// Rows that hold anything, to be written.
    pub fn stale(rows: usize, vectors: usize) -> Self {
        Packed {
            data: spare::take(rows * vectors),
            rows,
            vectors,
        }
    }

    pub fn zeros(rows: usize, vectors: usize) -> Self {
        let mut zeros = Packed::stale(rows, vectors);
        zeros.data.fill(f32x4::ZERO);
        zeros
    }

    pub fn new(rows: &Rows) -> Self {
        let vectors = rows.vectors();
        let mut data = Vec::with_capacity(rows.data().len());
        for first in (0..vectors).step_by(PANEL) {
            let end = vectors.min(first + PANEL);
            for row in rows.data().chunks_exact(vectors) {
                data.extend_from_slice(&row[first..end]);
            }
        }
        Packed {
            data,
            rows: rows.rows(),
            vectors,
        }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    /// SIMD vectors in a row.
    pub fn vectors(&self) -> usize {
        self.vectors
    }

    pub fn matrix(&self) -> Matrix<'_> {
        Matrix::panels(&self.data, self.rows, self.vectors)
    }

    pub fn output(&mut self) -> Output<'_> {
        Output::panels(&mut self.data, self.rows, self.vectors)
    }

    /// A row, panel by panel.
    #[inline(always)]
    pub fn row(&self, row: usize) -> impl Iterator<Item = &[f32x4]> {
        panels(self.vectors).map(move |(first, width)| {
            let start = first * self.rows + row * width;
            &self.data[start..start + width]
        })
    }

    /// Row after row of the panel that begins with vector `first`.
    #[inline(always)]
    pub fn panel(&self, first: usize) -> &[f32x4] {
        let end = self.vectors.min(first + PANEL);
        &self.data[first * self.rows..end * self.rows]
    }

    #[inline(always)]
    pub fn panel_mut(&mut self, first: usize) -> &mut [f32x4] {
        let end = self.vectors.min(first + PANEL);
        &mut self.data[first * self.rows..end * self.rows]
    }

    /// A kernel's strip of a row.
    #[inline(always)]
    pub fn strip_mut<const V: usize>(&mut self, strip: &Strip<V>, row: usize) -> &mut [f32x4] {
        let Part { first, width, part } = strip.part;
        &mut self.data[first * self.rows + row * width + part..][..V]
    }

    pub fn data_mut(&mut self) -> &mut [f32x4] {
        &mut self.data
    }

    /// Every group of `group` rows repeated `times` times in place: a constant input's drive, given
    /// once per sample, laid out per step.
    pub fn repeated(&self, group: usize, times: usize) -> Self {
        let mut data = Vec::with_capacity(self.data.len() * times);
        for (first, width) in panels(self.vectors) {
            for run in self.panel(first).chunks_exact((group * width).max(1)) {
                (0..times).for_each(|_| data.extend_from_slice(run));
            }
        }
        Packed {
            data,
            rows: self.rows * times,
            vectors: self.vectors,
        }
    }

    /// The entries that are not zero, per row.
    pub fn nonzero(&self) -> Lists<f32> {
        let mut lists = Lists::new();
        for row in 0..self.rows {
            for (panel, run) in self.row(row).enumerate() {
                lists.push_nonzero(panel * PANEL * LANES, run);
            }
            lists.end_row();
        }
        lists
    }
}

impl Drop for Packed {
    fn drop(&mut self) {
        spare::give(std::mem::take(&mut self.data));
    }
}

/// First vector and width of every panel.
pub fn panels(vectors: usize) -> impl Iterator<Item = (usize, usize)> {
    let firsts = (0..vectors).step_by(PANEL);
    firsts.map(move |first| (first, PANEL.min(vectors - first)))
}
