//! A timer with a message that its own actor does not handle.
//! Says: does not handle `Tick`

use actor_core::prelude::*;

struct Clock;

struct Tick;

#[actor]
impl Clock {
    #[on_start]
    fn begin(&mut self, ctx: &mut Context<Self>) {
        ctx.send_interval(Duration::from_secs(1), || Tick);
    }
}

fn main() {}
