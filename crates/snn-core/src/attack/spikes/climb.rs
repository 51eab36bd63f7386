//! Greedy search and beam search: changes ranked by what the gradient says they gain, the best of them
//! recounted by a forward pass, the best of those taken.
//!
//! While there is room the search adds changes, a share of the budget a round. Then it swaps: a change is
//! taken back and another made, where that is nearer. Every round also tries the whole rest of the budget
//! at once, which finds what is easy early.

use std::collections::BTreeSet;

use super::ground::{Change, Gain, Member, Stand};
use super::trial::{Nearness, Trial};
use crate::rng::Rng;

/// Changes of a member that are tried in exchange.
const UNDONE: usize = 8;

#[derive(Clone, Copy, Debug)]
pub struct Climb {
    /// Members that go on into the next round.
    pub width: usize,
    /// Members that are recounted, of each that goes on.
    pub candidates: usize,
    pub rounds: usize,
    /// Which rival the margin is over, counted from the nearest.
    pub rank: usize,
}

/// A member to recount; one that takes too much of the budget at once is tried, but does not go on.
struct Child {
    member: Member,
    goes_on: bool,
}

impl Climb {
    pub fn run(self, trial: &mut Trial, start: Member) {
        let ground = trial.ground;
        let surrogates = trial.surrogates();
        let mut seen = BTreeSet::from([start.clone()]);
        let near = trial.nearness(std::slice::from_ref(&start))[0];
        let mut beam: Vec<(Nearness, Member)> = vec![(near, start)];
        for round in 0..self.rounds {
            let members: Vec<Member> = beam.iter().map(|(_, member)| member.clone()).collect();
            let slopes = trial.slopes(&members, surrogates, self.rank);
            if trial.done() {
                return;
            }
            let (mut children, mut grows) = (Vec::new(), false);
            for (member, slopes) in members.iter().zip(&slopes) {
                let stand = Stand::new(ground, member);
                let stride = stand.left().div_ceil(self.rounds - round).max(1);
                let more = self.additions(&stand, slopes, stride);
                grows |= !more.is_empty();
                let others = match more.is_empty() {
                    true => self.exchanges(&stand, slopes),
                    false => Vec::new(),
                };
                let new = more.into_iter().chain(others);
                children.extend(new.filter(|child| seen.insert(child.member.clone())));
            }
            if children.is_empty() {
                return;
            }
            let members: Vec<Member> = children.iter().map(|c| c.member.clone()).collect();
            let nearness = trial.nearness(&members);
            if trial.done() {
                return;
            }
            let going = nearness.into_iter().zip(children);
            let going = going.filter(|(_, child)| child.goes_on);
            let mut next: Vec<(Nearness, Member)> =
                going.map(|(near, child)| (near, child.member)).collect();
            if !grows {
                // What is there stays unless something is nearer; stable sorting keeps it first.
                next.splice(0..0, beam.iter().cloned());
            }
            next.sort_by(|a, b| a.0.compare(&b.0));
            next.truncate(self.width);
            if next.is_empty() || next == beam {
                return;
            }
            beam = next;
        }
    }

    /// Members with a change more, or several; none where there is no room or nothing to gain.
    fn additions(&self, stand: &Stand, slopes: &[Vec<f32>], stride: usize) -> Vec<Child> {
        if stand.is_full() {
            return Vec::new();
        }
        let left = stand.left();
        let rank = |slopes: &Vec<f32>| stand.ranked(slopes, self.candidates.max(left));
        let ranked: Vec<Vec<Gain>> = slopes.iter().map(rank).collect();
        let mut children: Vec<Child> = Vec::new();
        for change in in_turn(&ranked).take(self.candidates) {
            let mut member = stand.changes.clone();
            member.insert(member.partition_point(|other| *other < change), change);
            children.push(Child {
                member,
                goes_on: true,
            });
        }
        for ranked in &ranked {
            let mut count = 2;
            while count < 2 * left {
                let mut next = stand.clone();
                let changes = ranked.iter().map(|&(_, change)| change);
                next.take(changes, count.min(left));
                children.push(Child {
                    goes_on: next.changes.len() - stand.changes.len() <= stride,
                    member: next.changes,
                });
                count *= 2;
            }
        }
        // Taking something back may gain, too.
        for slopes in slopes {
            let mut undone = undone(stand, slopes);
            undone.retain(|&(gain, _)| gain < 0.0);
            for (_, change) in undone {
                let mut next = stand.clone();
                if next.undo(change) {
                    children.push(Child {
                        member: next.changes,
                        goes_on: true,
                    });
                }
            }
        }
        children
    }

    /// Members with one change less, and with one in the place of another.
    fn exchanges(&self, stand: &Stand, slopes: &[Vec<f32>]) -> Vec<Child> {
        let mut ranked: Vec<Vec<(f64, [Change; 2])>> = Vec::new();
        let mut members = Vec::new();
        for slopes in slopes {
            let mut pairs = Vec::new();
            for (lost, change) in undone(stand, slopes) {
                let mut less = stand.clone();
                if !less.undo(change) {
                    continue;
                }
                for (gain, other) in less.ranked(slopes, self.candidates) {
                    if other != change {
                        pairs.push((lost + gain, [change, other]));
                    }
                }
                members.push(less.changes);
            }
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            ranked.push(pairs);
        }
        for [change, other] in in_turn(&ranked).take(self.candidates) {
            let mut next = stand.clone();
            if next.undo(change) && next.allows(other) {
                next.add(other);
                members.push(next.changes);
            }
        }
        let child = |member| Child {
            member,
            goes_on: true,
        };
        members.into_iter().map(child).collect()
    }
}

/// The changes whose return gains most, or costs least.
fn undone(stand: &Stand, slopes: &[f32]) -> Vec<Gain> {
    let of = |&change: &Change| (stand.gain_of_undo(change, slopes), change);
    let mut undone: Vec<Gain> = stand.changes.iter().map(of).collect();
    undone.sort_by(|a, b| a.0.total_cmp(&b.0));
    undone.truncate(UNDONE);
    undone
}

/// The first of every list, the second of every list, and so on, each thing once.
fn in_turn<T: Copy + Ord>(ranked: &[Vec<(f64, T)>]) -> impl Iterator<Item = T> + '_ {
    let longest = ranked.iter().map(Vec::len).max().unwrap_or(0);
    let mut seen = BTreeSet::new();
    let all = (0..longest).flat_map(move |at| ranked.iter().filter_map(move |list| list.get(at)));
    all.map(|&(_, thing)| thing)
        .filter(move |&thing| seen.insert(thing))
}

/// A random member to start from: of changes that promise much by the gradient at the example, or of any.
pub fn start(trial: &mut Trial, restart: usize, rng: &mut Rng) -> Member {
    let ground = trial.ground;
    let mut stand = Stand::new(ground, &[]);
    let count = match rng.below(4) {
        0 => rng.below(ground.most + 1),
        _ => ground.most,
    };
    if restart % 2 == 1 {
        let surrogates = trial.surrogates();
        let slopes = trial.slopes(&[Vec::new()], surrogates, restart / 2);
        let rank = |slopes: &Vec<f32>| stand.ranked(slopes, 4 * ground.most);
        let ranked: Vec<Vec<Gain>> = slopes.iter().flatten().map(rank).collect();
        let mut promising: Vec<Change> = in_turn(&ranked).take(4 * ground.most).collect();
        for end in (1..promising.len()).rev() {
            promising.swap(end, rng.below(end + 1));
        }
        stand.take(promising.into_iter(), count);
    }
    stand.fill(count, rng);
    stand.changes
}
