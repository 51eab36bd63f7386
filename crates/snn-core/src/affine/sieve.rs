//! Rows of which nobody can foresee the entries.

use super::lists::Lists;

/// Collects rows whose entries are kept or not, without a branch that would be mispredicted.
#[derive(Debug)]
pub struct Sieve<V = ()> {
    indices: Vec<u32>,
    values: Vec<V>,
    kept: usize,
    /// Entries up to the end of every row.
    ends: Vec<usize>,
}

impl<V: Copy + Default> Sieve<V> {
    /// For at most `entries` entries at a time.
    pub fn new(entries: usize) -> Self {
        Sieve {
            indices: vec![0; entries + 1],
            values: vec![V::default(); entries + 1],
            kept: 0,
            ends: Vec::new(),
        }
    }

    /// Adds an entry to the row under construction if it is to be kept; indices of a row rise.
    #[inline(always)]
    pub fn push(&mut self, keep: bool, index: usize, value: V) {
        self.indices[self.kept] = index as u32;
        self.values[self.kept] = value;
        self.kept += usize::from(keep);
    }

    #[inline(always)]
    pub fn end_row(&mut self) {
        self.ends.push(self.kept);
    }

    /// Moves all rows to the end of the lists.
    pub fn pour(&mut self, lists: &mut Lists<V>) {
        lists.extend(
            &self.indices[..self.kept],
            &self.values[..self.kept],
            &self.ends,
        );
        self.clear();
    }

    /// Forgets all rows.
    pub fn clear(&mut self) {
        self.kept = 0;
        self.ends.clear();
    }
}
