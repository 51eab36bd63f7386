//! How far numbers lie from where a spike, or a branch of a bound, changes: single precision may take
//! another turn than the oracle where that is next to nothing. In units of `1 + |number|`.

use crate::oracle::interval::{state, Intervals, State};
use crate::oracle::network::Network;
use crate::oracle::surrogate::PAPER;
use crate::oracle::Trace;

/// Of the membranes of a run from their thresholds.
pub fn of_spikes(network: &Network, membranes: &Trace<f64>) -> f64 {
    let layers = network.layers.iter().zip(membranes).enumerate();
    layers.fold(f64::INFINITY, |least, (index, (layer, trace))| {
        let all = layer.beside_thresholds(trace);
        let all = all.filter(|_| network.fires(index));
        all.fold(least, |least, (u, threshold)| {
            least.min(relative(u - threshold, u, 0.0))
        })
    })
}

/// Of the same membranes from the edges of the surrogate.
pub fn of_surrogate(network: &Network, membranes: &Trace<f64>) -> f64 {
    let layers = network.layers.iter().zip(membranes);
    layers.fold(f64::INFINITY, |least, (layer, trace)| {
        let all = layer.beside_thresholds(trace);
        all.fold(least, |least, (u, threshold)| {
            let distance = (u - threshold).abs() - PAPER.width / 2.0;
            least.min(relative(distance, u, 0.0))
        })
    })
}

/// Of the ends of intervals from thresholds, and of open ones from the tie between the two lines.
pub fn of_bounds(network: &Network, bounds: &Intervals<f64>) -> f64 {
    let mut least = f64::INFINITY;
    for (index, layer) in network.layers.iter().enumerate() {
        let lower = layer.beside_thresholds(&bounds.lower[index]);
        let upper = bounds.upper[index].iter().flatten();
        for ((l, threshold), &h) in lower.zip(upper).filter(|_| network.fires(index)) {
            least = least
                .min(relative(l - threshold, l, h))
                .min(relative(h - threshold, l, h));
            if state(l, h, threshold) == State::Open {
                least = least.min(relative((h - threshold) - (threshold - l), l, h));
            }
        }
    }
    least
}

fn relative(distance: f64, a: f64, b: f64) -> f64 {
    distance.abs() / (1.0 + a.abs().max(b.abs()))
}
