//! A message that the actor does not handle, told.
//! Says: `Counter` does not handle `Add`

use actor_core::prelude::*;

struct Counter;

impl Actor for Counter {}

struct Add(u64);

async fn run(counter: ActorRef<Counter>) -> Result<(), BoxError> {
    counter.tell(Add(2)).await?;
    Ok(())
}

fn main() {}
