//! Sums in every order a program might take.

use crate::cases::number_source::NumberSource;
use crate::oracle::number::Number;

/// Orders kept per number of terms.
const ORDERS: usize = 32;
/// How terms are added up.
#[derive(Clone, Copy, Debug)]
pub enum Summation {
    /// As they come.
    InOrder,
    /// One after another, shuffled anew for every sum.
    Shuffled,
    /// Four running sums, as SIMD lanes do it.
    Lanes,
    /// Halves, and halves of halves, of a shuffled list.
    Tree,
}

pub const SUMMATIONS: [Summation; 4] = [
    Summation::InOrder,
    Summation::Shuffled,
    Summation::Lanes,
    Summation::Tree,
];

/// Shuffled orders for sums of any length, drawn when a length is first met.
pub struct Orders {
    numbers: NumberSource,
    of_length: Vec<Vec<Vec<u32>>>,
    turn: usize,
}

impl Orders {
    pub fn new(seed: u64) -> Self {
        Orders {
            numbers: NumberSource::new(seed, false),
            of_length: Vec::new(),
            turn: 0,
        }
    }

    fn draw(&mut self, length: usize) {
        if self.of_length.len() <= length {
            self.of_length.resize(length + 1, Vec::new());
        }
        while self.of_length[length].len() < ORDERS {
            let mut order: Vec<u32> = (0..length as u32).collect();
            self.numbers.shuffle(&mut order);
            self.of_length[length].push(order);
        }
    }

    /// `scratch` is overwritten.
    pub fn sum<N: Number>(&mut self, how: Summation, terms: &[N], scratch: &mut Vec<N>) -> N {
        self.turn = self.turn.wrapping_add(1);
        self.draw(terms.len());
        let order = &self.of_length[terms.len()][self.turn % ORDERS];
        match how {
            Summation::InOrder => terms.iter().fold(N::zero(), |sum, &term| sum + term),
            Summation::Shuffled => order
                .iter()
                .fold(N::zero(), |sum, &i| sum + terms[i as usize]),
            Summation::Lanes => {
                let mut lanes = [N::zero(); 4];
                for (place, &i) in order.iter().enumerate() {
                    lanes[place % 4] = lanes[place % 4] + terms[i as usize];
                }
                (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
            }
            Summation::Tree => {
                scratch.clear();
                scratch.extend(order.iter().map(|&i| terms[i as usize]));
                tree(scratch)
            }
        }
    }
}

fn tree<N: Number>(terms: &[N]) -> N {
    match terms {
        [] => N::zero(),
        [one] => *one,
        _ => {
            let (left, right) = terms.split_at(terms.len() / 2);
            tree(left) + tree(right)
        }
    }
}
