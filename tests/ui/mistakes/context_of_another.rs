//! The context of another actor.
//! Says: `&mut actor_core::Context<Log>` is not the context of `Counter`

use actor_core::prelude::*;

struct Log;

#[actor]
impl Log {}

struct Counter;

#[actor]
impl Counter {
    #[handler]
    fn end(&mut self, ctx: &mut Context<Log>) {
        ctx.stop();
    }
}

fn main() {}
