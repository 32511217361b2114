//! A child's factory that takes an argument.
//! Says: expected function that takes 0 arguments

use actor_core::prelude::*;

struct Db;

impl Actor for Db {}

impl Db {
    fn open(_url: String) -> Self {
        Db
    }
}

fn run() -> Child<Db> {
    Child::new("db", Db::open)
}

fn main() {}
