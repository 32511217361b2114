//! The request taken for the reply.
//! Says: the `?` operator cannot be applied to type `actor_core::Request

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    fn total(&self) -> u64 {
        self.0
    }
}

async fn run(counter: ActorRef<Counter>) -> Result<u64, BoxError> {
    let total = counter.total()?;
    Ok(total)
}

fn main() {}
