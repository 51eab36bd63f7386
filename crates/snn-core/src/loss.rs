//! Losses of one sample and their gradients (ALGORITHMS 5). Logits are scores times a scale.

/// Cross entropy of `scale * scores` against `label`; writes its derivatives with respect to the
/// scores.
pub fn cross_entropy(scores: &[f32], label: usize, scale: f32, gradient: &mut [f32]) -> f32 {
    let largest = scores
        .iter()
        .fold(f32::NEG_INFINITY, |a, &b| a.max(scale * b));
    let mut sum = 0.0;
    for (g, &score) in gradient.iter_mut().zip(scores) {
        *g = libm::expf(scale * score - largest);
        sum += *g;
    }
    for g in gradient.iter_mut() {
        *g *= scale / sum;
    }
    gradient[label] -= scale;
    libm::logf(sum) + largest - scale * scores[label]
}

/// Cross entropy of the vector with 0 at the label and `-scale * margin` at each rival; writes its
/// derivatives with respect to the margins.
pub fn margin_cross_entropy(margins: &[f32], scale: f32, gradient: &mut [f32]) -> f32 {
    let largest = margins.iter().fold(0.0f32, |a, &m| a.max(-scale * m));
    let mut sum = libm::expf(-largest);
    for (g, &margin) in gradient.iter_mut().zip(margins) {
        *g = libm::expf(-scale * margin - largest);
        sum += *g;
    }
    for g in gradient.iter_mut() {
        *g *= -scale / sum;
    }
    libm::logf(sum) + largest
}

/// One row instead of one per rival: an upper bound of the worst-case cross entropy that needs a
/// single linear bound (loss fusion, ALGORITHMS 5).
#[derive(Clone, Debug)]
pub struct Fused {
    /// Weight `B_k` of each rival in the row `sum_k B_k (e_y - e_k)`.
    pub weights: Vec<f32>,
    shift: f64,
    /// `exp(-M) + sum E_k`, and its derivative with respect to each lower margin.
    whole: f64,
    exponentials: Vec<f64>,
    /// `sum B_k ml_k`
    at_lower: f64,
    floor: f64,
    scale: f64,
}

/// The fused loss and its derivatives.
#[derive(Clone, Debug)]
pub struct FusedLoss {
    pub value: f32,
    /// With respect to the row's lower bound.
    pub by_bound: f32,
    /// With respect to the lower margins, the weights `B_k` being constants.
    pub by_lower: Vec<f32>,
}

impl Fused {
    /// `lower` and `upper`: S-IBP's bounds of the margins.
    pub fn new(lower: &[f32], upper: &[f32], scale: f32) -> Self {
        let scale = f64::from(scale);
        let shift = lower
            .iter()
            .fold(0.0f64, |a, &m| a.max(-scale * f64::from(m)));
        let (mut weights, mut exponentials) = (Vec::new(), Vec::new());
        let (mut whole, mut floor, mut at_lower) = (libm::exp(-shift), libm::exp(-shift), 0.0);
        for (&ml, &mu) in lower.iter().zip(upper) {
            let (ml, mu) = (f64::from(ml), f64::from(mu));
            let exponential = libm::exp(-scale * ml - shift);
            let weight = if mu > ml {
                exponential * -libm::expm1(-scale * (mu - ml)) / (mu - ml)
            } else {
                0.0
            };
            whole += exponential;
            floor += libm::exp(-scale * mu - shift);
            let weight = weight as f32;
            at_lower += f64::from(weight) * ml;
            weights.push(weight);
            exponentials.push(exponential);
        }
        Fused {
            weights,
            shift,
            whole,
            exponentials,
            at_lower,
            floor,
            scale,
        }
    }

    /// `bound`: lower bound of `sum_k B_k m_k`.
    pub fn loss(&self, bound: f32) -> FusedLoss {
        let gain = f64::from(bound) - self.at_lower;
        // Where both bounds are the same number, f32 leaves noise that must not choose the gradient.
        let noise = 1e-6 * (f64::from(bound).abs() + self.at_lower.abs());
        // No bound lies above the upper margins, so the room is never exceeded but by rounding.
        let room = (self.whole - self.floor).max(0.0);
        let gain = if gain > noise { gain.min(room) } else { 0.0 };
        let inside = (self.whole - gain).max(self.floor);
        let mut loss = FusedLoss {
            value: (self.shift + libm::log(inside)) as f32,
            by_bound: 0.0,
            by_lower: vec![0.0; self.weights.len()],
        };
        if gain > 0.0 {
            loss.by_bound = (-1.0 / inside) as f32;
        }
        let pairs = self.exponentials.iter().zip(&self.weights);
        for (by, (exponential, &weight)) in loss.by_lower.iter_mut().zip(pairs) {
            let mut slope = -self.scale * exponential;
            if gain > 0.0 {
                slope += f64::from(weight);
            }
            *by = (slope / inside) as f32;
        }
        loss
    }
}
