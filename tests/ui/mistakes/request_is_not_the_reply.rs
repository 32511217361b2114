//! The request given where the reply is wanted.
//! Says: expected `u64`, found `Request

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
    let _total: u64 = counter.total();
}

fn main() {}
