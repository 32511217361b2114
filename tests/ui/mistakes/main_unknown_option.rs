//! An option of `tokio::main` that is called otherwise here.
//! Says: no such option

use actor_core::prelude::*;

#[actor_core::main(worker_threads = 2)]
async fn main(system: System) {
    drop(system);
}
