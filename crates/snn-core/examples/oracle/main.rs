//! A door to the tests' oracle for programs outside: the benchmark asks it what the numbers that it
//! is about to time have to be.
//!
//! Reads one request as JSON from stdin (see [`request`]) and writes one answer as JSON to stdout:
//!
//! - `"ask": "batch"` packs images, labels and the draws of their rate code as safetensors;
//! - `"ask": "evaluation"` gives scores, S-IBP's and S-CROWN's margins of each row;
//! - `"ask": "clearance"` says how far a training step on each row is from a branch;
//! - `"ask": "step"` gives the loss of a training step and its derivatives in random directions;
//! - `"ask": "activity"` counts the connections that have anything to pass.
//!
//! Rows are those of the batch that `rows` lists.
//!
//! ```sh
//! cargo run --release --example oracle < request.json
//! ```

#[path = "../../tests/oracle/mod.rs"]
mod oracle;

mod activity;
mod batch;
mod clearance;
mod dual;
mod objective;
mod parallel;
mod request;
mod step;
mod subject;

use std::io::{read_to_string, stdin};
use std::process::ExitCode;

use serde_json::{json, Value};

use oracle::crown::linear_bound;
use oracle::interval::rival_rows;
use parallel::each;
use request::Request;
use subject::Subject;

fn main() -> ExitCode {
    match answer() {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("oracle: {reason}");
            ExitCode::from(2)
        }
    }
}

fn answer() -> Result<Value, String> {
    let text = read_to_string(stdin()).map_err(|e| e.to_string())?;
    let request = Request::parse(&text)?;
    match request.text("ask")? {
        "batch" => batch::pack(&request),
        "evaluation" => evaluation(&Subject::new(&request)?),
        "activity" => activity::answer(&Subject::new(&request)?),
        "clearance" => step::clearances(&Subject::new(&request)?),
        "step" => step::loss(&Subject::new(&request)?),
        other => Err(format!("ask: expected one of these five, got {other}")),
    }
}

/// Scores of the first `scores` rows, S-IBP's margins of `ibp` and S-CROWN's of `crown`, and how far
/// each row is from where a spike or a branch of a bound changes.
fn evaluation(subject: &Subject) -> Result<Value, String> {
    let count = |name| subject.request.whole(name);
    let (scores, ibp, crown) = (count("scores")?, count("ibp")?, count("crown")?);
    let samples = each(scores.max(ibp).max(crown), |sample| {
        let mut answer = json!({});
        if sample < scores {
            let run = subject.run(&subject.parameters, sample);
            answer["clearance"] = clearance::of_spikes(&subject.network, &run.membranes).into();
            answer["scores"] = run.scores.into();
        }
        if sample < ibp.max(crown) {
            let region = subject.region(sample, subject.steps);
            let bounds = subject.bounds(&subject.parameters, &region);
            let label = subject.labels[sample];
            answer["boundClearance"] = clearance::of_bounds(&subject.network, &bounds).into();
            let classes = subject.network.classes();
            answer["ibp"] = bounds.margins(&subject.parameters, classes, label).into();
            if sample < crown {
                let margin = |row: &Vec<f64>| {
                    let (network, parameters) = (&subject.network, &subject.parameters);
                    let line = linear_bound(network, parameters, &bounds, subject.rule, row);
                    line.bias + region.coupled_minimum(&line.coefficients)
                };
                let rows = rival_rows(classes, label);
                answer["crown"] = rows.iter().map(margin).collect::<Vec<f64>>().into();
            }
        }
        answer
    });
    Ok(json!({ "samples": samples }))
}
