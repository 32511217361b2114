//! An argument whose type is misspelt.
//! Says: cannot find type `Loggers`

use actor_core::prelude::*;

struct Logger;

#[actor]
impl Logger {}

struct Counter;

#[actor]
impl Counter {
    #[handler]
    fn log_to(&mut self, logger: ActorRef<Loggers>) {
        drop(logger);
    }
}

fn main() {}
