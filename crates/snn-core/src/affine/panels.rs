//! The one matrix kernel: rows of a packed matrix, named by event lists, added into accumulators
//! that stay in registers.
//!
//! A matrix of `rows x 4*vectors` is packed in panels of eight vectors (32 columns): panel `p`
//! holds columns `32p..32p+32` of every row, row after row; the last panel may be narrower. A list
//! of active rows then reads consecutive 128-byte runs, and eight accumulators hold the result.

use wide::f32x4;

use super::lists::Lists;
use super::rows::Rows;
use super::taps::Taps;

/// SIMD vectors in a full panel.
const PANEL: usize = 8;

/// How the rows of a matrix lie in memory.
#[derive(Clone, Copy, PartialEq)]
enum Packing {
    Panels,
    RowMajor,
}

/// A matrix that lists pick rows of.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32x4],
    rows: usize,
    vectors: usize,
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
    packing: Packing,
}

impl<'a> Output<'a> {
    pub fn row_major(rows: &'a mut Rows) -> Self {
        Output {
            rows: rows.rows(),
            data: rows.data_mut(),
            packing: Packing::RowMajor,
        }
    }

    /// `data`: a matrix of `rows` rows packed in panels.
    pub fn panels(data: &'a mut [f32x4], rows: usize) -> Self {
        Output {
            data,
            rows,
            packing: Packing::Panels,
        }
    }
}

/// First vector and distance between rows of panel `first..first + width` (in vectors).
fn place(
    packing: Packing,
    rows: usize,
    vectors: usize,
    first: usize,
    width: usize,
) -> (usize, usize) {
    match packing {
        Packing::Panels => (first * rows, width),
        Packing::RowMajor => (first, vectors),
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

/// A number times the weight.
pub struct Scaled;
impl Term<1> for Scaled {
    type Value = f32;
    #[inline(always)]
    fn add(sums: &mut [f32x4; 1], weight: f32x4, value: f32) {
        sums[0] += weight * f32x4::splat(value);
    }
}

/// A spike: the weight itself, and its size for outward rounding (ALGORITHMS 8).
pub struct SizedSpike;
impl Term<2> for SizedSpike {
    type Value = ();
    #[inline(always)]
    fn add(sums: &mut [f32x4; 2], weight: f32x4, _: ()) {
        sums[0] += weight;
        sums[1] += weight.abs();
    }
}

/// An open spike: `min(W, 0)` below, `max(W, 0)` above (ALGORITHMS 3).
/// Whatever the entry carries is not looked at.
pub struct Open<V = ()>(std::marker::PhantomData<V>);
impl<V: Copy> Term<2> for Open<V> {
    type Value = V;
    #[inline(always)]
    fn add(sums: &mut [f32x4; 2], weight: f32x4, _: V) {
        sums[0] += weight.fast_min(f32x4::ZERO);
        sums[1] += weight.fast_max(f32x4::ZERO);
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

/// `|W| m`: the size of the terms, for outward rounding (ALGORITHMS 8).
pub struct Size;
impl Term<1> for Size {
    type Value = f32;
    #[inline(always)]
    fn add(sums: &mut [f32x4; 1], weight: f32x4, value: f32) {
        sums[0] += weight.abs() * f32x4::splat(value);
    }
}

/// Adds to every row of `outputs` the matrix rows that the lists name.
///
/// Output row `r * taps.outputs() + o` collects, for each tap of output position `o`, the entries
/// of list `r * taps.inputs() + tap.position`; entry `c` names matrix row `tap.base + c`. Sums run
/// in that order, from what the output holds.
pub fn gather<const A: usize, T: Term<A>>(
    lists: &Lists<T::Value>,
    taps: &Taps,
    matrix: Matrix,
    outputs: [Output; A],
) {
    let groups = lists.rows() / taps.inputs();
    assert_eq!(lists.rows(), groups * taps.inputs());
    assert!(lists.width() <= taps.fan() && taps.rows() <= matrix.rows);
    for output in &outputs {
        assert_eq!(output.rows, groups * taps.outputs());
        assert_eq!(output.data.len(), output.rows * matrix.vectors);
    }
    // Two sums of eight vectors each would not fit the sixteen registers.
    let step = if A == 1 { PANEL } else { PANEL / 2 };
    let mut outputs = outputs;
    for first in (0..matrix.vectors).step_by(PANEL) {
        let width = PANEL.min(matrix.vectors - first);
        for part in (0..width).step_by(step) {
            let at = Strip { first, width, part };
            match step.min(width - part) {
                1 => strip::<A, T, 1>(lists, taps, matrix, &mut outputs, at),
                2 => strip::<A, T, 2>(lists, taps, matrix, &mut outputs, at),
                3 => strip::<A, T, 3>(lists, taps, matrix, &mut outputs, at),
                4 => strip::<A, T, 4>(lists, taps, matrix, &mut outputs, at),
                5 => strip::<A, T, 5>(lists, taps, matrix, &mut outputs, at),
                6 => strip::<A, T, 6>(lists, taps, matrix, &mut outputs, at),
                7 => strip::<A, T, 7>(lists, taps, matrix, &mut outputs, at),
                _ => strip::<A, T, 8>(lists, taps, matrix, &mut outputs, at),
            }
        }
    }
}

/// Vectors `first + part ..` of a panel `width` vectors wide.
#[derive(Clone, Copy)]
struct Strip {
    first: usize,
    width: usize,
    part: usize,
}

fn strip<const A: usize, T: Term<A>, const V: usize>(
    lists: &Lists<T::Value>,
    taps: &Taps,
    matrix: Matrix,
    outputs: &mut [Output; A],
    at: Strip,
) {
    let (start, pitch) = place(
        matrix.packing,
        matrix.rows,
        matrix.vectors,
        at.first,
        at.width,
    );
    let source = &matrix.data[start + at.part..];
    let groups = lists.rows() / taps.inputs();
    for group in 0..groups {
        for position in 0..taps.outputs() {
            let row = group * taps.outputs() + position;
            let mut sums = [[f32x4::ZERO; A]; V];
            for (a, output) in outputs.iter().enumerate() {
                let (start, pitch) = place(
                    output.packing,
                    output.rows,
                    matrix.vectors,
                    at.first,
                    at.width,
                );
                let held = &output.data[start + at.part + row * pitch..][..V];
                for (sums, &held) in sums.iter_mut().zip(held) {
                    sums[a] = held;
                }
            }
            for tap in taps.of(position) {
                let (indices, values) = lists.row(group * taps.inputs() + tap.position as usize);
                for (&index, &value) in indices.iter().zip(values) {
                    let offset = (tap.base as usize + index as usize) * pitch;
                    // SAFETY: index < lists.width() <= taps.fan() and base + fan <= taps.rows()
                    // <= matrix.rows, asserted by `gather` and kept by `Taps`; a matrix row has V
                    // vectors from `part` on.
                    let weights = unsafe { source.get_unchecked(offset..offset + V) };
                    for (sums, &weight) in sums.iter_mut().zip(weights) {
                        T::add(sums, weight, value);
                    }
                }
            }
            for (a, output) in outputs.iter_mut().enumerate() {
                let (start, pitch) = place(
                    output.packing,
                    output.rows,
                    matrix.vectors,
                    at.first,
                    at.width,
                );
                let held = &mut output.data[start + at.part + row * pitch..][..V];
                for (held, sums) in held.iter_mut().zip(&sums) {
                    *held = sums[a];
                }
            }
        }
    }
}
