//! A recipient of a message that the actor does not handle.
//! Says: `Counter` does not handle `Add`

use actor_core::prelude::*;

struct Counter;

impl Actor for Counter {}

struct Add(u64);

fn run(counter: &ActorRef<Counter>) -> Recipient<Add> {
    counter.recipient()
}

fn main() {}
