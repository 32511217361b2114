//! A program of actors that cannot wait for them.
//! Says: a program of actors waits for them: write `async fn`

#[actor_core::main]
fn main(system: actor_core::System) {
    drop(system);
}
