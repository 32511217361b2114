//! A handler that is `unsafe`.
//! Says: drop the `unsafe`

use actor_core::prelude::*;

struct Memory;

#[actor]
impl Memory {
    #[handler]
    unsafe fn read(&self, at: usize) -> u8 {
        at as u8
    }
}

fn main() {}
