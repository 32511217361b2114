//! A child's factory that cannot change threads.
//! Says: `Rc<String>` cannot be sent between threads safely

use std::rc::Rc;

use actor_core::prelude::*;

struct Db {
    url: String,
}

impl Actor for Db {}

fn run(url: Rc<String>) -> Child<Db> {
    Child::new("db", move || Db { url: url.to_string() })
}

fn main() {}
