// What Rust's runtime asks of the system: threads, locks, hashes, panics that are caught and not.
use std::collections::HashMap;
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

fn main() {
    let mut squares = Vec::new();
    for n in 0..1000u32 {
        squares.push(n * n);
    }
    println!("sum {} of {}", squares.iter().sum::<u32>(), squares.len());

    let counts: HashMap<String, usize> = (0..100).map(|n| (format!("key {n}"), n)).collect();
    let mut keys: Vec<_> = counts.keys().collect();
    keys.sort();
    println!("{} keys, {:?} is {}", keys.len(), keys[7], counts[keys[7]]);

    let total = Arc::new((Mutex::new(0), Condvar::new()));
    let workers: Vec<_> = (1..=4)
        .map(|n| {
            let total = Arc::clone(&total);
            thread::spawn(move || {
                *total.0.lock().unwrap() += n;
                total.1.notify_all();
                n * n
            })
        })
        .collect();
    let mut sum = total.0.lock().unwrap();
    while *sum < 10 {
        sum = total.1.wait(sum).unwrap();
    }
    println!("threads: {sum}");
    drop(sum);
    println!("{:?}", workers.into_iter().map(|one| one.join().unwrap()).collect::<Vec<i32>>());

    let (sender, receiver) = channel();
    thread::spawn(move || (0..3).for_each(|n| sender.send(n).unwrap()));
    println!("received {:?}", receiver.iter().collect::<Vec<_>>());

    let caught = thread::spawn(|| panic!("in a thread")).join();
    println!("a panic of a thread: {}", caught.is_err());
    println!("{:?}", std::fs::read_to_string("nothing.txt").map_err(|error| error.kind()));

    let index = squares.len() + std::env::args().count();
    println!("{}", squares[index]);
}
