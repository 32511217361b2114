//! An option that `#[actor_core::test]` does not have.
//! Says: the options are `paused`

use actor_core::testing::TestSystem;

#[actor_core::test(start_paused = true)]
async fn idle(system: TestSystem) {
    drop(system);
}

fn main() {}
