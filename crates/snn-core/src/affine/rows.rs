//! Dense numbers: one row of SIMD vectors per (sample, step, position).

use wide::f32x4;

use crate::shape::LANES;

/// `rows` runs of `vectors` SIMD vectors, one after another.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    data: Vec<f32x4>,
    vectors: usize,
}

impl Rows {
    pub fn zeros(rows: usize, vectors: usize) -> Self {
        Rows {
            data: vec![f32x4::ZERO; rows * vectors],
            vectors,
        }
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

    /// Every group of `group` rows repeated `times` times in place: a constant input's drive, given
    /// once per sample, laid out per step.
    pub fn repeated(&self, group: usize, times: usize) -> Rows {
        let mut data = Vec::with_capacity(self.data.len() * times);
        for run in self.data.chunks_exact((group * self.vectors).max(1)) {
            for _ in 0..times {
                data.extend_from_slice(run);
            }
        }
        Rows {
            data,
            vectors: self.vectors,
        }
    }

    /// The inverse sum: every `times` consecutive groups of `group` rows added up, in order.
    pub fn summed(&self, group: usize, times: usize) -> Rows {
        let run = group * self.vectors;
        let groups = self.data.len() / (run * times).max(1);
        let mut sum = Rows::zeros(groups * group, self.vectors);
        for (total, parts) in sum
            .data
            .chunks_exact_mut(run)
            .zip(self.data.chunks_exact(run * times))
        {
            for part in parts.chunks_exact(run) {
                for (t, p) in total.iter_mut().zip(part) {
                    *t += *p;
                }
            }
        }
        sum
    }

    /// The entries that are not zero, per row.
    pub fn nonzero(&self) -> super::Lists<f32> {
        let mut lists = super::Lists::new();
        for run in self.data.chunks_exact(self.vectors.max(1)) {
            for (v, &values) in run.iter().enumerate() {
                let mut mask = values.simd_ne(f32x4::ZERO).to_bitmask();
                let values = values.to_array();
                while mask != 0 {
                    let lane = mask.trailing_zeros() as usize;
                    lists.push(v * LANES + lane, values[lane]);
                    mask &= mask - 1;
                }
            }
            lists.end_row();
        }
        lists
    }
}
