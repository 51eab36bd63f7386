//! The end of memory: an error that JavaScript can catch, where there would be a trap without a word.
//! Destructors do not run then, so that whoever catches it has to do without the instance.

use std::alloc::{GlobalAlloc, Layout, System};

use wasm_bindgen::prelude::*;

/// The allocator of the standard library, which throws where it would return null.
struct Memory;

#[global_allocator]
static MEMORY: Memory = Memory;

// SAFETY: memory comes from and goes back to `System`, which keeps the contract; a call that throws
// returns nothing.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        granted(System.alloc(layout))
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        granted(System.alloc_zeroed(layout))
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        granted(System.realloc(memory, layout, size))
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        System.dealloc(memory, layout);
    }
}

fn granted(memory: *mut u8) -> *mut u8 {
    if memory.is_null() {
        exhausted();
    }
    memory
}

/// The SDK knows it by these words (`core/failure.ts`): a text needs no memory.
#[cold]
fn exhausted() -> ! {
    wasm_bindgen::throw_str("out of memory")
}

/// A vector of more than 2 GiB panics before the allocator is asked.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|panic| {
        if panic.payload().downcast_ref() == Some(&"capacity overflow") {
            exhausted();
        }
    }));
}
