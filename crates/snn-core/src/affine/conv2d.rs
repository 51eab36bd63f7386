//! Convolution with zero padding.

use super::{Affine, Tap, Taps, Window};
use crate::error::Result;
use crate::shape::Shape;

impl Affine {
    /// `channels` filters over windows of `input`.
    ///
    /// # Errors
    /// As [`Window::sides`].
    pub fn conv2d(input: Shape, channels: usize, window: Window) -> Result<Self> {
        let sides = window.sides(input)?;
        let output = Shape::new(channels, sides[0], sides[1]);
        let mut forward = vec![Vec::new(); output.positions()];
        let mut backward = vec![Vec::new(); input.positions()];
        window.each(input, sides, |block, to, from| {
            forward[to].push(Tap {
                position: from as u32,
                base: (block * input.stride()) as u32,
            });
            backward[from].push(Tap {
                position: to as u32,
                base: (block * output.stride()) as u32,
            });
        });
        let forward = Taps::new(input.positions(), input.stride(), forward);
        let backward = Taps::new(output.positions(), output.stride(), backward);
        let blocks = window.area();
        Ok(Affine::new(input, output, blocks, [forward, backward]))
    }
}
