//! How an input becomes what the first layer sees at each step.

use serde::{Deserialize, Serialize};

use crate::affine::Lists;
use crate::rng::{Purpose, Rng};
use crate::shape::Shape;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// The pixel itself, at every step.
    Direct,
    /// Bernoulli: pixel `i` spikes at step `t` when `x_i > draw[t, i]`.
    Rate,
}

/// Names the draws of a rate code: prediction, attack and certificate of one presentation use the
/// same ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawKey {
    pub seed: u64,
    /// Which showing of the sample this is; training counts epochs.
    pub presentation: u64,
}

/// Samples to run: their pixels in PyTorch's order, and the numbers that key their draws.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub images: &'a [f32],
    pub samples: &'a [u32],
    pub steps: usize,
    pub draws: DrawKey,
}

impl<'a> Inputs<'a> {
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// Pixels of sample `index` of the batch.
    pub fn image(&self, index: usize) -> &'a [f32] {
        let size = self.images.len() / self.samples.len();
        &self.images[index * size..(index + 1) * size]
    }

    /// Samples `range` of the batch.
    pub fn slice(&self, range: std::ops::Range<usize>) -> Inputs<'a> {
        let size = self.images.len() / self.samples.len().max(1);
        Inputs {
            images: &self.images[range.start * size..range.end * size],
            samples: &self.samples[range],
            ..*self
        }
    }

    /// Draws of one sample and step, one per pixel, uniform in [0, 1).
    pub fn draw(&self, index: usize, step: usize, draws: &mut [f32]) {
        let key = [
            self.draws.presentation,
            self.samples[index].into(),
            step as u64,
        ];
        let mut rng = Rng::keyed(self.draws.seed, Purpose::Encode, &key);
        draws.iter_mut().for_each(|draw| *draw = rng.uniform());
    }
}

/// The map the first layer reads, and how inputs are turned into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputMap {
    pub shape: Shape,
    pub encoding: Encoding,
}

/// What the first layer sees.
#[derive(Clone, Debug)]
pub enum Encoded {
    /// One list per (sample, step, position).
    Spikes(Lists),
    /// One list per (sample, position): the same at every step.
    Pixels(Lists<f32>),
}

impl Encoded {
    pub fn new(map: InputMap, inputs: Inputs) -> Self {
        match map.encoding {
            Encoding::Direct => Encoded::Pixels(pixels(map.shape, inputs)),
            Encoding::Rate => Encoded::Spikes(spikes(map.shape, inputs)),
        }
    }
}

fn pixels(map: Shape, inputs: Inputs) -> Lists<f32> {
    let mut lists = Lists::new();
    for index in 0..inputs.len() {
        let image = inputs.image(index);
        each_place(map, |pixel, channel, last| {
            if image[pixel] != 0.0 {
                lists.push(channel, image[pixel]);
            }
            if last {
                lists.end_row();
            }
        });
    }
    lists
}

fn spikes(map: Shape, inputs: Inputs) -> Lists {
    let mut lists = Lists::new();
    let mut draws = vec![0.0; map.len()];
    for index in 0..inputs.len() {
        let image = inputs.image(index);
        for step in 0..inputs.steps {
            inputs.draw(index, step, &mut draws);
            each_place(map, |pixel, channel, last| {
                if image[pixel] > draws[pixel] {
                    lists.push(channel, ());
                }
                if last {
                    lists.end_row();
                }
            });
        }
    }
    lists
}

/// Visits a map position by position, channels inside: the index in PyTorch's order, the channel,
/// and whether it is the position's last.
#[inline(always)]
pub fn each_place(map: Shape, mut visit: impl FnMut(usize, usize, bool)) {
    for position in 0..map.positions() {
        for channel in 0..map.channels {
            let pixel = channel * map.positions() + position;
            visit(pixel, channel, channel + 1 == map.channels);
        }
    }
}
