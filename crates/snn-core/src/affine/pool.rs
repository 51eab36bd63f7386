//! Sums over windows of a map, channel by channel.
//!
//! A pool has no neurons of its own, so that it is one affine map with the layer after it: all
//! positions of a window tap the weight that the layer has for their sum. Spikes stay bits, and every
//! pass, bound and gradient is that of a layer.

use super::{Affine, Tap, Taps, Window};
use crate::error::Result;
use crate::shape::Shape;

/// The geometry of a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    pub input: Shape,
    pub output: Shape,
    /// Input positions under every output position.
    windows: Vec<Vec<u32>>,
}

impl Pool {
    /// # Errors
    /// As [`Window::sides`].
    pub fn new(input: Shape, window: Window) -> Result<Self> {
        let sides = window.sides(input)?;
        let output = Shape::new(input.channels, sides[0], sides[1]);
        let mut windows = vec![Vec::new(); output.positions()];
        window.each(input, sides, |_, to, from| windows[to].push(from as u32));
        Ok(Pool {
            input,
            output,
            windows,
        })
    }
}

impl Affine {
    /// The same layer over a map that is pooled first.
    pub fn after(&self, pool: &Pool) -> Self {
        assert_eq!(self.input, pool.output);
        let mut forward = vec![Vec::new(); self.output.positions()];
        for (position, taps) in forward.iter_mut().enumerate() {
            for &Tap { position, base } in self.forward.of(position) {
                let window = pool.windows[position as usize].iter();
                taps.extend(window.map(|&position| Tap { position, base }));
            }
        }
        let mut backward = vec![Vec::new(); pool.input.positions()];
        for (pooled, window) in pool.windows.iter().enumerate() {
            for &position in window {
                backward[position as usize].extend_from_slice(self.backward.of(pooled));
            }
        }
        // The transposed product adds up in rising order of the weight's rows, as it does without.
        backward.iter_mut().for_each(|taps| in_order(taps));
        let forward = Taps::new(pool.input.positions(), pool.input.stride(), forward);
        let backward = Taps::new(self.output.positions(), self.output.stride(), backward);
        Affine {
            uses: self.uses.clone(),
            ..Affine::new(pool.input, self.output, self.blocks, [forward, backward])
        }
    }
}

/// Sorts by weight row. The lists are short and mostly in order, and a general sort is code that
/// every page would load.
fn in_order(taps: &mut [Tap]) {
    for end in 1..taps.len() {
        let mut at = end;
        while at > 0 && taps[at].base < taps[at - 1].base {
            taps.swap(at, at - 1);
            at -= 1;
        }
    }
}
