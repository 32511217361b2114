//! `#[on_start]` that returns something else.
//! Says: returns `()` or `Result<(), E>`

use actor_core::prelude::*;

struct Db;

#[actor]
impl Db {
    #[on_start]
    async fn open(&mut self) -> bool {
        true
    }
}

fn main() {}
