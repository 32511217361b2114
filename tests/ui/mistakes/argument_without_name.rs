//! An argument that is `_`.
//! Says: `_reason` if it is not used

use actor_core::prelude::*;

struct Map;

#[actor]
impl Map {
    #[handler]
    fn go(&mut self, _: i32) {}
}

fn main() {}
