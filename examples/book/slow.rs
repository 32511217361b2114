//! A handler that blocks its thread is told of while it does, and the figures of its actor afterwards.

use actor_core::Event;
use actor_core::prelude::*;
use std::sync::mpsc;

/// Counts the takings, on the thread of everybody.
struct Accountant;

#[actor]
impl Accountant {
    #[handler]
    fn count(&mut self, until: mpsc::Receiver<()>) {
        // Stands for a long computation.
        let _ = until.recv();
    }
}

// ANCHOR: main
#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let system =
        System::builder("theatre").report_blocking(Duration::from_millis(20)).build();
    let accountant = system.spawn(Accountant);
    let mut events = system.events();
    let (done, until) = mpsc::channel();
    accountant.count(until).tell().await?;
    while let Some(event) = events.recv().await {
        if let Event::Blocking { .. } = event {
            println!("{event}");
            break;
        }
    }
    drop(done);
    system.shutdown().await;
    println!("{:?}", accountant.stats());
    Ok(())
}
// ANCHOR_END: main
