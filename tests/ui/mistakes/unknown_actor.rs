//! The block's type is misspelt.
//! Says: cannot find type `Counters`

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counters {
    #[handler]
    fn total(&self) -> u64 {
        self.0
    }
}

fn main() {}
