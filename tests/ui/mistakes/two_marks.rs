//! A method that is a handler and a hook.
//! Says: keep one of these attributes

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    #[on_start]
    fn reset(&mut self) {
        self.0 = 0;
    }
}

fn main() {}
