//! One step of training: the loss of some samples and its derivatives.

use serde_json::{json, Value};

use crate::clearance;
use crate::dual::{directed, DIRECTIONS};
use crate::objective::{Method, Objective};
use crate::oracle::number::Number;
use crate::parallel::each;
use crate::subject::Subject;

/// The mean loss over the rows, and its derivative along a random direction of each tensor.
pub fn loss(subject: &Subject) -> Result<Value, String> {
    let objective = Objective::new(subject.request)?;
    let parameters = directed(&subject.parameters);
    let losses = each(subject.labels.len(), |sample| {
        objective.loss(subject, &parameters, sample)
    });
    let count = losses.len() as f64;
    let loss = losses.iter().map(|loss| loss.value()).sum::<f64>() / count;
    let along = |k: usize| losses.iter().map(|loss| loss.derivatives[k]).sum::<f64>() / count;
    let derivatives: Vec<f64> = (0..DIRECTIONS).map(along).collect();
    Ok(json!({ "loss": loss, "derivatives": derivatives }))
}

/// How far each row is from where its gradient changes abruptly.
pub fn clearances(subject: &Subject) -> Result<Value, String> {
    let objective = Objective::new(subject.request)?;
    let all = each(subject.labels.len(), |row| clear(subject, &objective, row));
    Ok(json!({ "clearances": all }))
}

fn clear(subject: &Subject, objective: &Objective, sample: usize) -> f64 {
    let network = &subject.network;
    let run = subject.run(&subject.parameters, sample);
    let spikes = clearance::of_spikes(network, &run.membranes);
    let least = spikes.min(clearance::of_surrogate(network, &run.membranes));
    if objective.method == Method::Natural {
        return least;
    }
    let region = subject.region(sample, objective.certified_steps);
    let bounds = subject.bounds(&subject.parameters, &region);
    let mut least = least.min(clearance::of_bounds(network, &bounds));
    for ends in [&bounds.lower, &bounds.upper] {
        least = least.min(clearance::of_surrogate(network, ends));
    }
    if objective.method == Method::SCrownFused {
        let label = subject.labels[sample];
        least = least.min(objective.gain(subject, &region, &bounds, label).abs());
    }
    least
}
