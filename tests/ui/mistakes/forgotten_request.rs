//! A call that nobody awaits.
//! Says: `.await` it to ask

#![deny(unused_must_use)]

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
    counter.add(2);
}

fn main() {}
