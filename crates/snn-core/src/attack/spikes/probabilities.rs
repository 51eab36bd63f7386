//! Projected gradient descent on the probabilities of flips: the gradient at what they are rounded to is
//! taken for theirs (straight through), and they stay within the budget.

use super::ground::{Ground, Member, Stand};
use super::trial::Trial;
use crate::rng::Rng;

#[derive(Clone, Copy, Debug)]
pub struct Descent {
    pub iterations: usize,
    /// What a step adds to the probability of the flip that gains most.
    pub step_size: f32,
    pub momentum: f32,
    /// Which rival the margin is over, counted from the nearest.
    pub rank: usize,
}

impl Descent {
    /// `start`: flips that are made with an even chance at first.
    pub fn run(self, trial: &mut Trial, start: &Member, rng: &mut Rng) {
        let ground = trial.ground;
        let mut chances = vec![0.0f32; ground.all.len()];
        for change in start {
            if let Ok(number) = ground.all.binary_search(change) {
                chances[number] = 0.5;
            }
        }
        let mut along = vec![0.0f32; chances.len()];
        let surrogates = trial.surrogates();
        for iteration in 0..self.iterations {
            let rounded = rounded(ground, &chances, |chance| chance);
            let drawn = rounded_at_random(ground, &chances, rng);
            if drawn != rounded {
                trial.nearness(&[drawn]);
            }
            if trial.done() {
                return;
            }
            let surrogate = surrogates[iteration % surrogates.len()];
            let mut slopes = trial.slopes(&[rounded], &[surrogate], self.rank);
            let slopes = slopes.pop().and_then(|mut of| of.pop());
            let Some(slopes) = slopes.filter(|_| !trial.done()) else {
                return;
            };
            let gain = |place: u32| slopes[place as usize] * ground.sign(place);
            let gains: Vec<f32> = ground.all.iter().map(|change| gain(change.from)).collect();
            let largest = gains.iter().fold(0.0f32, |most, gain| most.max(gain.abs()));
            if largest > 0.0 {
                for (along, gain) in along.iter_mut().zip(gains) {
                    *along = self.momentum * *along - gain / largest;
                }
            }
            for (chance, along) in chances.iter_mut().zip(&along) {
                *chance = (*chance + self.step_size * along).clamp(0.0, 1.0);
            }
            project(ground, &mut chances);
        }
    }
}

/// The likeliest flips that the region allows together; where it allows any, those likelier than not.
fn rounded(ground: &Ground, chances: &[f32], mut key: impl FnMut(f32) -> f32) -> Member {
    let least = match ground.most == ground.all.len() {
        true => 0.5,
        false => f32::MIN_POSITIVE,
    };
    let likely = (0..chances.len()).filter(|&at| chances[at] >= least);
    let mut likely: Vec<(f32, usize)> = likely.map(|at| (key(chances[at]), at)).collect();
    likely.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut stand = Stand::new(ground, &[]);
    let changes = likely.iter().map(|&(_, at)| ground.all[at]);
    stand.take(changes, ground.most);
    stand.changes
}

/// Flips drawn by their probabilities, without putting back (Efraimidis and Spirakis 2006).
fn rounded_at_random(ground: &Ground, chances: &[f32], rng: &mut Rng) -> Member {
    if ground.most == ground.all.len() {
        let drawn = |(chance, &change): (&f32, _)| (rng.uniform() < *chance).then_some(change);
        let all = chances.iter().zip(&ground.all).filter_map(drawn);
        let all: Vec<_> = all.collect();
        let mut stand = Stand::new(ground, &[]);
        stand.take(all.into_iter(), ground.most);
        return stand.changes;
    }
    rounded(ground, chances, |chance| {
        let draw = f64::from(1.0 - rng.uniform());
        (libm::log(draw) / f64::from(chance)) as f32
    })
}

/// The nearest probabilities that sum to no more than the budgets, step by step and then all.
fn project(ground: &Ground, chances: &mut [f32]) {
    let mut first = 0;
    for step in 0..ground.steps() {
        let of_step = ground.all[first..].partition_point(|c| ground.step(c.from) == step);
        let budget = ground.budget_of(step);
        lower(&mut chances[first..first + of_step], budget);
        first += of_step;
    }
    lower(chances, ground.most);
}

/// Takes the same from all, none falling below zero, until they sum to `most`.
fn lower(chances: &mut [f32], most: usize) {
    let most = most as f64;
    let sum = |by: f32| -> f64 {
        let left = chances.iter().map(|&chance| (chance - by).max(0.0));
        left.map(f64::from).sum()
    };
    if sum(0.0) <= most {
        return;
    }
    let (mut less, mut more) = (0.0f32, 1.0f32);
    for _ in 0..30 {
        let by = 0.5 * (less + more);
        match sum(by) > most {
            true => less = by,
            false => more = by,
        }
    }
    chances
        .iter_mut()
        .for_each(|chance| *chance = (*chance - more).max(0.0));
}

#[cfg(test)]
mod tests {
    use super::lower;

    #[test]
    fn what_is_lowered_keeps_its_differences() {
        let mut chances = [0.9, 0.8, 0.3, 0.0];
        lower(&mut chances, 1);
        assert!((chances.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert!((chances[0] - chances[1] - 0.1).abs() < 1e-5);
        assert_eq!(chances[3], 0.0);
        let before = chances;
        lower(&mut chances, 2);
        assert_eq!(chances, before);
        lower(&mut chances, 0);
        assert_eq!(chances, [0.0; 4]);
    }
}
