//! The pixels of one example under attack: how far each may go, and what of that makes a difference.

use crate::affine::Lists;
use crate::encode::{each_place, Encoding, InputMap, Inputs};
use crate::region::Linf;

/// The ball around one image.
///
/// A rate code sees a pixel only through its draws: within the ball a pixel has as many values that
/// differ as there are draws inside, and one more. Its spikes switch on in the order of their draws.
pub struct Ball {
    /// The outermost numbers that belong to the region, pixel by pixel.
    pub lower: Vec<f32>,
    pub upper: Vec<f32>,
    pub switches: Option<Switches>,
}

/// The draws of a rate code that lie within the ball.
pub struct Switches {
    /// Where they are: rows (step, position).
    pub places: Lists,
    /// Where each pixel's switches begin in `of_pixels`, and where the last ones end.
    starts: Vec<u32>,
    /// Pixel by pixel in rising order of the draws.
    of_pixels: Vec<Switch>,
}

#[derive(Clone, Copy)]
struct Switch {
    draw: f32,
    /// Number among `places`.
    entry: u32,
}

/// A pixel at another value, and what the gradient promises of it.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    pub pixel: u32,
    pub value: f32,
    /// Change of what is lowered.
    pub gain: f32,
}

impl Ball {
    /// `inputs`: one example. `fixed`: whether its draws are those that the attack is judged by.
    pub fn new(map: InputMap, inputs: Inputs, region: Linf, fixed: bool) -> Self {
        let image = inputs.image(0);
        let ends = image.iter().map(|&pixel| region.ends(pixel));
        let (lower, upper): (Vec<f32>, Vec<f32>) = ends.unzip();
        let mut ball = Ball {
            lower,
            upper,
            switches: None,
        };
        if fixed && map.encoding == Encoding::Rate {
            ball.switches = Some(Switches::new(map, inputs, &ball));
        }
        ball
    }

    /// The derivative by every pixel, given what `Gradients` holds.
    pub fn slopes(&self, gradient: &[f32]) -> Vec<f32> {
        match &self.switches {
            None => gradient.to_vec(),
            Some(switches) => {
                let of = |pixel| -> f32 {
                    let all = switches.of(pixel).iter();
                    all.map(|switch| gradient[switch.entry as usize]).sum()
                };
                (0..self.lower.len()).map(of).collect()
            }
        }
    }

    /// Where every pixel is best moved to by the gradient; those that promise nothing are left out.
    pub fn best_moves(&self, values: &[f32], gradient: &[f32]) -> Vec<Move> {
        let mut moves = Vec::new();
        for (pixel, &now) in values.iter().enumerate() {
            let mut best: Option<Move> = None;
            self.each_move(pixel, now, gradient, |to| {
                if to.gain < best.map_or(0.0, |best| best.gain) {
                    best = Some(to);
                }
            });
            moves.extend(best);
        }
        moves
    }

    /// All that every pixel can be moved to. Without a gradient, nothing is promised.
    pub fn all_moves(&self, values: &[f32]) -> Vec<Move> {
        let mut moves = Vec::new();
        for (pixel, &now) in values.iter().enumerate() {
            self.each_move(pixel, now, &[], |to| moves.push(to));
        }
        moves
    }

    fn each_move(&self, pixel: usize, now: f32, gradient: &[f32], mut visit: impl FnMut(Move)) {
        let to = |value, gain| Move {
            pixel: pixel as u32,
            value,
            gain,
        };
        let Some(switches) = &self.switches else {
            let slope = gradient.get(pixel).copied().unwrap_or(0.0);
            for value in [self.lower[pixel], self.upper[pixel]] {
                if value != now {
                    visit(to(value, slope * (value - now)));
                }
            }
            return;
        };
        let of = switches.of(pixel);
        if of.is_empty() {
            return;
        }
        let by = |switch: &Switch| gradient.get(switch.entry as usize).copied().unwrap_or(0.0);
        let on = of.iter().take_while(|switch| now > switch.draw);
        let level = on.clone().count();
        // From all on the way down, the sum counts from the present level.
        let mut sum = -on.map(by).sum::<f32>();
        for count in 0..=of.len() {
            if count > 0 {
                sum += by(&of[count - 1]);
            }
            // Equal draws switch together.
            let split = count > 0 && count < of.len() && of[count - 1].draw == of[count].draw;
            if count != level && !split {
                visit(to(self.level(pixel, of, count), sum));
            }
        }
    }

    /// The value nearest to the middle of the ball at which the first `count` draws of a pixel are passed.
    fn level(&self, pixel: usize, of: &[Switch], count: usize) -> f32 {
        let (lower, upper) = (self.lower[pixel], self.upper[pixel]);
        let from = match count {
            0 => lower,
            _ => of[count - 1].draw.next_up().max(lower),
        };
        let to = of.get(count).map_or(upper, |next| next.draw.min(upper));
        (0.5 * (lower + upper)).clamp(from, to.max(from))
    }
}

impl Switches {
    fn new(map: InputMap, inputs: Inputs, ball: &Ball) -> Self {
        let size = map.shape.len();
        let mut draws = vec![0.0; size];
        let mut places = Lists::new();
        let mut found = Vec::new();
        for step in 0..inputs.steps {
            inputs.draw(0, step, &mut draws);
            each_place(map.shape, |pixel, channel, last| {
                let draw = draws[pixel];
                if ball.lower[pixel] <= draw && ball.upper[pixel] > draw {
                    let entry = places.len() as u32;
                    found.push((pixel, Switch { draw, entry }));
                    places.push(channel, ());
                }
                if last {
                    places.end_row();
                }
            });
        }
        found.sort_by(|(p, a), (q, b)| p.cmp(q).then(a.draw.total_cmp(&b.draw)));
        let mut starts = vec![0; size + 1];
        for &(pixel, _) in &found {
            starts[pixel + 1] += 1;
        }
        for pixel in 0..size {
            starts[pixel + 1] += starts[pixel];
        }
        Switches {
            places,
            starts,
            of_pixels: found.into_iter().map(|(_, switch)| switch).collect(),
        }
    }

    fn of(&self, pixel: usize) -> &[Switch] {
        &self.of_pixels[self.starts[pixel] as usize..self.starts[pixel + 1] as usize]
    }
}
