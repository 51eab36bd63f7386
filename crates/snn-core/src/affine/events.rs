//! Events as the outputs of a layer see them.
//!
//! An input that is on at every step sends the same to every step, so its weights are added once
//! per sample: about half of a digit's spikes, and most of those of a driven layer.

use super::lists::Lists;
use super::masks::{bits, Masks};
use super::taps::Taps;
use super::Affine;

/// The weight rows that every output row adds up, for inputs that are on or off.
#[derive(Clone, Debug)]
pub struct Events {
    /// Rows (sample, output position): inputs that are on at every step.
    pub constant: Lists,
    /// Rows (sample, step, output position): inputs that are on at this step, but not at every one.
    pub changing: Lists,
}

impl Events {
    /// Inputs that reach an output row: sample `row / (steps * positions)`.
    pub fn terms(&self, sample_row: usize, row: usize) -> usize {
        self.constant.row(sample_row).0.len() + self.changing.row(row).0.len()
    }
}

impl Affine {
    /// `inputs`: rows (sample, step, input position).
    pub fn events(&self, inputs: &Masks, steps: usize) -> Events {
        let positions = self.input.positions();
        assert_eq!(
            inputs.panels(),
            Masks::new(0, self.input_vectors()).panels()
        );
        let samples = inputs.rows() / (steps * positions);
        assert_eq!(inputs.rows(), samples * steps * positions);
        let mut events = Events {
            constant: Lists::new(),
            changing: Lists::new(),
        };
        let mut spread = Spread::new(&self.reach);
        let mut always = vec![0; positions * inputs.panels()];
        let mut words = always.clone();
        for sample in 0..samples {
            let first = sample * steps * positions;
            always.copy_from_slice(inputs.run(first, positions));
            for step in 1..steps {
                let now = inputs.run(first + step * positions, positions);
                always
                    .iter_mut()
                    .zip(now)
                    .for_each(|(always, now)| *always &= now);
            }
            spread.group(&always, &mut events.constant);
            for step in 0..steps {
                let now = inputs.run(first + step * positions, positions);
                for ((word, now), always) in words.iter_mut().zip(now).zip(&always) {
                    *word = now & !always;
                }
                spread.group(&words, &mut events.changing);
            }
        }
        events
    }
}

/// Sends inputs to the output rows that they reach.
struct Spread<'a> {
    reach: &'a Taps,
    /// Channels of the inputs that are sent, position by position, and where each position ends.
    channels: Vec<u32>,
    ends: Vec<(usize, usize)>,
    /// Where the next entry of every output row goes.
    heads: Vec<u32>,
}

impl<'a> Spread<'a> {
    /// `reach`: for every input position, the output positions and the weight rows to them.
    fn new(reach: &'a Taps) -> Self {
        Spread {
            reach,
            channels: Vec::new(),
            ends: Vec::new(),
            heads: vec![0; reach.inputs()],
        }
    }

    /// Appends one row per output position. `words`: the bits of every input position; inputs come in
    /// the order of their positions.
    fn group(&mut self, words: &[u32], rows: &mut Lists) {
        let reach = self.reach;
        let panels = words.len() / reach.outputs();
        if reach.inputs() == 1 {
            return self.single(words, rows);
        }
        self.channels.clear();
        self.ends.clear();
        self.heads.fill(0);
        for (position, words) in words.chunks_exact(panels).enumerate() {
            let before = self.channels.len();
            for (panel, &word) in words.iter().enumerate() {
                bits(panel, word, |channel| self.channels.push(channel));
            }
            let count = self.channels.len() - before;
            if count > 0 {
                self.ends.push((position, self.channels.len()));
                for tap in reach.of(position) {
                    self.heads[tap.position as usize] += count as u32;
                }
            }
        }
        let indices = rows.extend_rows(&mut self.heads, reach.rows());
        let mut start = 0;
        for &(position, end) in &self.ends {
            let channels = &self.channels[start..end];
            start = end;
            for tap in reach.of(position) {
                let head = &mut self.heads[tap.position as usize];
                let to = &mut indices[*head as usize..][..channels.len()];
                *head += channels.len() as u32;
                for (to, &channel) in to.iter_mut().zip(channels) {
                    *to = tap.base + channel;
                }
            }
        }
    }

    /// The same for a layer of one output position.
    fn single(&self, words: &[u32], rows: &mut Lists) {
        let panels = words.len() / self.reach.outputs();
        let places = || words.chunks_exact(panels).enumerate();
        let mut count = [0];
        for (position, words) in places() {
            let set: u32 = words.iter().map(|word| word.count_ones()).sum();
            count[0] += set * self.reach.of(position).len() as u32;
        }
        let mut indices = rows.extend_rows(&mut count, self.reach.rows()).iter_mut();
        for (position, words) in places() {
            for tap in self.reach.of(position) {
                for (panel, &word) in words.iter().enumerate() {
                    bits(panel, word, |channel| {
                        if let Some(index) = indices.next() {
                            *index = tap.base + channel;
                        }
                    });
                }
            }
        }
    }
}
