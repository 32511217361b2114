//! A handler by hand without its reply's type.
//! Says: implement the missing item: `type Reply

use actor_core::prelude::*;

struct Counter(u64);

struct Add(u64);

impl Actor for Counter {}

impl Handler<Add> for Counter {
    async fn handle(&mut self, Add(n): Add, _ctx: &mut Context<Self>) {
        self.0 += n;
    }
}

fn main() {}
