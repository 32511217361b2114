//! A message that the actor does not handle, with another end of the request.
//! Says: `Counter` does not handle `Add`

use actor_core::prelude::*;

struct Counter;

impl Actor for Counter {}

struct Add(u64);

async fn run(counter: ActorRef<Counter>) -> Result<u64, BoxError> {
    let total = counter.ask(Add(2)).timeout(Duration::from_secs(1)).await?;
    Ok(total)
}

fn main() {}
