//! A lane that there is not.
//! Says: lane

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler(lane = urgent)]
    fn total(&self) -> u64 {
        self.0
    }
}

fn main() {}
