//! An actor with a lifetime.
//! Says: let its type own its state

use actor_core::prelude::*;

struct Reader<'a> {
    text: &'a str,
}

#[actor]
impl<'a> Reader<'a> {
    #[handler]
    fn length(&self) -> usize {
        self.text.len()
    }
}

fn main() {}
