//! A child's factory that borrows what it needs.
//! Says: use the `move` keyword

use actor_core::prelude::*;

struct Db {
    url: String,
}

impl Actor for Db {}

fn run(url: String) -> Child<Db> {
    Child::new("db", || Db { url: url.clone() })
}

fn main() {}
