//! A handler that borrows its argument.
//! Says: take a `String`

use actor_core::prelude::*;

struct Greeter;

#[actor]
impl Greeter {
    #[handler]
    fn greet(&mut self, name: &str) -> String {
        format!("hello {name}")
    }
}

fn main() {}
