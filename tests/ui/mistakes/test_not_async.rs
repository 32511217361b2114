//! A test with a system that does not wait.
//! Says: write `async fn`

use actor_core::testing::TestSystem;

#[actor_core::test]
fn idle(system: TestSystem) {
    drop(system);
}

fn main() {}
