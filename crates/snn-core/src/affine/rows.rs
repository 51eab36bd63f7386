//! Dense numbers: one row of SIMD vectors per (sample, step, position).

use wide::f32x4;

use super::spare;

/// `rows` runs of `vectors` SIMD vectors, one after another.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    data: Vec<f32x4>,
    vectors: usize,
}

impl Drop for Rows {
    fn drop(&mut self) {
        spare::give(std::mem::take(&mut self.data));
    }
}

impl Rows {
    /// Rows that hold anything, to be written.
    pub fn stale(rows: usize, vectors: usize) -> Self {
        Rows {
            data: spare::take(rows * vectors),
            vectors,
        }
    }

    pub fn zeros(rows: usize, vectors: usize) -> Self {
        let mut zeros = Rows::stale(rows, vectors);
        zeros.data.fill(f32x4::ZERO);
        zeros
    }

    /// Every row starts as a copy of `row`.
    pub fn filled(rows: usize, row: &[f32x4]) -> Self {
        let mut data = Vec::with_capacity(rows * row.len());
        for _ in 0..rows {
            data.extend_from_slice(row);
        }
        Rows {
            data,
            vectors: row.len(),
        }
    }

    pub fn rows(&self) -> usize {
        self.data.len().checked_div(self.vectors).unwrap_or(0)
    }

    /// SIMD vectors in a row.
    pub fn vectors(&self) -> usize {
        self.vectors
    }

    pub fn data(&self) -> &[f32x4] {
        &self.data
    }

    pub fn data_mut(&mut self) -> &mut [f32x4] {
        &mut self.data
    }

    /// Rows `first..first + count` as one run of vectors.
    #[inline(always)]
    pub fn run(&self, first: usize, count: usize) -> &[f32x4] {
        &self.data[first * self.vectors..(first + count) * self.vectors]
    }

    #[inline(always)]
    pub fn run_mut(&mut self, first: usize, count: usize) -> &mut [f32x4] {
        &mut self.data[first * self.vectors..(first + count) * self.vectors]
    }

    /// One row as plain numbers, padding included.
    pub fn row(&self, row: usize) -> &[f32] {
        bytemuck::cast_slice(self.run(row, 1))
    }

    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        bytemuck::cast_slice_mut(self.run_mut(row, 1))
    }

    /// The entries that are not zero, per row.
    pub fn nonzero(&self) -> super::Lists<f32> {
        let mut lists = super::Lists::new();
        for run in self.data.chunks_exact(self.vectors.max(1)) {
            lists.push_nonzero(0, run);
            lists.end_row();
        }
        lists
    }
}
