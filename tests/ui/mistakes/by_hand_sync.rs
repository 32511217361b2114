//! A handler by hand that is not async.
//! Says: `u64` is not a future

use actor_core::prelude::*;

struct Counter(u64);

struct Add(u64);

impl Actor for Counter {}

impl Handler<Add> for Counter {
    type Reply = u64;
    fn handle(&mut self, Add(n): Add, _ctx: &mut Context<Self>) -> u64 {
        self.0 += n;
        self.0
    }
}

fn main() {}
