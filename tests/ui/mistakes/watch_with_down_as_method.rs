//! `Down` as the argument of a handler: its message is another.
//! Says: `Guard` has no handler for `actor_core::Down`

use actor_core::prelude::*;

struct Guard;

#[actor]
impl Guard {
    #[handler]
    fn look_after(&mut self, other: ActorRef<Guard>, ctx: &mut Context<Self>) {
        ctx.watch(&other);
    }

    #[handler]
    fn lost(&mut self, down: Down) {
        drop(down);
    }
}

fn main() {}
