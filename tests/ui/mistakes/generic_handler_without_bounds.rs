//! A handler's parameter that may be anything.
//! Says: consider restricting type parameter `T` with trait `Send`

use actor_core::prelude::*;

struct Shelf;

#[actor]
impl Shelf {
    #[handler]
    fn put<T>(&mut self, item: T) {
        drop(item);
    }
}

fn main() {}
