//! Products that are sparse on both sides: the weights between listed inputs and listed outputs,
//! each loaded once for several queries side by side.
//!
//! The bounds of S-CROWN need coefficients of open inputs only, made from outputs with a slope that
//! is not zero; in a trained network both are few.

use std::ops::Range;

use wide::f32x4;

use super::bunches::{Bunches, WIDEST};
use super::panels::PANEL;
use super::{Affine, Places};
use crate::shape::LANES;

/// Rows of a tile: nine sums, three numbers, a weight and a product leave some of sixteen registers
/// free; a fourth row would spill.
const TALL: usize = 3;

/// Listed outputs with their numbers, and where their columns lie in the packed weight. Rows are
/// (group, output position).
#[derive(Debug)]
pub struct Outputs {
    bunches: Bunches,
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

/// Listed inputs of one group: rows `first..`, one per input position.
#[derive(Clone, Copy)]
pub struct Group<'a> {
    pub places: Places<'a>,
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

impl Outputs {
    pub fn bunches(&self) -> &Bunches {
        &self.bunches
    }

    /// Every entry times `factors`, lane by lane.
    pub fn scaled(&self, factors: &[f32x4]) -> Self {
        Outputs {
            bunches: self.bunches.scaled(factors),
            columns: self.columns.clone(),
            panels: self.panels,
        }
    }

    /// The entries of a row in whole panels and in a narrower last one, with their pitches.
    fn segments(&self, row: usize) -> [(Range<usize>, usize); 2] {
        let range = self.bunches.range(row, 1);
        let channels = self.bunches.places().indices(range.clone());
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

/// Listed inputs and listed outputs between two positions: rows and columns of the packed weight,
/// and the entries that they are.
struct Meeting<'a> {
    rows: &'a [u32],
    /// Counted from the group's first entry.
    inputs: Range<usize>,
    columns: &'a [u32],
    outputs: Range<usize>,
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
    pub fn outputs(&self, bunches: Bunches) -> Outputs {
        assert!(bunches.places().width() <= self.output.stride());
        let panels = self.panels();
        let columns = (0..bunches.len()).map(|entry| panels.column(bunches.channel(entry)) as u32);
        Outputs {
            columns: columns.collect(),
            panels,
            bunches,
        }
    }

    /// `lam W` at the listed inputs: adds to `sums`, those of one input after another, what the
    /// outputs of `group` send back.
    pub fn pull(
        &self,
        weight: &[f32x4],
        outputs: &Outputs,
        group: usize,
        inputs: Group,
        sums: &mut [f32x4],
    ) {
        let weight = self.checked(weight, outputs, inputs);
        let width = outputs.bunches.width();
        self.meet(outputs, group, inputs, &mut |at| {
            let values = of(outputs.bunches.values(), &at.outputs, width);
            let sums = &mut sums[at.inputs.start * width..at.inputs.end * width];
            // SAFETY: `checked`.
            unsafe { multiply(weight, at.rows, at.columns, values, sums, width) }
        });
    }

    /// `W s` at the listed outputs: adds to `sums`, those of one output of `group` after another,
    /// what the inputs send; `values` are the inputs' numbers.
    pub fn send(
        &self,
        weight: &[f32x4],
        outputs: &Outputs,
        group: usize,
        (inputs, values): (Group, &[f32x4]),
        sums: &mut [f32x4],
    ) {
        let weight = self.checked(weight, outputs, inputs);
        let width = outputs.bunches.width();
        let first = outputs.bunches.range(group * self.output.positions(), 0);
        self.meet(outputs, group, inputs, &mut |at| {
            let values = of(values, &at.inputs, width);
            let [start, end] = [at.outputs.start, at.outputs.end].map(|at| at - first.start);
            let sums = &mut sums[start * width..end * width];
            // SAFETY: `checked`.
            unsafe { multiply(weight, at.columns, at.rows, values, sums, width) }
        });
    }

    /// Adds to the weight's gradient, over all queries, the products of the inputs' numbers `values`
    /// and the outputs'.
    pub fn pair_gradient(
        &self,
        gradient: &mut [f32x4],
        outputs: &Outputs,
        group: usize,
        (inputs, values): (Group, &[f32x4]),
    ) {
        let gradient = self.checked_mut(gradient, outputs, inputs);
        let width = outputs.bunches.width();
        self.meet(outputs, group, inputs, &mut |at| {
            let left = of(values, &at.inputs, width);
            let right = of(outputs.bunches.values(), &at.outputs, width);
            // SAFETY: `checked`.
            unsafe { spread(gradient, at.rows, at.columns, left, right, width) }
        });
    }

    /// The same for inputs that are 1 for every query: `totals` are the outputs' numbers summed over
    /// the queries, one per entry of all rows.
    pub fn total_gradient(
        &self,
        gradient: &mut [f32x4],
        outputs: &Outputs,
        group: usize,
        inputs: Group,
        totals: &[f32],
    ) {
        assert_eq!(totals.len(), outputs.columns.len());
        let gradient = self.checked_mut(gradient, outputs, inputs);
        self.meet(outputs, group, inputs, &mut |at| {
            for &row in at.rows {
                let totals = &totals[at.outputs.clone()];
                for (&column, total) in at.columns.iter().zip(totals) {
                    // SAFETY: `checked`.
                    unsafe { *gradient.get_unchecked_mut((row + column) as usize) += total };
                }
            }
        });
    }

    /// Calls `visit` for all listed inputs of a position and all listed outputs of a position that it
    /// reaches.
    fn meet(&self, outputs: &Outputs, group: usize, inputs: Group, visit: &mut dyn FnMut(Meeting)) {
        let (taken, given) = (self.input.stride(), self.output.stride());
        let Group { places, first } = inputs;
        let base = places.range(first, 0).start;
        let mut rows = Vec::new();
        for position in 0..self.input.positions() {
            let entries = places.range(first + position, 1);
            if entries.is_empty() {
                continue;
            }
            let channels = places.indices(entries.clone());
            for tap in self.backward.of(position) {
                let row = group * self.output.positions() + tap.position as usize;
                for (of_outputs, pitch) in outputs.segments(row) {
                    if of_outputs.is_empty() {
                        continue;
                    }
                    let block = tap.base as usize / given * taken;
                    let row = |&channel: &u32| ((block + channel as usize) * pitch) as u32;
                    rows.clear();
                    rows.extend(channels.iter().map(row));
                    visit(Meeting {
                        rows: &rows,
                        inputs: entries.start - base..entries.end - base,
                        columns: &outputs.columns[of_outputs.clone()],
                        outputs: of_outputs,
                    });
                }
            }
        }
    }

    /// The weight as plain numbers. Every row below `weight_rows` and every column below
    /// `output.stride()` meet inside it, so with these checks all pairs do.
    fn checked<'a>(&self, weight: &'a [f32x4], outputs: &Outputs, inputs: Group) -> &'a [f32] {
        assert_eq!(weight.len(), self.weight_vectors());
        assert_eq!(outputs.panels, self.panels());
        assert!(outputs.bunches.places().width() <= self.output.stride());
        assert!(inputs.places.width() <= self.input.stride());
        bytemuck::cast_slice(weight)
    }

    fn checked_mut<'a>(
        &self,
        gradient: &'a mut [f32x4],
        outputs: &Outputs,
        inputs: Group,
    ) -> &'a mut [f32] {
        self.checked(gradient, outputs, inputs);
        bytemuck::cast_slice_mut(gradient)
    }
}

/// The numbers of some entries.
fn of<'a>(values: &'a [f32x4], entries: &Range<usize>, width: usize) -> &'a [f32x4] {
    &values[entries.start * width..entries.end * width]
}

/// `sums[a] += sum over b of weight[rows[a] + columns[b]] * values[b]`, `width` vectors each.
///
/// # Safety
/// Every `rows[a] + columns[b]` lies inside the weight.
unsafe fn multiply(
    weight: &[f32],
    rows: &[u32],
    columns: &[u32],
    values: &[f32x4],
    sums: &mut [f32x4],
    width: usize,
) {
    use bytemuck::{cast_slice, cast_slice_mut};
    // SAFETY: the caller's.
    unsafe {
        match width {
            1 => product::<1>(
                weight,
                rows,
                columns,
                cast_slice(values),
                cast_slice_mut(sums),
            ),
            WIDEST => {
                product::<WIDEST>(
                    weight,
                    rows,
                    columns,
                    cast_slice(values),
                    cast_slice_mut(sums),
                );
            }
            _ => unreachable!(),
        }
    }
}

#[inline(never)]
unsafe fn product<const Q: usize>(
    weight: &[f32],
    rows: &[u32],
    columns: &[u32],
    values: &[[f32x4; Q]],
    sums: &mut [[f32x4; Q]],
) {
    let ((tall, rest), (tiles, singles)) = (rows.as_chunks::<TALL>(), sums.as_chunks_mut::<TALL>());
    for (rows, sums) in tall.iter().zip(tiles) {
        // SAFETY: the caller's.
        unsafe { tile(weight, rows, columns, values, sums) };
    }
    for (row, sums) in rest
        .as_chunks::<1>()
        .0
        .iter()
        .zip(singles.as_chunks_mut::<1>().0)
    {
        // SAFETY: the caller's.
        unsafe { tile(weight, row, columns, values, sums) };
    }
}

/// `R` rows at once.
#[inline(always)]
unsafe fn tile<const Q: usize, const R: usize>(
    weight: &[f32],
    rows: &[u32; R],
    columns: &[u32],
    values: &[[f32x4; Q]],
    sums: &mut [[f32x4; Q]; R],
) {
    let mut held = *sums;
    for (&column, values) in columns.iter().zip(values) {
        for r in 0..R {
            // SAFETY: the caller's.
            let w = f32x4::splat(unsafe { *weight.get_unchecked((rows[r] + column) as usize) });
            for q in 0..Q {
                held[r][q] += w * values[q];
            }
        }
    }
    *sums = held;
}

/// `gradient[rows[a] + columns[b]] += left[a] . right[b]`, over all lanes.
///
/// # Safety
/// Every `rows[a] + columns[b]` lies inside the gradient.
unsafe fn spread(
    gradient: &mut [f32],
    rows: &[u32],
    columns: &[u32],
    left: &[f32x4],
    right: &[f32x4],
    width: usize,
) {
    use bytemuck::cast_slice;
    // SAFETY: the caller's.
    unsafe {
        match width {
            1 => outer::<1>(gradient, rows, columns, cast_slice(left), cast_slice(right)),
            WIDEST => {
                outer::<WIDEST>(gradient, rows, columns, cast_slice(left), cast_slice(right));
            }
            _ => unreachable!(),
        }
    }
}

#[inline(never)]
unsafe fn outer<const Q: usize>(
    gradient: &mut [f32],
    rows: &[u32],
    columns: &[u32],
    left: &[[f32x4; Q]],
    right: &[[f32x4; Q]],
) {
    let dot = |left: &[f32x4; Q], right: &[f32x4; Q]| {
        let mut sum = left[0] * right[0];
        for q in 1..Q {
            sum += left[q] * right[q];
        }
        sum
    };
    let ((fours, last), (of_fours, of_last)) = (columns.as_chunks::<4>(), right.as_chunks::<4>());
    for (&row, left) in rows.iter().zip(left) {
        for (columns, [a, b, c, d]) in fours.iter().zip(of_fours) {
            let dots = [dot(left, a), dot(left, b), dot(left, c), dot(left, d)];
            let [a, b, c, d] = f32x4::transpose(dots);
            let sums = ((a + b) + (c + d)).to_array();
            for (&column, sum) in columns.iter().zip(sums) {
                // SAFETY: the caller's.
                unsafe { *gradient.get_unchecked_mut((row + column) as usize) += sum };
            }
        }
        for (&column, right) in last.iter().zip(of_last) {
            let [a, b, c, d] = dot(left, right).to_array();
            // SAFETY: the caller's.
            unsafe { *gradient.get_unchecked_mut((row + column) as usize) += (a + b) + (c + d) };
        }
    }
}
