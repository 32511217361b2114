//! The path of the framework as a string.
//! Says: a path stands without quotes

use actor_core::prelude::*;

struct Counter(u64);

#[actor(crate = "actor_core")]
impl Counter {
    #[handler]
    fn total(&self) -> u64 {
        self.0
    }
}

fn main() {}
