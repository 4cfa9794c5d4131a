//! Pushes numbers to a Vec: how it grows, by brk, mmap and mremap.
fn main() {
    let count = std::env::args().nth(1).map_or(50_000_000, |text| text.parse().unwrap());
    let mut numbers: Vec<u64> = Vec::new();
    let mut moves = 0;
    let mut address = numbers.as_ptr();
    for number in 0..count {
        numbers.push(number);
        if numbers.as_ptr() != address {
            moves += 1;
            address = numbers.as_ptr();
        }
    }
    println!("{} numbers, sum {}", numbers.len(), numbers.iter().sum::<u64>());
    assert!(moves > 0 || count == 0);
}
