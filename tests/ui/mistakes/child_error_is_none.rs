//! A child's factory whose error is not an error.
//! Says: a factory cannot return

use actor_core::prelude::*;

struct Db;

struct Broken;

impl Actor for Db {}

fn open() -> Result<Db, Broken> {
    Err(Broken)
}

fn run() {
    let _ = Supervisor::one_for_one().child(Child::new("db", open));
}

fn main() {}
