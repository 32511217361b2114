//! `#[handler]` behind a condition.
//! Says: write `#[cfg(..)] #[handler]`

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[cfg_attr(unix, handler)]
    fn total(&self) -> u64 {
        self.0
    }
}

fn main() {}
