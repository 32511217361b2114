//! An actor whose state may be several things at once.
//! Says: an actor's state is a struct or an enum

use actor_core::prelude::*;

#[derive(Actor)]
union Either {
    one: u8,
    other: i8,
}

fn main() {}
