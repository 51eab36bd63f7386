//! The crate against every number of the fixtures.

mod fixture;
mod oracle;
mod subject;

use snn_core::affine::Rows;
use snn_core::encode::Encoding;
use snn_core::grad;
use snn_core::loss::{cross_entropy, margin_cross_entropy};
use snn_core::margin;
use snn_core::neuron::relaxation::Relaxation;
use snn_core::propagate::{crown, ibp, spikes};
use snn_core::region::{Coupling, Linf, Rounding};
use snn_core::train::queries;
use wide::f32x4;

use fixture::check::Check;
use fixture::{steps_first, Fixture};
use oracle::region::Region;
use subject::Subject;

#[test]
fn every_number_of_every_fixture() {
    for fixture in fixture::all() {
        let case = Case::new(&fixture);
        let mut check = Check::new(&fixture);
        case.input(&mut check);
        case.spikes(&mut check);
        case.interval_pass(&mut check);
        case.backward_bounds(&mut check);
        println!("{}: {} numbers", fixture.name, check.finish());
    }
}

struct Case<'a> {
    fixture: &'a Fixture,
    subject: Subject,
    regions: Vec<Region>,
    labels: Vec<u8>,
}

impl<'a> Case<'a> {
    fn new(fixture: &'a Fixture) -> Self {
        let encoding = match fixture.draws {
            Some(_) => Encoding::Rate,
            None => Encoding::Direct,
        };
        Case {
            fixture,
            subject: Subject::new(
                &fixture.network,
                &fixture.parameters,
                encoding,
                fixture.steps,
            ),
            regions: (0..fixture.batch)
                .map(|b| region(fixture, b, fixture.epsilon))
                .collect(),
            labels: fixture.labels.iter().map(|&label| label as u8).collect(),
        }
    }

    fn input(&self, check: &mut Check) {
        let of = |pick: fn(&Region) -> &Vec<Vec<f64>>| -> Vec<f64> {
            steps_first(
                &self
                    .regions
                    .iter()
                    .map(|r| pick(r).clone())
                    .collect::<Vec<_>>(),
            )
        };
        check.values("/input/lower", &of(|r| &r.lower));
        check.values("/input/upper", &of(|r| &r.upper));
        check.values("/input/values", &steps_first(&self.values()));
    }

    fn values(&self) -> Vec<Vec<Vec<f64>>> {
        (0..self.fixture.batch)
            .map(|b| region(self.fixture, b, 0.0).lower)
            .collect()
    }

    fn spikes(&self, check: &mut Check) {
        let Subject {
            network,
            parameters,
        } = &self.subject;
        let (steps, batch, classes) = (self.fixture.steps, self.fixture.batch, network.classes);
        let input = self.subject.encoded(&self.values());
        let trace = spikes::propagate(network, parameters, input, batch, steps);
        for (index, layer) in network.layers.iter().enumerate() {
            let of = &trace.layers[index];
            let membranes = subject::trace(layer, &subject::unpacked(&of.membranes), steps);
            check.values(
                &format!("/spikes/membranes/{index}"),
                &steps_first(&membranes),
            );
            let fired = subject::spikes(layer, &of.spikes.lists(), steps);
            check.values(&format!("/spikes/spikes/{index}"), &steps_first(&fired));
        }
        check.values("/spikes/rates", &wider(&trace.scores));
        let mut by_scores = vec![0.0; trace.scores.len()];
        let mut loss = 0.0;
        for (b, by) in by_scores.chunks_exact_mut(classes).enumerate() {
            let scores = &trace.scores[b * classes..][..classes];
            loss += cross_entropy(scores, self.fixture.labels[b], 1.0, by);
        }
        by_scores.iter_mut().for_each(|by| *by /= batch as f32);
        check.values("/spikes/loss", &[f64::from(loss) / batch as f64]);
        let mut slab = self.slab();
        let surrogate = subject::surrogate(self.fixture.surrogate);
        grad::spikes::backpropagate(
            network, parameters, &trace, &by_scores, surrogate, None, &mut slab,
        );
        self.gradients(check, "/spikes", &slab);
    }

    fn interval_pass(&self, check: &mut Check) {
        let Subject {
            network,
            parameters,
        } = &self.subject;
        let (steps, batch) = (self.fixture.steps, self.fixture.batch);
        let trace = self.bounds();
        for (index, layer) in network.layers.iter().enumerate() {
            let of = &trace.layers[index];
            let mut rows = |key: &str, rows: &Rows| {
                let values = steps_first(&subject::trace(layer, rows, steps));
                check.values(&format!("/ibp/{key}/{index}"), &values);
            };
            rows("membraneLower", &of.lower);
            rows("membraneUpper", &of.upper);
            let sure = steps_first(&subject::spikes(layer, &of.spikes.firing, steps));
            let open = steps_first(&subject::spikes(layer, &of.spikes.open, steps));
            let possible: Vec<f64> = sure.iter().zip(&open).map(|(s, o)| s + o).collect();
            check.values(&format!("/ibp/spikeLower/{index}"), &sure);
            check.values(&format!("/ibp/spikeUpper/{index}"), &possible);
        }
        let margins = margin::from_intervals(network, parameters, &trace, &self.labels);
        check.values("/ibp/margins", &wider(&margins));
        let (loss, by_margins) = self.margin_loss(&margins);
        check.values("/ibp/loss", &[loss]);
        let mut slab = self.slab();
        let adjoints = grad::ibp::Adjoints {
            pulls: None,
            output: grad::margin::backpropagate(
                network,
                parameters,
                &trace,
                &self.labels,
                &by_margins,
                &mut slab,
            ),
            membranes: None,
        };
        let surrogate = subject::surrogate(self.fixture.surrogate);
        grad::ibp::backpropagate(network, parameters, &trace, adjoints, surrogate, &mut slab);
        self.gradients(check, "/ibp", &slab);
        assert_eq!(trace.samples, batch);
    }

    fn backward_bounds(&self, check: &mut Check) {
        let Subject {
            network,
            parameters,
        } = &self.subject;
        let steps = self.fixture.steps;
        let intervals = self.bounds();
        let queries = queries(network.classes, &self.labels);
        let options = |relaxation| crown::Options {
            relaxation,
            coupling: Coupling::PerStep,
        };
        let run = |relaxation| {
            crown::propagate(
                network,
                parameters,
                &intervals,
                &queries,
                options(relaxation),
            )
        };
        let joint = run(Relaxation::Joint);
        check.values("/crownJoint/margins", &wider(&joint.bounds));
        let trace = run(Relaxation::Paper);
        check.values("/crown/margins", &wider(&trace.bounds));
        let per_query = subject::crown::queries(network, &intervals, &trace);
        let coefficients: Vec<_> = per_query.iter().map(|q| self.on_inputs(q)).collect();
        for t in 0..steps {
            let step = coefficients.iter().flat_map(|query| query[t].iter());
            let values: Vec<f64> = step.map(|a| a / steps as f64).collect();
            check.values(&format!("/crown/inputCoefficients/{t}"), &values);
        }
        // The crate folds inputs that fire for sure into the constant.
        let folded = |query: usize| {
            let region = &self.regions[query / (network.classes - 1)];
            let mut sum = 0.0;
            if self.fixture.draws.is_some() {
                for (a, lower) in coefficients[query].iter().zip(&region.lower) {
                    sum += a.iter().zip(lower).map(|(a, l)| a * l).sum::<f64>();
                }
            }
            (trace.constants[query] - sum) / steps as f64
        };
        let constants: Vec<f64> = (0..queries.len()).map(folded).collect();
        check.values("/crown/bias", &constants);
        let (loss, by_bounds) = self.margin_loss(&trace.bounds);
        check.values("/crown/loss", &[loss]);
        let mut slab = self.slab();
        let pass = grad::crown::Pass {
            intervals: &intervals,
            queries: &queries,
            trace: &trace,
            relaxation: Relaxation::Paper,
            by_bounds: &by_bounds,
        };
        let membranes = grad::crown::backpropagate(network, parameters, &pass, &mut slab);
        let last = network.layers.last().unwrap();
        let rows = intervals.layers.last().unwrap().lower.rows();
        let adjoints = grad::ibp::Adjoints {
            pulls: None,
            output: grad::Ends::zeros(rows, last.vectors()),
            membranes: Some(membranes),
        };
        let surrogate = subject::surrogate(self.fixture.surrogate);
        grad::ibp::backpropagate(
            network, parameters, &intervals, adjoints, surrogate, &mut slab,
        );
        self.gradients(check, "/crown", &slab);
    }

    /// Coefficients on all inputs from those on the first layer's membranes; those that the crate
    /// computes, of open inputs, must be among them.
    fn on_inputs(&self, query: &subject::crown::Query) -> Vec<Vec<f64>> {
        let layer = &self.fixture.network.layers[0];
        let weight = &self.fixture.parameters.layers[0].weight;
        let back = |lam: &Vec<f64>| {
            let mut inputs = vec![0.0; layer.inputs];
            for (lam, connections) in lam.iter().zip(&layer.connections) {
                for c in connections {
                    inputs[c.input] += lam * weight[c.weight];
                }
            }
            inputs
        };
        let all: Vec<Vec<f64>> = query.on_membranes.iter().map(back).collect();
        let pairs = all.iter().flatten().zip(query.on_input.iter().flatten());
        for (&naive, &of_crate) in pairs.filter(|(_, of_crate)| !of_crate.is_nan()) {
            assert!((naive - of_crate).abs() < 1e-5, "{naive} {of_crate}");
        }
        all
    }

    fn bounds(&self) -> snn_core::intervals::Intervals {
        let Subject {
            network,
            parameters,
        } = &self.subject;
        let (steps, batch) = (self.fixture.steps, self.fixture.batch);
        let input = self.subject.intervals(&self.regions);
        ibp::propagate(
            network,
            parameters,
            input,
            batch,
            ibp::Options {
                steps,
                rounding: Rounding::Nearest,
                firm: true,
            },
        )
    }

    /// The mean loss over the batch, and its derivatives by the margins.
    fn margin_loss(&self, margins: &[f32]) -> (f64, Vec<f32>) {
        let batch = self.fixture.batch;
        let rivals = self.fixture.classes - 1;
        let mut by_margins = vec![0.0; margins.len()];
        let mut loss = 0.0;
        let pairs = margins
            .chunks_exact(rivals)
            .zip(by_margins.chunks_exact_mut(rivals));
        for (margins, by) in pairs {
            loss += f64::from(margin_cross_entropy(margins, 1.0, by));
        }
        by_margins.iter_mut().for_each(|by| *by /= batch as f32);
        (loss / batch as f64, by_margins)
    }

    fn slab(&self) -> Vec<f32x4> {
        vec![f32x4::ZERO; self.subject.network.slab_vectors]
    }

    fn gradients(&self, check: &mut Check, pointer: &str, slab: &[f32x4]) {
        let gradient = self.subject.unpack(bytemuck::cast_slice(slab));
        for (index, tensors) in gradient.layers.iter().enumerate() {
            check.gradient(
                &format!("{pointer}/gradients/{index}/weight"),
                &tensors.weight,
            );
            check.gradient(&format!("{pointer}/gradients/{index}/bias"), &tensors.bias);
        }
    }
}

/// The region with the crate's own arithmetic for the ends of a pixel.
fn region(fixture: &Fixture, b: usize, epsilon: f64) -> Region {
    let linf = Linf {
        epsilon,
        clip: false,
    };
    let ends = fixture.images[b]
        .iter()
        .map(|&x| linf.interval(x as f32, Rounding::Nearest));
    let (lower, upper): (Vec<f64>, Vec<f64>) =
        ends.map(|(l, h)| (f64::from(l), f64::from(h))).unzip();
    match &fixture.draws {
        Some(draws) => Region {
            lower: oracle::region::encode(&lower, &draws[b]),
            upper: oracle::region::encode(&upper, &draws[b]),
            draws: Some(draws[b].clone()),
            toggles: None,
        },
        None => Region {
            lower: vec![lower; fixture.steps],
            upper: vec![upper; fixture.steps],
            draws: None,
            toggles: None,
        },
    }
}

fn wider(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| v.into()).collect()
}
