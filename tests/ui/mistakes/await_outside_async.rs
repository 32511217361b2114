//! A request awaited where nothing can wait.
//! Says: `await` is only allowed inside `async` functions and blocks

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    fn total(&self) -> u64 {
        self.0
    }
}

fn run(counter: &ActorRef<Counter>) -> u64 {
    counter.total().await.unwrap_or_default()
}

fn main() {}
