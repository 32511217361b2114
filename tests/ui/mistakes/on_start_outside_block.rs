//! `#[on_start]` in a block without `#[actor]`.
//! Says: put that attribute above the `impl`

use actor_core::prelude::*;

struct Db;

impl Db {
    #[on_start]
    async fn open(&mut self) {}
}

fn main() {}
