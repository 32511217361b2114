//! `#[handlers]` alone: nothing makes the type an actor.
//! Says: put `#[actor]` on its impl block

use actor_core::prelude::*;

struct Counter(u64);

#[handlers]
impl Counter {
    #[handler]
    fn total(&self) -> u64 {
        self.0
    }
}

fn main() {}
