//! Two handlers whose messages get one name.
//! Says: name this one, `#[handler(message = ..)]`

use actor_core::prelude::*;

struct Counter(u64);

#[actor]
impl Counter {
    #[handler]
    fn add_1(&mut self) {
        self.0 += 1;
    }

    #[handler]
    fn add1(&mut self) {
        self.0 += 1;
    }
}

fn main() {}
