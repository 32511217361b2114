//! A handler by hand that leaves out the context.
//! Says: expected 3 parameters, found 2

use actor_core::prelude::*;

struct Counter(u64);

struct Total;

impl Actor for Counter {}

impl Handler<Total> for Counter {
    type Reply = u64;
    async fn handle(&mut self, _: Total) -> u64 {
        self.0
    }
}

fn main() {}
