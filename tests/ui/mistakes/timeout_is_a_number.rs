//! A timeout without a unit.
//! Says: expected `Duration`

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler(timeout = 5)]
    fn total(&self) -> u64 {
        self.0
    }
}

fn main() {}
