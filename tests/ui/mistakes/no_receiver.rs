//! A handler without `self`.
//! Says: write `&mut self` or `&self` as its first argument

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    fn new(start: u64) -> Counter {
        Counter(start)
    }
}

fn main() {}
