//! The mailbox given as its size alone.
//! Says: expected `Mailbox`, found integer

use actor_core::prelude::*;

struct Counter(u64);

#[actor(mailbox = 16)]
impl Counter {
    #[handler]
    fn total(&self) -> u64 {
        self.0
    }
}

fn main() {}
