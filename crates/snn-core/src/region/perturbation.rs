//! Single inputs of a region: drawn at random, and told from others.

use super::{Flips, Linf, Region, Shift};
use crate::error::{check_length, Code, Error, Number, Result};
use crate::rng::{Purpose, Rng};

/// An input, and what the draws of a region hang on.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// Pixels, or spikes step by step.
    pub values: &'a [f32],
    /// Numbers of one map.
    pub size: usize,
    /// Presentation and sample.
    pub key: [u64; 2],
}

impl Example<'_> {
    fn on(&self) -> Vec<bool> {
        self.values.iter().map(|&x| x != 0.0).collect()
    }
}

impl Region {
    /// Refuses an example that is none of the region's: pixels that are not numbers, or spikes that are
    /// neither 0 nor 1.
    ///
    /// # Errors
    /// `invalid-value`, `invalid-shape`.
    pub fn takes(&self, example: Example) -> Result<()> {
        let Example { values, size, .. } = example;
        let steps = values.len() / size.max(1);
        check_length("example", values.len(), steps * size)?;
        let spike = |x: &f32| *x == 0.0 || *x == 1.0;
        let (fits, expected): (fn(&f32) -> bool, _) = match self {
            Region::Linf(_) => (|x| x.is_finite(), "a finite number"),
            _ => (spike, "0 or 1"),
        };
        if let Some(at) = values.iter().position(|x| !fits(x)) {
            let (field, got) = (format!("example[{at}]"), Number(values[at].into()));
            return Err(Error::expected(Code::InvalidValue, &field, expected, got));
        }
        match self {
            Region::Flips(flips) => flips.fits(size, steps),
            _ => Ok(()),
        }
    }

    /// Which places of an example's spikes may be toggled at all; everywhere for regions of pixels.
    pub fn free(&self, size: usize, key: [u64; 2], on: &[bool]) -> Vec<bool> {
        let steps = on.len() / size.max(1);
        match self {
            Region::Linf(_) => vec![true; on.len()],
            Region::Flips(flips) => {
                let allows =
                    |(at, &on): (usize, &bool)| flips.allows(at / size, at % size, size, on);
                on.iter().enumerate().map(allows).collect()
            }
            Region::Sampled(sampled) => {
                let mut free = Vec::with_capacity(on.len());
                for step in 0..steps {
                    let draws = sampled.draws(key, step / 2);
                    let draw = |pixel| sampled.frees(draws.pair(pixel)[step % 2]);
                    free.extend((0..size).map(draw));
                }
                free
            }
            Region::Shift(shift) => {
                let mut free = on.to_vec();
                for (at, _) in on.iter().enumerate().filter(|(_, &on)| on) {
                    let step = at / size;
                    for target in shift.targets(step, steps) {
                        free[target * size + at % size] = true;
                    }
                }
                free
            }
        }
    }

    /// An input of the region around an example, the ends of the region above all.
    pub fn sample(&self, example: Example, seed: u64) -> Vec<f32> {
        let mut rng = Rng::keyed(seed, Purpose::Perturb, &example.key);
        match self {
            Region::Linf(linf) => linf.sample(example.values, &mut rng),
            Region::Shift(shift) => shift.sample(example, &mut rng),
            Region::Flips(flips) => {
                let places = self.places(example);
                flips.sample(example, places, &mut rng)
            }
            Region::Sampled(_) => {
                let mut values = example.values.to_vec();
                for place in self.places(example) {
                    values[place] = f32::from(u8::from(rng.below(2) == 1));
                }
                values
            }
        }
    }

    fn places(&self, example: Example) -> Vec<usize> {
        let free = self.free(example.size, example.key, &example.on());
        (0..free.len()).filter(|&place| free[place]).collect()
    }

    /// Whether an input belongs to the region around an example.
    ///
    /// # Errors
    /// `invalid-shape` for an input of another length.
    pub fn contains(&self, example: Example, perturbed: &[f32]) -> Result<bool> {
        check_length("perturbed", perturbed.len(), example.values.len())?;
        if let Region::Linf(linf) = self {
            let mut pairs = example.values.iter().zip(perturbed);
            return Ok(pairs.all(|(&x, &y)| linf.contains(x, y)));
        }
        if perturbed.iter().any(|&x| x != 0.0 && x != 1.0) {
            return Ok(false);
        }
        let on = example.on();
        let differs = |&at: &usize| on[at] != (perturbed[at] != 0.0);
        let toggled: Vec<usize> = (0..on.len()).filter(differs).collect();
        let free = self.free(example.size, example.key, &on);
        if !toggled.iter().all(|&at| free[at]) {
            return Ok(false);
        }
        Ok(match self {
            Region::Linf(_) | Region::Sampled(_) => true,
            Region::Flips(flips) => {
                let mut of_step = vec![0; on.len() / example.size.max(1)];
                toggled
                    .iter()
                    .for_each(|&at| of_step[at / example.size] += 1);
                let mut steps = of_step.iter().enumerate();
                let fits = steps.all(|(step, &count)| count <= flips.budget_of(step));
                fits && toggled.len() <= flips.budget
            }
            Region::Shift(shift) => shift.reaches(example, perturbed),
        })
    }
}

impl Linf {
    /// The least and the largest number that belong to the region around a pixel. The pixel itself where
    /// none does, as clipping can have it.
    pub fn ends(&self, pixel: f32) -> (f32, f32) {
        let end = |share: f64| {
            let mut end = (f64::from(pixel) + share * self.epsilon) as f32;
            if self.clip {
                end = end.clamp(0.0, 1.0);
            }
            while !self.contains(pixel, end) && end != pixel {
                end = match end > pixel {
                    true => end.next_down(),
                    false => end.next_up(),
                };
            }
            end
        };
        (end(-1.0), end(1.0))
    }

    fn contains(&self, pixel: f32, other: f32) -> bool {
        let within = (f64::from(pixel) - f64::from(other)).abs() <= self.epsilon;
        within && (!self.clip || (0.0..=1.0).contains(&other))
    }

    fn sample(&self, pixels: &[f32], rng: &mut Rng) -> Vec<f32> {
        let inside = rng.below(4) == 0;
        let pixel = |&x: &f32| {
            let share = match inside {
                true => f64::from(2.0 * rng.uniform() - 1.0),
                false => [-1.0, 1.0][rng.below(2)],
            };
            let mut moved = (f64::from(x) + share * self.epsilon) as f32;
            if self.clip {
                moved = moved.clamp(0.0, 1.0);
            }
            while !self.contains(x, moved) && moved != x {
                moved = if moved > x {
                    moved.next_down()
                } else {
                    moved.next_up()
                };
            }
            moved
        };
        pixels.iter().map(pixel).collect()
    }
}

impl Flips {
    fn sample(&self, example: Example, mut places: Vec<usize>, rng: &mut Rng) -> Vec<f32> {
        let mut values = example.values.to_vec();
        let most = self.budget.min(places.len());
        let mut left = match rng.below(4) {
            0 => rng.below(most + 1),
            _ => most,
        };
        let steps = values.len() / example.size.max(1);
        let mut of_step = vec![0; steps];
        while left > 0 && !places.is_empty() {
            let place = places.swap_remove(rng.below(places.len()));
            let step = place / example.size;
            if of_step[step] < self.budget_of(step) {
                values[place] = 1.0 - values[place];
                of_step[step] += 1;
                left -= 1;
            }
        }
        values
    }
}

impl Shift {
    /// Steps that a spike can move to.
    pub fn targets(&self, step: usize, steps: usize) -> impl Iterator<Item = usize> {
        let end = (step + self.steps).min(steps - 1);
        (step.saturating_sub(self.steps)..=end).filter(move |&target| target != step)
    }

    fn sample(&self, example: Example, rng: &mut Rng) -> Vec<f32> {
        let size = example.size;
        let steps = example.values.len() / size.max(1);
        let mut count: Vec<u32> = example.on().into_iter().map(u32::from).collect();
        let mut spikes: Vec<usize> = (0..count.len()).filter(|&at| count[at] > 0).collect();
        let most = self.budget.min(spikes.len());
        let mut left = match rng.below(4) {
            0 => rng.below(most + 1),
            _ => most,
        };
        while left > 0 && !spikes.is_empty() {
            let spike = spikes.swap_remove(rng.below(spikes.len()));
            let targets = self
                .targets(spike / size, steps)
                .map(|step| step * size + spike % size);
            let targets: Vec<usize> = targets.filter(|&at| self.merge || count[at] == 0).collect();
            if targets.is_empty() {
                continue;
            }
            count[spike] -= 1;
            count[targets[rng.below(targets.len())]] += 1;
            left -= 1;
        }
        let spike = |&count: &u32| f32::from(u8::from(count > 0));
        count.iter().map(spike).collect()
    }

    /// Whether few enough moves lead from one input to the other.
    fn reaches(&self, example: Example, perturbed: &[f32]) -> bool {
        let size = example.size;
        let train = |values: &[f32], pixel: usize| -> Vec<usize> {
            let steps = values.iter().skip(pixel).step_by(size).enumerate();
            steps
                .filter(|(_, &x)| x != 0.0)
                .map(|(step, _)| step)
                .collect()
        };
        let mut left = self.budget;
        for pixel in 0..size {
            let (before, after) = (train(example.values, pixel), train(perturbed, pixel));
            if before == after {
                continue;
            }
            match self.moves(&before, &after) {
                Some(moves) if moves <= left => left -= moves,
                _ => return false,
            }
        }
        true
    }

    /// The fewest moves from one train of spikes to another, if there is a way: an assignment of least
    /// cost, by shortest augmenting paths, of a spike to every spike that is to be.
    fn moves(&self, before: &[usize], after: &[usize]) -> Option<usize> {
        if before.len() < after.len() || (before.len() != after.len() && !self.merge) {
            return None;
        }
        let near =
            |spike: usize, target: usize| before[spike].abs_diff(after[target]) <= self.steps;
        // What a spike costs that no target needs.
        let mut spare = vec![0i64; before.len()];
        if self.merge {
            for (spike, spare) in spare.iter_mut().enumerate() {
                let mut targets = 0..after.len();
                *spare = match after.contains(&before[spike]) {
                    true => 0,
                    false if targets.any(|target| near(spike, target)) => 1,
                    false => return None,
                };
            }
        }
        let cost =
            |spike: usize, target: usize| i64::from(before[spike] != after[target]) - spare[spike];
        let mut total: i64 = spare.iter().sum();
        let mut target_of = vec![None; before.len()];
        let mut spike_of = vec![None; after.len()];
        for source in 0..after.len() {
            let mut distance = vec![None; after.len()];
            let mut reached: Vec<Option<(i64, usize)>> = vec![None; before.len()];
            distance[source] = Some(0i64);
            let mut waiting = vec![source];
            while let Some(target) = waiting.pop() {
                let so_far = distance[target].expect("waiting targets have been reached");
                for spike in (0..before.len()).filter(|&spike| near(spike, target)) {
                    let sum = so_far + cost(spike, target);
                    if spike_of[target] == Some(spike)
                        || reached[spike].is_some_and(|(least, _)| least <= sum)
                    {
                        continue;
                    }
                    reached[spike] = Some((sum, target));
                    if let Some(next) = target_of[spike] {
                        distance[next] = Some(sum - cost(spike, next));
                        waiting.push(next);
                    }
                }
            }
            let ends = (0..before.len()).filter(|&spike| target_of[spike].is_none());
            let ends = ends.filter_map(|spike| reached[spike].map(|(sum, _)| (sum, spike)));
            let (sum, mut spike) = ends.min()?;
            total += sum;
            loop {
                let (_, target) = reached[spike].expect("a path leads here");
                let before = spike_of[target].replace(spike);
                target_of[spike] = Some(target);
                match before {
                    Some(other) => spike = other,
                    None => break,
                }
            }
        }
        usize::try_from(total).ok()
    }
}
