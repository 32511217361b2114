//! The context twice.
//! Says: there is one already

use actor_core::prelude::*;

struct Counter;

#[actor]
impl Counter {
    #[handler]
    fn end(&mut self, ctx: &mut Context<Self>, again: &mut Context<Self>) {
        ctx.stop();
        again.stop();
    }
}

fn main() {}
