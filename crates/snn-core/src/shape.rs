//! Shapes of feature maps, and how they lie in memory.
//!
//! At the interface maps are in PyTorch's order (channels, height, width). Inside they are
//! channels-last, and the channels of a position are padded to whole SIMD vectors, so that a
//! position is a run of [`f32x4`](wide::f32x4).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Numbers in one SIMD vector.
pub const LANES: usize = 4;

/// Whole vectors that hold `n` numbers.
pub const fn vectors(n: usize) -> usize {
    n.div_ceil(LANES)
}

/// A size along the height and one along the width; in JSON a number where they are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Sides", into = "Sides")]
pub struct Pair {
    pub vertical: usize,
    pub horizontal: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Sides {
    Square(usize),
    Each([usize; 2]),
}

impl From<Sides> for Pair {
    fn from(sides: Sides) -> Self {
        match sides {
            Sides::Square(side) => Pair::square(side),
            Sides::Each([vertical, horizontal]) => Pair {
                vertical,
                horizontal,
            },
        }
    }
}

impl From<Pair> for Sides {
    fn from(pair: Pair) -> Self {
        match pair.sides() {
            [vertical, horizontal] if vertical == horizontal => Sides::Square(vertical),
            sides => Sides::Each(sides),
        }
    }
}

impl Pair {
    pub const fn square(side: usize) -> Self {
        Pair {
            vertical: side,
            horizontal: side,
        }
    }

    pub const fn sides(&self) -> [usize; 2] {
        [self.vertical, self.horizontal]
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.sides() {
            [vertical, horizontal] if vertical == horizontal => write!(f, "{vertical}"),
            [vertical, horizontal] => write!(f, "[{vertical}, {horizontal}]"),
        }
    }
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
