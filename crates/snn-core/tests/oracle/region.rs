//! What the input can be: intervals per step, and the least value of a linear form (ALGORITHMS 2).

use super::number::Number;
use super::toggles::Toggles;

pub struct Region {
    /// Per step and input.
    pub lower: Vec<Vec<f64>>,
    pub upper: Vec<Vec<f64>>,
    /// Rate input only: per step and pixel.
    pub draws: Option<Vec<Vec<f64>>>,
    /// Spikes alone: both ends are the spikes as they are.
    pub toggles: Option<Toggles>,
}

/// An input spikes when it exceeds the step's draw.
pub fn encode(image: &[f64], draws: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let spike = |(x, draw): (&f64, &f64)| f64::from(u8::from(x > draw));
    draws
        .iter()
        .map(|step| image.iter().zip(step).map(spike).collect())
        .collect()
}

impl Region {
    /// The same image at every step, each pixel within `epsilon`.
    pub fn direct(image: &[f64], epsilon: f64, clip: bool, steps: usize) -> Self {
        let (lower, upper) = pixels(image, epsilon, clip);
        Region {
            lower: vec![lower; steps],
            upper: vec![upper; steps],
            draws: None,
            toggles: None,
        }
    }

    /// Spikes of pixels within `epsilon`, the draws known.
    pub fn rate(image: &[f64], epsilon: f64, clip: bool, draws: &[Vec<f64>]) -> Self {
        let (lower, upper) = pixels(image, epsilon, clip);
        Region {
            lower: encode(&lower, draws),
            upper: encode(&upper, draws),
            draws: Some(draws.to_vec()),
            toggles: None,
        }
    }

    /// How far apart the ends of an input are in the mean; of toggles, how many there are.
    pub fn mean_length(&self) -> f64 {
        let numbers = (self.lower.len() * self.lower[0].len()) as f64;
        if let Some(toggles) = &self.toggles {
            let of_step = |(free, &most): (&Vec<bool>, &usize)| {
                let places = free.iter().filter(|&&free| free).count();
                most.min(toggles.most).min(places) as f64
            };
            return toggles
                .free
                .iter()
                .zip(&toggles.of_steps)
                .map(of_step)
                .sum::<f64>()
                / numbers;
        }
        let pairs = self.lower.iter().flatten().zip(self.upper.iter().flatten());
        pairs.map(|(l, h)| h - l).sum::<f64>() / numbers
    }

    /// The least `sum_t a[t] . x[t]` when every step is free on its own.
    pub fn per_step_minimum<N: Number>(&self, a: &[Vec<N>]) -> N {
        if let Some(toggles) = &self.toggles {
            return toggles.minimum(a, &self.lower, false);
        }
        let mut sum = N::zero();
        for (t, row) in a.iter().enumerate() {
            for (i, &a) in row.iter().enumerate() {
                let bounds = (self.lower[t][i], self.upper[t][i]);
                sum = sum + a * N::constant(if a.value() >= 0.0 { bounds.0 } else { bounds.1 });
            }
        }
        sum
    }

    /// The least value when every pixel has one value, the same at all steps.
    pub fn coupled_minimum<N: Number>(&self, a: &[Vec<N>]) -> N {
        if let Some(toggles) = &self.toggles {
            return toggles.minimum(a, &self.lower, true);
        }
        let pixels = 0..a[0].len();
        N::total(pixels.map(|i| match &self.draws {
            None => {
                let total = N::total(a.iter().map(|row| row[i]));
                let rising = total.value() >= 0.0;
                total
                    * N::constant(if rising {
                        self.lower[0][i]
                    } else {
                        self.upper[0][i]
                    })
            }
            Some(draws) => self.rate_pixel(a, draws, i),
        }))
    }

    /// The pixel's spikes switch on in the order of their draws as it grows.
    fn rate_pixel<N: Number>(&self, a: &[Vec<N>], draws: &[Vec<f64>], i: usize) -> N {
        let steps = 0..a.len();
        let base = N::total(
            steps
                .clone()
                .map(|t| a[t][i] * N::constant(self.lower[t][i])),
        );
        let mut open: Vec<usize> = steps
            .filter(|&t| self.lower[t][i] == 0.0 && self.upper[t][i] == 1.0)
            .collect();
        open.sort_by(|&p, &q| draws[p][i].total_cmp(&draws[q][i]));
        let (mut sum, mut least) = (N::zero(), N::zero());
        for (n, &t) in open.iter().enumerate() {
            sum = sum + a[t][i];
            let next = open.get(n + 1).map(|&next| draws[next][i]);
            if next != Some(draws[t][i]) {
                least = least.lesser(sum);
            }
        }
        base + least
    }
}

fn pixels(image: &[f64], epsilon: f64, clip: bool) -> (Vec<f64>, Vec<f64>) {
    let limit = |v: f64| if clip { v.clamp(0.0, 1.0) } else { v };
    let lower = image.iter().map(|&x| limit(x - epsilon)).collect();
    let upper = image.iter().map(|&x| limit(x + epsilon)).collect();
    (lower, upper)
}
