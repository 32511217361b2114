//! A request where a future is wanted.
//! Says: is not a future

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
        ctx.spawn(other.add(2).owned());
    }
}

fn main() {}
