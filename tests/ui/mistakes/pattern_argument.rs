//! An argument that is taken apart in the head.
//! Says: write one name, and take the value apart inside

use actor_core::prelude::*;

struct Map;

#[actor]
impl Map {
    #[handler]
    fn go(&mut self, (x, y): (i32, i32)) -> i32 {
        x + y
    }
}

fn main() {}
