//! The ensemble on pixels against brute force over whole regions.

use snn_core::attack::{scores_of, Kind, Method};
use snn_core::encode::{Encoding, Inputs};
use snn_core::region::{Linf, Region};
use snn_core::train::is_correct;

use crate::cases::Case;
use crate::oracle::network::Readout;
use crate::subjects::{ensemble, options, run, tiny, Batch};

/// The values of a pixel that are tried: for a rate code one between any two draws, which is all
/// there is; else both ends and some between.
fn values(inputs: Inputs, encoding: Encoding, pixel: usize, ends: (f32, f32)) -> Vec<f32> {
    let (lower, upper) = ends;
    if encoding == Encoding::Direct {
        let part = |part: u8| (lower + (upper - lower) * f32::from(part) / 4.0).min(upper);
        return (0..5).map(part).collect();
    }
    let mut draws = vec![0.0; inputs.images.len()];
    let mut inside = vec![lower];
    for step in 0..inputs.steps {
        inputs.draw(0, step, &mut draws);
        if lower <= draws[pixel] && draws[pixel] < upper {
            inside.push(draws[pixel].next_up());
        }
    }
    inside.sort_by(f32::total_cmp);
    inside.dedup();
    inside
}

/// Whether any input of the region is misclassified: all of them are run.
fn vulnerable(case: &Case, batch: &Batch, index: usize, region: Linf) -> bool {
    let run = run(case);
    let size = case.network.inputs();
    let image = &batch.images[index * size..(index + 1) * size];
    let sample = &batch.samples[index..=index];
    let inputs = run.inputs(image, sample);
    let each = image.iter().enumerate();
    let of_pixels: Vec<Vec<f32>> = each
        .map(|(pixel, &x)| values(inputs, case.encoding, pixel, region.ends(x)))
        .collect();
    let count: usize = of_pixels.iter().map(Vec::len).product();
    let label = batch.labels[index].into();
    let numbers: Vec<usize> = (0..count).collect();
    numbers.chunks(256).any(|numbers| {
        let mut all = Vec::with_capacity(numbers.len() * size);
        for &number in numbers {
            let mut rest = number;
            for values in &of_pixels {
                all.push(values[rest % values.len()]);
                rest /= values.len();
            }
        }
        let samples = vec![sample[0]; numbers.len()];
        let (network, parameters) = (&batch.subject.network, &batch.subject.parameters);
        let scores = scores_of(network, parameters, &all, &samples, Kind::Pixels, &run).unwrap();
        let classes = network.classes;
        scores
            .chunks(classes)
            .any(|scores| !is_correct(scores, label))
    })
}

/// Examples that brute force proves vulnerable, and those of them that the ensemble fools.
#[derive(Default)]
struct Tally {
    vulnerable: usize,
    fooled: usize,
}

impl Tally {
    fn add(&mut self, case: &Case, epsilon: f64) {
        let batch = Batch::new(case);
        let region = Linf {
            epsilon,
            clip: case.clip,
        };
        let (mut open, rest): (Vec<usize>, Vec<usize>) = (0..batch.right.len())
            .filter(|&index| batch.right[index])
            .partition(|&index| vulnerable(case, &batch, index, region));
        let count = open.len();
        self.vulnerable += count;
        for method in ensemble() {
            let options = options(case, &Region::Linf(region), method);
            let attacked = batch.only(&open).attack(&options);
            let mut fooled = attacked.fooled.iter();
            open.retain(|_| fooled.next() == Some(&0));
        }
        self.fooled += count - open.len();
        if case.encoding == Encoding::Rate {
            let sure = Method::Coordinate {
                candidates: 8,
                gradient: true,
            };
            let options = options(case, &Region::Linf(region), sure);
            let attacked = batch.only(&rest).attack(&options);
            assert!(attacked.fooled.iter().all(|&fooled| fooled == 0));
        }
    }

    fn check(self, least: usize) {
        let Tally { vulnerable, fooled } = self;
        println!("{fooled} of {vulnerable}");
        assert!(vulnerable >= least, "{vulnerable}");
        assert!(100 * fooled >= 95 * vulnerable, "{fooled} of {vulnerable}");
    }
}

#[test]
fn rate_codes() {
    let mut tally = Tally::default();
    for seed in 0..16 {
        for readout in [
            Readout::Rate,
            Readout::Membrane,
            Readout::Linear { classes: 3 },
        ] {
            let case = tiny(Encoding::Rate, readout, 6, 4, seed);
            tally.add(&case, 0.15);
        }
    }
    tally.check(60);
}

#[test]
fn pixels_as_they_are() {
    let mut tally = Tally::default();
    for seed in 0..16 {
        for readout in [
            Readout::Rate,
            Readout::Membrane,
            Readout::Linear { classes: 3 },
        ] {
            let case = tiny(Encoding::Direct, readout, 4, 4, seed);
            tally.add(&case, 0.1);
        }
    }
    tally.check(60);
}
