//! A handler that the reference's own method would hide.
//! Says: `stop` is a method of every actor reference

use actor_core::prelude::*;

struct Motor(bool);

#[actor]
impl Motor {
    #[handler]
    fn stop(&mut self) {
        self.0 = false;
    }
}

fn main() {}
