//! The gradients of training, all of them, against the oracle's tape.

use std::cell::RefCell;

use proptest::prelude::*;
use snn_core::encode::{DrawKey, Encoding};
use snn_core::model::Model;
use snn_core::neuron::relaxation::Relaxation;
use snn_core::region::{self, Coupling, Flips, Linf, PerStep};
use snn_core::regulariser::Regularisers;
use snn_core::train::{Adversary, Method, Objective, Slice};

use crate::cases::number_source::NumberSource;
use crate::cases::{config, small_plans, Case, Plan};
use crate::oracle::crown::linear_bound;
use crate::oracle::forward::forward;
use crate::oracle::interval::{rival_rows, toggled_intervals, Intervals};
use crate::oracle::loss::{cross_entropy, margin_loss, Fusion};
use crate::oracle::network::{Geometry, Parameters, Tensors};
use crate::oracle::number::Number;
use crate::oracle::region::Region;
use crate::oracle::regulariser::Weights;
use crate::oracle::relaxation::Rule;
use crate::oracle::surrogate::{Kind, Surrogate, KINDS};
use crate::oracle::toggles::Toggles;
use crate::oracle::{constants, Trace};
use crate::subject::{self, Subject};
use crate::{draws, region};

/// What is trained: the case, and the choices of its objective.
#[derive(Clone, Debug)]
struct Training {
    case: Case,
    method: Method,
    surrogate: Surrogate,
    relaxation: Relaxation,
    coupling: Coupling,
    certified_steps: usize,
    kappa: f64,
    beta: f64,
    scale: f64,
    /// In the place of the L-infinity ball.
    flips: Option<Flips>,
    weights: Weights,
}

fn trainings(method: Method) -> impl Strategy<Value = Training> {
    let kind = prop::sample::select(KINDS.to_vec());
    let width = prop::sample::select(vec![0.25, 0.5, 1.0, 2.0]);
    let share = || prop::sample::select(vec![0.0, 0.25, 0.5, 1.0]);
    let scale = prop::sample::select(vec![1.0, 5.0]);
    let choices = (kind, width, share(), share(), scale);
    (
        small_plans(),
        choices,
        any::<bool>(),
        any::<bool>(),
        1usize..4,
        prop::option::of(0usize..12),
        prop::option::of(weights()),
    )
        .prop_map(
            move |(plan, choices, joint, coupled, certified_steps, flips, weights)| {
                let (kind, width, kappa, beta, scale) = choices;
                Training {
                    case: plan.build(),
                    method,
                    surrogate: Surrogate { kind, width },
                    relaxation: if joint {
                        Relaxation::Joint
                    } else {
                        Relaxation::Paper
                    },
                    coupling: if coupled {
                        Coupling::Coupled
                    } else {
                        Coupling::PerStep
                    },
                    certified_steps,
                    kappa,
                    beta,
                    scale,
                    flips: flips.filter(|_| flippable(&plan)).map(flips_of),
                    weights: weights.unwrap_or(Weights {
                        tolerance: 0.5,
                        width: 0.1,
                        ..Weights::default()
                    }),
                }
            },
        )
}

fn weights() -> impl Strategy<Value = Weights> {
    let weight = || prop::sample::select(vec![0.0, 0.5, 4.0]);
    let tolerance = prop::sample::select(vec![0.25, 0.5, 1.0]);
    let width = prop::sample::select(vec![0.125, 0.5, 2.0]);
    (weight(), weight(), weight(), weight(), tolerance, width).prop_map(
        |(growth, balance, stability, guard, tolerance, width)| Weights {
            growth,
            balance,
            stability,
            guard,
            tolerance,
            width,
        },
    )
}

/// Flips are of spikes; an input behind overlapping pools is bounded more loosely than the oracle does.
fn flippable(plan: &Plan) -> bool {
    let pool = matches!(plan.layers[0].0, Geometry::Pool { .. });
    plan.encoding == Encoding::Rate && !pool
}

fn flips_of(choice: usize) -> Flips {
    Flips {
        budget: choice / 2,
        additions: choice % 4 != 1,
        deletions: choice % 4 != 3,
        mask: Vec::new(),
        per_step: if choice < 9 {
            PerStep::Any
        } else {
            PerStep::Same(1)
        },
    }
}

const KEY: DrawKey = DrawKey {
    seed: 3,
    presentation: 1,
};

impl Training {
    fn objective(&self) -> Objective {
        Objective {
            method: self.method,
            steps: self.case.steps,
            certified_steps: self.certified_steps,
            seed: KEY.seed,
            presentation: KEY.presentation,
            region: match &self.flips {
                Some(flips) => region::Region::Flips(flips.clone()),
                None => region::Region::Linf(Linf {
                    epsilon: self.case.epsilon,
                    clip: self.case.clip,
                }),
            },
            kappa: self.kappa as f32,
            beta: self.beta as f32,
            scale: self.scale as f32,
            denominator: self.case.batch() as f32,
            relaxation: self.relaxation,
            coupling: self.coupling,
            surrogate: subject::surrogate(self.surrogate),
            adversary: Adversary::default(),
            share: 0.0,
            regularisers: Regularisers {
                growth: self.weights.growth as f32,
                balance: self.weights.balance as f32,
                stability: self.weights.stability as f32,
                guard: self.weights.guard as f32,
                tolerance: self.weights.tolerance as f32,
                guard_width: self.weights.width as f32,
            },
        }
    }

    fn region(&self, b: usize, epsilon: f64, steps: usize) -> Region {
        let draws = draws(&self.case, steps, KEY);
        let draws = (self.case.encoding == Encoding::Rate).then_some(&draws[b][..]);
        region(&self.case, b, epsilon, steps, draws)
    }

    /// What sample `b` is certified for.
    fn perturbed(&self, b: usize) -> Region {
        let Some(flips) = &self.flips else {
            return self.region(b, self.case.epsilon, self.certified_steps);
        };
        let spikes = self.region(b, 0.0, self.certified_steps);
        let size = spikes.lower[0].len();
        let free = |(step, x): (usize, &Vec<f64>)| {
            let pixels = x.iter().enumerate();
            let allows = |(pixel, &x): (usize, &f64)| flips.allows(step, pixel, size, x == 1.0);
            pixels.map(allows).collect()
        };
        let toggles = Toggles {
            free: spikes.lower.iter().enumerate().map(free).collect(),
            most: flips.budget,
            of_steps: (0..self.certified_steps)
                .map(|t| flips.budget_of(t))
                .collect(),
        };
        Region {
            toggles: Some(toggles),
            ..spikes
        }
    }

    /// Summed losses of the batch: whole, natural part, certified part.
    fn losses<N: Number>(&self, parameters: &Parameters<N>) -> [N; 3] {
        let sum = |of: &dyn Fn(usize) -> N| N::total((0..self.case.batch()).map(of));
        let natural = sum(&|b| self.natural(parameters, b));
        let guarded = sum(&|b| self.guarded(parameters, b));
        if self.method == Method::Natural {
            return [natural + guarded, natural, N::zero()];
        }
        let pulled = self.weights.on_intervals();
        let certified = match self.kappa < 1.0 || pulled {
            true => sum(&|b| self.certified(parameters, b)),
            false => N::zero(),
        };
        let mut whole = guarded + N::constant(self.kappa) * natural;
        // What does not count may be infinite.
        if self.kappa < 1.0 {
            whole = whole + N::constant(1.0 - self.kappa) * certified;
        }
        if pulled {
            whole = whole + sum(&|b| self.pulled(parameters, b));
        }
        [whole, natural, certified]
    }

    fn guarded<N: Number>(&self, parameters: &Parameters<N>, b: usize) -> N {
        let fed = self.region(b, 0.0, self.case.steps).lower;
        let fed: Vec<Vec<N>> = fed.iter().map(|x| constants(x)).collect();
        let run = forward(&self.case.network, parameters, &fed, self.surrogate);
        self.weights
            .of_membranes(&self.case.network, &run.membranes)
    }

    fn pulled<N: Number>(&self, parameters: &Parameters<N>, b: usize) -> N {
        let region = self.perturbed(b);
        let bounds = self.bounds(parameters, &region);
        let ends = [&bounds.lower, &bounds.upper];
        let length = region.mean_length();
        self.weights.of_intervals(&self.case.network, ends, length)
    }

    fn natural<N: Number>(&self, parameters: &Parameters<N>, b: usize) -> N {
        let fed = self.region(b, 0.0, self.case.steps).lower;
        let fed: Vec<Vec<N>> = fed.iter().map(|x| constants(x)).collect();
        let run = forward(&self.case.network, parameters, &fed, self.surrogate);
        cross_entropy(&run.scores, self.case.labels[b].into(), self.scale)
    }

    fn bounds<N: Number>(&self, parameters: &Parameters<N>, region: &Region) -> Intervals<N> {
        let lower: Vec<Vec<N>> = region.lower.iter().map(|x| constants(x)).collect();
        let upper: Vec<Vec<N>> = region.upper.iter().map(|x| constants(x)).collect();
        toggled_intervals(
            &self.case.network,
            parameters,
            [&lower, &upper],
            region.toggles.as_ref(),
            self.surrogate,
        )
    }

    fn certified<N: Number>(&self, parameters: &Parameters<N>, b: usize) -> N {
        let classes = self.case.network.classes();
        let label = usize::from(self.case.labels[b]);
        let region = self.perturbed(b);
        let bounds = self.bounds(parameters, &region);
        let ibp = bounds.margins(parameters, classes, label);
        let beta = N::constant(self.beta);
        let rest = N::constant(1.0) - beta;
        let crown = |row: &[N]| self.crown(parameters, &region, &bounds, row);
        match self.method {
            Method::SCrown => {
                let rows = rival_rows(classes, label);
                let mixed = rows
                    .iter()
                    .zip(&ibp)
                    .map(|(row, &i)| beta * crown(row) + rest * i);
                margin_loss(&mixed.collect::<Vec<N>>(), label, self.scale)
            }
            Method::SCrownFused => {
                let fusion = self.fusion(parameters, &bounds, label);
                let fused = fusion.loss(crown(&fusion.row(label)));
                beta * fused + rest * margin_loss(&ibp, label, self.scale)
            }
            _ => margin_loss(&ibp, label, self.scale),
        }
    }

    fn fusion<N: Number>(
        &self,
        parameters: &Parameters<N>,
        bounds: &Intervals<N>,
        label: usize,
    ) -> Fusion<N> {
        let classes = self.case.network.classes();
        let lower = bounds.margins(parameters, classes, label);
        let opposite = |row: Vec<N>| -> Vec<N> { row.into_iter().map(|a| -a).collect() };
        let upper: Vec<N> = rival_rows(classes, label)
            .into_iter()
            .map(|row| -bounds.bound(parameters, &opposite(row)))
            .collect();
        Fusion::new(&lower, &upper, self.scale, true)
    }

    fn crown<N: Number>(
        &self,
        parameters: &Parameters<N>,
        region: &Region,
        bounds: &Intervals<N>,
        row: &[N],
    ) -> N {
        let rule = match self.relaxation {
            Relaxation::Paper => Rule::Paper,
            Relaxation::Joint => Rule::Joint,
        };
        let line = linear_bound(&self.case.network, parameters, bounds, rule, row);
        line.bias
            + match self.coupling {
                Coupling::Coupled => region.coupled_minimum(&line.coefficients),
                Coupling::PerStep => region.per_step_minimum(&line.coefficients),
            }
    }

    /// How far the nearest membrane, or end of one, lies from where a branch changes.
    fn clearance(&self) -> f64 {
        let (case, mut least) = (&self.case, f64::INFINITY);
        let parameters = &case.parameters;
        for b in 0..case.batch() {
            let fed = self.region(b, 0.0, case.steps).lower;
            let run = forward(&case.network, parameters, &fed, self.surrogate);
            least = least.min(self.nearest(&run.membranes, false));
            let region = self.perturbed(b);
            let bounds = self.bounds(parameters, &region);
            for trace in [&bounds.lower, &bounds.upper] {
                least = least.min(self.nearest(trace, true));
            }
            if self.method == Method::SCrownFused {
                let label = case.labels[b].into();
                let fusion = self.fusion(parameters, &bounds, label);
                let bound = self.crown(parameters, &region, &bounds, &fusion.row(label));
                let gain = fusion.gain(bound).abs();
                // With no weight on any rival there is nothing to gain, and nothing to choose.
                if fusion.weights.iter().any(|&b| b != 0.0) {
                    least = least.min(10.0 * gain);
                }
            }
        }
        least
    }

    fn nearest(&self, trace: &Trace<f64>, kept: bool) -> f64 {
        let mut least = f64::INFINITY;
        for (layer, trace) in self.case.network.layers.iter().zip(trace) {
            for (u, th) in layer.beside_thresholds(trace) {
                least = least.min((u - th).abs());
                if self.surrogate.kind == Kind::Rectangular {
                    least = least.min(((u - th).abs() - self.surrogate.width / 2.0).abs());
                }
                if kept {
                    least = least.min(u.abs()).min((u - 2.0 * th).abs());
                }
            }
        }
        least
    }

    fn check(&self) -> Result<(), TestCaseError> {
        prop_assume!(self.clearance() > 1e-3);
        let case = &self.case;
        let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
        let mut model = Model::new(subject.network.clone());
        model.parameters = subject.parameters.clone();
        let (images, samples) = (case.flat_images(), case.samples());
        let slice = Slice {
            images: &images,
            samples: &samples,
            labels: &case.labels,
        };
        let statistics = model.gradient(slice, &self.objective()).unwrap();
        let [whole, natural, certified] = self.losses(&case.parameters);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-4 * (1.0 + b.abs());
        prop_assert!(close(statistics.loss, whole), "{} {whole}", statistics.loss);
        prop_assert!(close(statistics.natural_loss, natural));
        prop_assert!(close(statistics.certified_loss, certified));
        let slab = model.take().unwrap();
        let got = subject.unpack(bytemuck::cast_slice(&slab));
        let expected = self.gradient(&case.parameters);
        let agree = all_same(&got, &expected);
        if agree.is_err() {
            // Where a line is as good as another, the gradient jumps and f32 may take the other side.
            prop_assume!(!self.jumps(&expected));
        }
        agree
    }

    fn gradient(&self, parameters: &Parameters<f64>) -> Parameters<f64> {
        let batch = self.case.batch() as f64;
        let loss = |p: &Parameters<_>| self.losses(p)[0] / Number::constant(batch);
        parameters.gradient(loss).1
    }

    /// Whether the gradient is another one within f32's reach of the parameters.
    fn jumps(&self, expected: &Parameters<f64>) -> bool {
        (0..8).any(|seed| {
            let mut numbers = NumberSource::new(seed, false);
            let shaken = RefCell::new(&mut numbers);
            let shake = |w: f64| w * (1.0 + 1e-6 * shaken.borrow_mut().weight(1.0).signum());
            let near = self.case.parameters.map(shake);
            all_same(&self.gradient(&near), expected).is_err()
        })
    }
}

fn all_same(got: &Parameters<f64>, expected: &Parameters<f64>) -> Result<(), TestCaseError> {
    let pairs = got.layers.iter().zip(&expected.layers);
    for (index, (got, expected)) in pairs.enumerate() {
        same(&format!("layers.{index}"), got, expected)?;
    }
    prop_assert_eq!(got.readout.is_some(), expected.readout.is_some());
    if let (Some(got), Some(expected)) = (&got.readout, &expected.readout) {
        same("readout", got, expected)?;
    }
    Ok(())
}

/// Equal to 1e-3 of the tensor's largest entry: slopes divide by lengths of intervals.
fn same(name: &str, got: &Tensors<f64>, expected: &Tensors<f64>) -> Result<(), TestCaseError> {
    let tensors = [(&got.weight, &expected.weight), (&got.bias, &expected.bias)];
    for (part, (got, expected)) in ["weight", "bias"].iter().zip(tensors) {
        let largest = expected.iter().fold(0.0f64, |m, g| m.max(g.abs()));
        for (i, (g, e)) in got.iter().zip(expected).enumerate() {
            let allowed = 1e-3 * largest + 1e-6;
            prop_assert!(
                (g - e).abs() <= allowed,
                "{name}.{part}[{i}] is {g}, not {e}"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn natural(training in trainings(Method::Natural)) {
        training.check()?;
    }

    #[test]
    fn through_intervals(training in trainings(Method::SIbp)) {
        training.check()?;
    }

    #[test]
    fn through_backward_bounds(training in trainings(Method::SCrown)) {
        training.check()?;
    }

    #[test]
    fn through_the_fused_row(training in trainings(Method::SCrownFused)) {
        training.check()?;
    }
}
