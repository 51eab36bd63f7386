//! Memory of numbers that are gone, for those to come: clearing new memory for numbers that are all
//! written anyway takes longer than some of the work on them.

use std::cell::RefCell;

use wide::f32x4;

/// Pieces that are kept; more than one pass gives back at once.
const MOST: usize = 64;

thread_local! {
    static SPARE: RefCell<Vec<Vec<f32x4>>> = const { RefCell::new(Vec::new()) };
}

/// A piece of this length, holding anything.
pub fn take(length: usize) -> Vec<f32x4> {
    let found = SPARE.with_borrow_mut(|spare| {
        let place = spare.iter().rposition(|piece| piece.len() == length)?;
        Some(spare.remove(place))
    });
    found.unwrap_or_else(|| vec![f32x4::ZERO; length])
}

/// Keeps a piece for the next that is as long; the oldest goes when there are too many.
pub fn give(piece: Vec<f32x4>) {
    if piece.is_empty() {
        return;
    }
    SPARE.with_borrow_mut(|spare| {
        if spare.len() == MOST {
            spare.remove(0);
        }
        spare.push(piece);
    });
}
