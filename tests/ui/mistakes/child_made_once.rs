//! A child's factory that gives its state away.
//! Says: `FnOnce` closures may consume them only once

use actor_core::prelude::*;

struct Db {
    url: String,
}

impl Actor for Db {}

fn run(url: String) -> Child<Db> {
    Child::new("db", move || Db { url })
}

fn main() {}
