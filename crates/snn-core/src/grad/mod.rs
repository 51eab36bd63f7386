//! Reverse passes, the mirror of `propagate/`: they read the traces and add to a gradient slab in
//! the packed order of the parameters.

pub mod crown;
pub mod ibp;
pub mod input;
pub mod margin;
pub mod spikes;

use std::ops::Range;

use wide::f32x4;

use crate::affine::{panels, Packed, Rows};
use crate::network::Network;

/// Derivatives with respect to the lower and the upper end of a layer's rows.
#[derive(Clone, Debug)]
pub struct Ends {
    pub lower: Rows,
    pub upper: Rows,
}

impl Ends {
    pub fn zeros(rows: usize, vectors: usize) -> Self {
        Ends {
            lower: Rows::zeros(rows, vectors),
            upper: Rows::zeros(rows, vectors),
        }
    }
}

/// Adds a layer's output gradients to its bias gradient.
fn bias_gradient(delta: &Packed, bias: &Range<usize>, slab: &mut [f32x4]) {
    let bias = &mut slab[bias.clone()];
    for (first, width) in panels(delta.vectors()) {
        let bias = &mut bias[first..][..width];
        for run in delta.panel(first).chunks_exact(width) {
            for (b, d) in bias.iter_mut().zip(run) {
                *b += *d;
            }
        }
    }
}

/// From derivatives by the weights that run, which the passes add up, to derivatives by those of the
/// slab: behind an average pool the ones are the others divided.
pub fn by_parameters(network: &Network, slab: &mut [f32x4]) {
    for layer in &network.layers {
        if layer.divisor != 1.0 {
            let divisor = f32x4::splat(layer.divisor);
            slab[layer.weight.clone()]
                .iter_mut()
                .for_each(|g| *g /= divisor);
        }
    }
}
