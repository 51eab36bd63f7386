//! Small regions, and the inputs they hold by their definition.

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use snn_core::encode::{DrawKey, Encoding, InputMap, Inputs};
use snn_core::region::{Example, Flips, PerStep, Region, Sampled, Shift};
use snn_core::shape::Shape;

/// The same cases in every run, unless `PROPTEST_RNG_SEED` asks for others.
pub fn config(cases: u32) -> ProptestConfig {
    let mut config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(20_220_502);
    }
    config
}

/// A recording of few steps and positions, and a region around it.
#[derive(Clone, Debug)]
pub struct Case {
    pub map: Shape,
    pub steps: usize,
    pub values: Vec<f32>,
    pub region: Region,
}

pub const KEY: DrawKey = DrawKey {
    seed: 3,
    presentation: 2,
};
pub const SAMPLES: [u32; 1] = [7];

/// The inputs of a region, as bits: bit `step * size + position`.
pub type Members = HashSet<u32>;

impl Case {
    pub fn size(&self) -> usize {
        self.map.len()
    }

    pub fn input_map(&self) -> InputMap {
        InputMap {
            shape: self.map,
            encoding: Encoding::Spikes,
        }
    }

    pub fn inputs(&self) -> Inputs<'_> {
        Inputs {
            images: &self.values,
            samples: &SAMPLES,
            steps: self.steps,
            draws: KEY,
        }
    }

    pub fn example(&self) -> Example<'_> {
        Example {
            values: &self.values,
            size: self.size(),
            key: [KEY.presentation, SAMPLES[0].into()],
        }
    }

    pub fn bits(values: &[f32]) -> u32 {
        let spikes = values.iter().enumerate().filter(|(_, &x)| x != 0.0);
        spikes.fold(0, |bits, (at, _)| bits | 1 << at)
    }

    pub fn values(&self, bits: u32) -> Vec<f32> {
        let places = 0..self.values.len();
        places.map(|at| (bits >> at & 1) as f32).collect()
    }

    /// All members, by the region's definition.
    pub fn members(&self) -> Members {
        let own = Case::bits(&self.values);
        let all = 0..1u32 << self.values.len();
        match &self.region {
            Region::Linf(_) => unreachable!("of spikes"),
            Region::Flips(flips) => all.filter(|bits| self.flipped(flips, own ^ bits)).collect(),
            Region::Sampled(_) => {
                let on: Vec<bool> = self.values.iter().map(|&x| x != 0.0).collect();
                let free = self.region.free(self.size(), self.example().key, &on);
                let fixed =
                    |bits: &u32| (0..free.len()).all(|at| free[at] || (own ^ bits) >> at & 1 == 0);
                all.filter(fixed).collect()
            }
            Region::Shift(shift) => {
                let mut members = Members::new();
                let spikes: Vec<usize> = (0..self.values.len())
                    .filter(|at| own >> at & 1 == 1)
                    .collect();
                self.moved(shift, &spikes, 0, shift.budget, &mut members);
                members
            }
        }
    }

    fn flipped(&self, flips: &Flips, changed: u32) -> bool {
        let size = self.size();
        let allowed = |at: usize| {
            let direction = match self.values[at] == 1.0 {
                true => flips.deletions,
                false => flips.additions,
            };
            let masked = match flips.mask.len() {
                0 => true,
                length if length == size => flips.mask[at % size] == 1,
                _ => flips.mask[at] == 1,
            };
            direction && masked
        };
        let of_step =
            |step: usize| (changed >> (step * size) & ((1 << size) - 1)).count_ones() as usize;
        let most = |step: usize| match &flips.per_step {
            PerStep::Any => usize::MAX,
            PerStep::Same(most) => *most,
            PerStep::Each(most) => most[step],
        };
        (0..self.values.len()).all(|at| changed >> at & 1 == 0 || allowed(at))
            && (changed.count_ones() as usize) <= flips.budget
            && (0..self.steps).all(|step| of_step(step) <= most(step))
    }

    /// Every spike stays or goes somewhere.
    fn moved(
        &self,
        shift: &Shift,
        spikes: &[usize],
        bits: u32,
        left: usize,
        members: &mut Members,
    ) {
        let Some((&spike, others)) = spikes.split_first() else {
            members.insert(bits);
            return;
        };
        for step in 0..self.steps {
            let distance = step.abs_diff(spike / self.size());
            let target = 1 << (step * self.size() + spike % self.size());
            let moves = usize::from(distance > 0);
            if distance > shift.steps || moves > left || (bits & target != 0 && !shift.merge) {
                continue;
            }
            self.moved(shift, others, bits | target, left - moves, members);
        }
    }
}

/// Maps of up to four positions, eleven places at most.
pub fn cases() -> impl Strategy<Value = Case> {
    let map = prop_oneof![
        Just(Shape::flat(1)),
        Just(Shape::flat(3)),
        Just(Shape::new(2, 1, 2)),
        Just(Shape::new(1, 2, 1)),
    ];
    (map, 1usize..8)
        .prop_flat_map(|(map, steps)| {
            let steps = steps.min(11 / map.len());
            let values =
                prop::collection::vec(prop::sample::select(vec![0.0f32, 1.0]), steps * map.len());
            (Just(map), Just(steps), values, region(map.len(), steps))
        })
        .prop_map(|(map, steps, values, region)| Case {
            map,
            steps,
            values,
            region,
        })
}

fn region(size: usize, steps: usize) -> impl Strategy<Value = Region> {
    let mask = prop_oneof![
        2 => Just(Vec::new()),
        1 => prop::collection::vec(0u8..2, size),
        1 => prop::collection::vec(0u8..2, size * steps),
    ];
    let per_step = prop_oneof![
        2 => Just(PerStep::Any),
        1 => (0usize..3).prop_map(PerStep::Same),
        1 => prop::collection::vec(0usize..3, steps).prop_map(PerStep::Each),
    ];
    let kinds = prop::sample::select(vec![
        (true, true),
        (true, true),
        (true, false),
        (false, true),
    ]);
    let flips = (0usize..5, kinds, mask, per_step).prop_map(|(budget, kinds, mask, per_step)| {
        Region::Flips(Flips {
            budget,
            additions: kinds.0,
            deletions: kinds.1,
            mask,
            per_step,
        })
    });
    let sampled = (0.0f64..1.0, 0u64..9)
        .prop_map(|(fraction, seed)| Region::Sampled(Sampled { fraction, seed }));
    let shift = (0usize..5, 1usize..4, any::<bool>()).prop_map(|(budget, steps, merge)| {
        Region::Shift(Shift {
            budget,
            steps,
            merge,
        })
    });
    prop_oneof![2 => flips, 1 => sampled, 2 => shift]
}
