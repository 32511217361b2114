//! The program of the first page: one actor, told and asked.

use actor_core::prelude::*;

// ANCHOR: actor
#[derive(Default)]
struct Counter {
    count: u64,
}

#[actor]
impl Counter {
    /// Adds `n` and returns the new total.
    #[handler]
    async fn add(&mut self, n: u64) -> u64 {
        self.count += n;
        self.count
    }

    #[handler]
    fn total(&self) -> u64 {
        self.count
    }
}
// ANCHOR_END: actor

// ANCHOR: main
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let system = System::new("hello");
    let counter = system.spawn(Counter::default());

    counter.add(2).await?; //           ask: the reply is typed
    counter.add(40).tell().await?; //   tell: waits for room, not for the reply
    assert_eq!(counter.total().await?, 42);

    println!("the total is {}", counter.total().await?);
    system.shutdown().await;
    Ok(())
}
// ANCHOR_END: main
