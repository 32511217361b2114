//! A handler that is private to its module, called from outside.
//! Says: method `total` is private

use actor_core::prelude::*;

mod counter {
    use actor_core::prelude::*;

    pub struct Counter(u64);

    #[actor]
    impl Counter {
        #[handler]
        fn total(&self) -> u64 {
            self.0
        }
    }
}

async fn run(counter: ActorRef<counter::Counter>) {
    counter.total().await.unwrap();
}

fn main() {}
