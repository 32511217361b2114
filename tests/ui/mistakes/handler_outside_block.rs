//! `#[handler]` in a block without `#[actor]`.
//! Says: above its `impl Name { .. }`

use actor_core::prelude::*;

struct Counter(u64);

impl Counter {
    #[handler]
    fn total(&self) -> u64 {
        self.0
    }
}

fn main() {}
