//! Square convolution with zero padding.

use super::{Affine, Tap, Taps};
use crate::error::{Code, Error, Result};
use crate::shape::Shape;

impl Affine {
    /// `channels` filters of `kernel x kernel` over `input`; output side `(side + 2 padding -
    /// kernel) / stride + 1`, as PyTorch rounds it.
    ///
    /// # Errors
    /// `invalid-shape` when the kernel is larger than the padded map or the stride is 0.
    pub fn conv2d(
        input: Shape,
        channels: usize,
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Result<Self> {
        let side = |name: &str, size: usize| {
            if kernel == 0 || stride == 0 || kernel > size + 2 * padding {
                let expected = format!("kernel 1..={} and stride >= 1", size + 2 * padding);
                let got = format!("kernel {kernel}, stride {stride}");
                return Err(Error::expected(Code::InvalidShape, name, expected, got));
            }
            Ok((size + 2 * padding - kernel) / stride + 1)
        };
        let (height, width) = (side("height", input.height)?, side("width", input.width)?);
        let output = Shape::new(channels, height, width);
        let mut forward = vec![Vec::new(); output.positions()];
        let mut backward = vec![Vec::new(); input.positions()];
        for block in 0..kernel * kernel {
            let (ky, kx) = (block / kernel, block % kernel);
            for (to, taps) in forward.iter_mut().enumerate() {
                let (y, x) = (to / width * stride + ky, to % width * stride + kx);
                if y < padding || x < padding {
                    continue;
                }
                let (y, x) = (y - padding, x - padding);
                if y >= input.height || x >= input.width {
                    continue;
                }
                let from = y * input.width + x;
                taps.push(Tap {
                    position: from as u32,
                    base: (block * input.stride()) as u32,
                });
                backward[from].push(Tap {
                    position: to as u32,
                    base: (block * output.stride()) as u32,
                });
            }
        }
        let forward = Taps::new(input.positions(), input.stride(), forward);
        let backward = Taps::new(output.positions(), output.stride(), backward);
        let blocks = kernel * kernel;
        Ok(Affine::new(input, output, blocks, [forward, backward]))
    }
}
