//! Random search without gradients: squares of pixels at an end of the ball (Andriushchenko et al.
//! 2020).

use super::ball::Ball;
use super::descent::balls;
use super::views::margins;
use super::{Judge, Point};
use crate::rng::{Purpose, Rng};

struct Run<'a> {
    index: usize,
    ball: &'a Ball,
    best: Vec<f32>,
    least: f32,
}

/// `share`: of the pixels, in the first square.
pub fn run(judge: &mut Judge, share: f32) {
    let options = judge.options;
    let balls = balls(judge);
    for restart in 0..options.restarts {
        let start = |index: usize| {
            Some(Run {
                index,
                ball: balls[index].as_ref()?,
                best: judge.clean(index).to_vec(),
                least: f32::INFINITY,
            })
        };
        let mut runs: Vec<Run> = judge.open().into_iter().filter_map(start).collect();
        for iteration in 0..=options.iterations {
            runs.retain(|run| !judge.done(run.index));
            let side = side(share, iteration, options.iterations);
            let tried: Vec<Vec<f32>> = runs
                .iter()
                .map(|run| {
                    let [presentation, sample] = judge.key(run.index);
                    let key = [presentation, sample, restart as u64, iteration as u64];
                    let mut rng = Rng::keyed(options.attack_seed, Purpose::Attack, &key);
                    let shape = judge.network.description.input.shape;
                    match iteration {
                        0 => stripes(run, shape, &mut rng),
                        _ => square(run, shape, side, &mut rng),
                    }
                })
                .collect();
            let pairs = runs.iter().zip(&tried);
            let points = pairs.map(|(run, values)| Point {
                index: run.index,
                values,
            });
            let points: Vec<Point> = points.collect();
            let margins = margins(judge, &points);
            for ((run, values), margin) in runs.iter_mut().zip(tried).zip(margins) {
                if margin < run.least {
                    (run.least, run.best) = (margin, values);
                }
            }
        }
    }
}

/// The share of the pixels in a square: it is halved at the same parts of a run as the authors do.
fn side(share: f32, iteration: usize, iterations: usize) -> f32 {
    let progress = 10_000 * iteration / iterations;
    let halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];
    let halvings = halvings.iter().filter(|&&at| progress > at).count();
    share / (1u32 << halvings) as f32
}

/// All pixels at an end, the same down a column of a channel.
fn stripes(run: &Run, [channels, height, width]: [usize; 3], rng: &mut Rng) -> Vec<f32> {
    let mut values = run.best.clone();
    for channel in 0..channels {
        for column in 0..width {
            let up = rng.below(2) == 1;
            for row in 0..height {
                let pixel = (channel * height + row) * width + column;
                values[pixel] = run.end(pixel, up);
            }
        }
    }
    values
}

/// A square of every channel at an end; of a map that is a point, some of the channels.
fn square(run: &Run, [channels, height, width]: [usize; 3], share: f32, rng: &mut Rng) -> Vec<f32> {
    let mut values = run.best.clone();
    if height * width == 1 {
        let count = ((share * channels as f32) as usize).clamp(1, channels);
        let first = rng.below(channels);
        let up = rng.below(2) == 1;
        for channel in (first..first + count).map(|channel| channel % channels) {
            values[channel] = run.end(channel, up);
        }
        return values;
    }
    let side = (share * (height * width) as f32).sqrt().round() as usize;
    let (tall, wide) = (side.clamp(1, height), side.clamp(1, width));
    let top = rng.below(height - tall + 1);
    let left = rng.below(width - wide + 1);
    for channel in 0..channels {
        let up = rng.below(2) == 1;
        for row in top..top + tall {
            for column in left..left + wide {
                let pixel = (channel * height + row) * width + column;
                values[pixel] = run.end(pixel, up);
            }
        }
    }
    values
}

impl Run<'_> {
    fn end(&self, pixel: usize, up: bool) -> f32 {
        match up {
            true => self.ball.upper[pixel],
            false => self.ball.lower[pixel],
        }
    }
}
