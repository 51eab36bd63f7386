//! Matrices as the kernels read them, and what an entry of an event list adds of a matrix row.
//!
//! A matrix of `rows x 4*vectors` is packed in panels of eight vectors (32 columns): panel `p`
//! holds columns `32p..32p+32` of every row, row after row; the last panel may be narrower. A list
//! of active rows then reads consecutive 128-byte runs, and eight accumulators hold the result.

use wide::f32x4;

use super::rows::Rows;

/// SIMD vectors in a full panel.
pub const PANEL: usize = 8;

/// How the rows of a matrix lie in memory.
#[derive(Clone, Copy, PartialEq)]
enum Packing {
    Panels,
    RowMajor,
}

/// A matrix that lists pick rows of.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    pub(super) data: &'a [f32x4],
    pub(super) rows: usize,
    pub(super) vectors: usize,
    packing: Packing,
}

impl<'a> Matrix<'a> {
    /// `data`: `rows * vectors` SIMD vectors packed in panels.
    pub fn panels(data: &'a [f32x4], rows: usize, vectors: usize) -> Self {
        assert_eq!(data.len(), rows * vectors);
        Matrix {
            data,
            rows,
            vectors,
            packing: Packing::Panels,
        }
    }

    pub fn row_major(rows: &'a Rows) -> Self {
        Matrix {
            data: rows.data(),
            rows: rows.rows(),
            vectors: rows.vectors(),
            packing: Packing::RowMajor,
        }
    }
}

/// Where the sums go.
pub struct Output<'a> {
    data: &'a mut [f32x4],
    rows: usize,
    vectors: usize,
    packing: Packing,
    /// Whether what it holds stands for zeros.
    pub(super) stale: bool,
}

impl<'a> Output<'a> {
    pub fn row_major(rows: &'a mut Rows) -> Self {
        Output {
            rows: rows.rows(),
            vectors: rows.vectors(),
            data: rows.data_mut(),
            packing: Packing::RowMajor,
            stale: false,
        }
    }

    /// `data`: `rows * vectors` SIMD vectors packed in panels.
    pub fn panels(data: &'a mut [f32x4], rows: usize, vectors: usize) -> Self {
        Output {
            vectors,
            data,
            rows,
            packing: Packing::Panels,
            stale: false,
        }
    }

    /// Sums do not start from what is there.
    pub fn overwritten(self) -> Self {
        Output {
            stale: true,
            ..self
        }
    }
}

/// Vectors `first + part ..` of a panel `width` vectors wide.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub first: usize,
    pub width: usize,
    pub part: usize,
}

impl Packing {
    /// The first vector of the part, and the distance between rows.
    #[inline(always)]
    fn place(self, part: Part, rows: usize, vectors: usize) -> (usize, usize) {
        match self {
            Packing::Panels => (part.first * rows + part.part, part.width),
            Packing::RowMajor => (part.first + part.part, vectors),
        }
    }
}

impl Matrix<'_> {
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn place(&self, part: Part) -> (usize, usize) {
        self.packing.place(part, self.rows, self.vectors)
    }
}

impl Output<'_> {
    pub(super) fn has(&self, rows: usize, vectors: usize) -> bool {
        self.rows == rows && self.vectors == vectors && self.data.len() == rows * vectors
    }

    /// `V` vectors of a row, from the part's first on.
    #[inline(always)]
    pub(super) fn at<const V: usize>(&mut self, part: Part, row: usize) -> &mut [f32x4] {
        let (start, pitch) = self.packing.place(part, self.rows, self.vectors);
        &mut self.data[start + row * pitch..][..V]
    }
}

/// Index in a packed matrix of `rows x 4*vectors` numbers of entry (row, column).
pub fn packed_index(rows: usize, vectors: usize, row: usize, column: usize) -> usize {
    let (vector, lane) = (column / 4, column % 4);
    let first = vector - vector % PANEL;
    let width = PANEL.min(vectors - first);
    4 * (first * rows + row * width + vector - first) + lane
}

/// What an entry of a list adds to the accumulators of its row.
pub trait Term<const A: usize> {
    type Value: Copy;
    fn add(sums: &mut [f32x4; A], weight: f32x4, value: Self::Value);
}

/// A spike: the weight itself.
pub struct Spike;
impl Term<1> for Spike {
    type Value = ();
    #[inline(always)]
    fn add(sums: &mut [f32x4; 1], weight: f32x4, _: ()) {
        sums[0] += weight;
    }
}

/// A spike where nobody asks for sizes.
impl Term<2> for Spike {
    type Value = ();
    #[inline(always)]
    fn add(sums: &mut [f32x4; 2], weight: f32x4, _: ()) {
        sums[0] += weight;
    }
}

/// A number times the weight.
pub struct Scaled;
impl Term<1> for Scaled {
    type Value = f32;
    #[inline(always)]
    fn add(sums: &mut [f32x4; 1], weight: f32x4, value: f32) {
        sums[0] += weight * f32x4::splat(value);
    }
}

/// The size of a spike's weight, for outward rounding (ALGORITHMS 8), into the second sum.
pub struct SpikeSize;
impl Term<2> for SpikeSize {
    type Value = ();
    #[inline(always)]
    fn add(sums: &mut [f32x4; 2], weight: f32x4, _: ()) {
        sums[1] += weight.abs();
    }
}

/// An open spike: twice its centre `W / 2` and its radius `|W| / 2` (ALGORITHMS 3).
pub struct Open;
impl Term<2> for Open {
    type Value = ();
    #[inline(always)]
    fn add(sums: &mut [f32x4; 2], weight: f32x4, _: ()) {
        sums[0] += weight;
        sums[1] += weight.abs();
    }
}

/// Centre and radius: `W c` and `|W| d`.
pub struct Interval;
impl Term<2> for Interval {
    type Value = [f32; 2];
    #[inline(always)]
    fn add(sums: &mut [f32x4; 2], weight: f32x4, [centre, radius]: [f32; 2]) {
        sums[0] += weight * f32x4::splat(centre);
        sums[1] += weight.abs() * f32x4::splat(radius);
    }
}

/// `|W m|`: the size of the terms, for outward rounding (ALGORITHMS 8).
pub struct Size;
impl Term<1> for Size {
    type Value = f32;
    #[inline(always)]
    fn add(sums: &mut [f32x4; 1], weight: f32x4, value: f32) {
        sums[0] += (weight * f32x4::splat(value)).abs();
    }
}
