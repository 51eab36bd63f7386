//! The transposed product at single inputs: what pays where few are asked for.

use wide::f32x4;

use super::packed::Packed;
use super::panels::PANEL;
use super::Affine;

/// Asks for what the outputs of a layer send back, input by input.
#[derive(Clone, Copy)]
pub struct Dots<'a> {
    affine: &'a Affine,
    weight: &'a [f32x4],
}

/// An input of one group.
#[derive(Clone, Copy)]
pub struct Place {
    pub group: usize,
    pub position: usize,
    pub channel: usize,
}

impl Affine {
    /// `weight`: the packed weight, not transposed.
    pub fn dots<'a>(&'a self, weight: &'a [f32x4]) -> Dots<'a> {
        assert_eq!(weight.len(), self.weight_vectors());
        Dots {
            affine: self,
            weight,
        }
    }

    /// Whether dot products for `asked` inputs cost less than sending back `sent` outputs that are
    /// not zero into `rows` rows of inputs, of which there are `ends`: one for spikes, two for
    /// intervals.
    pub fn dots_pay(&self, [asked, sent, rows]: [usize; 3], ends: usize) -> bool {
        let (inputs, outputs) = (self.input.positions(), self.output.positions());
        // In quarters of what adding a vector takes: a dot product has to find its rows and to add up
        // its lanes; what is sent is multiplied, and sent twice for two ends.
        let dot = 8 * ends * self.reach.len() * self.output_vectors() + 480 * inputs;
        let row = 5 * ends * self.reach.len() * self.input_vectors();
        let dots = asked as f64 * dot as f64 / inputs as f64;
        let all = sent as f64 * row as f64 / outputs as f64;
        dots < all + (4 * rows * self.input_vectors()) as f64
    }
}

impl Dots<'_> {
    /// `sum over outputs of W delta`, rows of `delta` being (group, output position).
    #[inline(always)]
    pub fn sent(self, delta: &Packed, at: Place) -> f32 {
        let mut sums = [f32x4::ZERO; 4];
        self.each(at, |row, weights| {
            let panels = weights.zip(delta.row(row));
            for (weights, delta) in panels {
                add(weights, [delta], |v, w, [d]| sums[v % 4] += w * d);
            }
        });
        total(sums)
    }

    /// Derivatives by the lower and the upper end of an input, given those by the ends of the
    /// outputs: positive weights send an end to the same end, negative ones to the other.
    #[inline(always)]
    pub fn ends_sent(self, lower: &Packed, upper: &Packed, at: Place) -> [f32; 2] {
        let mut sums = [[f32x4::ZERO; 4]; 2];
        self.each(at, |row, weights| {
            let panels = weights.zip(lower.row(row).zip(upper.row(row)));
            for (weights, (lower, upper)) in panels {
                add(weights, [lower, upper], |v, w, [l, h]| {
                    let (plus, minus) = (w.fast_max(f32x4::ZERO), w.fast_min(f32x4::ZERO));
                    sums[0][v % 4] += plus * l + minus * h;
                    sums[1][v % 4] += plus * h + minus * l;
                });
            }
        });
        sums.map(total)
    }

    /// Calls `row` with every output row that the input reaches and the weights to it, panel by
    /// panel.
    #[inline(always)]
    fn each<'a>(&'a self, at: Place, mut row: impl FnMut(usize, Panels<'a>)) {
        let (rows, vectors) = (self.affine.weight_rows(), self.affine.output_vectors());
        for tap in self.affine.reach.of(at.position) {
            let output = at.group * self.affine.output.positions() + tap.position as usize;
            let weights = Panels {
                weight: self.weight,
                rows,
                vectors,
                row: tap.base as usize + at.channel,
                first: 0,
            };
            row(output, weights);
        }
    }
}

/// A row of a packed matrix, panel by panel.
struct Panels<'a> {
    weight: &'a [f32x4],
    rows: usize,
    vectors: usize,
    row: usize,
    first: usize,
}

impl<'a> Iterator for Panels<'a> {
    type Item = &'a [f32x4];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a [f32x4]> {
        let width = PANEL.min(self.vectors - self.first);
        let start = self.first * self.rows + self.row * width;
        self.first += width;
        (width > 0).then(|| &self.weight[start..][..width])
    }
}

/// Calls `term` for all vectors of a panel; whole panels are unrolled.
#[inline(always)]
fn add<const N: usize>(
    weights: &[f32x4],
    deltas: [&[f32x4]; N],
    mut term: impl FnMut(usize, f32x4, [f32x4; N]),
) {
    if let Ok(weights) = <&[f32x4; PANEL]>::try_from(weights) {
        let deltas = deltas.map(|delta| &delta[..PANEL]);
        for v in 0..PANEL {
            term(v, weights[v], deltas.map(|delta| delta[v]));
        }
    } else {
        for (v, &w) in weights.iter().enumerate() {
            term(v, w, deltas.map(|delta| delta[v]));
        }
    }
}

/// In a fixed order, which a reduction of the platform may not have.
fn total(sums: [f32x4; 4]) -> f32 {
    let [a, b, c, d] = ((sums[0] + sums[1]) + (sums[2] + sums[3])).to_array();
    (a + b) + (c + d)
}
