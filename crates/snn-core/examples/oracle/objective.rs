//! The loss of a training step on one sample (ALGORITHMS 5), with the crate's defaults: the paper's
//! relaxation and surrogate, coupled pixels, constant coefficients in the fused row.

use crate::oracle::crown::linear_bound;
use crate::oracle::interval::{rival_rows, Intervals};
use crate::oracle::loss::{cross_entropy, margin_loss, Fusion};
use crate::oracle::network::Parameters;
use crate::oracle::number::Number;
use crate::oracle::region::Region;
use crate::request::Request;
use crate::subject::Subject;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Natural,
    SIbp,
    SCrown,
    SCrownFused,
}

pub struct Objective {
    pub method: Method,
    pub certified_steps: usize,
    kappa: f64,
    beta: f64,
    scale: f64,
}

impl Objective {
    pub fn new(request: &Request) -> Result<Self, String> {
        let method = match request.text("method")? {
            "natural" => Method::Natural,
            "s-ibp" => Method::SIbp,
            "s-crown" => Method::SCrown,
            "s-crown-fused" => Method::SCrownFused,
            other => return Err(format!("method: expected one of training's, got {other}")),
        };
        // The crate holds them in f32.
        let single = |name| request.number(name).map(|value| f64::from(value as f32));
        Ok(Objective {
            method,
            certified_steps: request.whole("certifiedSteps")?,
            kappa: single("kappa")?,
            beta: single("beta")?,
            scale: single("scale")?,
        })
    }

    pub fn loss<N: Number>(
        &self,
        subject: &Subject,
        parameters: &Parameters<N>,
        sample: usize,
    ) -> N {
        let run = subject.run(parameters, sample);
        let natural = cross_entropy(&run.scores, subject.labels[sample], self.scale);
        if self.method == Method::Natural {
            return natural;
        }
        let kappa = N::constant(self.kappa);
        let certified = self.certified(subject, parameters, sample);
        kappa * natural + (N::constant(1.0) - kappa) * certified
    }

    fn certified<N: Number>(
        &self,
        subject: &Subject,
        parameters: &Parameters<N>,
        sample: usize,
    ) -> N {
        let label = subject.labels[sample];
        let classes = subject.network.classes();
        let region = subject.region(sample, self.certified_steps);
        let bounds = subject.bounds(parameters, &region);
        let ibp = bounds.margins(parameters, classes, label);
        let (beta, rest) = (N::constant(self.beta), N::constant(1.0 - self.beta));
        let crown = |row: &[N]| bound(subject, parameters, &region, &bounds, row);
        match self.method {
            Method::Natural | Method::SIbp => margin_loss(&ibp, label, self.scale),
            Method::SCrown => {
                let rows = rival_rows(classes, label);
                let mixed = rows.iter().zip(&ibp);
                let mixed = mixed.map(|(row, &ibp)| beta * crown(row) + rest * ibp);
                margin_loss(&mixed.collect::<Vec<N>>(), label, self.scale)
            }
            Method::SCrownFused => {
                let fusion = self.fusion(parameters, &bounds, classes, label);
                let fused = fusion.loss(crown(&fusion.row(label)));
                beta * fused + rest * margin_loss(&ibp, label, self.scale)
            }
        }
    }

    fn fusion<N: Number>(
        &self,
        parameters: &Parameters<N>,
        bounds: &Intervals<N>,
        classes: usize,
        label: usize,
    ) -> Fusion<N> {
        let lower = bounds.margins(parameters, classes, label);
        let upper = rival_rows::<N>(classes, label).into_iter().map(|row| {
            let opposite: Vec<N> = row.into_iter().map(|a| -a).collect();
            -bounds.bound(parameters, &opposite)
        });
        Fusion::new(&lower, &upper.collect::<Vec<N>>(), self.scale, true)
    }

    /// What decides which of two gradients the fused loss takes; infinite where there is no choice.
    pub fn gain(
        &self,
        subject: &Subject,
        region: &Region,
        bounds: &Intervals<f64>,
        label: usize,
    ) -> f64 {
        let classes = subject.network.classes();
        let fusion = self.fusion(&subject.parameters, bounds, classes, label);
        if fusion.weights.iter().all(|&weight| weight == 0.0) {
            return f64::INFINITY;
        }
        let row = fusion.row(label);
        fusion.gain(bound(subject, &subject.parameters, region, bounds, &row))
    }
}

/// S-CROWN's lower bound of a row of class scores.
fn bound<N: Number>(
    subject: &Subject,
    parameters: &Parameters<N>,
    region: &Region,
    bounds: &Intervals<N>,
    row: &[N],
) -> N {
    let line = linear_bound(&subject.network, parameters, bounds, subject.rule, row);
    line.bias + region.coupled_minimum(&line.coefficients)
}
