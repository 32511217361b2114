//! A `&mut` argument that is not the context.
//! Says: take the value itself

use actor_core::prelude::*;

struct Log(Vec<u8>);

#[actor]
impl Log {
    #[handler]
    fn copy_to(&mut self, buffer: &mut Vec<u8>) {
        buffer.extend(&self.0);
    }
}

fn main() {}
