//! The argument where the message should be.
//! Says: `Counter` does not handle `u64`

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    fn add(&mut self, n: u64) -> u64 {
        self.0 += n;
        self.0
    }
}

async fn run(counter: ActorRef<Counter>) {
    counter.ask(2u64).await.unwrap();
}

fn main() {}
