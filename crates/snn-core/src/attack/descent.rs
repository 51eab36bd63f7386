//! Attacks that follow the gradient: FGSM, PGD and APGD.

use super::ball::Ball;
use super::objective::{rivals, softened, Goal, Targets};
use super::views::{views, Ask};
use super::{Draws, Judge, Method, Point};
use crate::neuron::surrogate::Surrogate;
use crate::region::Region;
use crate::rng::{Purpose, Rng};

/// One example on its way.
struct Run<'a> {
    index: usize,
    ball: &'a Ball,
    goal: Goal,
    values: Vec<f32>,
    /// PGD's running gradient; where APGD was before.
    before: Vec<f32>,
    best: Vec<f32>,
    least: f32,
    /// APGD's step, and what it has gained since it last looked back.
    step: f32,
    gains: usize,
    least_before: f32,
    halved: bool,
}

/// Runs the method of the judge's options.
pub fn run(judge: &mut Judge) {
    let options = judge.options;
    let (targets, loss) = match options.method {
        Method::Pgd { targets, loss, .. } | Method::Apgd { targets, loss, .. } => (targets, loss),
        Method::Fgsm { loss } => (Targets::Untargeted, loss),
        _ => return,
    };
    let balls = balls(judge);
    let rivals = match targets {
        Targets::Untargeted => Vec::new(),
        Targets::EachRival => nearest_rivals(judge),
    };
    let rounds = match targets {
        Targets::Untargeted => 1,
        Targets::EachRival => judge.network.classes - 1,
    };
    let fgsm = matches!(options.method, Method::Fgsm { .. });
    for restart in 0..options.restarts {
        let surrogate = options.surrogates[restart % options.surrogates.len()];
        for round in 0..rounds {
            let number = (restart * rounds + round) as u64;
            let start = |index: usize| {
                let ball = balls[index].as_ref()?;
                let values = match restart == 0 || fgsm {
                    true => judge.clean(index).to_vec(),
                    false => anywhere(judge, index, ball, number),
                };
                let goal = Goal {
                    loss: loss.of(restart),
                    label: judge.label(index),
                    rival: rivals.get(index).map(|rivals| rivals[round]),
                };
                Some(Run::new(index, ball, goal, values))
            };
            let runs = judge.open().into_iter().filter_map(start).collect();
            descend(judge, runs, surrogate, number);
        }
    }
}

/// The balls around the examples that are open, by their number in the slice.
pub fn balls(judge: &Judge) -> Vec<Option<Ball>> {
    let Region::Linf(region) = judge.options.region else {
        return Vec::new();
    };
    let fixed = judge.options.draws == Draws::Fixed;
    let ball = |index| Ball::new(judge.map(), judge.inputs(index), region, fixed);
    let mut balls = Vec::new();
    for index in judge.open() {
        balls.resize_with(index, || None);
        balls.push(Some(ball(index)));
    }
    balls
}

fn nearest_rivals(judge: &mut Judge) -> Vec<Vec<usize>> {
    let (network, parameters) = (judge.network, judge.parameters);
    let open = judge.open();
    let clean: Vec<Vec<f32>> = open.iter().map(|&i| judge.clean(i).to_vec()).collect();
    let pairs = open.iter().zip(&clean);
    let points: Vec<Point> = pairs
        .map(|(&index, values)| Point { index, values })
        .collect();
    let mut scores = Vec::new();
    judge.run(&points, |_, trace| {
        scores.extend(softened(network, parameters, trace))
    });
    let mut all = Vec::new();
    for (index, scores) in open.into_iter().zip(scores.chunks_exact(network.classes)) {
        all.resize_with(index, Vec::new);
        all.push(rivals(scores, judge.label(index)));
    }
    all
}

/// Anywhere within the ball.
fn anywhere(judge: &Judge, index: usize, ball: &Ball, number: u64) -> Vec<f32> {
    let [presentation, sample] = judge.key(index);
    let key = [presentation, sample, number];
    let mut rng = Rng::keyed(judge.options.attack_seed, Purpose::Attack, &key);
    let ends = ball.lower.iter().zip(&ball.upper);
    ends.map(|(&lower, &upper)| (lower + (upper - lower) * rng.uniform()).clamp(lower, upper))
        .collect()
}

impl<'a> Run<'a> {
    fn new(index: usize, ball: &'a Ball, goal: Goal, values: Vec<f32>) -> Self {
        Run {
            index,
            ball,
            goal,
            before: vec![0.0; values.len()],
            best: values.clone(),
            values,
            least: f32::INFINITY,
            step: 0.0,
            gains: 0,
            least_before: f32::INFINITY,
            halved: false,
        }
    }

    /// Every pixel by `step` against the sign of its slope, and back into the ball.
    fn signed(&self, slopes: &[f32], step: f32) -> Vec<f32> {
        let ends = self.ball.lower.iter().zip(&self.ball.upper);
        let pixels = self.values.iter().zip(slopes).zip(ends);
        let moved = pixels.map(|((&value, &slope), (&lower, &upper))| {
            let by = match slope {
                slope if slope > 0.0 => -step,
                slope if slope < 0.0 => step,
                _ => return value,
            };
            (value + by).clamp(lower, upper)
        });
        moved.collect()
    }

    fn pgd(&mut self, slopes: &[f32], step: f32, momentum: f32) {
        let size: f32 = slopes.iter().map(|slope| slope.abs()).sum();
        if size > 0.0 {
            for (velocity, slope) in self.before.iter_mut().zip(slopes) {
                *velocity = momentum * *velocity + slope / size;
            }
        }
        self.values = self.signed(&self.before, step);
    }

    fn apgd(&mut self, slopes: &[f32], iteration: usize, momentum: f32) {
        let z = self.signed(slopes, self.step);
        let mut next = z;
        if iteration > 0 {
            let (ends, old) = (self.ball.lower.iter().zip(&self.ball.upper), &self.before);
            let pixels = next.iter_mut().zip(&self.values).zip(old).zip(ends);
            for (((next, &value), &before), (&lower, &upper)) in pixels {
                let moved =
                    value + momentum * (*next - value) + (1.0 - momentum) * (value - before);
                *next = moved.clamp(lower, upper);
            }
        }
        self.before = std::mem::replace(&mut self.values, next);
    }

    /// Keeps the best input so far.
    fn keep(&mut self, loss: f32) {
        if loss < self.least {
            self.least = loss;
            self.best.clone_from(&self.values);
            self.gains += 1;
        }
    }

    /// Halves the step, and goes back to the best input, where too few steps gained.
    fn look_back(&mut self, since: usize) {
        let few = (self.gains as f32) < 0.75 * since as f32;
        let stuck = !self.halved && self.least >= self.least_before;
        self.halved = few || stuck;
        if self.halved {
            self.step *= 0.5;
            self.values.clone_from(&self.best);
            self.before.clone_from(&self.best);
        }
        self.least_before = self.least;
        self.gains = 0;
    }
}

fn descend(judge: &mut Judge, mut runs: Vec<Run>, surrogate: Surrogate, number: u64) {
    let options = judge.options;
    let Region::Linf(region) = options.region else {
        return;
    };
    let epsilon = region.epsilon as f32;
    let iterations = match options.method {
        Method::Fgsm { .. } => 1,
        _ => options.iterations,
    };
    let checks = checks(iterations);
    let mut last_check = 0;
    runs.iter_mut().for_each(|run| run.step = 2.0 * epsilon);
    for iteration in 0..=iterations {
        runs.retain(|run| !judge.done(run.index));
        if runs.is_empty() {
            return;
        }
        let asks: Vec<Ask> = runs.iter().map(Run::ask).collect();
        let views = views(judge, &asks, surrogate, [number, iteration as u64]);
        let check = checks.contains(&iteration);
        for (run, view) in runs.iter_mut().zip(&views) {
            run.keep(view.loss);
            if iteration == iterations {
                continue;
            }
            let slopes = run.ball.slopes(&view.gradient);
            match options.method {
                Method::Pgd {
                    step_size,
                    decay,
                    momentum,
                    ..
                } => {
                    let step = epsilon * step_size * libm::powf(decay, iteration as f32);
                    run.pgd(&slopes, step, momentum);
                }
                Method::Apgd { momentum, .. } => {
                    run.apgd(&slopes, iteration, momentum);
                    if check {
                        run.look_back(iteration - last_check);
                    }
                }
                _ => run.values = run.signed(&slopes, 2.0 * epsilon),
            }
        }
        if check {
            last_check = iteration;
        }
    }
    if options.draws != Draws::Fixed {
        let committed = runs.iter().map(|run| Point {
            index: run.index,
            values: &run.best,
        });
        let points: Vec<Point> = committed.collect();
        judge.run(&points, |_, _| {});
    }
}

impl Run<'_> {
    fn ask(&self) -> Ask<'_> {
        Ask {
            point: Point {
                index: self.index,
                values: &self.values,
            },
            goal: self.goal,
            ball: self.ball,
        }
    }
}

/// When APGD looks back: after 22 % of the iterations, and then in ever shorter intervals.
fn checks(iterations: usize) -> Vec<usize> {
    let (mut before, mut at) = (0.0f64, 0.22f64);
    let mut checks = Vec::new();
    while at < 1.0 {
        checks.push(libm::ceil(at * iterations as f64) as usize);
        (before, at) = (at, at + (at - before - 0.03).max(0.06));
    }
    checks
}
