//! The box office that the book builds: a hall that knows its seats, and a desk that sells them.

// ANCHOR: hall
use std::collections::BTreeMap;

use actor_core::Timer;
use actor_core::prelude::*;
use thiserror::Error;

/// How long a seat is kept for somebody who has not paid yet.
pub const HOLD: Duration = Duration::from_secs(10 * 60);

/// Knows every seat. One that is not in the map is free.
#[derive(Default)]
pub struct Hall {
    seats: BTreeMap<u32, Seat>,
}

enum Seat {
    Held(Timer),
    Sold,
}

/// Somebody else has the seat.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("seat {0} is taken")]
pub struct Taken(pub u32);

#[actor]
impl Hall {
    /// Keeps a seat for ten minutes.
    #[handler]
    pub fn hold(&mut self, seat: u32, ctx: &mut Context<Self>) -> Result<(), Taken> {
        if self.seats.contains_key(&seat) {
            return Err(Taken(seat));
        }
        let timer = ctx.send_after(HOLD, HallRelease { seat });
        self.seats.insert(seat, Seat::Held(timer));
        Ok(())
    }

    /// Ends a hold: the seat is paid for.
    #[handler]
    pub fn sell(&mut self, seat: u32) {
        if let Some(Seat::Held(timer)) = self.seats.insert(seat, Seat::Sold) {
            timer.cancel();
        }
    }

    /// Ends a hold: nobody has paid.
    #[handler]
    fn release(&mut self, seat: u32) {
        self.seats.remove(&seat);
    }
}
// ANCHOR_END: hall

// ANCHOR: desk
/// Serves customers, one after another.
pub struct Desk {
    hall: ActorRef<Hall>,
    served: u32,
}

/// What a customer goes away with.
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Where to sit.
    pub seat: u32,
    /// Which ticket of this desk it is.
    pub number: u32,
}

#[actor]
impl Desk {
    /// Holds the seat, charges the card, sells the seat.
    #[handler]
    pub async fn buy(&mut self, seat: u32, card: String) -> Result<Ticket, BoxError> {
        self.hall.hold(seat).await??;
        charge(&card);
        self.hall.sell(seat).await?;
        self.served += 1;
        Ok(Ticket { seat, number: self.served })
    }
}

/// Stands for a card terminal, and has a bug: not every card has digits.
fn charge(card: &str) -> char {
    card.chars().rfind(char::is_ascii_digit).expect("a card has digits")
}
// ANCHOR_END: desk

// ANCHOR: open
/// Starts the whole service, and returns the desk.
pub async fn open(system: &System) -> Result<ActorRef<Desk>, BoxError> {
    let hall = Child::new("hall", Hall::default);
    let back = Supervisor::one_for_one().name("back").child(hall).start(system).await?;
    let hall: ActorRef<Hall> = back.child("hall")?;

    let desk = Child::new("desk", move || Desk { hall: hall.clone(), served: 0 });
    let front = Supervisor::one_for_one().name("front").child(desk).start(system).await?;
    Ok(front.child("desk")?)
}
// ANCHOR_END: open
