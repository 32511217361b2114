//! A handler that an asker is to run itself, and that may wait.
//! Says: an inline handler runs on its asker's thread and cannot wait: drop the `async`, or the `inline`

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler(inline)]
    async fn total(&mut self) -> u64 {
        self.0
    }
}

fn main() {}
