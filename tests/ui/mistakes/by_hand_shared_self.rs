//! A handler by hand with `&self`.
//! Says: change the self-receiver type to match the trait

use actor_core::prelude::*;

struct Counter(u64);

struct Total;

impl Actor for Counter {}

impl Handler<Total> for Counter {
    type Reply = u64;
    async fn handle(&self, _: Total, _ctx: &mut Context<Self>) -> u64 {
        self.0
    }
}

fn main() {}
