//! A typed call without its argument.
//! Says: argument #1 of type `u64` is missing

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    fn add(&mut self, n: u64) {
        self.0 += n;
    }
}

async fn run(counter: ActorRef<Counter>) {
    counter.add().await.unwrap();
}

fn main() {}
