//! Who fires, as bits: what the kernels of neurons write.

use super::lists::Lists;
use super::panels::PANEL;
use crate::shape::LANES;

/// Bits in a word: the channels of a panel.
const WORD: usize = PANEL * LANES;

/// One bit per channel; rows as those of the neurons' membranes.
#[derive(Clone, Debug)]
pub struct Masks {
    words: Vec<u32>,
    /// Words of a row.
    panels: usize,
}

impl Masks {
    /// No bit set in `rows` rows of `vectors` SIMD vectors.
    pub fn new(rows: usize, vectors: usize) -> Self {
        let panels = vectors.div_ceil(PANEL);
        Masks {
            words: vec![0; rows * panels],
            panels,
        }
    }

    /// Sets bits of the channels from vector `first` on; all must belong to one panel.
    #[inline(always)]
    pub fn set(&mut self, row: usize, first: usize, bits: u32) {
        self.words[row * self.panels + first / PANEL] |= bits << (first % PANEL * LANES);
    }

    /// The set bits of every row.
    pub fn lists(&self) -> Lists {
        let count = self.words.iter().map(|word| word.count_ones() as usize);
        let mut lists = Lists::with_capacity(self.words.len() / self.panels, count.sum());
        for row in self.words.chunks_exact(self.panels) {
            for (panel, &word) in row.iter().enumerate() {
                let mut word = word;
                while word != 0 {
                    lists.push(panel * WORD + word.trailing_zeros() as usize, ());
                    word &= word - 1;
                }
            }
            lists.end_row();
        }
        lists
    }
}
