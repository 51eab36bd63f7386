//! The crate against the oracle on random networks and shapes.

mod activity;
mod adversaries;
mod affine;
mod batches;
mod bounds;
mod descriptions;
mod draws;
mod gradients;
mod neurons;
mod open;
mod optimisers;
mod overflow;
mod recordings;
mod refusals;
mod spikes;
mod streams;

#[path = "../cases/mod.rs"]
mod cases;
#[path = "../oracle/mod.rs"]
mod oracle;
#[path = "../subject/mod.rs"]
mod subject;

use cases::Case;
use oracle::region::Region;
use snn_core::encode::{DrawKey, Inputs};
use snn_core::region::{Linf, Rounding};

/// Largest difference between two lists, in units of `1 + |b|`.
fn difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    let pairs = a.iter().zip(b);
    pairs.fold(0.0, |m, (a, b)| m.max((a - b).abs() / (1.0 + b.abs())))
}

fn wider(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| v.into()).collect()
}

/// The crate's draws, `[sample][step][pixel]`.
fn draws(case: &Case, steps: usize, key: DrawKey) -> Vec<Vec<Vec<f64>>> {
    let (images, samples) = (case.flat_images(), case.samples());
    let inputs = Inputs {
        images: &images,
        samples: &samples,
        steps,
        draws: key,
    };
    let mut pixels = vec![0.0; case.network.inputs()];
    let mut step = |b: usize, t: usize| {
        inputs.draw(b, t, &mut pixels);
        wider(&pixels)
    };
    (0..case.batch())
        .map(|b| (0..steps).map(|t| step(b, t)).collect())
        .collect()
}

/// The case's region around sample `b`, ends as f32 gives them. `draws` for rate input.
fn region(case: &Case, b: usize, epsilon: f64, steps: usize, draws: Option<&[Vec<f64>]>) -> Region {
    let linf = Linf {
        epsilon,
        clip: case.clip,
    };
    let end = |&x: &f64| linf.interval(x as f32, Rounding::Nearest);
    let ends: Vec<(f32, f32)> = case.images[b].iter().map(end).collect();
    let lower: Vec<f64> = ends.iter().map(|e| e.0.into()).collect();
    let upper: Vec<f64> = ends.iter().map(|e| e.1.into()).collect();
    match draws {
        Some(draws) => Region {
            lower: oracle::region::encode(&lower, draws),
            upper: oracle::region::encode(&upper, draws),
            draws: Some(draws.to_vec()),
            toggles: None,
        },
        None => Region {
            lower: vec![lower; steps],
            upper: vec![upper; steps],
            draws: None,
            toggles: None,
        },
    }
}
