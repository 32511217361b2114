//! A message that is lent.
//! Says: `Counter` does not handle `&Add`

use actor_core::prelude::*;

struct Counter(u64);

struct Add(u64);

impl Actor for Counter {}

impl Handler<Add> for Counter {
    type Reply = ();
    async fn handle(&mut self, Add(n): Add, _ctx: &mut Context<Self>) {
        self.0 += n;
    }
}

async fn run(counter: ActorRef<Counter>, add: Add) {
    counter.tell(&add).await.unwrap();
}

fn main() {}
