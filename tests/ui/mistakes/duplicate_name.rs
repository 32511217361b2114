//! Two handlers with one name.
//! Says: duplicate definitions with name `add`

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    fn add(&mut self, n: u64) {
        self.0 += n;
    }

    #[handler]
    async fn add(&mut self, n: u64) -> u64 {
        self.0 += n;
        self.0
    }
}

fn main() {}
