//! Two handlers with one name, in two blocks.
//! Says: the name `CounterAdd` is defined multiple times

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    fn add(&mut self, n: u64) {
        self.0 += n;
    }
}

#[handlers]
impl Counter {
    #[handler]
    fn add(&mut self, n: u64) {
        self.0 += n;
    }
}

fn main() {}
