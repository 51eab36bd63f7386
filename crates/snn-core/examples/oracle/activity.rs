//! How much there is to add up: connections whose input is not zero, per sample.

use serde_json::{json, Value};

use crate::oracle::network::Layer;
use crate::parallel::each;
use crate::subject::Subject;

/// Per row: connections in all; those a spike (or a pixel) passes in a run of `steps` steps; those
/// that surely pass one, and those that may, in the bounds of `steps` and of `certifiedSteps`.
/// A pixel counts once, not once per step: it is the same at every step.
pub fn answer(subject: &Subject) -> Result<Value, String> {
    let certified = subject.request.whole("certifiedSteps")?;
    let rows = each(subject.labels.len(), |row| {
        json!({
            "run": run(subject, row),
            "bounds": bounds(subject, row, subject.steps),
            "certifiedBounds": bounds(subject, row, certified),
        })
    });
    let layers = &subject.network.layers;
    let all: usize = layers
        .iter()
        .flat_map(|l| &l.connections)
        .map(Vec::len)
        .sum();
    let first: usize = layers[0].connections.iter().map(Vec::len).sum();
    Ok(json!({ "connections": all, "firstLayer": first, "rows": rows }))
}

fn run(subject: &Subject, row: usize) -> usize {
    let spikes = subject.run(&subject.parameters, row).spikes;
    let fed = subject.input(row);
    let layers = subject.network.layers.iter().enumerate();
    let active = |layer: &Layer, step: &[f64]| passing(layer, |input| step[input] != 0.0);
    layers
        .map(|(index, layer)| match index {
            0 if subject.is_direct() => active(layer, &fed[0]),
            0 => fed.iter().map(|step| active(layer, step)).sum(),
            _ => spikes[index - 1]
                .iter()
                .map(|step| active(layer, step))
                .sum(),
        })
        .sum()
}

/// `[firing, open]`
fn bounds(subject: &Subject, row: usize, steps: usize) -> [usize; 2] {
    let region = subject.region(row, steps);
    let bounds = subject.bounds(&subject.parameters, &region);
    let mut counts = [0, 0];
    for (index, layer) in subject.network.layers.iter().enumerate() {
        let (lower, upper) = match index {
            0 => (&region.lower, &region.upper),
            _ => (
                &bounds.spike_lower[index - 1],
                &bounds.spike_upper[index - 1],
            ),
        };
        let once = index == 0 && subject.is_direct();
        for t in 0..if once { 1 } else { steps } {
            counts[0] += passing(layer, |i| lower[t][i] == upper[t][i] && lower[t][i] != 0.0);
            counts[1] += passing(layer, |i| lower[t][i] != upper[t][i]);
        }
    }
    counts
}

fn passing(layer: &Layer, is_active: impl Fn(usize) -> bool) -> usize {
    let connections = layer.connections.iter().flatten();
    connections.filter(|c| is_active(c.input)).count()
}
