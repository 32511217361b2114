//! A constructor where the actor itself is wanted.
//! Says: is not an actor

use actor_core::prelude::*;

struct Counter;

impl Actor for Counter {}

fn run(system: &System) {
    system.spawn(|| Counter);
}

fn main() {}
