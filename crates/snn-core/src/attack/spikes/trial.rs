//! One example under attack: members of its region go in, what the network makes of them comes out.

use super::ground::{Change, Ground, Member};
use crate::attack::objective::{rivals, softened, Goal, Loss};
use crate::attack::{Judge, Point};
use crate::grad::{input, spikes};
use crate::neuron::surrogate::Surrogate;
use crate::propagate::spikes::Trace;
use crate::rng::{Purpose, Rng};

/// Members that are run together: a batch is full, and a success is seen soon.
const BATCH: usize = 32;

/// How near a member is to being taken for another class: the margin of the scores, and in ties that of
/// the softened ones. The less, the nearer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearness {
    margin: f32,
    soft: f32,
}

impl Nearness {
    pub const FAR: Nearness = Nearness {
        margin: f32::INFINITY,
        soft: f32::INFINITY,
    };

    pub fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let margins = self.margin.total_cmp(&other.margin);
        margins.then(self.soft.total_cmp(&other.soft))
    }

    pub fn beats(&self, other: &Self) -> bool {
        self.compare(other).is_lt()
    }
}

pub struct Trial<'j, 'a> {
    judge: &'j mut Judge<'a>,
    index: usize,
    pub ground: &'j Ground<'j>,
}

impl<'j, 'a> Trial<'j, 'a> {
    pub fn new(judge: &'j mut Judge<'a>, index: usize, ground: &'j Ground<'j>) -> Self {
        Trial {
            judge,
            index,
            ground,
        }
    }

    /// Whether an adversarial input was found.
    pub fn done(&self) -> bool {
        self.judge.done(self.index)
    }

    /// Numbers of one run of the method.
    pub fn rng(&self, restart: usize) -> Rng {
        let [presentation, sample] = self.judge.key(self.index);
        let key = [presentation, sample, restart as u64];
        Rng::keyed(self.judge.options.attack_seed, Purpose::Attack, &key)
    }

    pub fn iterations(&self) -> usize {
        self.judge.options.iterations
    }

    pub fn surrogates(&self) -> &'a [Surrogate] {
        &self.judge.options.surrogates
    }

    /// How near members are, up to the first success.
    pub fn nearness(&mut self, members: &[Member]) -> Vec<Nearness> {
        let (network, parameters) = (self.judge.network, self.judge.parameters);
        let (classes, label) = (network.classes, self.judge.label(self.index));
        let mut found = Vec::with_capacity(members.len());
        for members in members.chunks(BATCH) {
            if self.done() {
                break;
            }
            self.run(members, |_, trace| {
                let soft = softened(network, parameters, trace);
                let rows = trace.scores.chunks_exact(classes);
                for (hard, soft) in rows.zip(soft.chunks_exact(classes)) {
                    let [margin, soft] = [hard, soft].map(|s| Goal::margin(label).value(s));
                    found.push(Nearness { margin, soft });
                }
            });
        }
        found.resize(members.len(), Nearness::FAR);
        found
    }

    /// Derivatives of the margin over the rival that is nearest but for `rank` others, by every spike:
    /// for every member and surrogate.
    pub fn slopes(
        &mut self,
        members: &[Member],
        surrogates: &[Surrogate],
        rank: usize,
    ) -> Vec<Vec<Vec<f32>>> {
        let (network, parameters) = (self.judge.network, self.judge.parameters);
        let (classes, label) = (network.classes, self.judge.label(self.index));
        let mut all = vec![Vec::with_capacity(surrogates.len()); members.len()];
        self.run(members, |first, trace| {
            let mut by_scores = vec![0.0; trace.scores.len()];
            let rows = trace.scores.chunks_exact(classes);
            for (scores, by) in rows.zip(by_scores.chunks_exact_mut(classes)) {
                let goal = Goal {
                    loss: Loss::Margin,
                    label,
                    rival: Some(rivals(scores, label)[rank % (classes - 1)]),
                };
                goal.at(scores, by);
            }
            for &surrogate in surrogates {
                let delta = spikes::deltas(network, parameters, trace, &by_scores, surrogate, None);
                let by = input::by_steps(network, parameters, &delta);
                let size = by.len() / trace.samples;
                let all = &mut all[first..first + trace.samples];
                for (all, by) in all.iter_mut().zip(by.chunks_exact(size)) {
                    all.push(by.to_vec());
                }
            }
        });
        for slopes in all.iter().flatten() {
            let ends = self.ground.all.iter().flat_map(|c| [c.from, c.to]);
            let asked: Vec<f32> = ends.map(|place| slopes[place as usize]).collect();
            self.judge.note(self.index, &asked);
        }
        all
    }

    fn run(&mut self, members: &[Member], see: impl FnMut(usize, &Trace)) {
        let values = |member: &Vec<Change>| self.ground.values(member);
        let values: Vec<Vec<f32>> = members.iter().map(values).collect();
        let index = self.index;
        let points = values.iter().map(|values| Point { index, values });
        let points: Vec<Point> = points.collect();
        self.judge.run(&points, see);
    }
}
