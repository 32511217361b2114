//! A tell that nobody awaits.
//! Says: a tell is sent when it is awaited

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
    counter.add(2).tell();
}

fn main() {}
