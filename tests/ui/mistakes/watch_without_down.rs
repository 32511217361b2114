//! A watch by an actor that does not handle `Down`.
//! Says: `Guard` does not handle `Down`

use actor_core::prelude::*;

struct Guard;

#[actor]
impl Guard {
    #[handler]
    fn look_after(&mut self, other: ActorRef<Guard>, ctx: &mut Context<Self>) {
        ctx.watch(&other);
    }
}

fn main() {}
