//! Adversarial points of training against the oracle's tape, and the methods that stand on them against
//! the methods they are at their ends.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use snn_core::encode::{DrawKey, Encoding, Inputs};
use snn_core::error::Code;
use snn_core::model::Model;
use snn_core::neuron::relaxation::Relaxation;
use snn_core::region::{Coupling, Example, Flips, Linf, PerStep, Region, Sampled};
use snn_core::regulariser::Regularisers;
use snn_core::train::adversary::Search;
use snn_core::train::{split, Adversary, Method, Objective, Slice, Statistics};

use crate::cases::{config, small_plans, Case, Plan};
use crate::oracle::constants;
use crate::oracle::forward::forward;
use crate::oracle::loss::cross_entropy;
use crate::oracle::network::Geometry;
use crate::oracle::surrogate::{Kind, Surrogate, KINDS};
use crate::oracle::tape::{self, Variable};
use crate::subject::{self, Subject};
use crate::{difference, draws, region, wider};

const KEY: DrawKey = DrawKey {
    seed: 3,
    presentation: 1,
};

#[derive(Clone, Debug)]
struct Trial {
    case: Case,
    surrogate: Surrogate,
    adversary: Adversary,
    /// In the place of the ball.
    flips: Option<Flips>,
}

fn trials() -> impl Strategy<Value = Trial> {
    let kind = prop::sample::select(KINDS.to_vec());
    let adversary = (
        1usize..4,
        prop::sample::select(vec![0.25, 0.75, 1.0]),
        any::<bool>(),
    );
    let flips = (0usize..6, any::<bool>(), any::<bool>(), any::<bool>());
    (small_plans(), kind, adversary, prop::option::of(flips)).prop_map(
        |(plan, kind, (iterations, step_size, random_start), flips)| {
            let flips = flips.filter(|_| flippable(&plan));
            Trial {
                case: plan.build(),
                surrogate: Surrogate { kind, width: 1.0 },
                adversary: Adversary {
                    iterations,
                    step_size,
                    random_start,
                },
                flips: flips.map(|(budget, additions, deletions, each)| Flips {
                    budget,
                    additions: additions || !deletions,
                    deletions,
                    mask: Vec::new(),
                    per_step: if each { PerStep::Same(1) } else { PerStep::Any },
                }),
            }
        },
    )
}

/// Flips are of spikes.
fn flippable(plan: &Plan) -> bool {
    plan.encoding == Encoding::Rate && !matches!(plan.layers[0].0, Geometry::Pool { .. })
}

impl Trial {
    fn region(&self) -> Region {
        match &self.flips {
            Some(flips) => Region::Flips(flips.clone()),
            None => Region::Linf(Linf {
                epsilon: self.case.epsilon,
                clip: self.case.clip,
            }),
        }
    }

    fn objective(&self, method: Method) -> Objective {
        Objective {
            method,
            steps: self.case.steps,
            certified_steps: self.case.steps,
            seed: KEY.seed,
            presentation: KEY.presentation,
            region: self.region(),
            kappa: 0.0,
            beta: 0.0,
            scale: 5.0,
            denominator: self.case.batch() as f32,
            relaxation: Relaxation::Paper,
            coupling: Coupling::Coupled,
            surrogate: subject::surrogate(self.surrogate),
            adversary: self.adversary,
            share: 0.5,
            regularisers: Regularisers::default(),
        }
    }

    /// Of the batch's losses: what is counted, and the gradient.
    fn trained(&self, objective: &Objective) -> (Statistics, Vec<f64>) {
        let case = &self.case;
        let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let mut model = Model::new(subject.network);
        model.parameters = subject.parameters;
        let (images, samples) = (case.flat_images(), case.samples());
        let slice = Slice {
            images: &images,
            samples: &samples,
            labels: &case.labels,
        };
        let statistics = model.gradient(slice, objective).unwrap();
        let gradient = model.take().unwrap();
        (statistics, wider(bytemuck::cast_slice(&gradient)))
    }

    /// The points that are found of a region, one after another.
    fn points(&self, objective: &Objective, region: &Region) -> Vec<f32> {
        let case = &self.case;
        let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let (images, samples) = (case.flat_images(), case.samples());
        let inputs = Inputs {
            images: &images,
            samples: &samples,
            steps: case.steps,
            draws: KEY,
        };
        let search = Search {
            network: &subject.network,
            parameters: &subject.parameters,
            objective,
            inputs,
            labels: &case.labels,
        };
        let points = search.points(region);
        let found = points.inputs(inputs).images.to_vec();
        for (range, b) in (0..case.batch()).map(|b| (b..b + 1, b)) {
            let alone = Search {
                inputs: inputs.slice(range.clone()),
                labels: &case.labels[range],
                ..search
            };
            let points = alone.points(region);
            let alone = points.inputs(alone.inputs).images;
            assert_eq!(alone, &found[b * alone.len()..][..alone.len()]);
        }
        found
    }

    fn draws(&self) -> Option<Vec<Vec<Vec<f64>>>> {
        let rate = self.case.encoding == Encoding::Rate;
        rate.then(|| draws(&self.case, self.case.steps, KEY))
    }

    /// Example `b` as the region speaks of it: pixels, or spikes step by step.
    fn example(&self, b: usize) -> Vec<f64> {
        if self.flips.is_none() {
            return self.case.images[b].clone();
        }
        let draws = self.draws();
        let spikes = region(
            &self.case,
            b,
            0.0,
            self.case.steps,
            draws.as_ref().map(|d| &d[b][..]),
        );
        spikes.lower.concat()
    }

    /// The derivative of the loss of example `b` by its input, as the region speaks of it.
    fn by_input(&self, b: usize) -> Vec<f64> {
        let case = &self.case;
        let draws = self.draws();
        let draws = draws.as_ref().map(|draws| &draws[b][..]);
        let at = |epsilon: f64| region(case, b, epsilon, case.steps, draws);
        let fed = at(0.0).lower;
        tape::clear();
        let leaves: Vec<Vec<Variable>> = fed
            .iter()
            .map(|x| x.iter().map(|&x| tape::leaf(x)).collect())
            .collect();
        let parameters = case.parameters.map(|w| constants::<Variable>(&[w])[0]);
        let surrogate = self.surrogate;
        let run = forward(&case.network, &parameters, &leaves, surrogate);
        let loss = cross_entropy(&run.scores, case.labels[b].into(), 5.0);
        let by: Vec<Vec<f64>> = leaves.iter().map(|x| tape::gradient(loss, x)).collect();
        if self.flips.is_some() {
            return by.concat();
        }
        let reached = at(case.epsilon);
        let pixel = |i: usize| -> f64 {
            let steps = (0..case.steps)
                .filter(|&t| draws.is_none() || reached.lower[t][i] != reached.upper[t][i]);
            steps.map(|t| by[t][i]).sum()
        };
        (0..fed[0].len()).map(pixel).collect()
    }

    /// Whether every membrane is far enough from where a surrogate jumps.
    fn clear(&self) -> bool {
        let case = &self.case;
        let draws = self.draws();
        (0..case.batch()).all(|b| {
            let draws = draws.as_ref().map(|draws| &draws[b][..]);
            let fed = region(case, b, 0.0, case.steps, draws).lower;
            let run = forward(&case.network, &case.parameters, &fed, self.surrogate);
            case.network
                .layers
                .iter()
                .zip(&run.membranes)
                .all(|(layer, trace)| {
                    layer.beside_thresholds(trace).all(|(u, th)| {
                        let from = (u - th).abs();
                        let edge = (from - self.surrogate.width / 2.0).abs();
                        from > 1e-3 && (self.surrogate.kind != Kind::Rectangular || edge > 1e-3)
                    })
                })
        })
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn points_are_members(trial in trials()) {
        let region = trial.region();
        let points = trial.points(&trial.objective(Method::Adversarial), &region);
        let batch = trial.case.batch();
        // Where pixels are clipped, one from outside has no region.
        let inside = |x: &f64| (0.0..=1.0).contains(x);
        prop_assume!(!trial.case.clip || trial.case.images.iter().flatten().all(inside));
        let length = points.len() / batch;
        for b in 0..batch {
            let example: Vec<f32> = trial.example(b).iter().map(|&x| x as f32).collect();
            let size = match &trial.flips {
                Some(_) => length / trial.case.steps,
                None => length,
            };
            let key = [KEY.presentation, trial.case.samples()[b].into()];
            let example = Example { values: &example, size, key };
            prop_assert!(region.contains(example, &points[b * length..][..length]).unwrap());
        }
    }

    /// One step, against the derivative that the tape gives.
    #[test]
    fn one_step_of_fgsm(trial in trials()) {
        let trial = Trial {
            adversary: Adversary { iterations: 1, random_start: false, ..trial.adversary },
            ..trial
        };
        prop_assume!(trial.clear());
        let points = trial.points(&trial.objective(Method::Adversarial), &trial.region());
        let length = points.len() / trial.case.batch();
        for b in 0..trial.case.batch() {
            let (by, example) = (trial.by_input(b), trial.example(b));
            let point = &points[b * length..][..length];
            let largest = by.iter().fold(0.0f64, |m, g| m.max(g.abs()));
            if let Some(flips) = &trial.flips {
                let size = length / trial.case.steps;
                let gain = |at: usize| by[at] * (1.0 - 2.0 * example[at]);
                let made = (0..length).filter(|&at| f64::from(point[at]) != example[at]);
                let made: f64 = made.map(gain).sum();
                let mut free: Vec<usize> = (0..length)
                    .filter(|&at| flips.allows(at / size, at % size, size, example[at] == 1.0))
                    .collect();
                free.sort_by(|&a, &b| gain(b).total_cmp(&gain(a)));
                let (mut left, mut best) = (flips.budget, 0.0);
                let mut of_steps: Vec<usize> = (0..trial.case.steps).map(|t| flips.budget_of(t)).collect();
                for at in free {
                    if left > 0 && of_steps[at / size] > 0 && gain(at) > 0.0 {
                        best += gain(at);
                        left -= 1;
                        of_steps[at / size] -= 1;
                    }
                }
                prop_assert!((made - best).abs() <= 1e-3 * (1e-3 + best.abs()), "{made} {best}");
                continue;
            }
            let step = f64::from(trial.adversary.step_size) * trial.case.epsilon;
            let ball = Linf { epsilon: trial.case.epsilon, clip: trial.case.clip };
            for (i, &x) in example.iter().enumerate() {
                // What a saturated softmax leaves is noise in f32.
                if by[i].abs() <= 1e-4 * largest + 1e-5 {
                    continue;
                }
                let (lower, upper) = ball.ends(x as f32);
                let expected = (x + step * by[i].signum()).clamp(lower.into(), upper.into());
                prop_assert!((f64::from(point[i]) - expected).abs() < 1e-6, "pixel {i} is {}, not {expected}", point[i]);
            }
        }
    }

    /// The methods at the ends of their shares, where they are others.
    #[test]
    fn ends(trial in trials(), kappa in prop::sample::select(vec![0.0, 0.25])) {
        let of = |method, share, region: &Region| {
            let objective = Objective { share, kappa, region: region.clone(), ..trial.objective(method) };
            trial.trained(&objective)
        };
        let region = trial.region();
        let (ibp, by_ibp) = of(Method::SIbp, 0.0, &region);
        let (adversarial, by_adversarial) = of(Method::Adversarial, 0.0, &region);
        let same = |(got, by): &(Statistics, Vec<f64>), loss: f64, expected: &[f64]| {
            let largest = expected.iter().fold(1e-3f64, |m, g| m.max(g.abs()));
            let scaled = |g: &[f64]| -> Vec<f64> { g.iter().map(|g| g / largest).collect() };
            (got.loss - loss).abs() < 1e-4 * (1.0 + loss.abs())
                && difference(&scaled(by), &scaled(expected)) < 1e-3
        };
        prop_assert!(same(&of(Method::MtlIbp, 1.0, &region), ibp.loss, &by_ibp));
        prop_assert!(same(&of(Method::MtlIbp, 0.0, &region), adversarial.loss, &by_adversarial));
        let half: Vec<f64> = by_ibp.iter().zip(&by_adversarial).map(|(a, b)| 0.5 * (a + b)).collect();
        let (mixed, by_mixed) = of(Method::MtlIbp, 0.5, &region);
        prop_assert!(same(&(mixed, by_mixed), 0.5 * (ibp.loss + adversarial.loss), &half));
        prop_assert_eq!(mixed.adversarial_loss, adversarial.adversarial_loss);
        prop_assert_eq!(mixed.certified_loss, ibp.certified_loss);
        if !trial.adversary.random_start || trial.flips.is_some() {
            prop_assert!(same(&of(Method::Sabr, 1.0, &region), ibp.loss, &by_ibp));
        }
        // Without a region around it, the bound at a point is the loss there.
        let (point, _) = of(Method::Sabr, 0.0, &region);
        let expected = adversarial.adversarial_loss;
        prop_assert!((point.certified_loss - expected).abs() < 1e-3 * (1.0 + expected));
        // And of no region at all every method is the natural one.
        let none = split(&region, 0.0)[1].clone();
        let (natural, _) = of(Method::Natural, 0.0, &none);
        let (nowhere, _) = of(Method::Adversarial, 0.0, &none);
        prop_assert!((nowhere.loss - natural.natural_loss).abs() < 1e-4 * (1.0 + natural.loss));
    }

    /// A small region around a point of the first part is inside the whole.
    #[test]
    fn parts_make_up_a_region(trial in trials(), share in 0.0f32..=1.0) {
        let region = trial.region();
        let [around, small] = split(&region, share);
        match (&region, &around, &small) {
            (Region::Linf(whole), Region::Linf(a), Region::Linf(b)) => {
                prop_assert!(a.epsilon >= 0.0 && (a.epsilon + b.epsilon - whole.epsilon).abs() < 1e-9);
            }
            (Region::Flips(whole), Region::Flips(a), Region::Flips(b)) => {
                prop_assert_eq!(a.budget + b.budget, whole.budget);
                prop_assert!(b.budget as f32 >= share * whole.budget as f32 - 1e-3);
                for step in 0..3 {
                    let sum = a.per_step.of(step).saturating_add(b.per_step.of(step));
                    prop_assert!(sum >= whole.per_step.of(step));
                    prop_assert!(whole.per_step == PerStep::Any || sum == whole.per_step.of(step));
                }
            }
            _ => prop_assert!(false),
        }
    }
}

#[test]
fn regions_without_adversarial_points_are_refused() {
    let plan = small_plans();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let plan = loop {
        let plan = plan.new_tree(&mut runner).unwrap().current();
        if flippable(&plan) {
            break plan;
        }
    };
    let case = plan.build();
    let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
    let trial = Trial {
        case,
        surrogate: Surrogate {
            kind: Kind::Rectangular,
            width: 1.0,
        },
        adversary: Adversary::default(),
        flips: None,
    };
    let sampled = Region::Sampled(Sampled {
        fraction: 0.1,
        seed: 0,
    });
    for method in [
        Method::Adversarial,
        Method::Sabr,
        Method::MtlIbp,
        Method::SIbp,
    ] {
        let objective = Objective {
            region: sampled.clone(),
            ..trial.objective(method)
        };
        let refused = objective.fits(&subject.network).map_err(|error| error.code);
        let expected = match method {
            Method::SIbp => Ok(()),
            _ => Err(Code::InvalidValue),
        };
        assert_eq!(refused, expected);
    }
}
