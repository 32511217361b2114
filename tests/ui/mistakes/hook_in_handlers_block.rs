//! A hook in a second block.
//! Says: move this method to its `#[actor]` block

use actor_core::prelude::*;

struct Db;

#[actor]
impl Db {}

#[handlers]
impl Db {
    #[on_stop]
    async fn close(&mut self) {}
}

fn main() {}
