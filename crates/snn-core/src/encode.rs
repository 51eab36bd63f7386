//! How an input becomes what the first layer sees at each step.

use serde::{Deserialize, Serialize};

use crate::affine::{Lists, Sieve};
use crate::rng::{Purpose, Stream};
use crate::shape::Shape;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// The pixel itself, at every step.
    Direct,
    /// Bernoulli: pixel `i` spikes at step `t` when `x_i > draw[t, i]`.
    Rate,
    /// Spikes already: an example is one map of zeros and ones per step.
    Spikes,
}

/// Names the draws of a rate code: prediction, attack and certificate of one presentation use the
/// same ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawKey {
    pub seed: u64,
    /// Which showing of the sample this is; training counts epochs.
    pub presentation: u64,
}

/// Samples to run: their pixels in PyTorch's order (maps of spikes one step after another, as many
/// as there are steps or more), and the numbers that key their draws.
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

    /// All numbers of sample `index` of the batch.
    pub fn image(&self, index: usize) -> &'a [f32] {
        let size = self.images.len() / self.samples.len();
        &self.images[index * size..(index + 1) * size]
    }

    /// Map number `step` of sample `index`, maps being of `size` numbers.
    pub fn frame(&self, index: usize, step: usize, size: usize) -> &'a [f32] {
        &self.image(index)[step * size..(step + 1) * size]
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

    /// Draws of one sample for steps `2 * pair` and the one after: number `i` holds those of pixel
    /// `i`, uniform in [0, 1).
    pub fn draws(&self, index: usize, pair: usize) -> Stream {
        let key = [
            self.draws.presentation,
            self.samples[index].into(),
            pair as u64,
        ];
        Stream::keyed(self.draws.seed, Purpose::Encode, &key)
    }

    /// Draws of one sample and step, one per pixel.
    pub fn draw(&self, index: usize, step: usize, draws: &mut [f32]) {
        let stream = self.draws(index, step / 2);
        for (pixel, draw) in draws.iter_mut().enumerate() {
            *draw = stream.pair(pixel)[step % 2];
        }
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
            Encoding::Spikes => Encoded::Spikes(frames(map.shape, inputs)),
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

fn frames(map: Shape, inputs: Inputs) -> Lists {
    let mut lists = Lists::new();
    for index in 0..inputs.len() {
        for step in 0..inputs.steps {
            let frame = inputs.frame(index, step, map.len());
            each_place(map, |pixel, channel, last| {
                if frame[pixel] != 0.0 {
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

fn spikes(map: Shape, inputs: Inputs) -> Lists {
    let mut lists = Lists::new();
    let (mut even, mut odd) = (Sieve::new(map.len()), Sieve::new(map.len()));
    for index in 0..inputs.len() {
        let image = inputs.image(index);
        // Draws are never negative: a black pixel needs none.
        let scan = Scan::new(map, |pixel| (image[pixel] > 0.0).then(|| image[pixel]));
        for pair in 0..inputs.steps.div_ceil(2) {
            let draws = inputs.draws(index, pair);
            for place in scan.positions() {
                for &(pixel, channel, x) in place {
                    let [first, second] = draws.pair(pixel);
                    even.push(x > first, channel, ());
                    odd.push(x > second, channel, ());
                }
                even.end_row();
                odd.end_row();
            }
            even.pour(&mut lists);
            match 2 * pair + 1 < inputs.steps {
                true => odd.pour(&mut lists),
                false => odd.clear(),
            }
        }
    }
    lists
}

/// The pixels of a map that matter, position by position, with what is known of each.
pub struct Scan<P> {
    /// Index in PyTorch's order, channel.
    pixels: Vec<(usize, usize, P)>,
    ends: Vec<usize>,
}

impl<P> Scan<P> {
    pub fn new(map: Shape, of: impl Fn(usize) -> Option<P>) -> Self {
        let mut scan = Scan {
            pixels: Vec::new(),
            ends: Vec::with_capacity(map.positions()),
        };
        each_place(map, |pixel, channel, last| {
            if let Some(known) = of(pixel) {
                scan.pixels.push((pixel, channel, known));
            }
            if last {
                scan.ends.push(scan.pixels.len());
            }
        });
        scan
    }

    pub fn positions(&self) -> impl Iterator<Item = &[(usize, usize, P)]> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let place = &self.pixels[start..end];
            start = end;
            place
        })
    }
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
