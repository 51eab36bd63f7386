//! The minimum of a linear form over spikes that may move in time.
//!
//! Spikes of a position that are further apart than twice their reach have no target in common: each
//! takes its best one. Others are tried together, from the first to the last, by what they leave
//! occupied around the next one (a dynamic program), so that the minimum is exact. Where that would
//! be long, each takes its best target whatever the others do, which is less or equal.

use std::ops::Range;

use super::Shift;
use crate::affine::Lists;
use crate::least::Least;
use crate::shape::Shape;

/// The longest reach for which the minimum is exact: states double twice with every step more.
pub const EXACT: usize = 3;

/// A place that may be toggled.
#[derive(Clone, Copy)]
struct Place {
    step: usize,
    /// Number among the sample's places.
    entry: usize,
    on: bool,
}

/// The spikes of one sample, position by position.
pub struct Moves {
    shift: Shift,
    places: Vec<Place>,
    /// Spikes with targets in common, and the places within their reach: rising steps of a position.
    groups: Vec<Range<usize>>,
}

/// One spike moved, or several: what it gains, and from where to where.
struct Gain {
    /// Least sums for so many moves, from none on.
    sums: Vec<f64>,
    /// For each of them what changes: entries and by how much.
    changes: Vec<Vec<(usize, f32)>>,
}

const NOWHERE: usize = usize::MAX;

impl Moves {
    /// `open`: what may be toggled, lists (step, position) from `first` on.
    pub fn new(open: &Lists<bool>, first: usize, steps: usize, map: Shape, shift: Shift) -> Self {
        let (positions, stride) = (map.positions(), map.stride());
        let base = open.range(first, 0).start;
        let mut trains = vec![Vec::new(); positions * stride];
        for row in 0..steps * positions {
            for entry in open.range(first + row, 1) {
                let (channel, on) = open.entry(entry);
                let (step, entry) = (row / positions, entry - base);
                trains[row % positions * stride + channel].push(Place { step, entry, on });
            }
        }
        let mut moves = Moves {
            shift,
            places: Vec::new(),
            groups: Vec::new(),
        };
        trains.iter().for_each(|train| moves.add(train));
        moves
    }

    /// The places of one position.
    fn add(&mut self, train: &[Place]) {
        let mut last: Option<usize> = None;
        let mut start = self.places.len();
        for (index, place) in train.iter().enumerate() {
            // The next spike tells whether a place between two belongs to the first alone.
            let next = train[index..].iter().find(|place| place.on);
            if let (Some(before), Some(next)) = (last, next) {
                let apart = next.step - before > 2 * self.shift.steps;
                if apart && place.step > before + self.shift.steps {
                    self.groups.push(start..self.places.len());
                    (start, last) = (self.places.len(), None);
                }
            }
            self.places.push(*place);
            if place.on {
                last = Some(place.step);
            }
        }
        if self.places.len() > start {
            self.groups.push(start..self.places.len());
        }
    }

    /// The least `sum coefficient * (x' - x)`, never above 0; `change` is called for what it changes.
    pub fn minimise(&self, coefficients: &[f64], mut change: impl FnMut(usize, f32)) -> f64 {
        let spikes = self.places.iter().filter(|place| place.on).count();
        let most = self.shift.budget.min(spikes);
        let (mut alone, mut targets) = (Least::new(most), Vec::new());
        let mut together = Vec::new();
        for group in &self.groups {
            let places = &self.places[group.clone()];
            let count = places.iter().filter(|place| place.on).count();
            if count > 1 && self.shift.steps <= EXACT {
                together.push(self.chain(places, count.min(most), coefficients));
                continue;
            }
            for spike in places.iter().filter(|place| place.on) {
                if let Some((gain, target, added)) = self.best(places, spike, coefficients) {
                    alone.push(gain, targets.len() as u32);
                    targets.push((spike.entry, target, added));
                }
            }
        }
        let alone = alone.sorted();
        let (mut sums, mut choices) = (vec![0.0f64], Vec::new());
        for gain in &together {
            let (next, choice) = joined(&sums, &gain.sums, most);
            sums = next;
            choices.push(choice);
        }
        let mut best = (0.0, 0, 0);
        for (count, &sum) in sums.iter().enumerate() {
            let mut total = sum;
            let free = (most - count).min(alone.len());
            alone[..free].iter().for_each(|gain| total += gain.number);
            if total < best.0 {
                best = (total, count, free);
            }
        }
        let (total, mut count, free) = best;
        for gain in &alone[..free] {
            let (spike, target, added) = targets[gain.tag as usize];
            change(spike, -1.0);
            if added {
                change(target, 1.0);
            }
        }
        for (gain, choice) in together.iter().zip(&choices).rev() {
            let moved = choice[count];
            gain.changes[moved]
                .iter()
                .for_each(|&(entry, by)| change(entry, by));
            count -= moved;
        }
        total
    }

    /// The best target of a spike, whatever the others do: the gain, the target, and whether it is
    /// one spike more there.
    fn best(
        &self,
        places: &[Place],
        spike: &Place,
        coefficients: &[f64],
    ) -> Option<(f64, usize, bool)> {
        let reach = self.shift.steps;
        let near = |a: &Place, b: &Place| a.step.abs_diff(b.step) <= reach;
        let mut best: Option<(f64, usize, bool)> = None;
        for target in places.iter().filter(|place| near(place, spike)) {
            if target.step == spike.step {
                continue;
            }
            let mut added = coefficients[target.entry];
            if self.shift.merge && added > 0.0 {
                let other = |place: &&Place| place.on && place.step != spike.step;
                if places.iter().filter(other).any(|place| near(place, target)) {
                    added = 0.0;
                }
            }
            let gain = added - coefficients[spike.entry];
            if gain < 0.0 && best.is_none_or(|(least, ..)| gain < least) {
                best = Some((gain, target.entry, added == coefficients[target.entry]));
            }
        }
        best
    }

    /// Least sums of spikes that share targets, for up to `most` of them moved.
    fn chain(&self, places: &[Place], most: usize, coefficients: &[f64]) -> Gain {
        let reach = self.shift.steps;
        let masks = 1usize << (2 * reach + 1);
        let first = places[0].step;
        let mut at = vec![NOWHERE; places[places.len() - 1].step - first + 1];
        for (index, place) in places.iter().enumerate() {
            at[place.step - first] = index;
        }
        // States: (moved, what is occupied around the spike). Tables follow the spikes.
        let nothing = (f64::INFINITY, 0usize, NOWHERE);
        let mut tables: Vec<Vec<(f64, usize, usize)>> = Vec::new();
        let mut state = vec![nothing; masks];
        state[0].0 = 0.0;
        tables.push(state);
        let mut before = places[0].step;
        let spikes: Vec<&Place> = places.iter().filter(|place| place.on).collect();
        for spike in &spikes {
            let gone = spike.step - before;
            before = spike.step;
            let from = &tables[tables.len() - 1];
            let mut to = vec![nothing; (most + 1) * masks];
            for (index, &(sum, ..)) in from.iter().enumerate() {
                if sum == f64::INFINITY {
                    continue;
                }
                let (moved, mask) = (index / masks, index % masks);
                let mask = if gone < 2 * reach + 1 {
                    mask >> gone
                } else {
                    0
                };
                for bit in 0..=2 * reach {
                    let place = (spike.step + bit).checked_sub(first + reach);
                    let place = place.and_then(|step| at.get(step)).copied();
                    let Some(target) = place.filter(|&target| target != NOWHERE) else {
                        continue;
                    };
                    let moved = moved + usize::from(bit != reach);
                    let occupied = mask >> bit & 1 == 1;
                    if moved > most || (occupied && !self.shift.merge) {
                        continue;
                    }
                    let added = match occupied {
                        true => 0.0,
                        false => coefficients[places[target].entry],
                    };
                    let sum = sum + added - coefficients[spike.entry];
                    let state = &mut to[moved * masks + (mask | 1 << bit)];
                    if sum < state.0 {
                        *state = (sum, index, if occupied { NOWHERE } else { target });
                    }
                }
            }
            tables.push(to);
        }
        let mut gain = Gain {
            sums: Vec::new(),
            changes: Vec::new(),
        };
        for moved in 0..=most {
            let states = &tables[spikes.len()][moved * masks..(moved + 1) * masks];
            let least = (0..masks).min_by(|&a, &b| states[a].0.total_cmp(&states[b].0));
            let mut index = moved * masks + least.unwrap_or(0);
            gain.sums.push(tables[spikes.len()][index].0);
            let mut changes = Vec::new();
            if gain.sums[moved] < 0.0 {
                for (table, spike) in tables[1..].iter().zip(&spikes).rev() {
                    let (_, from, target) = table[index];
                    changes.push((spike.entry, -1.0));
                    if target != NOWHERE {
                        changes.push((places[target].entry, 1.0));
                    }
                    index = from;
                }
            }
            gain.changes.push(changes);
        }
        gain
    }
}

/// Least sums of two sets of spikes together, for up to `most` moved, and how many of them are of the
/// second set.
fn joined(first: &[f64], second: &[f64], most: usize) -> (Vec<f64>, Vec<usize>) {
    let length = (first.len() + second.len() - 1).min(most + 1);
    let (mut sums, mut choices) = (vec![f64::INFINITY; length], vec![0; length]);
    for (a, first) in first.iter().enumerate() {
        for (b, second) in second.iter().enumerate().take(length.saturating_sub(a)) {
            if first + second < sums[a + b] {
                (sums[a + b], choices[a + b]) = (first + second, b);
            }
        }
    }
    (sums, choices)
}
