//! A message that is named like a type of the module.
//! Says: the name `CounterAdd` is defined multiple times

use actor_core::prelude::*;

struct Counter(u64);

struct CounterAdd;

#[actor]
impl Counter {
    #[handler]
    fn add(&mut self, n: u64) {
        self.0 += n;
    }
}

fn main() {}
