//! A test with more than the system.
//! Says: drop this argument

use actor_core::testing::TestSystem;

#[actor_core::test]
async fn idle(system: TestSystem, n: u64) {
    drop((system, n));
}

fn main() {}
