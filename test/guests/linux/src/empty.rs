//! Nothing: what the runtime asks of the system before and after it.
fn main() {}
