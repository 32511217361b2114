//! `#[handlers]` for an actor that was written by hand: there is no place for its typed calls.
//! Says: cannot find type `CounterCalls`

use actor_core::prelude::*;

struct Counter(u64);

impl Actor for Counter {}

#[handlers]
impl Counter {
    #[handler]
    fn total(&self) -> u64 {
        self.0
    }
}

fn main() {}
