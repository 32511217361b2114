//! An argument behind a condition.
//! Says: put the `#[cfg]` on two versions of the handler

use actor_core::prelude::*;

struct Map;

#[actor]
impl Map {
    #[handler]
    fn go(&mut self, x: i32, #[cfg(any())] y: i32) -> i32 {
        x
    }
}

fn main() {}
