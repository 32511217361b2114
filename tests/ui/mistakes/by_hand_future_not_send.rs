//! A handler by hand that holds what cannot change threads over an await.
//! Says: future cannot be sent between threads safely

use std::rc::Rc;

use actor_core::prelude::*;

struct Counter;

struct Total;

impl Actor for Counter {}

impl Handler<Total> for Counter {
    type Reply = u64;
    async fn handle(&mut self, _: Total, _ctx: &mut Context<Self>) -> u64 {
        let total = Rc::new(1);
        std::future::ready(()).await;
        *total
    }
}

fn main() {}
