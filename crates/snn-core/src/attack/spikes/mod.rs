//! Attacks that flip or move spikes, one example at a time: what is tried for one are changes of a few of
//! its spikes, of which a batch is made.

mod chance;
mod climb;
mod ground;
mod probabilities;
mod trial;

use super::{Judge, Method};
use crate::rng::Rng;
use chance::{Coordinate, Random};
use climb::{start, Climb};
use ground::Ground;
use probabilities::Descent;
use trial::Trial;

/// Rivals that the margin is taken over, in turn over the restarts, the nearest first.
const RIVALS: usize = 3;

/// Runs the method of the judge's options on every example that is open.
pub fn run(judge: &mut Judge) {
    for index in judge.open() {
        let ground = Ground::new(&judge.options.region, judge.example(index));
        if ground.most == 0 {
            continue;
        }
        let (method, restarts) = (&judge.options.method, judge.options.restarts);
        let mut trial = Trial::new(judge, index, &ground);
        for restart in 0..restarts {
            if trial.done() {
                break;
            }
            once(&mut trial, method, restart);
        }
    }
}

/// One run on one example.
fn once(trial: &mut Trial, method: &Method, restart: usize) {
    let rank = restart % RIVALS;
    let passes = trial.iterations();
    let mut rng = trial.rng(restart);
    match *method {
        Method::GreedyFlips { candidates } | Method::GreedyShifts { candidates } => {
            climb(trial, [1, candidates, rank], restart, &mut rng);
        }
        Method::BeamFlips { width, candidates } | Method::BeamShifts { width, candidates } => {
            climb(trial, [width, candidates, rank], restart, &mut rng);
        }
        Method::PgdFlips {
            step_size,
            momentum,
        } => {
            let first = match restart {
                0 => Vec::new(),
                _ => start(trial, restart, &mut rng),
            };
            let descent = Descent {
                iterations: passes,
                step_size,
                momentum,
                rank,
            };
            descent.run(trial, &first, &mut rng);
        }
        Method::RandomFlips { share } | Method::RandomShifts { share } => {
            Random { passes, share }.run(trial, &mut rng);
        }
        Method::CoordinateFlips {} | Method::CoordinateShifts {} => {
            Coordinate { passes }.run(trial, &mut rng);
        }
        Method::Fgsm { .. }
        | Method::Pgd { .. }
        | Method::Apgd { .. }
        | Method::Square { .. }
        | Method::Coordinate { .. } => unreachable!("`AttackOptions::fits` refuses it"),
    }
}

fn climb(trial: &mut Trial, [width, candidates, rank]: [usize; 3], restart: usize, rng: &mut Rng) {
    let first = match restart {
        0 => Vec::new(),
        _ => start(trial, restart, rng),
    };
    let climb = Climb {
        width,
        candidates,
        rounds: trial.iterations(),
        rank,
    };
    climb.run(trial, first);
}
