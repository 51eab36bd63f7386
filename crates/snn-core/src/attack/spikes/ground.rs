//! A region of spikes as steps through it: what may change, one change at a time, and what that gains.

use crate::least::Least;
use crate::region::{Example, Region};
use crate::rng::Rng;

/// A place that flips (`from == to`), or a spike and the place it moves to. Places count
/// `step * size + position`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    pub from: u32,
    pub to: u32,
}

/// An input of the region: what differs from the example, in rising order, each place or spike once.
pub type Member = Vec<Change>;

/// A change, and by how much a linear form falls (below zero) with it.
pub type Gain = (f64, Change);

/// The region around one example.
pub struct Ground<'a> {
    region: &'a Region,
    clean: Vec<f32>,
    size: usize,
    /// All that may change at all, in rising order.
    pub all: Vec<Change>,
    /// Numbers of those of `all` that start from no spike, and from one.
    kinds: [Vec<u32>; 2],
    /// Changes at most.
    pub most: usize,
}

impl<'a> Ground<'a> {
    pub fn new(region: &'a Region, example: Example) -> Self {
        let Example { values, size, key } = example;
        let on: Vec<bool> = values.iter().map(|&x| x != 0.0).collect();
        let places = 0..on.len() as u32;
        let all: Vec<Change> = match region {
            Region::Shift(shift) => {
                let steps = on.len() / size.max(1);
                let spikes = places.filter(|&at| on[at as usize]);
                let moves = spikes.flat_map(|from| {
                    let (step, position) = (from as usize / size, from as usize % size);
                    let to = move |step| (step * size + position) as u32;
                    let targets = shift.targets(step, steps);
                    targets.map(move |step| Change { from, to: to(step) })
                });
                moves.collect()
            }
            _ => {
                let free = region.free(size, key, &on);
                let places = places.filter(|&at| free[at as usize]);
                places.map(|at| Change { from: at, to: at }).collect()
            }
        };
        let kind = |of: bool| {
            let numbers = 0..all.len() as u32;
            numbers
                .filter(|&number| on[all[number as usize].from as usize] == of)
                .collect()
        };
        Ground {
            kinds: [kind(false), kind(true)],
            most: match region {
                Region::Flips(flips) => flips.budget.min(all.len()),
                Region::Shift(shift) => shift.budget.min(on.iter().filter(|&&on| on).count()),
                Region::Linf(_) | Region::Sampled(_) => all.len(),
            },
            region,
            clean: values.to_vec(),
            size,
            all,
        }
    }

    pub fn moves(&self) -> bool {
        matches!(self.region, Region::Shift(_))
    }

    pub fn step(&self, place: u32) -> usize {
        place as usize / self.size
    }

    pub fn steps(&self) -> usize {
        self.clean.len() / self.size.max(1)
    }

    /// Changes at most in one step.
    pub fn budget_of(&self, step: usize) -> usize {
        match self.region {
            Region::Flips(flips) => flips.budget_of(step),
            _ => usize::MAX,
        }
    }

    /// What a flip does to a number that counts the spike: 1 where there is none.
    pub fn sign(&self, place: u32) -> f32 {
        1.0 - 2.0 * self.clean[place as usize]
    }

    /// The input itself, spikes step by step.
    pub fn values(&self, member: &[Change]) -> Vec<f32> {
        let mut values = self.clean.clone();
        if self.moves() {
            for change in member {
                values[change.from as usize] = 0.0;
            }
            for change in member {
                values[change.to as usize] = 1.0;
            }
        } else {
            for change in member {
                let value = &mut values[change.from as usize];
                *value = 1.0 - *value;
            }
        }
        values
    }
}

/// A member while it is changed.
#[derive(Clone)]
pub struct Stand<'g> {
    ground: &'g Ground<'g>,
    pub changes: Member,
    /// Spikes at every place: more than one where they have merged.
    counts: Vec<u16>,
    touched: Vec<bool>,
    of_step: Vec<usize>,
}

impl<'g> Stand<'g> {
    pub fn new(ground: &'g Ground<'g>, member: &[Change]) -> Self {
        let mut stand = Stand {
            ground,
            changes: Vec::new(),
            counts: ground.clean.iter().map(|&x| x as u16).collect(),
            touched: vec![false; ground.clean.len()],
            of_step: vec![0; ground.steps()],
        };
        member.iter().for_each(|&change| stand.add(change));
        stand
    }

    pub fn is_full(&self) -> bool {
        self.changes.len() >= self.ground.most
    }

    /// Changes that there is still room for.
    pub fn left(&self) -> usize {
        self.ground.most - self.changes.len()
    }

    /// Whether the input with one change more is a member.
    pub fn allows(&self, change: Change) -> bool {
        if self.is_full() || self.touched[change.from as usize] {
            return false;
        }
        match self.ground.region {
            Region::Shift(shift) => shift.merge || self.counts[change.to as usize] == 0,
            _ => {
                let step = self.ground.step(change.from);
                self.of_step[step] < self.ground.budget_of(step)
            }
        }
    }

    /// A change that is allowed, or the next of several that are together.
    pub fn add(&mut self, change: Change) {
        let (from, to) = (change.from as usize, change.to as usize);
        self.touched[from] = true;
        self.of_step[self.ground.step(change.from)] += 1;
        match self.ground.moves() {
            true => {
                self.counts[from] -= 1;
                self.counts[to] += 1;
            }
            false => self.counts[from] = 1 - self.counts[from],
        }
        let at = self.changes.partition_point(|other| *other < change);
        self.changes.insert(at, change);
    }

    /// Takes a change back; `false`, and nothing, where what is left would be no member.
    pub fn undo(&mut self, change: Change) -> bool {
        let Ok(at) = self.changes.binary_search(&change) else {
            return false;
        };
        let (from, to) = (change.from as usize, change.to as usize);
        if let Region::Shift(shift) = self.ground.region {
            if !shift.merge && self.counts[from] > 0 {
                return false;
            }
            self.counts[to] -= 1;
            self.counts[from] += 1;
        } else {
            self.counts[from] = 1 - self.counts[from];
        }
        self.changes.remove(at);
        self.touched[from] = false;
        self.of_step[self.ground.step(change.from)] -= 1;
        true
    }

    /// By how much `slopes . x` grows with a change.
    pub fn gain(&self, change: Change, slopes: &[f32]) -> f64 {
        self.grows(change.from, change.to, slopes)
    }

    /// By how much it grows when a change is taken back.
    pub fn gain_of_undo(&self, change: Change, slopes: &[f32]) -> f64 {
        self.grows(change.to, change.from, slopes)
    }

    fn grows(&self, from: u32, to: u32, slopes: &[f32]) -> f64 {
        let slope = |place: u32| f64::from(slopes[place as usize]);
        let count = |place: u32| self.counts[place as usize];
        if from == to {
            return slope(from) * (1.0 - 2.0 * f64::from(count(from)));
        }
        let lost = if count(from) == 1 { slope(from) } else { 0.0 };
        let won = if count(to) == 0 { slope(to) } else { 0.0 };
        won - lost
    }

    /// The changes of the least gains below zero, the least first.
    pub fn ranked(&self, slopes: &[f32], most: usize) -> Vec<Gain> {
        let mut least = Least::new(most);
        for (number, &change) in self.ground.all.iter().enumerate() {
            if self.allows(change) {
                least.push(self.gain(change, slopes), number as u32);
            }
        }
        let sorted = least.sorted().into_iter();
        sorted
            .map(|gain| (gain.number, self.ground.all[gain.tag as usize]))
            .collect()
    }

    /// Takes what is allowed of some changes, in their order, up to so many.
    pub fn take(&mut self, changes: impl Iterator<Item = Change>, most: usize) {
        let end = (self.changes.len() + most).min(self.ground.most);
        for change in changes {
            if self.changes.len() >= end {
                return;
            }
            if self.allows(change) {
                self.add(change);
            }
        }
    }

    /// A change that is allowed, drawn at random: from no spike and from a spike alike.
    pub fn chance(&self, rng: &mut Rng) -> Option<Change> {
        let ground = self.ground;
        if self.is_full() {
            return None;
        }
        let draw = |rng: &mut Rng| {
            let numbers = &ground.kinds[rng.below(2)];
            let number = numbers.get(rng.below(numbers.len()))?;
            Some(ground.all[*number as usize])
        };
        for _ in 0..16 {
            match draw(rng) {
                Some(change) if self.allows(change) => return Some(change),
                _ => {}
            }
        }
        let start = rng.below(ground.all.len());
        let (before, after) = ground.all.split_at(start);
        let mut around = after.iter().chain(before);
        around.find(|&&change| self.allows(change)).copied()
    }

    /// Draws changes until there are so many.
    pub fn fill(&mut self, count: usize, rng: &mut Rng) {
        while self.changes.len() < count {
            match self.chance(rng) {
                Some(change) => self.add(change),
                None => return,
            }
        }
    }
}
