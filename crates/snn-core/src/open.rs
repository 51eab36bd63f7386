//! Which neurons S-IBP leaves open: those that fire for some inputs of a region, as far as their
//! intervals know, and not for others.

use crate::certify::{check_images, CertifyOptions};
use crate::error::Result;
use crate::network::Network;
use crate::parameters::Parameters;
use crate::propagate::ibp;
use crate::region::InputIntervals;
use crate::shape::Shape;
use crate::slice::{chunks, TRACE};

/// What is known of a neuron at a step over the whole region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    Silent = 0,
    Firing = 1,
    Open = 2,
}

/// What S-IBP knows of the neurons of the layers that fire.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct States {
    /// `[layers, steps]`: open neurons, summed over the samples.
    pub open: Vec<f64>,
    /// A [`State`] each, `[samples, steps, channels, height, width]` per layer; empty unless asked for.
    pub layers: Vec<Vec<u8>>,
}

/// States over a batch: what a certificate by `options` stands on.
///
/// # Errors
/// As [`check_images`]; those of a region that does not fit.
pub fn states(
    network: &Network,
    parameters: &Parameters,
    images: &[f32],
    samples: &[u32],
    options: &CertifyOptions,
    each: bool,
) -> Result<States> {
    let map = network.input_map();
    let (steps, rounding) = (options.steps, options.rounding);
    check_images(network, images, samples, steps)?;
    options.region.fits(map.encoding, map.shape.len(), steps)?;
    let firing = network.layers.iter().filter(|layer| layer.fires).count();
    let mut states = States {
        open: vec![0.0; firing * steps],
        layers: vec![Vec::new(); firing],
    };
    let all = options.predict().inputs(images, samples);
    for range in chunks(network, samples.len(), steps, TRACE) {
        let inputs = all.slice(range);
        let region = InputIntervals::new(map, inputs, &options.region, rounding);
        // Spikes of hidden layers are listed for S-CROWN alone.
        let kept = ibp::Options {
            steps,
            rounding,
            firm: true,
        };
        let trace = ibp::propagate(network, parameters, region, inputs.len(), kept);
        for (index, layer) in network.layers[..firing].iter().enumerate() {
            let map = layer.affine.output;
            let spikes = &trace.layers[index].spikes;
            let counts = &mut states.open[index * steps..][..steps];
            for row in 0..spikes.open.rows() {
                let (open, _) = spikes.open.row(row);
                counts[row / map.positions() % steps] += open.len() as f64;
            }
            if !each {
                continue;
            }
            let to = &mut states.layers[index];
            let first = to.len();
            to.resize(
                first + inputs.len() * steps * map.len(),
                State::Silent as u8,
            );
            let lists = [(&spikes.firing, State::Firing), (&spikes.open, State::Open)];
            for (list, state) in lists {
                for row in 0..list.rows() {
                    for (channel, ()) in list.entries(row) {
                        to[first + place(map, row, channel)] = state as u8;
                    }
                }
            }
        }
    }
    Ok(states)
}

/// Where a channel of row (sample, step, position) stands in PyTorch's order.
fn place(map: Shape, row: usize, channel: usize) -> usize {
    let (group, position) = (row / map.positions(), row % map.positions());
    group * map.len() + channel * map.positions() + position
}
