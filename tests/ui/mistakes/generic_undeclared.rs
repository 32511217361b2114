//! A block that forgets to declare the parameter.
//! Says: you might be missing a type parameter

use actor_core::prelude::*;

struct Shelf<T>(Vec<T>);

#[actor]
impl Shelf<T> {
    #[handler]
    fn put(&mut self, item: T) {
        self.0.push(item);
    }
}

fn main() {}
