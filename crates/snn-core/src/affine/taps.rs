//! Which input positions reach which output positions, and through which rows of the weight.

use super::lists::Lists;

/// One input position seen from an output position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tap {
    /// The input position.
    pub position: u32,
    /// First row of the weight matrix that belongs to its channels.
    pub base: u32,
}

/// The taps of every output position, in rising order of `base`.
#[derive(Clone, Debug, PartialEq)]
pub struct Taps {
    starts: Vec<u32>,
    taps: Vec<Tap>,
    inputs: usize,
    fan: usize,
    rows: usize,
    most: usize,
}

impl Taps {
    /// `of`: the taps of each output position; `fan`: weight rows behind a tap, the padded channels
    /// of an input position.
    pub fn new(inputs: usize, fan: usize, of: Vec<Vec<Tap>>) -> Self {
        let mut starts = vec![0];
        let mut taps = Vec::new();
        let mut most = 0;
        for list in of {
            most = most.max(list.len());
            assert!(list.iter().all(|tap| (tap.position as usize) < inputs));
            taps.extend(list);
            starts.push(taps.len() as u32);
        }
        let rows = taps.iter().map(|tap| tap.base as usize + fan).max();
        Taps {
            starts,
            taps,
            inputs,
            fan,
            rows: rows.unwrap_or(0),
            most,
        }
    }

    /// Every row of the lists is an output row.
    pub fn identity(fan: usize) -> Self {
        Taps::new(
            1,
            fan,
            vec![vec![Tap {
                position: 0,
                base: 0,
            }]],
        )
    }

    /// The taps seen from the inputs: for every input position the output positions that it reaches,
    /// in rising order of `base`, each with the first weight row between the two.
    pub fn reversed(&self) -> Taps {
        let mut of = vec![Vec::new(); self.inputs];
        for position in 0..self.outputs() {
            for tap in self.of(position) {
                of[tap.position as usize].push(Tap {
                    position: position as u32,
                    base: tap.base,
                });
            }
        }
        Taps::new(self.outputs(), self.fan, of)
    }

    pub fn inputs(&self) -> usize {
        self.inputs
    }

    pub fn outputs(&self) -> usize {
        self.starts.len() - 1
    }

    pub fn fan(&self) -> usize {
        self.fan
    }

    /// Taps of all output positions together.
    pub fn len(&self) -> usize {
        self.taps.len()
    }

    pub fn is_empty(&self) -> bool {
        self.taps.is_empty()
    }

    /// Taps of one output position at most.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Taps between one input position and one output position at most.
    pub fn multiplicity(&self) -> usize {
        let mut most = 0;
        let mut counts = vec![0; self.inputs];
        for output in 0..self.outputs() {
            for tap in self.of(output) {
                let count = &mut counts[tap.position as usize];
                *count += 1;
                most = most.max(*count);
            }
            for tap in self.of(output) {
                counts[tap.position as usize] = 0;
            }
        }
        most
    }

    /// Rows the weight matrix must have.
    pub fn rows(&self) -> usize {
        self.rows
    }

    #[inline(always)]
    pub fn of(&self, output: usize) -> &[Tap] {
        &self.taps[self.starts[output] as usize..self.starts[output + 1] as usize]
    }
}

impl Taps {
    /// The lists seen from the weight rows: row `base + c` holds every output row that entry `c`
    /// of a tapped list reaches. Adding up output gradients over it gives the weight gradient.
    pub fn transposed<V: Copy>(&self, lists: &Lists<V>) -> Lists<V> {
        let groups = lists.rows() / self.inputs;
        let mut starts = vec![0u32; self.rows + 2];
        self.visit(lists, groups, |row, _, _| starts[row + 2] += 1);
        for row in 2..starts.len() {
            starts[row] += starts[row - 1];
        }
        let count = starts[self.rows + 1] as usize;
        let mut indices = vec![0u32; count];
        let mut values = Vec::new();
        if let Some(&any) = lists.values().first() {
            values = vec![any; count];
        }
        self.visit(lists, groups, |row, output, value| {
            let at = starts[row + 1] as usize;
            starts[row + 1] += 1;
            indices[at] = output as u32;
            values[at] = value;
        });
        starts.pop();
        Lists::from_parts(starts, indices, values)
    }

    #[inline(always)]
    fn visit<V: Copy>(
        &self,
        lists: &Lists<V>,
        groups: usize,
        mut entry: impl FnMut(usize, usize, V),
    ) {
        for group in 0..groups {
            for output in 0..self.outputs() {
                for tap in self.of(output) {
                    let list = group * self.inputs + tap.position as usize;
                    for (channel, value) in lists.entries(list) {
                        let row = tap.base as usize + channel;
                        entry(row, group * self.outputs() + output, value);
                    }
                }
            }
        }
    }
}
