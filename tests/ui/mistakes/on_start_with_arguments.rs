//! `#[on_start]` that wants arguments.
//! Says: takes `&mut Context<Self>`, or nothing

use actor_core::prelude::*;

struct Db;

#[actor]
impl Db {
    #[on_start]
    async fn open(&mut self, url: String) {
        drop(url);
    }
}

fn main() {}
