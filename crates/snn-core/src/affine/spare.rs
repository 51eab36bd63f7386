//! Memory of numbers that are gone, for those to come: clearing new memory for numbers that are all
//! written anyway takes longer than some of the work on them.

use std::cell::RefCell;

use wide::f32x4;

/// Vectors that are kept at most: what a chunk of samples takes (48 MiB).
const MOST: usize = 3 << 20;

thread_local! {
    static SPARE: RefCell<Vec<Vec<f32x4>>> = const { RefCell::new(Vec::new()) };
}

/// A piece of this length, holding anything.
pub fn take(length: usize) -> Vec<f32x4> {
    let found = SPARE.with_borrow_mut(|spare| {
        let fitting = spare.iter().enumerate().rev().filter(|(_, piece)| {
            // The last chunk of a slice is often smaller than the others.
            (length..=4 * length).contains(&piece.capacity())
        });
        let (place, _) = fitting.min_by_key(|(_, piece)| piece.capacity())?;
        Some(spare.remove(place))
    });
    let mut piece = found.unwrap_or_else(|| Vec::with_capacity(length));
    piece.resize(length, f32x4::ZERO);
    piece
}

/// Keeps a piece for the next that fits into it; the oldest go when there is too much.
pub fn give(piece: Vec<f32x4>) {
    if piece.capacity() == 0 {
        return;
    }
    SPARE.with_borrow_mut(|spare| {
        spare.push(piece);
        let mut held: usize = spare.iter().map(Vec::capacity).sum();
        while held > MOST {
            held -= spare.remove(0).capacity();
        }
    });
}
