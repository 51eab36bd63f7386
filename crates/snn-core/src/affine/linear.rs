//! Every output neuron sees the whole input map.

use super::{Affine, Tap, Taps};
use crate::shape::Shape;

impl Affine {
    /// `outputs` neurons over a map of shape `input`, flattened as PyTorch does it.
    pub fn linear(input: Shape, outputs: usize) -> Self {
        let output = Shape::flat(outputs);
        let blocks = input.positions();
        let tap = |position: usize, base: usize| Tap {
            position: position as u32,
            base: base as u32,
        };
        let all = (0..blocks).map(|p| tap(p, p * input.stride())).collect();
        let back = |p| vec![tap(0, p * output.stride())];
        let forward = Taps::new(blocks, input.stride(), vec![all]);
        let backward = Taps::new(1, output.stride(), (0..blocks).map(back).collect());
        Affine::new(input, output, blocks, [forward, backward])
    }
}
