//! A hook that holds what cannot change threads over an await.
//! Says: future cannot be sent between threads safely

use std::rc::Rc;

use actor_core::prelude::*;

struct Db;

#[actor]
impl Db {
    #[on_start]
    async fn open(&mut self) {
        let url = Rc::new(1);
        std::future::ready(()).await;
        drop(url);
    }
}

fn main() {}
