//! `#[on_stop]` that wants the reason for itself.
//! Says: `&StopReason`

use actor_core::prelude::*;

struct Db;

#[actor]
impl Db {
    #[on_stop]
    async fn close(&mut self, reason: StopReason) {
        println!("{reason}");
    }
}

fn main() {}
