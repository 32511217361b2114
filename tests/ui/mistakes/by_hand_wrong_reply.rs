//! A handler by hand that returns something else than it says.
//! Says: expected `u64`, found `()`

use actor_core::prelude::*;

struct Counter(u64);

struct Add(u64);

impl Actor for Counter {}

impl Handler<Add> for Counter {
    type Reply = u64;
    async fn handle(&mut self, Add(n): Add, _ctx: &mut Context<Self>) {
        self.0 += n;
    }
}

fn main() {}
