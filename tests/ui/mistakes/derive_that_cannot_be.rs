//! A derive that an argument does not have.
//! Says: consider annotating `Ticket` with `#[derive(Clone)]`

use actor_core::prelude::*;

struct Ticket;

struct Office;

#[actor]
impl Office {
    #[handler(derive(Clone))]
    fn put(&mut self, ticket: Ticket) {
        drop(ticket);
    }
}

fn main() {}
