//! Perturbed inputs of one sample: corners of the region above all, since bounds are met there.

use snn_core::encode::Encoding;

use crate::cases::number_source::NumberSource;
use crate::cases::Case;

/// Where an input may go.
pub struct Perturbations<'a> {
    case: &'a Case,
    /// Ends of every pixel: the outermost f32 numbers within epsilon, and the exact ends.
    narrow: Vec<[f64; 2]>,
    exact: Vec<[f64; 2]>,
    /// `[step][pixel]`, rate input only.
    draws: Vec<Vec<f64>>,
    pub targets: Vec<Target>,
}

/// An input at which some linear bound is least.
pub struct Target {
    /// Spikes or pixels, step by step.
    pub input: Vec<f64>,
    pub coupled: bool,
}

/// What one input is for.
pub struct Perturbed {
    /// Step by step, exact in f32.
    pub narrow: Vec<f64>,
    /// The same choice with numbers only f64 can hold.
    pub exact: Vec<f64>,
    /// Whether all steps see the same pixels.
    pub coupled: bool,
}

#[derive(Clone, Copy)]
enum Choice {
    Low,
    High,
    Corner,
    Inside,
    /// The corner at which one neuron of the first layer is least or greatest.
    Neuron,
}

impl<'a> Perturbations<'a> {
    pub fn new(case: &'a Case, draws: Vec<Vec<f64>>) -> Self {
        let limit = |v: f64| if case.clip { v.clamp(0.0, 1.0) } else { v };
        let exact = |&x: &f64| [limit(x - case.epsilon), limit(x + case.epsilon)];
        let exact: Vec<[f64; 2]> = case.images[0].iter().map(exact).collect();
        let inward = |[low, high]: [f64; 2]| {
            let (mut l, mut h) = (low as f32, high as f32);
            if f64::from(l) < low {
                l = l.next_up();
            }
            if f64::from(h) > high {
                h = h.next_down();
            }
            [f64::from(l), f64::from(h)]
        };
        Perturbations {
            case,
            narrow: exact.iter().map(|&ends| inward(ends)).collect(),
            exact,
            draws,
            targets: Vec::new(),
        }
    }

    pub fn draw(&self, index: usize, numbers: &mut NumberSource) -> Perturbed {
        if let (0, false) = (index % 8, self.targets.is_empty()) {
            let target = &self.targets[numbers.below(self.targets.len() as u64) as usize];
            return Perturbed {
                narrow: target.input.clone(),
                exact: target.input.clone(),
                coupled: target.coupled,
            };
        }
        let coupled = index % 4 != 3;
        let mut perturbed = Perturbed {
            narrow: Vec::new(),
            exact: Vec::new(),
            coupled,
        };
        let mut pixels = self.pixels(index, numbers);
        for t in 0..self.case.steps {
            if !coupled && t > 0 {
                pixels = self.pixels(index, numbers);
            }
            for (i, &[narrow, exact]) in pixels.iter().enumerate() {
                let values = match self.case.encoding {
                    Encoding::Direct => [narrow, exact],
                    Encoding::Rate => {
                        let draw = self.draws[t][i];
                        [narrow, exact].map(|x| f64::from(u8::from(x > draw)))
                    }
                    Encoding::Spikes => unreachable!("regions of pixels"),
                };
                perturbed.narrow.push(values[0]);
                perturbed.exact.push(values[1]);
            }
        }
        perturbed
    }

    /// One image: every pixel in f32 and in f64.
    fn pixels(&self, index: usize, numbers: &mut NumberSource) -> Vec<[f64; 2]> {
        let choice = match (index, numbers.below(8)) {
            (1, _) => Choice::Low,
            (2, _) => Choice::High,
            (_, 0..=2) => Choice::Neuron,
            (_, 3..=5) => Choice::Corner,
            (_, 6) => Choice::Inside,
            _ => numbers.choose(&[Choice::Low, Choice::High]),
        };
        let signs = match choice {
            Choice::Neuron => self.signs(numbers),
            _ => Vec::new(),
        };
        let pixel = |i: usize| {
            let share = match choice {
                Choice::Low => 0.0,
                Choice::High => 1.0,
                Choice::Corner => numbers.choose(&[0.0, 1.0]),
                Choice::Inside => numbers.uniform(),
                Choice::Neuron => signs[i],
            };
            self.pixel(i, share)
        };
        (0..self.narrow.len()).map(pixel).collect()
    }

    fn pixel(&self, i: usize, share: f64) -> [f64; 2] {
        let [low, high] = self.narrow[i];
        let [least, greatest] = self.exact[i];
        if share == 0.0 {
            return [low, least];
        }
        if share == 1.0 {
            return [high, greatest];
        }
        let inside = f64::from((low + share * (high - low)) as f32).clamp(low, high);
        [
            inside,
            (least + share * (greatest - least)).clamp(least, greatest),
        ]
    }

    /// 1 where a random neuron of the first layer gains from a larger input (or loses, at random).
    fn signs(&self, numbers: &mut NumberSource) -> Vec<f64> {
        let layer = &self.case.network.layers[0];
        let weight = &self.case.parameters.layers[0].weight;
        let neuron = numbers.below(layer.connections.len() as u64) as usize;
        let sign = numbers.choose(&[-1.0, 1.0]);
        let mut slopes = vec![0.0; layer.inputs];
        for c in &layer.connections[neuron] {
            slopes[c.input] = sign * weight[c.weight];
        }
        let gains = |slope: f64| f64::from(u8::from(slope > 0.0));
        layer.unpooled(slopes).into_iter().map(gains).collect()
    }
}
