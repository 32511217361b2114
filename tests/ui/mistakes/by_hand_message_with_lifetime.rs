//! A message by hand that borrows.
//! Says: lifetime parameter must outlive the static lifetime

use actor_core::prelude::*;

struct Counter;

struct Add<'a>(&'a str);

impl Actor for Counter {}

impl<'a> Handler<Add<'a>> for Counter {
    type Reply = ();
    async fn handle(&mut self, _: Add<'a>, _ctx: &mut Context<Self>) {}
}

fn main() {}
