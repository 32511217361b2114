//! What the macros write, run beside the same by hand.

use actor_core::prelude::*;

mod by_hand;
mod by_macro;
mod derived;

/// There is not so much in the till.
#[derive(Debug, thiserror::Error)]
#[error("not enough")]
pub(crate) struct Short;

// ANCHOR: main
#[actor_core::main]
async fn main(system: System) -> Result<(), BoxError> {
    println!("by macro");
    let till = system.spawn(by_macro::Till { cents: 50 });
    let closed = till.stopped();
    by_macro::use_it(till).await?;
    closed.await;

    println!("by hand");
    let till = system.spawn(by_hand::Till { cents: 50 });
    let closed = till.stopped();
    by_hand::use_it(till).await?;
    closed.await;

    println!("errors that nobody waited for: {}", system.stats().unclaimed_errors);
    derived::use_it(&system).await
}
// ANCHOR_END: main

/// `main` without its macro.
#[allow(dead_code)]
mod program {
    use super::*;

    async fn body(_system: System) -> Result<(), BoxError> {
        Ok(())
    }

    // ANCHOR: program
    fn main() -> Result<(), BoxError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let system = runtime.block_on(async { System::new("written") });
        let outcome = runtime.block_on(body(system.clone()));
        let report = runtime.block_on(system.shutdown());
        if !report.is_clean() {
            eprintln!("the shutdown was not clean: {report}");
        }
        outcome
    }
    // ANCHOR_END: program
}
