//! A message that the actor does not handle.
//! Says: `Counter` does not handle `Add`

use actor_core::prelude::*;

struct Counter;

impl Actor for Counter {}

struct Add(u64);

async fn run(counter: ActorRef<Counter>) {
    counter.ask(Add(2)).await.unwrap();
}

fn main() {}
