//! A tell whose failure nobody looks at.
//! Says: unused `Result` that must be used

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
    counter.add(2).tell().await;
}

fn main() {}
