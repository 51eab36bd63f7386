//! Products that are sparse on both sides: the weights between listed inputs and listed outputs,
//! each loaded once for several queries side by side.
//!
//! The bounds of S-CROWN need coefficients of open inputs only, made from outputs with a slope that
//! is not zero; in a trained network both are few.

use std::ops::Range;

use wide::f32x4;

use super::panels::PANEL;
use super::{Affine, Lists};
use crate::shape::LANES;

/// Rows of a tile: nine sums, three numbers, a weight and a product leave some of sixteen registers
/// free; a fourth row would spill.
const TALL: usize = 3;

/// One number for each of `4 * Q` queries.
pub type Lanes<const Q: usize> = [f32x4; Q];

/// Listed outputs with their numbers, and where their columns lie in the packed weight. Rows are
/// (group, output position).
#[derive(Debug)]
pub struct Outputs<const Q: usize> {
    lists: Lists<Lanes<Q>>,
    /// Where a column begins, per entry.
    columns: Vec<u32>,
    panels: Panels,
}

/// The panels of a packed weight: all eight vectors wide but perhaps the last.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Panels {
    rows: usize,
    /// First column of a last panel that is narrower.
    narrow: usize,
    /// Distance of rows in it.
    pitch: usize,
}

/// Listed inputs of one group: rows `first..` of `lists`, one per input position.
#[derive(Clone, Copy)]
pub struct Group<'a, V: Copy> {
    pub lists: &'a Lists<V>,
    pub first: usize,
}

impl Panels {
    const PITCH: usize = PANEL * LANES;

    /// Column `column` begins at this entry, rows being `pitch` apart.
    fn column(&self, column: usize) -> usize {
        let panel = (column / Self::PITCH * Self::PITCH).min(self.narrow);
        panel * self.rows + column - panel
    }
}

impl<const Q: usize> Outputs<Q> {
    pub fn lists(&self) -> &Lists<Lanes<Q>> {
        &self.lists
    }

    /// The same outputs with other numbers.
    pub fn with(&self, values: impl FnMut(&Lanes<Q>) -> Lanes<Q>) -> Self {
        Outputs {
            lists: self.lists.with(values),
            columns: self.columns.clone(),
            panels: self.panels,
        }
    }

    /// The entries of a row in whole panels and in a narrower last one, with their pitches.
    fn segments(&self, row: usize) -> [(Range<usize>, usize); 2] {
        let range = self.lists.range(row, 1);
        let (channels, _) = self.lists.row(row);
        let narrow = self.panels.narrow as u32;
        let whole = match channels.last() {
            Some(&last) if last >= narrow => {
                range.start + channels.partition_point(|&channel| channel < narrow)
            }
            _ => range.end,
        };
        [
            (range.start..whole, Panels::PITCH),
            (whole..range.end, self.panels.pitch),
        ]
    }
}

impl Affine {
    fn panels(&self) -> Panels {
        let vectors = self.output_vectors();
        Panels {
            rows: self.weight_rows(),
            narrow: (vectors - vectors % PANEL) * LANES,
            pitch: vectors % PANEL * LANES,
        }
    }

    /// Output channels, listed per (group, output position) in rising order, with their numbers.
    pub fn outputs<const Q: usize>(&self, lists: Lists<Lanes<Q>>) -> Outputs<Q> {
        assert!(lists.width() <= self.output.stride());
        let panels = self.panels();
        let columns = (0..lists.len()).map(|entry| panels.column(lists.entry(entry).0) as u32);
        Outputs {
            columns: columns.collect(),
            panels,
            lists,
        }
    }

    /// `lam W` at the listed inputs: adds to `sums`, one per entry of the group, what the outputs of
    /// `group` send back.
    pub fn pull<const Q: usize, V: Copy>(
        &self,
        weight: &[f32x4],
        outputs: &Outputs<Q>,
        group: usize,
        inputs: Group<V>,
        sums: &mut [Lanes<Q>],
    ) {
        let weight = self.checked(weight, outputs, inputs);
        let base = inputs.lists.range(inputs.first, 0).start;
        self.meet(outputs, group, inputs, |rows, at, columns, entries| {
            let values = &outputs.lists.values()[entries];
            let sums = &mut sums[at.start - base..at.end - base];
            // SAFETY: `checked`.
            unsafe { product(weight, rows, columns, values, sums) }
        });
    }

    /// `W s` at the listed outputs: adds to `sums`, one per entry of the outputs' rows of `group`,
    /// what the inputs send, `values` being one per entry of theirs.
    pub fn send<const Q: usize, V: Copy>(
        &self,
        weight: &[f32x4],
        outputs: &Outputs<Q>,
        group: usize,
        (inputs, values): (Group<V>, &[Lanes<Q>]),
        sums: &mut [Lanes<Q>],
    ) {
        let weight = self.checked(weight, outputs, inputs);
        let base = inputs.lists.range(inputs.first, 0).start;
        let first = outputs
            .lists
            .range(group * self.output.positions(), 0)
            .start;
        self.meet(outputs, group, inputs, |rows, at, columns, entries| {
            let values = &values[at.start - base..at.end - base];
            let sums = &mut sums[entries.start - first..entries.end - first];
            // SAFETY: `checked`.
            unsafe { product(weight, columns, rows, values, sums) }
        });
    }

    /// Adds to the weight's gradient, over all queries, the products of the inputs' `values` and the
    /// outputs' numbers.
    pub fn pair_gradient<const Q: usize, V: Copy>(
        &self,
        gradient: &mut [f32x4],
        outputs: &Outputs<Q>,
        group: usize,
        (inputs, values): (Group<V>, &[Lanes<Q>]),
    ) {
        let gradient = self.checked_mut(gradient, outputs, inputs);
        let base = inputs.lists.range(inputs.first, 0).start;
        self.meet(outputs, group, inputs, |rows, at, columns, entries| {
            let left = &values[at.start - base..at.end - base];
            let right = &outputs.lists.values()[entries];
            // SAFETY: `checked`.
            unsafe { spread(gradient, rows, columns, left, right) }
        });
    }

    /// The same for inputs that are 1 for every query: `totals` are the outputs' numbers summed over
    /// the queries, one per entry of all rows.
    pub fn total_gradient<const Q: usize, V: Copy>(
        &self,
        gradient: &mut [f32x4],
        outputs: &Outputs<Q>,
        group: usize,
        inputs: Group<V>,
        totals: &[f32],
    ) {
        let gradient = self.checked_mut(gradient, outputs, inputs);
        self.meet(outputs, group, inputs, |rows, _, columns, entries| {
            for &row in rows {
                for (&column, total) in columns.iter().zip(&totals[entries.clone()]) {
                    // SAFETY: `checked`.
                    unsafe { *gradient.get_unchecked_mut((row + column) as usize) += total };
                }
            }
        });
    }

    /// Calls `meet` for all listed inputs of a position and all listed outputs of a position that it
    /// reaches: rows and columns of the packed weight, each with its range of entries.
    #[inline(always)]
    fn meet<const Q: usize, V: Copy>(
        &self,
        outputs: &Outputs<Q>,
        group: usize,
        inputs: Group<V>,
        mut meet: impl FnMut(&[u32], Range<usize>, &[u32], Range<usize>),
    ) {
        let (taken, given) = (self.input.stride(), self.output.stride());
        let mut rows = Vec::new();
        for position in 0..self.input.positions() {
            let at = inputs.lists.range(inputs.first + position, 1);
            if at.is_empty() {
                continue;
            }
            let (channels, _) = inputs.lists.row(inputs.first + position);
            for tap in self.backward.of(position) {
                let row = group * self.output.positions() + tap.position as usize;
                for (entries, pitch) in outputs.segments(row) {
                    if entries.is_empty() {
                        continue;
                    }
                    let first = tap.base as usize / given * taken;
                    rows.clear();
                    rows.extend(
                        channels
                            .iter()
                            .map(|&channel| ((first + channel as usize) * pitch) as u32),
                    );
                    meet(
                        &rows,
                        at.clone(),
                        &outputs.columns[entries.clone()],
                        entries,
                    );
                }
            }
        }
    }

    /// The weight as plain numbers. Every row below `weight_rows` and every column below
    /// `output.stride()` meet inside it, so with these checks all pairs do.
    fn checked<'a, const Q: usize, V: Copy>(
        &self,
        weight: &'a [f32x4],
        outputs: &Outputs<Q>,
        inputs: Group<V>,
    ) -> &'a [f32] {
        assert_eq!(weight.len(), self.weight_vectors());
        assert_eq!(outputs.panels, self.panels());
        assert!(outputs.lists.width() <= self.output.stride());
        assert!(inputs.lists.width() <= self.input.stride());
        bytemuck::cast_slice(weight)
    }

    fn checked_mut<'a, const Q: usize, V: Copy>(
        &self,
        gradient: &'a mut [f32x4],
        outputs: &Outputs<Q>,
        inputs: Group<V>,
    ) -> &'a mut [f32] {
        self.checked(gradient, outputs, inputs);
        bytemuck::cast_slice_mut(gradient)
    }
}

/// `sums[a] += sum over b of weight[rows[a] + columns[b]] * values[b]`
///
/// # Safety
/// Every `rows[a] + columns[b]` lies inside the weight.
#[inline(never)]
unsafe fn product<const Q: usize>(
    weight: &[f32],
    rows: &[u32],
    columns: &[u32],
    values: &[Lanes<Q>],
    sums: &mut [Lanes<Q>],
) {
    let whole = rows.len() / TALL * TALL;
    let (tiles, rest) = sums.split_at_mut(whole);
    for (rows, sums) in rows.chunks_exact(TALL).zip(tiles.chunks_exact_mut(TALL)) {
        // SAFETY: the caller's.
        unsafe { tile::<Q, TALL>(weight, rows, columns, values, sums) };
    }
    for (row, sums) in rows[whole..].chunks_exact(1).zip(rest.chunks_exact_mut(1)) {
        // SAFETY: the caller's.
        unsafe { tile::<Q, 1>(weight, row, columns, values, sums) };
    }
}

/// `R` rows at once.
#[inline(always)]
unsafe fn tile<const Q: usize, const R: usize>(
    weight: &[f32],
    rows: &[u32],
    columns: &[u32],
    values: &[Lanes<Q>],
    sums: &mut [Lanes<Q>],
) {
    let mut held = [[f32x4::ZERO; Q]; R];
    held.copy_from_slice(&sums[..R]);
    for (&column, values) in columns.iter().zip(values) {
        for r in 0..R {
            // SAFETY: the caller's.
            let w = f32x4::splat(unsafe { *weight.get_unchecked((rows[r] + column) as usize) });
            for q in 0..Q {
                held[r][q] += w * values[q];
            }
        }
    }
    sums[..R].copy_from_slice(&held);
}

/// `gradient[rows[a] + columns[b]] += left[a] . right[b]`, over all lanes.
///
/// # Safety
/// Every `rows[a] + columns[b]` lies inside the gradient.
#[inline(never)]
unsafe fn spread<const Q: usize>(
    gradient: &mut [f32],
    rows: &[u32],
    columns: &[u32],
    left: &[Lanes<Q>],
    right: &[Lanes<Q>],
) {
    let dot = |left: &Lanes<Q>, right: &Lanes<Q>| {
        let mut sum = left[0] * right[0];
        for q in 1..Q {
            sum += left[q] * right[q];
        }
        sum
    };
    for (&row, left) in rows.iter().zip(left) {
        let (fours, last) = columns.split_at(columns.len() / 4 * 4);
        for (columns, right) in fours.chunks_exact(4).zip(right.chunks_exact(4)) {
            let dots = f32x4::transpose([
                dot(left, &right[0]),
                dot(left, &right[1]),
                dot(left, &right[2]),
                dot(left, &right[3]),
            ]);
            let sums = ((dots[0] + dots[1]) + (dots[2] + dots[3])).to_array();
            for (&column, sum) in columns.iter().zip(sums) {
                // SAFETY: the caller's.
                unsafe { *gradient.get_unchecked_mut((row + column) as usize) += sum };
            }
        }
        for (&column, right) in last.iter().zip(&right[fours.len()..]) {
            let [a, b, c, d] = dot(left, right).to_array();
            // SAFETY: the caller's.
            unsafe { *gradient.get_unchecked_mut((row + column) as usize) += (a + b) + (c + d) };
        }
    }
}
