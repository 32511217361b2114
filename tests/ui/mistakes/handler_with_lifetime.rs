//! A handler with a lifetime.
//! Says: take an owned value, or one that is `'static`

use actor_core::prelude::*;

struct Greeter;

#[actor]
impl Greeter {
    #[handler]
    fn greet<'a>(&mut self, name: std::borrow::Cow<'a, str>) -> String {
        format!("hello {name}")
    }
}

fn main() {}
