//! The counter with no macro: a message is a type, and what an actor does with it is an implementation.

use actor_core::prelude::*;

// ANCHOR: actor
#[derive(Default)]
struct Counter {
    count: u64,
}

impl Actor for Counter {}

/// Adds to the total and returns the new one.
struct Add(u64);

impl Handler<Add> for Counter {
    type Reply = u64;

    async fn handle(&mut self, Add(n): Add, _ctx: &mut Context<Self>) -> u64 {
        self.count += n;
        self.count
    }
}

struct Total;

impl Handler<Total> for Counter {
    type Reply = u64;

    async fn handle(&mut self, _: Total, _ctx: &mut Context<Self>) -> u64 {
        self.count
    }
}
// ANCHOR_END: actor

// ANCHOR: main
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let system = System::new("hello");
    let counter = system.spawn(Counter::default());

    counter.ask(Add(2)).await?;
    counter.tell(Add(40)).await?;
    assert_eq!(counter.ask(Total).await?, 42);

    println!("the total is {}", counter.ask(Total).await?);
    system.shutdown().await;
    Ok(())
}
// ANCHOR_END: main
