//! A supervisor that nobody starts.
//! Says: until it is started

#![deny(unused_must_use)]

use actor_core::prelude::*;

struct Counter;

impl Actor for Counter {}

fn run() {
    Supervisor::one_for_one().child(Child::new("counter", || Counter));
}

fn main() {}
