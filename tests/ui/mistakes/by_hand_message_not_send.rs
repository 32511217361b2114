//! A message by hand that cannot change threads.
//! Says: `Rc<u64>` cannot be sent between threads safely

use std::rc::Rc;

use actor_core::prelude::*;

struct Counter;

struct Add(Rc<u64>);

impl Actor for Counter {}

impl Handler<Add> for Counter {
    type Reply = ();
    async fn handle(&mut self, _: Add, _ctx: &mut Context<Self>) {}
}

fn main() {}
