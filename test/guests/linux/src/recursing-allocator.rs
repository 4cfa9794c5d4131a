//! Prints each allocation from within the allocator by means that allocate: it calls itself until
//! its stack is over.
use std::alloc::{GlobalAlloc, Layout, System};

struct Recursing;

unsafe impl GlobalAlloc for Recursing {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let line = format!("allocated {} bytes\n", layout.size());
        print!("{line}");
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static A: Recursing = Recursing;

fn main() {
    println!("never reached");
}
