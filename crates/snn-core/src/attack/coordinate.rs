//! Single pixels across their next draws, or to an end of the ball, with exact recounts.
//!
//! Moves are ranked, by the gradient or at random. By the gradient, whole beginnings of the ranking are
//! tried first. Where none of them gains, the first moves are recounted one by one, and those that gain
//! are taken together as far as that gains. A search that is stuck goes on from its best input with some
//! pixels elsewhere.

use std::collections::HashMap;

use super::ball::{Ball, Move};
use super::descent::balls;
use super::objective::Goal;
use super::views::{margins, views, Ask};
use super::{Judge, Point};
use crate::neuron::surrogate::Surrogate;
use crate::rng::{Purpose, Rng};

struct Run<'a> {
    index: usize,
    ball: &'a Ball,
    values: Vec<f32>,
    margin: f32,
    best: Vec<f32>,
    least: f32,
    /// Pixels in the order in which they are tried without a gradient.
    order: Vec<u32>,
    next: usize,
    /// Since the last gain: pixels that have had their turn, or gradients.
    tried: usize,
    stuck: bool,
}

/// An input made from a run's by some of its moves.
struct Trial {
    run: usize,
    values: Vec<f32>,
}

/// `candidates`: moves that are recounted one by one; `gradient`: whether it ranks them.
pub fn run(judge: &mut Judge, candidates: usize, gradient: bool) {
    let options = judge.options;
    let balls = balls(judge);
    for restart in 0..options.restarts as u64 {
        let start = |index: usize| {
            let ball = balls[index].as_ref()?;
            let mut rng = rng(judge, index, [restart, 0]);
            let clean = judge.clean(index);
            let values = match restart {
                0 => clean.to_vec(),
                _ => scattered(ball, clean, 0.5, &mut rng),
            };
            let mut order: Vec<u32> = (0..clean.len() as u32).collect();
            for end in (1..order.len()).rev() {
                order.swap(end, rng.below(end + 1));
            }
            Some(Run {
                index,
                ball,
                margin: f32::INFINITY,
                best: values.clone(),
                values,
                least: f32::INFINITY,
                order,
                next: 0,
                tried: 0,
                stuck: false,
            })
        };
        let mut runs: Vec<Run> = judge.open().into_iter().filter_map(start).collect();
        for iteration in 0..options.iterations {
            runs.retain(|run| !judge.done(run.index));
            if runs.is_empty() {
                break;
            }
            if iteration > 0 {
                for run in &mut runs {
                    let mut rng = rng(judge, run.index, [restart, iteration as u64]);
                    run.leave(&mut rng);
                }
            }
            let turn = restart as usize + iteration;
            let surrogate = options.surrogates[turn % options.surrogates.len()];
            let moves = match gradient {
                true => ranked(judge, &mut runs, surrogate),
                false => next_moves(judge, &mut runs, candidates),
            };
            let mut rest: Vec<usize> = (0..runs.len()).collect();
            if gradient {
                rest = together(judge, &mut runs, rest, &moves);
                rest.retain(|&run| !judge.done(runs[run].index));
            }
            one_by_one(judge, &mut runs, &rest, &moves, (candidates, gradient));
        }
    }
}

fn rng(judge: &Judge, index: usize, [restart, iteration]: [u64; 2]) -> Rng {
    let [presentation, sample] = judge.key(index);
    let key = [presentation, sample, restart, iteration];
    Rng::keyed(judge.options.attack_seed, Purpose::Attack, &key)
}

/// Some pixels anywhere that makes a difference, at least one.
fn scattered(ball: &Ball, values: &[f32], share: f32, rng: &mut Rng) -> Vec<f32> {
    let mut of_pixels: Vec<Vec<Move>> = Vec::new();
    for to in ball.all_moves(values) {
        match of_pixels.last_mut() {
            Some(moves) if moves[0].pixel == to.pixel => moves.push(to),
            _ => of_pixels.push(vec![to]),
        }
    }
    let mut values = values.to_vec();
    let sure = rng.below(of_pixels.len());
    for (number, moves) in of_pixels.iter().enumerate() {
        if rng.uniform() < share || number == sure {
            let to = moves[rng.below(moves.len())];
            values[to.pixel as usize] = to.value;
        }
    }
    values
}

impl Run<'_> {
    /// A search that is stuck goes on near its best input.
    fn leave(&mut self, rng: &mut Rng) {
        if self.stuck {
            self.values = scattered(self.ball, &self.best, 0.05, rng);
            (self.margin, self.tried, self.stuck) = (f32::INFINITY, 0, false);
        }
    }

    fn moved(&self, moves: &[Move]) -> Vec<f32> {
        let mut values = self.values.clone();
        moves
            .iter()
            .for_each(|to| values[to.pixel as usize] = to.value);
        values
    }

    /// Goes on from an input where that is better.
    fn take(&mut self, values: Vec<f32>, margin: f32) -> bool {
        let better = margin < self.margin;
        if better {
            (self.values, self.margin, self.tried) = (values, margin, 0);
            self.keep();
        }
        better
    }

    fn keep(&mut self) {
        if self.margin < self.least {
            self.least = self.margin;
            self.best.clone_from(&self.values);
        }
    }
}

/// The best move of every pixel by the gradient, the most promising first.
fn ranked(judge: &mut Judge, runs: &mut [Run], surrogate: Surrogate) -> Vec<Vec<Move>> {
    let asks: Vec<Ask> = runs
        .iter()
        .map(|run| Ask {
            point: Point {
                index: run.index,
                values: &run.values,
            },
            goal: Goal::margin(judge.label(run.index)),
            ball: run.ball,
        })
        .collect();
    let views = views(judge, &asks, surrogate, [0, 0]);
    let each = runs.iter_mut().zip(views);
    each.map(|(run, view)| {
        run.margin = view.loss;
        run.tried += 1;
        run.keep();
        let mut moves = run.ball.best_moves(&run.values, &view.gradient);
        moves.sort_by(|a, b| a.gain.total_cmp(&b.gain));
        moves
    })
    .collect()
}

/// The moves of the pixels whose turn it is.
fn next_moves(judge: &mut Judge, runs: &mut [Run], candidates: usize) -> Vec<Vec<Move>> {
    let fresh: Vec<usize> = (0..runs.len())
        .filter(|&run| runs[run].margin == f32::INFINITY)
        .collect();
    let points: Vec<Point> = fresh
        .iter()
        .map(|&run| Point {
            index: runs[run].index,
            values: &runs[run].values,
        })
        .collect();
    let margins = margins(judge, &points);
    for (run, margin) in fresh.into_iter().zip(margins) {
        runs[run].margin = margin;
        runs[run].keep();
    }
    let each = runs.iter_mut().map(|run| {
        let mut of_pixels: HashMap<u32, Vec<Move>> = HashMap::new();
        for to in run.ball.all_moves(&run.values) {
            of_pixels.entry(to.pixel).or_default().push(to);
        }
        let mut moves = Vec::new();
        let pixels = run.order.len();
        for _ in 0..pixels {
            if moves.len() >= candidates {
                break;
            }
            let pixel = run.order[run.next % pixels];
            run.next += 1;
            run.tried += 1;
            moves.extend(of_pixels.remove(&pixel).unwrap_or_default());
        }
        moves.truncate(candidates);
        moves
    });
    each.collect()
}

/// Tries beginnings of the rankings, and returns the runs that gain from none.
fn together(
    judge: &mut Judge,
    runs: &mut [Run],
    of: Vec<usize>,
    moves: &[Vec<Move>],
) -> Vec<usize> {
    let mut trials = Vec::new();
    for &run in &of {
        for count in beginnings(moves[run].len(), 3) {
            let values = runs[run].moved(&moves[run][..count]);
            trials.push(Trial { run, values });
        }
    }
    let gained = try_all(judge, runs, trials);
    of.into_iter().filter(|run| !gained.contains(run)).collect()
}

/// Tries moves one by one, and then those together that gain.
fn one_by_one(
    judge: &mut Judge,
    runs: &mut [Run],
    of: &[usize],
    moves: &[Vec<Move>],
    (candidates, gradient): (usize, bool),
) {
    let mut trials = Vec::new();
    for &run in of {
        for to in moves[run].iter().take(candidates) {
            let values = runs[run].moved(&[*to]);
            trials.push(Trial { run, values });
        }
    }
    let margins = margins(judge, &points(runs, &trials));
    let mut counted = trials.iter().zip(margins);
    let mut combined = Vec::new();
    for &run in of {
        let count = moves[run].len().min(candidates);
        let of_run = moves[run].iter().zip(counted.by_ref().take(count));
        let mut gains: Vec<(f32, Move)> = of_run
            .map(|(&to, (_, margin))| (margin, to))
            .filter(|&(margin, _)| margin < runs[run].margin)
            .collect();
        gains.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut taken: Vec<Move> = Vec::new();
        for (_, to) in gains {
            if taken.iter().all(|other| other.pixel != to.pixel) {
                taken.push(to);
            }
        }
        for count in beginnings(taken.len(), 2) {
            let values = runs[run].moved(&taken[..count]);
            combined.push(Trial { run, values });
        }
    }
    let gained = try_all(judge, runs, combined);
    for &run in of {
        let all = match gradient {
            true => judge.options.surrogates.len(),
            false => runs[run].order.len(),
        };
        runs[run].stuck = !gained.contains(&run) && runs[run].tried >= all;
    }
}

/// Every run goes on from the best of its trials, where that gains; returns those that did, in order.
fn try_all(judge: &mut Judge, runs: &mut [Run], trials: Vec<Trial>) -> Vec<usize> {
    let margins = margins(judge, &points(runs, &trials));
    let mut gained: Vec<usize> = Vec::new();
    for (Trial { run, values }, margin) in trials.into_iter().zip(margins) {
        if runs[run].take(values, margin) && gained.last() != Some(&run) {
            gained.push(run);
        }
    }
    gained
}

fn points<'a>(runs: &[Run], trials: &'a [Trial]) -> Vec<Point<'a>> {
    let point = |trial: &'a Trial| Point {
        index: runs[trial.run].index,
        values: &trial.values,
    };
    trials.iter().map(point).collect()
}

/// 1, `factor`, and so on, and all.
fn beginnings(all: usize, factor: usize) -> Vec<usize> {
    let powers = std::iter::successors(Some(1), |&count| Some(count * factor));
    let mut counts: Vec<usize> = powers.take_while(|&count| count < all).collect();
    counts.extend((all > 0).then_some(all));
    counts
}
