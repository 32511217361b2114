//! A reply of a hidden type.
//! Says: box any other hidden type

use actor_core::prelude::*;

struct Numbers;

#[actor]
impl Numbers {
    #[handler]
    fn all(&self) -> impl Iterator<Item = u8> + Send + use<> {
        0..10
    }
}

fn main() {}
