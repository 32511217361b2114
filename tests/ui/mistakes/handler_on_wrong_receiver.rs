//! A handler on a shared pointer to its actor.
//! Says: write `&mut self` or `&self`

use std::sync::Arc;

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    async fn total(self: Arc<Self>) -> u64 {
        self.0
    }
}

fn main() {}
