//! Rows of indices, with a value each where the inputs are not plain spikes: compressed sparse rows.

use wide::f32x4;

use crate::shape::LANES;

/// One row per (sample, step, position); its entries are the channels that matter there.
///
/// `V` is what an entry carries: nothing for spikes, a number for pixels and coefficients, a pair
/// for two sums at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Lists<V = ()> {
    starts: Vec<u32>,
    indices: Vec<u32>,
    values: Vec<V>,
    /// One more than the largest index: what kernels check once instead of per entry.
    width: u32,
}

/// Lists seen without what their entries carry.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    starts: &'a [u32],
    indices: &'a [u32],
    width: u32,
}

impl<'a> Places<'a> {
    /// One more than the largest index in use.
    pub fn width(&self) -> usize {
        self.width as usize
    }

    /// The entries of rows `first..first + count`.
    #[inline(always)]
    pub fn range(&self, first: usize, count: usize) -> std::ops::Range<usize> {
        self.starts[first] as usize..self.starts[first + count] as usize
    }

    /// Indices of these entries.
    #[inline(always)]
    pub fn indices(&self, entries: std::ops::Range<usize>) -> &'a [u32] {
        &self.indices[entries]
    }
}

impl<V: Copy> Default for Lists<V> {
    fn default() -> Self {
        Lists::new()
    }
}

impl<V: Copy> Lists<V> {
    pub fn new() -> Self {
        Lists {
            starts: vec![0],
            indices: Vec::new(),
            values: Vec::new(),
            width: 0,
        }
    }

    pub fn with_capacity(rows: usize, entries: usize) -> Self {
        let mut starts = Vec::with_capacity(rows + 1);
        starts.push(0);
        Lists {
            starts,
            indices: Vec::with_capacity(entries),
            values: Vec::with_capacity(entries),
            width: 0,
        }
    }

    /// Adds an entry to the row under construction.
    #[inline(always)]
    pub fn push(&mut self, index: usize, value: V) {
        self.width = self.width.max(index as u32 + 1);
        self.indices.push(index as u32);
        self.values.push(value);
    }

    /// Ends the row under construction.
    #[inline(always)]
    pub fn end_row(&mut self) {
        self.starts.push(self.indices.len() as u32);
    }

    /// Appends rows with rising indices, given where each of them ends.
    pub(super) fn extend(&mut self, indices: &[u32], values: &[V], ends: &[usize]) {
        let before = self.indices.len();
        self.starts
            .extend(ends.iter().map(|end| (before + end) as u32));
        self.indices.extend_from_slice(indices);
        self.values.extend_from_slice(values);
        let last = |&end: &usize| end.checked_sub(1).map_or(0, |last| indices[last] + 1);
        let widest = ends.iter().map(last).max();
        self.width = self.width.max(widest.unwrap_or(0));
    }

    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Entries over all rows.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    pub fn values(&self) -> &[V] {
        &self.values
    }

    /// One more than the largest index in use.
    pub fn width(&self) -> usize {
        self.width as usize
    }

    /// The entries of rows `first..first + count`.
    #[inline(always)]
    pub fn range(&self, first: usize, count: usize) -> std::ops::Range<usize> {
        self.starts[first] as usize..self.starts[first + count] as usize
    }

    /// The lists without what their entries carry.
    pub fn places(&self) -> Places<'_> {
        Places {
            starts: &self.starts,
            indices: &self.indices,
            width: self.width,
        }
    }

    /// Entry number `entry`, counted over all rows.
    #[inline(always)]
    pub fn entry(&self, entry: usize) -> (usize, V) {
        (self.indices[entry] as usize, self.values[entry])
    }

    #[inline(always)]
    pub fn row(&self, row: usize) -> (&[u32], &[V]) {
        let range = self.starts[row] as usize..self.starts[row + 1] as usize;
        (&self.indices[range.clone()], &self.values[range])
    }

    pub fn entries(&self, row: usize) -> impl Iterator<Item = (usize, V)> + '_ {
        let (indices, values) = self.row(row);
        indices
            .iter()
            .zip(values)
            .map(|(&index, &value)| (index as usize, value))
    }

    /// The same rows with other values.
    pub fn map<U: Copy>(&self, value: impl Fn(V) -> U) -> Lists<U> {
        Lists {
            starts: self.starts.clone(),
            indices: self.indices.clone(),
            values: self.values.iter().map(|&v| value(v)).collect(),
            width: self.width,
        }
    }

    /// The entries for which `value` gives one, with what it gives.
    pub fn filtered<U: Copy>(&self, value: impl Fn(V) -> Option<U>) -> Lists<U> {
        let mut lists = Lists::new();
        for row in 0..self.rows() {
            for (index, entry) in self.entries(row) {
                if let Some(value) = value(entry) {
                    lists.push(index, value);
                }
            }
            lists.end_row();
        }
        lists
    }

    /// The same rows with empty ones after them, `rows` in all.
    pub fn padded(mut self, rows: usize) -> Self {
        while self.rows() < rows {
            self.end_row();
        }
        self
    }

    /// Rows from their parts; `starts` begins with 0 and ends with the number of entries.
    pub fn from_parts(starts: Vec<u32>, indices: Vec<u32>, values: Vec<V>) -> Self {
        assert_eq!(indices.len(), values.len());
        assert_eq!(starts.last().map(|&end| end as usize), Some(indices.len()));
        assert!(starts.windows(2).all(|pair| pair[0] <= pair[1]));
        let width = indices.iter().max().map_or(0, |&index| index + 1);
        Lists {
            starts,
            indices,
            values,
            width,
        }
    }
}

impl Lists<f32> {
    /// Adds what is not zero of a run of vectors, whose first number has index `first`, to the row
    /// under construction.
    #[inline(always)]
    pub(super) fn push_nonzero(&mut self, first: usize, run: &[f32x4]) {
        for (v, &values) in run.iter().enumerate() {
            let mut mask = values.simd_ne(f32x4::ZERO).to_bitmask();
            let values = values.to_array();
            while mask != 0 {
                let lane = mask.trailing_zeros() as usize;
                self.push(first + v * LANES + lane, values[lane]);
                mask &= mask - 1;
            }
        }
    }
}

impl Lists {
    /// Appends rows of the given lengths, whose indices are to be written; they stay below `width`.
    /// `lengths` become the rows' starts in what is returned.
    pub(super) fn extend_rows(&mut self, lengths: &mut [u32], width: usize) -> &mut [u32] {
        let before = self.indices.len();
        let mut end = 0;
        for length in lengths {
            let start = end;
            end += *length;
            *length = start;
            self.starts.push(before as u32 + end);
        }
        self.width = width as u32;
        self.indices.resize(before + end as usize, 0);
        self.values.resize(before + end as usize, ());
        &mut self.indices[before..]
    }

    /// Rows by entry: row `i` lists the rows that hold `i`, of `rows` in all.
    pub fn transposed(&self, rows: usize) -> Lists {
        assert!(self.width() <= rows);
        let mut starts = vec![0u32; rows + 2];
        self.indices
            .iter()
            .for_each(|&index| starts[index as usize + 2] += 1);
        for row in 2..starts.len() {
            starts[row] += starts[row - 1];
        }
        let mut indices = vec![0u32; self.indices.len()];
        for row in 0..self.rows() {
            for &index in self.row(row).0 {
                let head = &mut starts[index as usize + 1];
                indices[*head as usize] = row as u32;
                *head += 1;
            }
        }
        starts.pop();
        Lists {
            starts,
            values: vec![(); indices.len()],
            indices,
            width: self.rows() as u32,
        }
    }
}
