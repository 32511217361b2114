//! `#[actor]` above `impl Actor for`.
//! Says: write `impl Counter { .. }`, without a trait

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Actor for Counter {
    async fn on_start(&mut self, _ctx: &mut Context<Self>) -> Result<(), BoxError> {
        Ok(())
    }
}

fn main() {}
