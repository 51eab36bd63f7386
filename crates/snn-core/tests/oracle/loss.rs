//! Losses (ALGORITHMS 5).

use super::number::Number;

/// `-log softmax(scale * scores)[label]`
pub fn cross_entropy<N: Number>(scores: &[N], label: usize, scale: f64) -> N {
    let scaled: Vec<N> = scores.iter().map(|&s| s * N::constant(scale)).collect();
    let largest = scaled
        .iter()
        .map(|s| s.value())
        .fold(f64::NEG_INFINITY, f64::max);
    let shift = N::constant(largest);
    let sum = N::total(scaled.iter().map(|&s| (s - shift).exponential()));
    sum.logarithm() + shift - scaled[label]
}

/// Cross entropy of 0 at the label and `-margin` at each rival, rivals in ascending order.
pub fn margin_loss<N: Number>(margins: &[N], label: usize, scale: f64) -> N {
    let mut scores: Vec<N> = margins.iter().map(|&m| -m).collect();
    scores.insert(label, N::zero());
    cross_entropy(&scores, label, scale)
}

/// The coefficients `B_k` of the fused row and its pieces, from S-IBP margins `lower <= m <= upper`.
pub struct Fusion<N> {
    shift: f64,
    exponentials: Vec<N>,
    pub weights: Vec<N>,
    weighted: N,
    least: N,
}

impl<N: Number> Fusion<N> {
    /// `constant`: whether the gradient treats `B_k` as constants.
    pub fn new(lower: &[N], upper: &[N], scale: f64, constant: bool) -> Self {
        let sigma = N::constant(scale);
        let worst = lower.iter().map(|m| -scale * m.value()).fold(0.0, f64::max);
        let shift = N::constant(worst);
        let exponentials: Vec<N> = lower
            .iter()
            .map(|&m| (-sigma * m - shift).exponential())
            .collect();
        let weight = |(k, (&l, &u)): (usize, (&N, &N))| {
            if u.value() == l.value() {
                return N::zero();
            }
            let fall = N::constant(1.0) - (-sigma * (u - l)).exponential();
            let weight = exponentials[k] * fall / (u - l);
            if constant {
                N::constant(weight.value())
            } else {
                weight
            }
        };
        let weights: Vec<N> = lower.iter().zip(upper).enumerate().map(weight).collect();
        let weighted = N::total(weights.iter().zip(lower).map(|(&b, &l)| b * l));
        let none = N::constant(-worst).exponential();
        let least = none + N::total(upper.iter().map(|&u| (-sigma * u - shift).exponential()));
        Fusion {
            shift: worst,
            exponentials,
            weights,
            weighted,
            least,
        }
    }

    /// The row over the classes: `sum_k B_k (e_label - e_k)`.
    pub fn row(&self, label: usize) -> Vec<N> {
        let mut row: Vec<N> = self.weights.iter().map(|&b| -b).collect();
        row.insert(label, N::total(self.weights.iter().copied()));
        row
    }

    /// What the row's lower bound has over the one that S-IBP gives it; the loss bends at 0.
    pub fn gain(&self, bound: N) -> N {
        bound - self.weighted
    }

    /// The loss, given the lower bound of the row.
    pub fn loss(&self, bound: N) -> N {
        let none = N::constant(-self.shift).exponential();
        let gained = self.gain(bound).positive_part();
        let sum = none + N::total(self.exponentials.iter().copied()) - gained;
        N::constant(self.shift) + sum.greater(self.least).logarithm()
    }
}
