//! An argument of a hidden type.
//! Says: write a parameter

use actor_core::prelude::*;

struct Greeter(String);

#[actor]
impl Greeter {
    #[handler]
    fn rename(&mut self, name: impl Into<String> + Send + 'static) {
        self.0 = name.into();
    }
}

fn main() {}
