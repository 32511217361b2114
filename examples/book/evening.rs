//! The box office on an ordinary evening: opened, used, broken on purpose, used again, closed.

// ANCHOR: main
use actor_core::prelude::*;
use box_office::{Ticket, open};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let system = System::new("theatre");
    let desk = open(&system).await?;
    println!("{}\n", system.tree());

    // An ordinary customer.
    let Ticket { seat, number } = desk.buy(1, "4711".to_owned()).await??;
    println!("ann has seat {seat}, ticket {number}");

    // One whose card breaks the desk, and one in the queue behind him.
    let (bob, cleo) =
        (desk.buy(2, "a library card".to_owned()), desk.buy(3, "0815".to_owned()));
    let (bob, cleo) = tokio::join!(bob, cleo);
    println!("bob has no ticket: {}", bob.unwrap_err());
    let Ticket { seat, number } = cleo??;
    println!("cleo has seat {seat}, ticket {number}");

    // Bob's seat is not free: the hall keeps it for ten minutes.
    let dan = desk.buy(2, "1234".to_owned()).await?;
    println!("dan has no ticket: {}", dan.unwrap_err());
    println!("this is incarnation {} of {}\n", desk.epoch(), desk.path());

    let report = system.shutdown().await;
    println!("{} actors stopped, clean: {}", report.stopped, report.is_clean());
    Ok(())
}
// ANCHOR_END: main
