//! An option that `#[actor]` does not have.
//! Says: the options are `crate = path` and `mailbox = expression`

use actor_core::prelude::*;

struct Counter(u64);

#[actor(name = "counter")]
impl Counter {
    #[handler]
    fn total(&self) -> u64 {
        self.0
    }
}

fn main() {}
