//! Searches without a gradient, so that one that is masked shows: random members in the manner of
//! Sparse-RS (Croce et al. 2022), and one change after another.

use super::ground::{Change, Member, Stand};
use super::trial::{Nearness, Trial};
use crate::rng::Rng;

/// Members that are tried before the nearest of them is compared with the one they were made from.
const TOGETHER: usize = 8;

/// Changes of which a share is drawn anew, kept where the member is no farther. The share falls
/// from `share` to a single change.
#[derive(Clone, Copy, Debug)]
pub struct Random {
    pub passes: usize,
    pub share: f32,
}

impl Random {
    pub fn run(self, trial: &mut Trial, rng: &mut Rng) {
        let ground = trial.ground;
        // Where anything goes, half of it is as good as any number.
        let usual = match ground.most == ground.all.len() {
            true => ground.most.div_ceil(2),
            false => ground.most,
        };
        let mut best = Stand::new(ground, &[]);
        best.fill(usual, rng);
        let mut nearest = trial.nearness(&[best.changes.clone()])[0];
        let mut passes = 1;
        while passes < self.passes && !trial.done() {
            let left = 1.0 - passes as f32 / self.passes as f32;
            let share = self.share * left * left;
            let tried: Vec<Stand> = (0..TOGETHER.min(self.passes - passes))
                .map(|_| {
                    let mut next = best.clone();
                    let most = (share * next.changes.len() as f32) as usize;
                    remove(&mut next, 1 + rng.below(most.max(1)), rng);
                    let count = match rng.below(4) {
                        0 => rng.below(ground.most + 1),
                        _ => usual,
                    };
                    let extra = next.changes.len().saturating_sub(count);
                    remove(&mut next, extra, rng);
                    next.fill(count, rng);
                    next
                })
                .collect();
            passes += tried.len();
            let members: Vec<Member> = tried.iter().map(|t| t.changes.clone()).collect();
            let near = trial.nearness(&members);
            if let Some((near, next)) = least(near, tried) {
                if !nearest.beats(&near) {
                    (nearest, best) = (near, next);
                }
            }
        }
    }
}

/// Takes back so many changes, drawn at random.
fn remove(stand: &mut Stand, count: usize, rng: &mut Rng) {
    for _ in 0..count.min(stand.changes.len()) {
        let change = stand.changes[rng.below(stand.changes.len())];
        stand.undo(change);
    }
}

/// The nearest of several; of equal ones the first.
fn least<T>(near: Vec<Nearness>, tried: Vec<T>) -> Option<(Nearness, T)> {
    let pairs = near.into_iter().zip(tried);
    pairs.min_by(|a, b| a.0.compare(&b.0))
}

/// Every change in an order drawn at random, kept where the member is nearer: made where there is room,
/// in the place of another where there is none, and taken back where it was made.
#[derive(Clone, Copy, Debug)]
pub struct Coordinate {
    pub passes: usize,
}

impl Coordinate {
    pub fn run(self, trial: &mut Trial, rng: &mut Rng) {
        let ground = trial.ground;
        let mut best = Stand::new(ground, &[]);
        let mut nearest = trial.nearness(&[Vec::new()])[0];
        let mut order = ground.all.clone();
        let mut passes = 1;
        loop {
            for end in (1..order.len()).rev() {
                order.swap(end, rng.below(end + 1));
            }
            let mut gained = false;
            for changes in order.chunks(TOGETHER) {
                let tried = changes
                    .iter()
                    .filter_map(|&change| toggled(&best, change, rng));
                let tried: Vec<Stand> = tried.collect();
                if passes + tried.len() > self.passes || trial.done() {
                    return;
                }
                passes += tried.len();
                let members: Vec<Member> = tried.iter().map(|t| t.changes.clone()).collect();
                let near = trial.nearness(&members);
                if let Some((near, next)) = least(near, tried) {
                    if near.beats(&nearest) {
                        (nearest, best, gained) = (near, next, true);
                    }
                }
            }
            if !gained {
                return;
            }
        }
    }
}

/// The member with a change more, or less, or in the place of another.
fn toggled<'g>(stand: &Stand<'g>, change: Change, rng: &mut Rng) -> Option<Stand<'g>> {
    let mut next = stand.clone();
    if next.undo(change) {
        return Some(next);
    }
    if !next.allows(change) && !next.changes.is_empty() {
        let other = next.changes[rng.below(next.changes.len())];
        next.undo(other);
    }
    next.allows(change).then(|| {
        next.add(change);
        next
    })
}
