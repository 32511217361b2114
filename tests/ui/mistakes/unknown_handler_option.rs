//! An option that `#[handler]` does not have.
//! Says: no such option: the options are `message = Name`, `derive(Trait, ..)`, `lane = high`

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
