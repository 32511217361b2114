//! An argument that cannot change threads.
//! Says: `Rc<str>` cannot be sent between threads safely

use std::rc::Rc;

use actor_core::prelude::*;

struct Greeter;

#[actor]
impl Greeter {
    #[handler]
    fn greet(&mut self, name: Rc<str>) -> String {
        format!("hello {name}")
    }
}

fn main() {}
