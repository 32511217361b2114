//! An argument with a reference inside.
//! Says: take a `String`

use actor_core::prelude::*;

struct Greeter;

#[actor]
impl Greeter {
    #[handler]
    fn greet(&mut self, names: Vec<&str>) -> String {
        names.join(", ")
    }
}

fn main() {}
