//! A program of actors that has no way to reach them.
//! Says: write `async fn main(system: System)`

#[actor_core::main]
async fn main() {}
