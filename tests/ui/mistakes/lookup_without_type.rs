//! A name looked up without saying whose.
//! Says: type annotations needed

use actor_core::prelude::*;

fn run(system: &System) {
    let counter = system.lookup("counter").unwrap();
    counter.stop();
}

fn main() {}
