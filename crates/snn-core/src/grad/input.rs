//! Derivatives with respect to the input, from those with respect to the first layer's drive.
//!
//! A rate code's step is passed straight through (ALGORITHMS 6): the derivative by a pixel is the sum
//! of those by its spikes, which is the derivative by a pixel that is shown at every step.

use crate::affine::{Deltas, Lists, Packed, Place, Scaled};
use crate::network::Network;
use crate::parameters::Parameters;

/// By pixels that have an effect at every step, `[samples, size]` in PyTorch's order.
pub fn by_pixels(network: &Network, parameters: &Parameters, delta: &Deltas) -> Vec<f32> {
    sent(network, parameters, &delta.summed)
}

/// By the inputs of every step on its own, `[samples, steps, size]` in PyTorch's order.
pub fn by_steps(network: &Network, parameters: &Parameters, delta: &Deltas) -> Vec<f32> {
    sent(network, parameters, &delta.each)
}

/// By the inputs at some places of sample `sample`, one number per entry. `places`: rows (step,
/// position). What pays where few are asked for.
pub fn at_places(
    network: &Network,
    parameters: &Parameters,
    delta: &Deltas,
    sample: usize,
    places: &Lists,
) -> Vec<f32> {
    let layer = &network.layers[0];
    let positions = layer.affine.input.positions();
    let steps = places.rows() / positions;
    let dots = layer.affine.dots(parameters.weight(layer));
    let mut by = Vec::with_capacity(places.len());
    for row in 0..places.rows() {
        for (channel, ()) in places.entries(row) {
            let place = Place {
                group: sample * steps + row / positions,
                position: row % positions,
                channel,
            };
            by.push(dots.sent(&delta.each, place));
        }
    }
    by
}

/// What the first layer sends back for every group of rows of `delta`.
fn sent(network: &Network, parameters: &Parameters, delta: &Packed) -> Vec<f32> {
    let affine = &network.layers[0].affine;
    let map = affine.input;
    let groups = delta.rows() / affine.output.positions();
    let mut rows = Packed::stale(groups * map.positions(), affine.input_vectors());
    let transposed = parameters.transposed(network, 0);
    affine.backward::<1, Scaled>(&delta.nonzero(), transposed, [&mut rows]);
    let mut by = vec![0.0; groups * map.len()];
    for (group, by) in by.chunks_exact_mut(map.len()).enumerate() {
        for position in 0..map.positions() {
            let row = rows.row(group * map.positions() + position);
            let numbers = row.flat_map(bytemuck::cast_slice::<_, f32>);
            for (channel, &number) in numbers.take(map.channels).enumerate() {
                by[channel * map.positions() + position] = number;
            }
        }
    }
    by
}
