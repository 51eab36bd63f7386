//! Rows of indices, with a value each where the inputs are not plain spikes: compressed sparse rows.

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
