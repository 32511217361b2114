//! Two methods that run at the start.
//! Says: let one method do both

use actor_core::prelude::*;

struct Db;

#[actor]
impl Db {
    #[on_start]
    async fn open(&mut self) {}

    #[on_start]
    async fn migrate(&mut self) {}
}

fn main() {}
