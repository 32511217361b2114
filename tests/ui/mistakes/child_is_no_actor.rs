//! A child's factory that returns no actor.
//! Says: a factory cannot return `Settings`

use actor_core::prelude::*;

struct Settings;

fn run() {
    let _ = Supervisor::one_for_one().child(Child::new("settings", || Settings));
}

fn main() {}
