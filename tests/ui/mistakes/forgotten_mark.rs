//! A method of the block without `#[handler]`, called on a reference.
//! Says: no method named `add` found

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    fn add(&mut self, n: u64) {
        self.0 += n;
    }
}

async fn run(counter: ActorRef<Counter>) {
    counter.add(2).await.unwrap();
}

fn main() {}
