//! The one place that says whether an attack succeeded.

use super::{AttackOptions, Attacked, Kind};
use crate::activity::drawn_spikes;
use crate::certify::{check_images, check_labels};
use crate::encode::{DrawKey, Encoded, InputMap, Inputs};
use crate::error::Result;
use crate::network::Network;
use crate::parameters::Parameters;
use crate::propagate::spikes::{self, Trace};
use crate::region::Example;
use crate::slice::{chunks, Slice, TRACE};
use crate::train::is_correct;

/// An input that is tried for example `index` of the slice.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a> {
    pub index: usize,
    pub values: &'a [f32],
}

/// A slice under attack: the examples as the region sees them, and what is known of each.
///
/// An example is fooled when an input belongs to the region around it and a plain forward pass does not
/// give its label strictly the largest score. Nothing else makes it so.
pub struct Judge<'a> {
    pub network: &'a Network,
    pub parameters: &'a Parameters,
    pub options: &'a AttackOptions,
    slice: Slice<'a>,
    /// How points are read.
    map: InputMap,
    /// What the region is around, `[samples, length]`: pixels, or spikes step by step.
    clean: Vec<f32>,
    length: usize,
    wrong: Vec<bool>,
    found: Vec<Option<Vec<f32>>>,
    margins: Vec<f32>,
    predictions: Vec<u8>,
    asked: Vec<bool>,
    answered: Vec<bool>,
    passes: u64,
}

impl<'a> Judge<'a> {
    /// Runs the examples as they are.
    ///
    /// # Errors
    /// As [`check_images`] and [`check_labels`].
    pub fn new(
        network: &'a Network,
        parameters: &'a Parameters,
        slice: Slice<'a>,
        options: &'a AttackOptions,
    ) -> Result<Self> {
        check_labels(network, slice.labels, slice.samples)?;
        check_images(network, slice.images, slice.samples, options.steps)?;
        let count = slice.labels.len();
        let kind = Kind::of(&options.region);
        let clean = match kind {
            Kind::Spikes => drawn_spikes(network, slice.images, slice.samples, &options.predict())?,
            Kind::Pixels => slice.images.to_vec(),
        };
        let mut judge = Judge {
            network,
            parameters,
            options,
            slice,
            map: kind.map(network),
            length: clean.len() / count.max(1),
            clean,
            wrong: vec![false; count],
            found: vec![None; count],
            margins: vec![f32::INFINITY; count],
            predictions: vec![0; count],
            asked: vec![false; count],
            answered: vec![false; count],
            passes: 0,
        };
        let clean = std::mem::take(&mut judge.clean);
        let points: Vec<Point> = clean
            .chunks_exact(judge.length.max(1))
            .enumerate()
            .map(|(index, values)| Point { index, values })
            .collect();
        let mut verdicts = Vec::new();
        judge.look(&points, judge.draws(), |_, trace| {
            for (row, scores) in trace.scores.chunks_exact(network.classes).enumerate() {
                let label = usize::from(slice.labels[verdicts.len()]);
                debug_assert!(row < trace.samples);
                verdicts.push((
                    is_correct(scores, label),
                    margin(scores, label),
                    best(scores),
                ));
            }
        });
        for (index, (correct, margin, best)) in verdicts.into_iter().enumerate() {
            judge.wrong[index] = !correct;
            judge.margins[index] = margin;
            judge.predictions[index] = best;
        }
        judge.clean = clean;
        Ok(judge)
    }

    /// Examples that are right as they are and have not been fooled yet.
    pub fn open(&self) -> Vec<usize> {
        (0..self.wrong.len())
            .filter(|&index| !self.done(index))
            .collect()
    }

    /// Whether there is nothing left to attack of an example.
    pub fn done(&self, index: usize) -> bool {
        self.wrong[index] || self.found[index].is_some()
    }

    /// The example as the region sees it: pixels, or spikes `[steps, size]`.
    pub fn clean(&self, index: usize) -> &[f32] {
        &self.clean[index * self.length..(index + 1) * self.length]
    }

    pub fn label(&self, index: usize) -> usize {
        self.slice.labels[index].into()
    }

    /// What random numbers of an example are keyed by, besides the attack's seed.
    pub fn key(&self, index: usize) -> [u64; 2] {
        [self.options.presentation, self.slice.samples[index].into()]
    }

    /// What the region is asked about.
    pub fn example(&self, index: usize) -> Example<'_> {
        Example {
            values: self.clean(index),
            size: self.map.shape.len(),
            key: self.key(index),
        }
    }

    /// The map that points are read as.
    pub fn map(&self) -> InputMap {
        self.map
    }

    /// Inputs of one example with the draws that it is judged by.
    pub fn inputs(&self, index: usize) -> Inputs<'_> {
        let all = Inputs {
            images: &self.clean,
            samples: self.slice.samples,
            steps: self.options.steps,
            draws: self.draws(),
        };
        all.slice(index..index + 1)
    }

    fn draws(&self) -> DrawKey {
        DrawKey {
            seed: self.options.seed,
            presentation: self.options.presentation,
        }
    }

    /// Notes whether a gradient of an example was anything but zero.
    pub fn note(&mut self, index: usize, gradient: &[f32]) {
        self.asked[index] = true;
        self.answered[index] |= gradient.iter().any(|&g| g != 0.0);
    }

    /// Runs points, and keeps what they show. `see` gets the traces of one chunk after another, with the
    /// number of its first point; row `r` of a trace is the point `r` after that.
    pub fn run(&mut self, points: &[Point], mut see: impl FnMut(usize, &Trace)) {
        let classes = self.network.classes;
        let (labels, mut shown) = (self.slice.labels, Vec::new());
        self.passes += points.len() as u64;
        self.look(points, self.draws(), |first, trace| {
            let rows = points[first..]
                .iter()
                .zip(trace.scores.chunks_exact(classes));
            for (at, (point, scores)) in rows.enumerate() {
                let label = usize::from(labels[point.index]);
                shown.push((
                    first + at,
                    margin(scores, label),
                    !is_correct(scores, label),
                ));
            }
            see(first, trace);
        });
        for (at, margin, wrong) in shown {
            let Point { index, values } = points[at];
            if self.done(index) || (!wrong && margin >= self.margins[index]) {
                continue;
            }
            let inside = self.options.region.contains(self.example(index), values);
            debug_assert_eq!(inside, Ok(true), "example {index}");
            if inside != Ok(true) {
                continue;
            }
            self.margins[index] = margin.min(self.margins[index]);
            if wrong {
                self.confirm(index, values);
            }
        }
    }

    /// The same with other draws, from which nothing follows: what an attacker imagines.
    pub fn imagine(&mut self, points: &[Point], draws: DrawKey, see: impl FnMut(usize, &Trace)) {
        self.passes += points.len() as u64;
        self.look(points, draws, see);
    }

    fn look(&self, points: &[Point], draws: DrawKey, mut see: impl FnMut(usize, &Trace)) {
        let steps = self.options.steps;
        let (mut images, mut samples) = (Vec::new(), Vec::new());
        for range in chunks(self.network, points.len(), steps, TRACE) {
            images.clear();
            samples.clear();
            for point in &points[range.clone()] {
                assert_eq!(point.values.len(), self.length);
                images.extend_from_slice(point.values);
                samples.push(self.slice.samples[point.index]);
            }
            let inputs = Inputs {
                images: &images,
                samples: &samples,
                steps,
                draws,
            };
            let input = Encoded::new(self.map, inputs);
            let (network, parameters) = (self.network, self.parameters);
            let trace = spikes::propagate(network, parameters, input, samples.len(), steps);
            see(range.start, &trace);
        }
    }

    /// A plain forward pass over an input of the region that looked adversarial.
    fn confirm(&mut self, index: usize, values: &[f32]) {
        let inputs = Inputs {
            images: values,
            samples: &self.slice.samples[index..=index],
            steps: self.options.steps,
            draws: self.draws(),
        };
        let input = Encoded::new(self.map, inputs);
        let steps = self.options.steps;
        let scores = spikes::scores(self.network, self.parameters, &input, 1, steps);
        self.passes += 1;
        if !is_correct(&scores, self.label(index)) {
            self.predictions[index] = best(&scores);
            self.found[index] = Some(values.to_vec());
        }
    }

    /// What was found.
    pub fn attacked(self) -> Attacked {
        let zero = self.asked.iter().zip(&self.answered);
        Attacked {
            fooled: self.found.iter().map(|f| u8::from(f.is_some())).collect(),
            zero_gradient: zero
                .map(|(&asked, &answered)| u8::from(asked && !answered))
                .collect(),
            margins: self.margins,
            predictions: self.predictions,
            examples: self.found.into_iter().flatten().flatten().collect(),
            passes: self.passes,
        }
    }
}

/// The label's score minus its best rival's.
fn margin(scores: &[f32], label: usize) -> f32 {
    let others = scores.iter().enumerate().filter(|&(k, _)| k != label);
    let rival = others.fold(f32::NEG_INFINITY, |best, (_, &score)| best.max(score));
    scores[label] - rival
}

/// The first class of the largest score.
fn best(scores: &[f32]) -> u8 {
    let mut best = 0;
    for (class, &score) in scores.iter().enumerate() {
        if score > scores[best] {
            best = class;
        }
    }
    best as u8
}
