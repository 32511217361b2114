//! An actor where its factory is wanted.
//! Says: wrap the `Db` in a closure with no arguments

use actor_core::prelude::*;

struct Db;

impl Actor for Db {}

fn run() -> Child<Db> {
    Child::new("db", Db)
}

fn main() {}
