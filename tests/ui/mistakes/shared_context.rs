//! The context without `mut`.
//! Says: take `&mut Context<Self>`

use actor_core::prelude::*;

struct Counter;

#[actor]
impl Counter {
    #[handler]
    fn end(&mut self, ctx: &Context<Self>) {
        ctx.stop();
    }
}

fn main() {}
