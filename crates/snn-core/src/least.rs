//! The few least of many numbers.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// The `most` least numbers below zero seen so far, each with a tag; of equal ones those that came
/// first.
#[derive(Clone, Debug)]
pub struct Least {
    most: usize,
    kept: BinaryHeap<Tagged>,
    /// Only numbers below can still be among the least.
    limit: f64,
}

/// A number and what it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Tagged {
    pub number: f64,
    pub tag: u32,
}

impl Least {
    pub fn new(most: usize) -> Self {
        Least {
            most,
            kept: BinaryHeap::new(),
            limit: Least::first_limit(most),
        }
    }

    /// Numbers from here on are not kept.
    pub fn limit(&self) -> f64 {
        self.limit
    }

    fn first_limit(most: usize) -> f64 {
        match most {
            0 => f64::NEG_INFINITY,
            _ => 0.0,
        }
    }

    #[inline(always)]
    pub fn push(&mut self, number: f64, tag: u32) {
        if number < self.limit {
            self.keep(Tagged { number, tag });
        }
    }

    fn keep(&mut self, item: Tagged) {
        if self.kept.len() < self.most {
            self.kept.push(item);
        } else if let Some(mut last) = self.kept.peek_mut() {
            *last = item;
        }
        if self.kept.len() == self.most {
            self.limit = self.kept.peek().map_or(self.limit, |last| last.number);
        }
    }

    /// Takes them out, in no order.
    pub fn drain(&mut self) -> impl Iterator<Item = Tagged> + '_ {
        self.limit = Least::first_limit(self.most);
        self.kept.drain()
    }

    /// Takes them out, the least first.
    pub fn sorted(&mut self) -> Vec<Tagged> {
        self.limit = Least::first_limit(self.most);
        std::mem::take(&mut self.kept).into_sorted_vec()
    }
}

impl Ord for Tagged {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = self.number.total_cmp(&other.number);
        numbers.then(self.tag.cmp(&other.tag))
    }
}

impl PartialOrd for Tagged {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Tagged {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Tagged {}
