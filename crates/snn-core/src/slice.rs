//! Parts of a batch: what a call is given at once, and the chunks that a pass runs at once.

use std::ops::Range;

use crate::network::Network;

/// A slice of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Slice<'a> {
    pub images: &'a [f32],
    pub samples: &'a [u32],
    pub labels: &'a [u8],
}

/// Bytes that a pass holds per neuron and step: about eight numbers of traces, gradients and lists.
pub const TRACE: usize = 32;

/// Cuts a slice so that the traces of a chunk stay small, `bytes` per neuron and step: a fixed
/// function of the network, so that sums always run in the same order.
pub fn chunks(
    network: &Network,
    samples: usize,
    steps: usize,
    bytes: usize,
) -> impl Iterator<Item = Range<usize>> {
    const BYTES: usize = 48 << 20;
    let per_sample = bytes * steps * (network.neurons() + network.input_len());
    let size = (BYTES / per_sample.max(1)).clamp(1, 64);
    (0..samples)
        .step_by(size)
        .map(move |first| first..samples.min(first + size))
}
