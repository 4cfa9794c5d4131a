//! Counts bytes from before main, and what constructs of the language cost, by a wrapper of the
//! system's allocator that does not allocate itself.
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

struct Counter;

static CALLS: AtomicUsize = AtomicUsize::new(0);
static TOTAL: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);

unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block = unsafe { System.alloc(layout) };
        if !block.is_null() {
            CALLS.fetch_add(1, SeqCst);
            TOTAL.fetch_add(layout.size(), SeqCst);
            LIVE.fetch_add(layout.size(), SeqCst);
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, layout) };
        LIVE.fetch_sub(layout.size(), SeqCst);
    }
}

#[global_allocator]
static A: Counter = Counter;

fn cost<T>(name: &str, construct: impl FnOnce() -> T) {
    let before = TOTAL.load(SeqCst);
    let made = construct();
    let bytes = TOTAL.load(SeqCst) - before;
    drop(made);
    println!("{name:24} {bytes:6} bytes");
}

fn main() {
    let (total, live) = (TOTAL.load(SeqCst), LIVE.load(SeqCst));
    println!("before main: {total} bytes allocated, {live} remaining in use");
    println!("the first println!: {} bytes", TOTAL.load(SeqCst) - total);

    let before = CALLS.load(SeqCst);
    let boxed = Box::new(1_u64);
    println!("one Box: {} allocation", CALLS.load(SeqCst) - before);
    drop(boxed);

    cost("Box::new(0_u8)", || Box::new(0_u8));
    cost("Box::new([0_u8; 1000])", || Box::new([0_u8; 1000]));
    cost("String::new()", String::new);
    cost("\"hello\".to_owned()", || "hello".to_owned());
    cost("Vec::<u8>::new()", Vec::<u8>::new);
    cost("Vec with capacity 10", || Vec::<u32>::with_capacity(10));
    cost("vec![1, 2, 3]", || vec![1, 2, 3]);
    cost("push 1 to a Vec", || {
        let mut numbers = Vec::new();
        numbers.push(1_u32);
        numbers
    });
    cost("format!(\"{}\", 12345)", || format!("{}", 12345));
    cost("thread", || std::thread::spawn(|| ()).join().unwrap());
    cost("env::args().collect()", || std::env::args().collect::<Vec<_>>());
    cost("HashMap::new()", || std::collections::HashMap::<u32, u32>::new());
    cost("HashMap, one insert", || {
        let mut map = std::collections::HashMap::new();
        map.insert(1_u32, 2_u32);
        map
    });
    cost("BTreeMap, one insert", || {
        let mut map = std::collections::BTreeMap::new();
        map.insert(1_u32, 2_u32);
        map
    });
    cost("Rc::new(1)", || std::rc::Rc::new(1));
    cost("Arc::new(1)", || std::sync::Arc::new(1));
    cost("eprintln!", || eprintln!("to standard error"));
}
