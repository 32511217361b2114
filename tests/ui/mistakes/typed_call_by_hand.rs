//! A typed call of an actor that was written by hand.
//! Says: no method named `add` found

use actor_core::prelude::*;

struct Counter(u64);

struct Add(u64);

impl Actor for Counter {}

impl Handler<Add> for Counter {
    type Reply = ();
    async fn handle(&mut self, Add(n): Add, _ctx: &mut Context<Self>) {
        self.0 += n;
    }
}

async fn run(counter: ActorRef<Counter>) {
    counter.add(2).await.unwrap();
}

fn main() {}
