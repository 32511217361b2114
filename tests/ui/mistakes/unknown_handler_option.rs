//! An option that `#[handler]` does not have.
//! Says: the options are `message = Name` and `derive(Trait, ..)`

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler(name = Total)]
    fn total(&self) -> u64 {
        self.0
    }
}

fn main() {}
