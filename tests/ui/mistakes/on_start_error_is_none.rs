//! `#[on_start]` with an error that is not an error.
//! Says: returns `()` or `Result<(), E>`

use actor_core::prelude::*;

struct Db;

struct Broken;

#[actor]
impl Db {
    #[on_start]
    async fn open(&mut self) -> Result<(), Broken> {
        Err(Broken)
    }
}

fn main() {}
