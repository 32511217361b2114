//! A value that is no actor, spawned.
//! Says: `Settings` is not an actor

use actor_core::prelude::*;

struct Settings;

fn run(system: &System) {
    system.spawn(Settings);
}

fn main() {}
