//! The one matrix kernel: rows of a packed matrix, named by event lists, added into accumulators
//! that stay in registers.

use wide::f32x4;

use super::lists::Lists;
use super::panels::{Matrix, Output, Part, Spike, Term, PANEL};
use super::taps::Taps;

/// Vectors `first..first + V` of every row of a matrix: what a kernel keeps in registers.
pub struct Strip<'a, const V: usize> {
    source: &'a [f32x4],
    pitch: usize,
    pub(super) part: Part,
}

impl<const V: usize> Strip<'_, V> {
    /// The strip's first vector of a row.
    #[inline(always)]
    pub fn first(&self) -> usize {
        self.part.first + self.part.part
    }

    /// The strip's part of a matrix row.
    #[inline(always)]
    pub fn row(&self, row: usize) -> &[f32x4] {
        &self.source[row * self.pitch..][..V]
    }

    /// Adds matrix rows `base + index` to the sums, in the order of the list.
    ///
    /// # Safety
    /// The matrix has all these rows.
    #[inline(always)]
    pub unsafe fn add<const A: usize, T: Term<A>>(
        &self,
        base: u32,
        (indices, values): (&[u32], &[T::Value]),
        sums: &mut [[f32x4; A]; V],
    ) {
        for (&index, &value) in indices.iter().zip(values) {
            let offset = (base + index) as usize * self.pitch;
            // SAFETY: the caller's; a matrix row has V vectors from the strip's first on.
            let weights = unsafe { self.source.get_unchecked(offset..offset + V) };
            for (sums, &weight) in sums.iter_mut().zip(weights) {
                T::add(sums, weight, value);
            }
        }
    }
}

/// What is done with every strip of a matrix.
pub trait Kernel {
    fn run<const V: usize>(&mut self, strip: &Strip<V>);
}

impl<'a> Matrix<'a> {
    /// Runs a kernel over all columns, in strips of 8, 4 or 1 vectors but at most `widest`. Strips of 2
    /// would serve few layers, and every width is one more copy of every kernel.
    pub fn strips(&self, widest: usize, kernel: &mut impl Kernel) {
        for first in (0..self.vectors).step_by(PANEL) {
            let width = PANEL.min(self.vectors - first);
            let mut part = 0;
            while part < width {
                let at = Part { first, width, part };
                part += match widest.min(width - part) {
                    8.. => self.strip::<8>(at, kernel),
                    4.. => self.strip::<4>(at, kernel),
                    _ => self.strip::<1>(at, kernel),
                };
            }
        }
    }

    fn strip<const V: usize>(&self, part: Part, kernel: &mut impl Kernel) -> usize {
        kernel.run(&self.part::<V>(part));
        V
    }

    /// The strip at this place.
    pub(super) fn part<const V: usize>(&self, part: Part) -> Strip<'a, V> {
        let (start, pitch) = self.place(part);
        Strip {
            source: &self.data[start.min(self.data.len())..],
            pitch,
            part,
        }
    }
}

/// Widest strip for kernels with `sums` accumulators per vector: two of eight vectors would not fit
/// the sixteen registers.
pub const fn widest(sums: usize) -> usize {
    if sums == 1 {
        PANEL
    } else {
        PANEL / 2
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
    let rows = groups * taps.outputs();
    assert!(outputs.iter().all(|to| to.has(rows, matrix.vectors)));
    let mut kernel = Gather::<A, T> {
        lists,
        taps,
        outputs,
    };
    matrix.strips(widest(A), &mut kernel);
}

struct Gather<'a, const A: usize, T: Term<A>> {
    lists: &'a Lists<T::Value>,
    taps: &'a Taps,
    outputs: [Output<'a>; A],
}

impl<const A: usize, T: Term<A>> Kernel for Gather<'_, A, T> {
    #[inline(never)]
    fn run<const V: usize>(&mut self, strip: &Strip<V>) {
        let (lists, taps) = (self.lists, self.taps);
        for group in 0..lists.rows() / taps.inputs() {
            for position in 0..taps.outputs() {
                let row = group * taps.outputs() + position;
                let mut sums = [[f32x4::ZERO; A]; V];
                for (a, output) in self.outputs.iter_mut().enumerate() {
                    if output.stale {
                        continue;
                    }
                    let held = output.at::<V>(strip.part, row);
                    sums.iter_mut().zip(held).for_each(|(s, held)| s[a] = *held);
                }
                for tap in taps.of(position) {
                    let list = lists.row(group * taps.inputs() + tap.position as usize);
                    // SAFETY: index < lists.width() <= taps.fan() and base + fan <= taps.rows()
                    // <= matrix.rows, asserted by `gather` and kept by `Taps`.
                    unsafe { strip.add::<A, T>(tap.base, list, &mut sums) };
                }
                for (a, output) in self.outputs.iter_mut().enumerate() {
                    let held = output.at::<V>(strip.part, row);
                    held.iter_mut()
                        .zip(&sums)
                        .for_each(|(held, s)| *held = s[a]);
                }
            }
        }
    }
}

/// Listed rows of a matrix to add up.
pub type Rowset<'a> = (&'a Lists, Matrix<'a>);

/// Adds to every row of `output` the rows that the lists name, each of its own matrix.
pub fn gather_all<const N: usize>(sources: [Rowset; N], mut output: Output) {
    let rows = sources[0].0.rows();
    let matrix = sources[0].1;
    for (lists, source) in &sources {
        assert_eq!(lists.rows(), rows);
        assert!(lists.width() <= source.rows && source.vectors == matrix.vectors);
    }
    assert!(output.has(rows, matrix.vectors));
    let mut kernel = GatherAll {
        sources,
        output: &mut output,
    };
    matrix.strips(PANEL, &mut kernel);
}

struct GatherAll<'a, 'b, const N: usize> {
    sources: [Rowset<'a>; N],
    output: &'a mut Output<'b>,
}

impl<const N: usize> Kernel for GatherAll<'_, '_, N> {
    #[inline(never)]
    fn run<const V: usize>(&mut self, strip: &Strip<V>) {
        let matrices = self.sources.map(|(_, matrix)| matrix);
        let strips = matrices.each_ref().map(|matrix| matrix.part(strip.part));
        for row in 0..self.sources[0].0.rows() {
            if self
                .sources
                .iter()
                .all(|(lists, _)| lists.row(row).0.is_empty())
            {
                continue;
            }
            let held = self.output.at::<V>(strip.part, row);
            let mut sums = [[f32x4::ZERO; 1]; V];
            sums.iter_mut()
                .zip(&*held)
                .for_each(|(s, held)| s[0] = *held);
            for ((lists, _), strip) in self.sources.iter().zip(&strips) {
                // SAFETY: indices are below the lists' width, checked by `gather_all`.
                unsafe { strip.add::<1, Spike>(0, lists.row(row), &mut sums) };
            }
            held.iter_mut()
                .zip(&sums)
                .for_each(|(held, s)| *held = s[0]);
        }
    }
}
