//! A handler by hand for a type that is no actor.
//! Says: `Counter` is not an actor

use actor_core::prelude::*;

struct Counter(u64);

struct Add(u64);

impl Handler<Add> for Counter {
    type Reply = ();
    async fn handle(&mut self, Add(n): Add, _ctx: &mut Context<Self>) {
        self.0 += n;
    }
}

fn main() {}
