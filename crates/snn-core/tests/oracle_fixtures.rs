//! The oracle alone against every number of the fixtures.

mod fixture;
mod oracle;

use fixture::check::Check;
use fixture::{steps_first, Fixture};
use oracle::crown::{linear_bound, LinearBound};
use oracle::forward::{forward, Spikes};
use oracle::interval::{intervals, rival_rows, Intervals};
use oracle::loss::{cross_entropy, margin_loss};
use oracle::network::Parameters;
use oracle::number::Number;
use oracle::region::Region;
use oracle::relaxation::Rule;
use oracle::{constants, Trace};

#[test]
fn every_number_of_every_fixture() {
    for fixture in fixture::all() {
        let mut check = Check::new(&fixture);
        input(&fixture, &mut check);
        spikes(&fixture, &mut check);
        interval_pass(&fixture, &mut check);
        backward_bounds(&fixture, &mut check);
        println!("{}: {} numbers", fixture.name, check.finish());
    }
}

fn input(fixture: &Fixture, check: &mut Check) {
    let regions: Vec<Region> = samples(fixture, |b| region(fixture, b, fixture.epsilon));
    let of = |pick: fn(&Region) -> &Vec<Vec<f64>>| -> Vec<f64> {
        let picked: Trace<f64> = regions.iter().map(|r| pick(r).clone()).collect();
        steps_first(&picked)
    };
    check.values("/input/lower", &of(|r| &r.lower));
    check.values("/input/upper", &of(|r| &r.upper));
    let fed: Trace<f64> = samples(fixture, |b| region(fixture, b, 0.0).lower);
    check.values("/input/values", &steps_first(&fed));
}

fn spikes(fixture: &Fixture, check: &mut Check) {
    let runs: Vec<Spikes<f64>> = samples(fixture, |b| run(fixture, &fixture.parameters, b));
    layers(
        check,
        fixture,
        "/spikes/membranes",
        runs.iter().map(|r| &r.membranes),
    );
    layers(
        check,
        fixture,
        "/spikes/spikes",
        runs.iter().map(|r| &r.spikes),
    );
    let rates: Vec<f64> = runs.iter().flat_map(|r| r.scores.clone()).collect();
    check.values("/spikes/rates", &rates);
    loss(check, fixture, "/spikes", |parameters, b| {
        cross_entropy(&run(fixture, parameters, b).scores, fixture.labels[b], 1.0)
    });
}

fn interval_pass(fixture: &Fixture, check: &mut Check) {
    let passes: Vec<Intervals<f64>> = samples(fixture, |b| bound(fixture, &fixture.parameters, b));
    layers(
        check,
        fixture,
        "/ibp/membraneLower",
        passes.iter().map(|p| &p.lower),
    );
    layers(
        check,
        fixture,
        "/ibp/membraneUpper",
        passes.iter().map(|p| &p.upper),
    );
    layers(
        check,
        fixture,
        "/ibp/spikeLower",
        passes.iter().map(|p| &p.spike_lower),
    );
    layers(
        check,
        fixture,
        "/ibp/spikeUpper",
        passes.iter().map(|p| &p.spike_upper),
    );
    let margins = passes.iter().enumerate().flat_map(|(b, pass)| {
        pass.margins(&fixture.parameters, fixture.classes, fixture.labels[b])
    });
    check.values("/ibp/margins", &margins.collect::<Vec<f64>>());
    loss(check, fixture, "/ibp", |parameters, b| {
        let label = fixture.labels[b];
        let margins = bound(fixture, parameters, b).margins(parameters, fixture.classes, label);
        margin_loss(&margins, label, 1.0)
    });
}

fn backward_bounds(fixture: &Fixture, check: &mut Check) {
    let bounds: Vec<Vec<LinearBound<f64>>> = samples(fixture, |b| {
        backward(fixture, &fixture.parameters, b, Rule::Paper)
    });
    for t in 0..fixture.steps {
        let step = bounds
            .iter()
            .flatten()
            .flat_map(|bound| bound.coefficients[t].clone());
        let pointer = format!("/crown/inputCoefficients/{t}");
        check.values(&pointer, &step.collect::<Vec<f64>>());
    }
    let biases: Vec<f64> = bounds.iter().flatten().map(|bound| bound.bias).collect();
    check.values("/crown/bias", &biases);
    for (pointer, rule) in [
        ("/crown/margins", Rule::Paper),
        ("/crownJoint/margins", Rule::Joint),
    ] {
        let margins = samples(fixture, |b| margins(fixture, &fixture.parameters, b, rule));
        check.values(pointer, &margins.concat());
    }
    loss(check, fixture, "/crown", |parameters, b| {
        margin_loss(
            &margins(fixture, parameters, b, Rule::Paper),
            fixture.labels[b],
            1.0,
        )
    });
}

fn samples<R>(fixture: &Fixture, one: impl FnMut(usize) -> R) -> Vec<R> {
    (0..fixture.batch).map(one).collect()
}

fn region(fixture: &Fixture, b: usize, epsilon: f64) -> Region {
    let image = &fixture.images[b];
    match &fixture.draws {
        Some(draws) => Region::rate(image, epsilon, false, &draws[b]),
        None => Region::direct(image, epsilon, false, fixture.steps),
    }
}

fn run<N: Number>(fixture: &Fixture, parameters: &Parameters<N>, b: usize) -> Spikes<N> {
    let fed: Vec<Vec<N>> = region(fixture, b, 0.0)
        .lower
        .iter()
        .map(|x| constants(x))
        .collect();
    forward(&fixture.network, parameters, &fed, fixture.surrogate)
}

fn bound<N: Number>(fixture: &Fixture, parameters: &Parameters<N>, b: usize) -> Intervals<N> {
    let region = region(fixture, b, fixture.epsilon);
    let lower: Vec<Vec<N>> = region.lower.iter().map(|x| constants(x)).collect();
    let upper: Vec<Vec<N>> = region.upper.iter().map(|x| constants(x)).collect();
    intervals(
        &fixture.network,
        parameters,
        &lower,
        &upper,
        fixture.surrogate,
    )
}

/// One linear bound per rival.
fn backward<N: Number>(
    fixture: &Fixture,
    parameters: &Parameters<N>,
    b: usize,
    rule: Rule,
) -> Vec<LinearBound<N>> {
    let intervals = bound(fixture, parameters, b);
    let rows = rival_rows(fixture.classes, fixture.labels[b]);
    rows.iter()
        .map(|row| linear_bound(&fixture.network, parameters, &intervals, rule, row))
        .collect()
}

fn margins<N: Number>(
    fixture: &Fixture,
    parameters: &Parameters<N>,
    b: usize,
    rule: Rule,
) -> Vec<N> {
    let region = region(fixture, b, fixture.epsilon);
    let bounds = backward(fixture, parameters, b, rule);
    bounds
        .iter()
        .map(|l| region.per_step_minimum(&l.coefficients) + l.bias)
        .collect()
}

fn layers<'a>(
    check: &mut Check,
    fixture: &Fixture,
    pointer: &str,
    traces: impl Iterator<Item = &'a Trace<f64>> + Clone,
) {
    for layer in 0..fixture.network.layers.len() {
        let samples: Trace<f64> = traces.clone().map(|trace| trace[layer].clone()).collect();
        check.values(&format!("{pointer}/{layer}"), &steps_first(&samples));
    }
}

/// The mean loss over the batch and its gradient.
fn loss(
    check: &mut Check,
    fixture: &Fixture,
    pointer: &str,
    one: impl Fn(&Parameters<oracle::tape::Variable>, usize) -> oracle::tape::Variable,
) {
    let (value, gradient) = fixture.parameters.gradient(|parameters| {
        let sum = Number::total((0..fixture.batch).map(|b| one(parameters, b)));
        sum / Number::constant(fixture.batch as f64)
    });
    check.values(&format!("{pointer}/loss"), &[value]);
    for (index, tensors) in gradient.layers.iter().enumerate() {
        check.gradient(
            &format!("{pointer}/gradients/{index}/weight"),
            &tensors.weight,
        );
        check.gradient(&format!("{pointer}/gradients/{index}/bias"), &tensors.bias);
    }
}
