//! An async `&self` handler of an actor that is not `Sync`.
//! Says: write `&mut self`

use std::cell::Cell;

use actor_core::prelude::*;

struct Counter(Cell<u64>);

#[actor]
impl Counter {
    #[handler]
    async fn total(&self) -> u64 {
        std::future::ready(()).await;
        self.0.get()
    }
}

fn main() {}
