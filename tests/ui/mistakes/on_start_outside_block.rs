//! `#[on_start]` in a block without `#[actor]`.
//! Says: above its `impl Name { .. }`

use actor_core::prelude::*;

struct Db;

impl Db {
    #[on_start]
    async fn open(&mut self) {}
}

fn main() {}
