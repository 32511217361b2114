//! A typed call with an argument of another type.
//! Says: expected `u64`

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
    counter.add("2").await.unwrap();
}

fn main() {}
