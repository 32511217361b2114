//! The outcome of an ask taken for the reply.
//! Says: expected `u64`, found `Result

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    fn total(&self) -> u64 {
        self.0
    }
}

async fn run(counter: ActorRef<Counter>) {
    let _total: u64 = counter.total().await;
}

fn main() {}
