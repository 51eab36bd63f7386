//! What an attack sees of its examples: what it lowers, and the gradient of that.

use super::ball::Ball;
use super::objective::{softened, Goal, SOFTENED};
use super::{Draws, Judge, Point};
use crate::encode::DrawKey;
use crate::grad;
use crate::grad::spikes::Surrogates;
use crate::neuron::surrogate::Surrogate;
use crate::propagate::spikes::Trace;
use crate::rng::{Purpose, Rng};

/// An input that is looked at.
pub struct Ask<'a> {
    pub point: Point<'a>,
    pub goal: Goal,
    pub ball: &'a Ball,
}

#[derive(Clone, Debug, Default)]
pub struct View {
    /// What is lowered.
    pub loss: f32,
    /// By the ball's switches, or else by the pixels.
    pub gradient: Vec<f32>,
}

/// Values and gradients, `surrogate` standing for the spikes of the hidden layers. The judge sees the
/// inputs too; where the attack does not know the judge's draws, they are means over draws of `moment`.
pub fn views(judge: &mut Judge, asks: &[Ask], surrogate: Surrogate, moment: [u64; 2]) -> Vec<View> {
    let (network, parameters) = (judge.network, judge.parameters);
    let surrogates = Surrogates {
        hidden: surrogate,
        last: SOFTENED,
    };
    let classes = network.classes;
    let mut views: Vec<View> = Vec::with_capacity(asks.len());
    let points: Vec<Point> = asks.iter().map(|ask| ask.point).collect();
    let mut see = |first: usize, trace: &Trace| {
        let mut scores = softened(network, parameters, trace);
        let asks = &asks[first..];
        let mut losses = Vec::with_capacity(trace.samples);
        let mut by = vec![0.0; classes];
        for (scores, ask) in scores.chunks_exact_mut(classes).zip(asks) {
            losses.push(ask.goal.at(scores, &mut by));
            scores.copy_from_slice(&by);
        }
        let delta = grad::spikes::deltas(network, parameters, trace, &scores, surrogates, None);
        let mut of_pixels = Vec::new();
        for (row, (&loss, ask)) in losses.iter().zip(asks).enumerate() {
            let gradient = match &ask.ball.switches {
                Some(switches) => {
                    let places = &switches.places;
                    grad::input::at_places(network, parameters, &delta, row, places)
                }
                None => {
                    if of_pixels.is_empty() {
                        of_pixels = grad::input::by_pixels(network, parameters, &delta);
                    }
                    let size = of_pixels.len() / trace.samples;
                    of_pixels[row * size..(row + 1) * size].to_vec()
                }
            };
            match views.get_mut(first + row) {
                None => views.push(View { loss, gradient }),
                Some(sum) => {
                    sum.loss += loss;
                    let pairs = sum.gradient.iter_mut().zip(gradient);
                    pairs.for_each(|(sum, g)| *sum += g);
                }
            }
        }
    };
    match judge.options.draws {
        Draws::Fixed => judge.run(&points, &mut see),
        Draws::Fresh { samples } => {
            for number in 0..samples as u64 {
                let draws = imagined(judge, [moment[0], moment[1], number]);
                judge.imagine(&points, draws, &mut see);
            }
        }
    }
    for (view, ask) in views.iter().zip(asks) {
        judge.note(ask.point.index, &view.gradient);
    }
    views
}

/// The margins that are lowered, at points that the judge sees too.
pub fn margins(judge: &mut Judge, points: &[Point]) -> Vec<f32> {
    let (network, parameters) = (judge.network, judge.parameters);
    let labels: Vec<usize> = points
        .iter()
        .map(|point| judge.label(point.index))
        .collect();
    let mut margins = Vec::with_capacity(points.len());
    judge.run(points, |first, trace| {
        let scores = softened(network, parameters, trace);
        let rows = scores.chunks_exact(network.classes).zip(&labels[first..]);
        margins.extend(rows.map(|(scores, &label)| Goal::margin(label).value(scores)));
    });
    margins
}

/// Draws that are nobody's: not those of any presentation under the same seed.
fn imagined(judge: &Judge, key: [u64; 3]) -> DrawKey {
    let mut rng = Rng::keyed(judge.options.attack_seed, Purpose::Attack, &key);
    DrawKey {
        seed: (rng.below(1 << 24) as u64) << 24 | rng.below(1 << 24) as u64,
        presentation: judge.options.presentation,
    }
}
