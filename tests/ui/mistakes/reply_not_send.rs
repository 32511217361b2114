//! A reply that cannot change threads.
//! Says: `Rc<str>` cannot be sent between threads safely

use std::rc::Rc;

use actor_core::prelude::*;

struct Greeter;

#[actor]
impl Greeter {
    #[handler]
    fn name(&self) -> Rc<str> {
        "greeter".into()
    }
}

fn main() {}
