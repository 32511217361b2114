//! A handler that returns a part of its actor.
//! Says: return a `String`

use actor_core::prelude::*;

struct Greeter(String);

#[actor]
impl Greeter {
    #[handler]
    fn name(&self) -> &str {
        &self.0
    }
}

fn main() {}
