//! Shapes of feature maps, and how they lie in memory.
//!
//! At the interface maps are in PyTorch's order (channels, height, width). Inside they are
//! channels-last, and the channels of a position are padded to whole SIMD vectors, so that a
//! position is a run of [`f32x4`](wide::f32x4).

/// Numbers in one SIMD vector.
pub const LANES: usize = 4;

/// Whole vectors that hold `n` numbers.
pub const fn vectors(n: usize) -> usize {
    n.div_ceil(LANES)
}

/// A feature map as PyTorch orders it: channels, height, width. A flat vector is `[n, 1, 1]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
}

impl Shape {
    pub const fn new(channels: usize, height: usize, width: usize) -> Self {
        Shape {
            channels,
            height,
            width,
        }
    }

    pub const fn flat(channels: usize) -> Self {
        Shape::new(channels, 1, 1)
    }

    /// Numbers in the map, without padding.
    pub const fn len(&self) -> usize {
        self.channels * self.height * self.width
    }

    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Places that hold one vector of channels each: `height * width`.
    pub const fn positions(&self) -> usize {
        self.height * self.width
    }

    /// Channels of a position with padding, a multiple of [`LANES`].
    pub const fn stride(&self) -> usize {
        vectors(self.channels) * LANES
    }

    /// Position and channel of entry `index` in PyTorch's order.
    pub const fn place(&self, index: usize) -> (usize, usize) {
        (index % self.positions(), index / self.positions())
    }
}
