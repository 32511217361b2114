//! `#[on_stop]` that may fail.
//! Says: report the error here

use actor_core::prelude::*;

struct Db;

#[actor]
impl Db {
    #[on_stop]
    async fn close(&mut self) -> Result<(), BoxError> {
        Ok(())
    }
}

fn main() {}
