//! An async handler that holds what cannot change threads over an await.
//! Says: future cannot be sent between threads safely

use std::rc::Rc;

use actor_core::prelude::*;

struct Counter;

#[actor]
impl Counter {
    #[handler]
    async fn total(&mut self) -> u64 {
        let total = Rc::new(1);
        std::future::ready(()).await;
        *total
    }
}

fn main() {}
