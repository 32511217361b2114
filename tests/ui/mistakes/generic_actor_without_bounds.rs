//! An actor's parameter that may be anything.
//! Says: consider restricting type parameter `T` with trait `Send`

use actor_core::prelude::*;

struct Shelf<T>(T);

#[actor]
impl<T> Shelf<T> {
    #[handler]
    fn put(&mut self, item: T) {
        self.0 = item;
    }
}

fn main() {}
