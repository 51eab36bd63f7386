//! A window that slides over a map: what convolutions and pools have in common.

use crate::error::{Code, Error, Result};
use crate::shape::{Pair, Shape};

/// Sizes along the height and the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Places in the window.
    pub kernel: Pair,
    /// From one window to the next.
    pub stride: Pair,
    /// Zeros added at every side.
    pub padding: Pair,
    /// From one place in the window to the next.
    pub dilation: Pair,
}

impl Window {
    /// The same along both sides, without dilation.
    pub fn square(kernel: usize, stride: usize, padding: usize) -> Self {
        let [kernel, stride, padding] = [kernel, stride, padding].map(Pair::square);
        Window {
            kernel,
            stride,
            padding,
            dilation: Pair::square(1),
        }
    }

    /// Places in the window.
    pub fn area(&self) -> usize {
        self.kernel.vertical * self.kernel.horizontal
    }

    /// From the first to the last place in the window, along the height and the width.
    pub fn extents(&self) -> [usize; 2] {
        let sides = self.kernel.sides().into_iter().zip(self.dilation.sides());
        let mut extents = [0; 2];
        for (extent, (kernel, dilation)) in extents.iter_mut().zip(sides) {
            let steps = kernel.saturating_sub(1).saturating_mul(dilation);
            *extent = steps.saturating_add(1);
        }
        extents
    }

    /// Height and width of the map that has one position per window: `(side + 2 padding - dilation
    /// (kernel - 1) - 1) / stride + 1`, as PyTorch rounds it.
    ///
    /// # Errors
    /// `invalid-shape` when the window is larger than the padded map, or a size that must not be is 0.
    pub fn sides(&self, input: Shape) -> Result<[usize; 2]> {
        let [vertical, horizontal] = self.extents();
        let side = |name: &str, size: usize, extent: usize, of: [usize; 4]| {
            let [kernel, stride, padding, dilation] = of;
            let room = padding * 2 + size;
            if kernel == 0 || stride == 0 || dilation == 0 || extent > room {
                let expected = format!("a window of 1..={room} and stride >= 1");
                let got = format!(
                    "a window of {extent} (kernel {kernel}, dilation {dilation}), stride {stride}"
                );
                return Err(Error::expected(Code::InvalidShape, name, expected, got));
            }
            Ok((room - extent) / stride + 1)
        };
        let all = [self.kernel, self.stride, self.padding, self.dilation];
        Ok([
            side("height", input.height, vertical, all.map(|p| p.vertical))?,
            side("width", input.width, horizontal, all.map(|p| p.horizontal))?,
        ])
    }

    /// Visits place by place, row by row, the windows in which it lies on the map: the place's
    /// number, the window's, and the map's position.
    pub fn each(
        &self,
        input: Shape,
        sides: [usize; 2],
        mut visit: impl FnMut(usize, usize, usize),
    ) {
        let [_, columns] = sides;
        for place in 0..self.area() {
            let ky = place / self.kernel.horizontal * self.dilation.vertical;
            let kx = place % self.kernel.horizontal * self.dilation.horizontal;
            for window in 0..sides[0] * columns {
                let y = window / columns * self.stride.vertical + ky;
                let x = window % columns * self.stride.horizontal + kx;
                if y < self.padding.vertical || x < self.padding.horizontal {
                    continue;
                }
                let (y, x) = (y - self.padding.vertical, x - self.padding.horizontal);
                if y < input.height && x < input.width {
                    visit(place, window, y * input.width + x);
                }
            }
        }
    }
}
