//! Gradients against differences of the function itself, wherever it is smooth.

mod cases;
mod oracle;
mod subject;

use snn_core::encode::Encoding;
use snn_core::loss::{cross_entropy, margin_cross_entropy, Fused};
use snn_core::model::Model;
use snn_core::neuron::relaxation::Relaxation;
use snn_core::neuron::surrogate::Surrogate;
use snn_core::region::{Coupling, Linf, Region};
use snn_core::regulariser::Regularisers;
use snn_core::train::{Adversary, Method, Objective, Slice};

use cases::number_source::NumberSource;
use cases::{Case, Plan};
use oracle::network::{Geometry, Neuron, Readout, Reset};
use subject::Subject;

/// The derivative of `f` in coordinate `i`, by central differences.
fn slope(f: impl Fn(&[f32]) -> f64, at: &[f32], i: usize, step: f32) -> f64 {
    let moved = |by: f32| {
        let mut x = at.to_vec();
        x[i] += by;
        f(&x)
    };
    (moved(step) - moved(-step)) / f64::from(2.0 * step)
}

fn close(got: f32, expected: f64, tolerance: f64) {
    let wrong = (f64::from(got) - expected).abs();
    assert!(
        wrong < tolerance * (1.0 + expected.abs()),
        "{got}, not {expected}"
    );
}

#[test]
fn losses_of_scores_and_of_margins() {
    let mut numbers = NumberSource::new(1, false);
    for _ in 0..200 {
        let classes = 2 + numbers.below(8) as usize;
        let values: Vec<f32> = (0..classes).map(|_| numbers.weight(1.0) as f32).collect();
        let label = numbers.below(classes as u64) as usize;
        let scale = numbers.choose(&[0.5, 1.0, 10.0]);
        let mut gradient = vec![0.0; classes];
        cross_entropy(&values, label, scale, &mut gradient);
        let loss = |x: &[f32]| {
            let mut unused = vec![0.0; classes];
            f64::from(cross_entropy(x, label, scale, &mut unused))
        };
        for (i, &g) in gradient.iter().enumerate() {
            close(
                g,
                slope(loss, &values, i, 0.01 / scale),
                2e-3 * f64::from(scale),
            );
        }
        margin_cross_entropy(&values, scale, &mut gradient);
        let loss = |x: &[f32]| {
            let mut unused = vec![0.0; classes];
            f64::from(margin_cross_entropy(x, scale, &mut unused))
        };
        for (i, &g) in gradient.iter().enumerate() {
            close(
                g,
                slope(loss, &values, i, 0.01 / scale),
                2e-3 * f64::from(scale),
            );
        }
    }
}

#[test]
fn losses_stay_finite_where_exponentials_do_not() {
    let mut gradient = vec![0.0; 3];
    let loss = cross_entropy(&[-200.0, 300.0, 0.0], 0, 10.0, &mut gradient);
    assert!((loss - 5000.0).abs() < 1e-2 && gradient.iter().all(|g| g.is_finite()));
    let loss = margin_cross_entropy(&[-300.0, 200.0, 0.0], 10.0, &mut gradient);
    assert!((loss - 3000.0).abs() < 1e-2 && gradient.iter().all(|g| g.is_finite()));
    let fused = Fused::new(&[-300.0, 1.0], &[200.0, 1.0], 10.0);
    let loss = fused.loss(-1e30);
    assert!((loss.value - 3000.0).abs() < 1e-2 && loss.by_lower.iter().all(|g| g.is_finite()));
}

/// The fused loss lies between the cross entropy of any margins in the box that meet the row's
/// bound, and S-IBP's; its derivative by the bound is the difference's.
#[test]
fn the_fused_loss() {
    let mut numbers = NumberSource::new(2, false);
    for _ in 0..500 {
        let rivals = 1 + numbers.below(8) as usize;
        let scale = numbers.choose(&[1.0f32, 5.0, 10.0]);
        let lower: Vec<f32> = (0..rivals).map(|_| numbers.weight(0.8) as f32).collect();
        let upper: Vec<f32> = lower.iter().map(|l| l + numbers.uniform() as f32).collect();
        let fused = Fused::new(&lower, &upper, scale);
        let inside: Vec<f32> = lower
            .iter()
            .zip(&upper)
            .map(|(l, u)| l + (u - l) * numbers.uniform() as f32)
            .collect();
        let row = |margins: &[f32]| -> f64 {
            let terms = fused.weights.iter().zip(margins);
            terms.map(|(&b, &m)| f64::from(b) * f64::from(m)).sum()
        };
        let mut unused = vec![0.0; rivals];
        let exact = margin_cross_entropy(&inside, scale, &mut unused);
        let plain = margin_cross_entropy(&lower, scale, &mut unused);
        let bound = row(&inside) as f32;
        let loss = fused.loss(bound);
        let noise = 1e-4 * (1.0 + plain.abs());
        assert!(exact <= loss.value + noise && loss.value <= plain + noise);
        let room = (f64::from(bound) - row(&lower)).min(row(&upper) - f64::from(bound));
        let step = 0.05 * room as f32;
        // Elsewhere the loss hardly moves in f32.
        if step * loss.by_bound.abs() > 1e-3 * (1.0 + loss.value.abs()) {
            let difference = slope(|x| fused.loss(x[0]).value.into(), &[bound], 0, step);
            close(loss.by_bound, difference, 2e-2);
        }
    }
}

/// A hidden layer under a mean-membrane readout.
fn case(seed: u64, encoding: Encoding, reset: Reset) -> Case {
    let neuron = Neuron {
        threshold: 0.25,
        leak: 0.5,
        reset,
    };
    let layer = |outputs| (Geometry::Linear { outputs }, neuron);
    let plan = Plan {
        input: [7, 1, 1],
        layers: vec![layer(6), layer(3)],
        readout: Readout::Membrane,
        encoding,
        steps: 3,
        batch: 2,
        grid: false,
        clip: false,
        seed,
    };
    let mut case = plan.build();
    case.epsilon = 0.15;
    case
}

fn objective(method: Method, relaxation: Relaxation) -> Objective {
    Objective {
        method,
        steps: 3,
        certified_steps: 3,
        seed: 4,
        presentation: 0,
        region: Region::Linf(Linf {
            epsilon: 0.15,
            clip: false,
        }),
        kappa: if method == Method::Natural { 1.0 } else { 0.0 },
        beta: 1.0,
        scale: 2.0,
        denominator: 2.0,
        relaxation,
        coupling: Coupling::Coupled,
        surrogate: Surrogate::PAPER,
        adversary: Adversary::default(),
        share: 0.5,
        regularisers: Regularisers::default(),
    }
}

/// Compares the gradient of `tensors`; how many entries the kinks of the function spoilt.
fn compare(case: &Case, objective: &Objective, tensors: &[&str]) -> (usize, usize) {
    let subject = Subject::new(&case.network, &case.parameters, case.encoding, case.steps);
    let (images, samples) = (case.flat_images(), case.samples());
    let slice = Slice {
        images: &images,
        samples: &samples,
        labels: &case.labels,
    };
    let mut model = Model::new(subject.network);
    model.parameters = subject.parameters;
    model.gradient(slice, objective).unwrap();
    let slab = model.take().unwrap();
    let network = model.network.clone();
    let (mut compared, mut spoilt) = (0, 0);
    for tensor in snn_core::parameters::tensors(&network) {
        if !tensors.contains(&tensor.name.as_str()) {
            continue;
        }
        let gradient =
            snn_core::parameters::Parameters::unpack(&tensor, bytemuck::cast_slice(&slab));
        let values = model.parameters.tensor(&network, &tensor.name).unwrap();
        let loss = |x: &[f32]| {
            let mut moved = model.clone();
            moved
                .parameters
                .set_tensor(&network, &tensor.name, x)
                .unwrap();
            moved.gradient(slice, objective).unwrap().loss / 2.0
        };
        for (i, &g) in gradient.iter().enumerate() {
            let wide = slope(loss, &values, i, 4e-3);
            let narrow = slope(loss, &values, i, 1e-3);
            if (wide - narrow).abs() > 2e-3 * (1.0 + wide.abs()) {
                spoilt += 1;
                continue;
            }
            close(g, narrow, 5e-3);
            compared += 1;
        }
    }
    (compared, spoilt)
}

const LAST: [&str; 2] = ["layers.1.weight", "layers.1.bias"];
const ALL: [&str; 4] = ["layers.0.weight", "layers.0.bias", LAST[0], LAST[1]];

/// Membranes of a layer that does not fire are linear in its weights.
#[test]
fn the_last_layer_under_a_membrane_readout() {
    for seed in 0..6 {
        for method in [Method::Natural, Method::SIbp] {
            let case = case(seed, Encoding::Rate, Reset::Hard);
            let objective = objective(method, Relaxation::Paper);
            let (compared, spoilt) = compare(&case, &objective, &LAST);
            assert!(compared > 10 * spoilt, "{compared} {spoilt}");
        }
    }
}

/// S-CROWN over one hidden layer is smooth in all weights, but for kinks: no spike is
/// differentiated on the way, only lines that hang on the ends of intervals.
#[test]
fn backward_bounds_of_one_hidden_layer() {
    for seed in 0..6 {
        for encoding in [Encoding::Rate, Encoding::Direct] {
            for (relaxation, reset) in [
                (Relaxation::Paper, Reset::Hard),
                (Relaxation::Joint, Reset::Hard),
                (Relaxation::Paper, Reset::Soft),
                (Relaxation::Joint, Reset::Soft),
            ] {
                let case = case(seed, encoding, reset);
                let objective = objective(Method::SCrown, relaxation);
                let (compared, spoilt) = compare(&case, &objective, &ALL);
                assert!(compared > 4 * spoilt, "{compared} {spoilt}");
            }
        }
    }
}
