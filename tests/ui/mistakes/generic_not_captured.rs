//! A handler's parameter that no argument uses.
//! Says: take a value of that type

use actor_core::prelude::*;

struct Shelf;

#[actor]
impl Shelf {
    #[handler]
    fn all<T: Default>(&mut self) -> T {
        T::default()
    }
}

fn main() {}
