//! A typed call that another actor has.
//! Says: no method named `add` found

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    fn add(&mut self, n: u64) {
        self.0 += n;
    }
}

struct Log;

#[actor]
impl Log {
    #[handler]
    fn write(&mut self, line: String) {
        drop(line);
    }
}

async fn run(log: ActorRef<Log>) {
    log.add(2).await.unwrap();
}

fn main() {}
