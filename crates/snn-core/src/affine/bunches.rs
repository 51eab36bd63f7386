//! Lists whose entries carry a number for each of several queries: few enough to lie side by side
//! in the registers of a kernel.

use std::ops::Range;

use wide::f32x4;

use super::lists::{Lists, Places};
use crate::shape::{vectors, LANES};

/// SIMD vectors of an entry at most: wider ones would not fit the registers.
pub const WIDEST: usize = 3;

/// Queries that run side by side at most.
pub const MOST_QUERIES: usize = WIDEST * LANES;

/// SIMD vectors for so many queries: one, or all of [`WIDEST`], so that kernels come in two widths.
pub fn width(queries: usize) -> usize {
    assert!(queries <= MOST_QUERIES);
    match vectors(queries) {
        0 | 1 => 1,
        _ => WIDEST,
    }
}

/// Rows of channels, each entry with one number per query.
#[derive(Clone, Debug)]
pub struct Bunches {
    lists: Lists,
    values: Vec<f32x4>,
    width: usize,
}

impl Bunches {
    /// `width`: SIMD vectors of an entry.
    pub fn new(width: usize) -> Self {
        Bunches {
            lists: Lists::new(),
            values: Vec::new(),
            width,
        }
    }

    /// Adds an entry to the row under construction.
    pub fn push(&mut self, channel: usize, values: &[f32x4]) {
        assert_eq!(values.len(), self.width);
        self.lists.push(channel, ());
        self.values.extend_from_slice(values);
    }

    /// Ends the row under construction.
    pub fn end_row(&mut self) {
        self.lists.end_row();
    }

    /// SIMD vectors of an entry.
    pub fn width(&self) -> usize {
        self.width
    }

    pub fn rows(&self) -> usize {
        self.lists.rows()
    }

    /// Entries over all rows.
    pub fn len(&self) -> usize {
        self.lists.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    pub fn places(&self) -> Places<'_> {
        self.lists.places()
    }

    /// Entries of rows `first..first + count`.
    pub fn range(&self, first: usize, count: usize) -> Range<usize> {
        self.lists.range(first, count)
    }

    pub fn channel(&self, entry: usize) -> usize {
        self.lists.entry(entry).0
    }

    /// The numbers of an entry.
    #[inline(always)]
    pub fn lanes(&self, entry: usize) -> &[f32x4] {
        &self.values[entry * self.width..(entry + 1) * self.width]
    }

    /// The numbers of all entries.
    pub fn values(&self) -> &[f32x4] {
        &self.values
    }

    /// Channels and numbers of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, &[f32x4])> {
        self.range(row, 1)
            .map(|entry| (self.channel(entry), self.lanes(entry)))
    }

    /// Every entry times `factors`, lane by lane.
    pub fn scaled(&self, factors: &[f32x4]) -> Self {
        let mut scaled = self.clone();
        for lanes in scaled.values.chunks_exact_mut(self.width) {
            for (lanes, factor) in lanes.iter_mut().zip(factors) {
                *lanes *= *factor;
            }
        }
        scaled
    }

    /// The sum over the queries of every entry.
    pub fn totals(&self) -> Vec<f32> {
        let total = |lanes: &[f32x4]| lanes.iter().map(|lanes| lanes.reduce_add()).sum();
        self.values.chunks_exact(self.width).map(total).collect()
    }
}
