//! A handler that takes its actor.
//! Says: write `&mut self` or `&self`

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    fn total(self) -> u64 {
        self.0
    }
}

fn main() {}
