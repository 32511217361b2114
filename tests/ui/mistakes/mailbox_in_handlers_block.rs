//! The mailbox chosen at a second block.
//! Says: move this option to its `#[actor]` block

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {}

#[handlers(mailbox = Mailbox::bounded(16))]
impl Counter {
    #[handler]
    fn total(&self) -> u64 {
        self.0
    }
}

fn main() {}
