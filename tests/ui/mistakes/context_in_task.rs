//! The context taken along into a task.
//! Says: `ctx` escapes

use actor_core::prelude::*;

struct Clock;

#[actor]
impl Clock {
    #[handler]
    fn end_later(&mut self, ctx: &mut Context<Self>) {
        ctx.spawn(async {
            std::future::ready(()).await;
            ctx.stop();
        });
    }
}

fn main() {}
