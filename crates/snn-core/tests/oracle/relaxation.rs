//! One line below `cs * s(u) + cr * r(u)` for `u` in `[l, h]` (ALGORITHMS 4).

use super::interval::{state, State};
use super::network::{Neuron, Reset};
use super::number::Number;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Spike and kept potential each on its own.
    Paper,
    /// Both as one function of the membrane, the paper's choice of slope but for ties.
    Joint,
}

/// `slope * u + constant`.
#[derive(Clone, Copy, Debug)]
pub struct Line<N> {
    pub slope: N,
    pub constant: N,
}

pub fn lower_line<N: Number>(rule: Rule, neuron: Neuron, l: N, h: N, cs: N, cr: N) -> Line<N> {
    let threshold = N::constant(neuron.threshold);
    match (state(l.value(), h.value(), neuron.threshold), neuron.reset) {
        (State::Silent, _) => Line {
            slope: cr,
            constant: N::zero(),
        },
        (State::Firing, Reset::Hard) => Line {
            slope: N::zero(),
            constant: cs,
        },
        (State::Firing, Reset::Soft) => Line {
            slope: cr,
            constant: cs - cr * threshold,
        },
        (State::Open, reset) => match rule {
            Rule::Paper => paper(reset, threshold, l, h, cs, cr),
            Rule::Joint => joint(reset, threshold, l, h, cs, cr),
        },
    }
}

fn paper<N: Number>(reset: Reset, threshold: N, l: N, h: N, cs: N, cr: N) -> Line<N> {
    let (cs, slope, constant) = match reset {
        Reset::Hard => {
            let on_silence = cr.positive_part() * l + cr.negative_part() * threshold;
            (cs - on_silence, N::zero(), on_silence)
        }
        Reset::Soft => (cs - cr * threshold, cr, N::zero()),
    };
    let (p, n) = (cs.positive_part(), cs.negative_part());
    let (above, below) = (h - threshold, threshold - l);
    if above.value() >= below.value() {
        // (u - th) / (h - th) <= s <= 1
        Line {
            slope: slope + p / above,
            constant: constant - p * threshold / above + n,
        }
    } else {
        // 0 <= s <= (u - l) / (th - l)
        Line {
            slope: slope + n / below,
            constant: constant - n * l / below,
        }
    }
}

fn joint<N: Number>(reset: Reset, threshold: N, l: N, h: N, cs: N, cr: N) -> Line<N> {
    let at_l = cr * l;
    let at_h = match reset {
        Reset::Hard => cs,
        Reset::Soft => cs + cr * (h - threshold),
    };
    let vertex = (cr * threshold).lesser(cs);
    let chord = (at_h - at_l) / (h - l);
    let on_chord = at_l + chord * (threshold - l);
    let before = |_: ()| (vertex - at_l) / (threshold - l);
    let after = |_: ()| (at_h - vertex) / (h - threshold);
    let slope = if vertex.value() >= on_chord.value() {
        chord
    } else if threshold.value() == l.value() || (h - threshold).value() > (threshold - l).value() {
        after(())
    } else {
        before(())
    };
    let ends = (at_l - slope * l).lesser(at_h - slope * h);
    Line {
        slope,
        constant: ends.lesser(vertex - slope * threshold),
    }
}
