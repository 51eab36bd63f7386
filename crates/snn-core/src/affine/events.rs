//! Events as the outputs of a layer see them.
//!
//! An input that is on at every step sends the same to every step, so its weights are added once
//! per sample: about half of a digit's spikes, and most of those of a driven layer.

use super::lists::Lists;
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
    pub fn events<V: Copy>(&self, inputs: &Lists<V>, steps: usize) -> Events {
        let (positions, stride) = (self.input.positions(), self.input.stride());
        assert!(inputs.width() <= stride);
        let samples = inputs.rows() / (steps * positions);
        assert_eq!(inputs.rows(), samples * steps * positions);
        let outputs = self.output.positions();
        let mut events = Events {
            constant: Lists::with_capacity(samples * outputs, 0),
            changing: Lists::with_capacity(samples * steps * outputs, inputs.len()),
        };
        let mut counts = vec![0u32; positions * stride];
        let mut spread = Spread::new(&self.reach);
        for sample in 0..samples {
            let first = sample * steps * positions;
            counts.fill(0);
            for row in 0..steps * positions {
                let at = row % positions * stride;
                let counts = &mut counts[at..at + stride];
                for &index in inputs.row(first + row).0 {
                    counts[index as usize] += 1;
                }
            }
            let constant = |position: usize, index: u32| {
                counts[position * stride + index as usize] == steps as u32
            };
            spread.group(inputs, first, constant, &mut events.constant);
            for step in 0..steps {
                let first = first + step * positions;
                let changing = |position: usize, index: u32| !constant(position, index);
                spread.group(inputs, first, changing, &mut events.changing);
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
    ends: Vec<usize>,
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

    /// Appends one row per output position; inputs come in the order of their positions.
    fn group<V: Copy>(
        &mut self,
        inputs: &Lists<V>,
        first: usize,
        picked: impl Fn(usize, u32) -> bool,
        rows: &mut Lists,
    ) {
        let reach = self.reach;
        self.channels.clear();
        self.ends.clear();
        self.heads.fill(0);
        for position in 0..reach.outputs() {
            let before = self.channels.len();
            let (indices, _) = inputs.row(first + position);
            let chosen = indices.iter().filter(|&&index| picked(position, index));
            self.channels.extend(chosen);
            self.ends.push(self.channels.len());
            let count = (self.channels.len() - before) as u32;
            if count > 0 {
                for tap in reach.of(position) {
                    self.heads[tap.position as usize] += count;
                }
            }
        }
        let indices = rows.extend_rows(&mut self.heads, reach.rows());
        let mut start = 0;
        for (position, &end) in self.ends.iter().enumerate() {
            let channels = &self.channels[start..end];
            start = end;
            if channels.is_empty() {
                continue;
            }
            for tap in reach.of(position) {
                let head = &mut self.heads[tap.position as usize];
                let to = &mut indices[*head as usize..][..channels.len()];
                *head += channels.len() as u32;
                to.iter_mut()
                    .zip(channels)
                    .for_each(|(to, &channel)| *to = tap.base + channel);
            }
        }
    }
}
