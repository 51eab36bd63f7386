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

    /// The listed entries as bits, in rows of `vectors` SIMD vectors.
    pub fn of<V: Copy>(lists: &Lists<V>, vectors: usize) -> Self {
        assert!(lists.width() <= vectors * LANES);
        let mut masks = Masks::new(lists.rows(), vectors);
        let panels = masks.panels.max(1);
        for (row, words) in masks.words.chunks_exact_mut(panels).enumerate() {
            for &index in lists.row(row).0 {
                words[index as usize / WORD] |= 1 << (index as usize % WORD);
            }
        }
        masks
    }

    pub fn rows(&self) -> usize {
        self.words.len() / self.panels.max(1)
    }

    /// Words of a row.
    pub fn panels(&self) -> usize {
        self.panels
    }

    /// The words of rows `first..first + count`.
    #[inline(always)]
    pub fn run(&self, first: usize, count: usize) -> &[u32] {
        &self.words[first * self.panels..][..count * self.panels]
    }

    /// What is set at some step: rows (sample, step, position) become (sample, position).
    pub fn ever(&self, steps: usize, positions: usize) -> Self {
        let run = positions * self.panels;
        let samples = self.rows() / (steps * positions).max(1);
        let mut ever = vec![0; samples * run];
        let of_samples = self.words.chunks_exact((steps * run).max(1));
        for (ever, of_sample) in ever.chunks_exact_mut(run.max(1)).zip(of_samples) {
            for of_step in of_sample.chunks_exact(run) {
                for (ever, word) in ever.iter_mut().zip(of_step) {
                    *ever |= word;
                }
            }
        }
        Masks {
            words: ever,
            panels: self.panels,
        }
    }

    /// The set bits of every row.
    pub fn lists(&self) -> Lists {
        let count = self.words.iter().map(|word| word.count_ones() as usize);
        let mut lists = Lists::with_capacity(self.rows(), count.sum());
        for row in 0..self.rows() {
            for (panel, &word) in self.run(row, 1).iter().enumerate() {
                bits(panel, word, |channel| lists.push(channel as usize, ()));
            }
            lists.end_row();
        }
        lists
    }
}

/// Calls `channel` for every bit of a row's word number `panel`.
#[inline(always)]
pub(super) fn bits(panel: usize, mut word: u32, mut channel: impl FnMut(u32)) {
    let first = (panel * WORD) as u32;
    while word != 0 {
        channel(first + word.trailing_zeros());
        word &= word - 1;
    }
}
