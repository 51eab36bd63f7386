//! Gradients of intervals: everything twice, by the lower and by the upper end.

use wide::f32x4;

use super::packed::Packed;
use super::panels::{Matrix, Output, Spike, PANEL};
use super::strips::{widest, Kernel, Strip};
use super::{Affine, Deltas, Events, Lists};
use crate::shape::LANES;

/// Derivatives with respect to both ends of a layer's drive.
#[derive(Clone, Debug)]
pub struct EndDeltas {
    pub lower: Deltas,
    pub upper: Deltas,
    /// Their sum: what inputs see that are the same at both ends.
    pub sum: Deltas,
}

impl EndDeltas {
    /// See [`Deltas::new`].
    pub fn new(samples: usize, steps: usize, positions: usize, vectors: usize) -> Self {
        let new = || Deltas::new(samples, steps, positions, vectors);
        EndDeltas {
            lower: new(),
            upper: new(),
            sum: new(),
        }
    }

    /// Writes a panel's vectors of a row and adds them to those of the sums' row.
    #[inline(always)]
    pub fn put(&mut self, first: usize, [row, place]: [usize; 2], by: &[[f32x4; 2]]) {
        let width = by.len();
        let put = |delta: &mut Deltas, of: fn(&[f32x4; 2]) -> f32x4| {
            let each = &mut delta.each.panel_mut(first)[row * width..][..width];
            let summed = &mut delta.summed.panel_mut(first)[place * width..][..width];
            for ((each, summed), by) in each.iter_mut().zip(summed).zip(by) {
                *each = of(by);
                *summed += of(by);
            }
        };
        put(&mut self.lower, |by| by[0]);
        put(&mut self.upper, |by| by[1]);
        put(&mut self.sum, |by| by[0] + by[1]);
    }

    /// Sums and differences of both ends, where one of them is not zero.
    pub fn combined(&self) -> Lists<[f32; 2]> {
        let (lower, upper) = (&self.lower.each, &self.upper.each);
        let mut pairs = Lists::new();
        for row in 0..lower.rows() {
            for (panel, (lower, upper)) in lower.row(row).zip(upper.row(row)).enumerate() {
                for (v, (&l, &h)) in lower.iter().zip(upper).enumerate() {
                    let zero = l.simd_eq(f32x4::ZERO) & h.simd_eq(f32x4::ZERO);
                    let mut some = !zero.to_bitmask() & 0xf;
                    if some == 0 {
                        continue;
                    }
                    let (sum, difference) = ((l + h).to_array(), (l - h).to_array());
                    while some != 0 {
                        let lane = some.trailing_zeros() as usize;
                        let channel = (panel * PANEL + v) * LANES + lane;
                        pairs.push(channel, [sum[lane], difference[lane]]);
                        some &= some - 1;
                    }
                }
            }
            pairs.end_row();
        }
        pairs
    }
}

impl Affine {
    /// Adds to the weight's gradient what goes through surely firing inputs, which add their weight
    /// to both ends, and through open ones, which add a negative weight to the lower end and a
    /// positive one to the upper end; where a weight is zero, half of each.
    pub fn interval_gradient(
        &self,
        weight: &[f32x4],
        [firing, open]: [&Events; 2],
        delta: &EndDeltas,
        gradient: &mut [f32x4],
    ) {
        let rows = self.weight_rows();
        let lists = [
            &firing.constant,
            &firing.changing,
            &open.constant,
            &open.changing,
        ]
        .map(|lists| lists.transposed(rows));
        let [lower, upper, sum] = [&delta.lower, &delta.upper, &delta.sum]
            .map(|delta| [&delta.summed, &delta.each].map(Packed::matrix));
        for (each, lists) in lists.iter().enumerate() {
            let to = sum[each % 2].rows();
            assert!(lists.width() <= to && lower[each % 2].rows() == to);
            assert!(upper[each % 2].rows() == to);
        }
        let mut kernel = Through {
            lists: &lists,
            lower,
            upper,
            sum,
            weight: self.matrix(weight),
            gradient: Output::panels(gradient, rows, self.output_vectors()),
        };
        sum[0].strips(widest(1), &mut kernel);
    }
}

/// Lists and matrices come in twos: inputs that are on at every step with sums over the steps, and
/// the others.
struct Through<'a> {
    /// Of firing inputs, then of open ones, by row of the weight.
    lists: &'a [Lists; 4],
    lower: [Matrix<'a>; 2],
    upper: [Matrix<'a>; 2],
    sum: [Matrix<'a>; 2],
    weight: Matrix<'a>,
    gradient: Output<'a>,
}

impl Through<'_> {
    #[inline(always)]
    fn added<const V: usize>(
        lists: &[Lists],
        strips: &[Strip<V>; 2],
        row: usize,
    ) -> [[f32x4; 1]; V] {
        let mut sums = [[f32x4::ZERO; 1]; V];
        for (lists, strip) in lists.iter().zip(strips) {
            // SAFETY: `interval_gradient` checks that the lists name rows of these matrices.
            unsafe { strip.add::<1, Spike>(0, lists.row(row), &mut sums) };
        }
        sums
    }
}

impl Kernel for Through<'_> {
    #[inline(never)]
    fn run<const V: usize>(&mut self, strip: &Strip<V>) {
        let part = strip.part;
        let ends = [self.lower, self.upper, self.sum];
        let [lower, upper, sum] = ends.map(|matrices| matrices.map(|m| m.part::<V>(part)));
        let weight = self.weight.part::<V>(part);
        let (firing, open) = self.lists.split_at(2);
        for row in 0..firing[0].rows() {
            let some = |lists: &[Lists]| lists.iter().any(|l| !l.row(row).0.is_empty());
            let (fires, opens) = (some(firing), some(open));
            if !fires && !opens {
                continue;
            }
            let held = self.gradient.at::<V>(part, row);
            if fires {
                let sums = Self::added(firing, &sum, row);
                held.iter_mut().zip(&sums).for_each(|(g, s)| *g += s[0]);
            }
            if opens {
                let (lower, upper) = (
                    Self::added(open, &lower, row),
                    Self::added(open, &upper, row),
                );
                for (v, (g, &w)) in held.iter_mut().zip(weight.row(row)).enumerate() {
                    let ([l], [h]) = (lower[v], upper[v]);
                    let (minus, plus) = (w.simd_lt(f32x4::ZERO), w.simd_gt(f32x4::ZERO));
                    let neither = f32x4::splat(0.5) * (l + h);
                    *g += minus.bitselect(l, plus.bitselect(h, neither));
                }
            }
        }
    }
}
