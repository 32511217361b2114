//! A reference to a type that is no actor.
//! Says: `Settings: Actor`

use actor_core::prelude::*;

struct Settings;

fn run(settings: ActorRef<Settings>) {
    settings.stop();
}

fn main() {}
