//! The exact minimum over pixels that share one value across the steps of a rate code.

use wide::f32x4;

use crate::affine::{Lists, WIDEST};
use crate::shape::{Shape, LANES};

/// The open spikes of one sample grouped by pixel in rising order of their draws: as the pixel
/// grows, its spikes switch on in this order.
pub struct Switches {
    /// Where each pixel's switches end.
    ends: Vec<u32>,
    switches: Vec<Switch>,
}

#[derive(Clone, Copy, Default)]
struct Switch {
    draw: f32,
    /// Number among the sample's open spikes.
    entry: u32,
}

impl Switches {
    /// `first`: first list of the sample; lists are (step, position).
    pub fn new(open: &Lists<f32>, first: usize, steps: usize, map: Shape) -> Self {
        let (positions, stride) = (map.positions(), map.stride());
        let base = open.range(first, 0).start;
        let mut ends = vec![0; positions * stride];
        let each = |visit: &mut dyn FnMut(usize, Switch)| {
            for row in 0..steps * positions {
                for entry in open.range(first + row, 1) {
                    let (channel, draw) = open.entry(entry);
                    let entry = (entry - base) as u32;
                    visit(row % positions * stride + channel, Switch { draw, entry });
                }
            }
        };
        each(&mut |pixel, _| ends[pixel] += 1);
        let mut start = 0;
        for end in &mut ends {
            (start, *end) = (start + *end, start);
        }
        let mut switches = vec![Switch::default(); start as usize];
        each(&mut |pixel, switch| {
            switches[ends[pixel] as usize] = switch;
            ends[pixel] += 1;
        });
        let mut start = 0;
        for &end in &ends {
            in_order(&mut switches[start..end as usize]);
            start = end as usize;
        }
        Switches { ends, switches }
    }

    /// Minimum over the region of `sum coefficient * spike` for every lane; `coefficients` are
    /// `width` vectors per open spike. `spikes`, of the same form, becomes 1 for those on at the
    /// minimum. Equal draws switch together; none on is allowed.
    pub fn minimise(
        &self,
        coefficients: &[f32x4],
        width: usize,
        spikes: &mut [f32x4],
    ) -> [[f64; LANES]; WIDEST] {
        let mut total = [[0.0; LANES]; WIDEST];
        let mut start = 0;
        for &end in &self.ends {
            let pixel = &self.switches[start..end as usize];
            start = end as usize;
            if pixel.is_empty() {
                continue;
            }
            for (q, total) in total[..width].iter_mut().enumerate() {
                let at = |switch: &Switch| switch.entry as usize * width + q;
                let (mut sum, mut least) = ([0.0f64; LANES], [0.0f64; LANES]);
                let (mut count, mut prefix) = (0u32, [0u32; LANES]);
                for together in pixel.chunk_by(|a, b| a.draw == b.draw) {
                    for switch in together {
                        let numbers = coefficients[at(switch)].to_array();
                        for (sum, a) in sum.iter_mut().zip(numbers) {
                            *sum += f64::from(a);
                        }
                    }
                    count += together.len() as u32;
                    for lane in 0..LANES {
                        if sum[lane] < least[lane] {
                            (least[lane], prefix[lane]) = (sum[lane], count);
                        }
                    }
                }
                for (total, least) in total.iter_mut().zip(least) {
                    *total += least;
                }
                for (order, switch) in (0u32..).zip(pixel) {
                    let on = prefix.map(|prefix| f32::from(u8::from(order < prefix)));
                    spikes[at(switch)] = f32x4::new(on);
                }
            }
        }
        total
    }
}

/// Sorts by draw. A pixel has few open spikes, so that insertion is quicker than a general sort, and
/// smaller.
fn in_order(pixel: &mut [Switch]) {
    for end in 1..pixel.len() {
        let mut at = end;
        while at > 0 && pixel[at].draw < pixel[at - 1].draw {
            pixel.swap(at, at - 1);
            at -= 1;
        }
    }
}
