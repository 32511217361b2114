//! `#[on_start]` written as a constructor.
//! Says: write `&mut self`

use actor_core::prelude::*;

struct Db;

#[actor]
impl Db {
    #[on_start]
    async fn open() -> Self {
        Db
    }
}

fn main() {}
