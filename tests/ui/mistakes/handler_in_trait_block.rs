//! `#[handler]` on a method of a trait's block.
//! Says: above its `impl Name { .. }`

use actor_core::prelude::*;

struct Counter(u64);

impl Default for Counter {
    #[handler]
    fn default() -> Self {
        Counter(0)
    }
}

fn main() {}
