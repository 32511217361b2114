//! A task that returns what came of its request.
//! Says: expected `()`, found `Result

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    fn add(&mut self, n: u64) {
        self.0 += n;
    }

    #[handler]
    fn pass_on(&mut self, other: ActorRef<Counter>, ctx: &mut Context<Self>) {
        ctx.spawn(async move { other.add(2).await });
    }
}

fn main() {}
