//! What many children cost: as much as the one that is concerned, or as much as the group that is.
//!
//! Ratios of the best of several runs, so that a noisy machine does not decide.

use std::time::Instant;

use actor_core::SupervisorRef;
use actor_core::prelude::*;
use actor_core::testing::TestSystem;

use crate::kit::Worker;

async fn many(system: &TestSystem, strategy: Supervisor, children: usize) -> SupervisorRef {
    let tree = strategy.intensity(1_000, Duration::from_secs(600));
    let tree =
        (0..children).fold(tree, |tree, n| tree.child(Child::new(format!("child-{n}"), Worker::default)));
    tree.start(system).await.unwrap()
}

/// The least of several durations of the same thing.
async fn least(times: usize, mut once: impl AsyncFnMut() -> Duration) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..times {
        least = least.min(once().await);
    }
    least
}

#[actor_core::test]
async fn restarting_one_of_10_000_children_costs_what_it_costs_among_1_000(system: TestSystem) {
    let mut times = Vec::new();
    for children in [1_000, 10_000] {
        let tree = many(&system, Supervisor::one_for_one(), children).await;
        let worker: ActorRef<Worker> = tree.child(&format!("child-{}", children / 2)).unwrap();
        let restart = async || {
            let begun = Instant::now();
            for _ in 0..10 {
                worker.kill();
                // The answer comes from the next incarnation.
                worker.seen().await.unwrap();
            }
            begun.elapsed()
        };
        times.push(least(20, restart).await);
        tree.stop();
        tree.stopped().await;
    }
    assert!(times[1] < times[0] * 2, "{times:?}");
}

#[actor_core::test]
async fn a_group_restart_is_linear_in_the_group(system: TestSystem) {
    let mut times = Vec::new();
    for children in [1_000, 10_000] {
        let tree = many(&system, Supervisor::one_for_all(), children).await;
        let first: ActorRef<Worker> = tree.child("child-0").unwrap();
        let last: ActorRef<Worker> = tree.child(&format!("child-{}", children - 1)).unwrap();
        let restart = async || {
            let (begun, epoch) = (Instant::now(), last.epoch());
            first.kill();
            while last.epoch() == epoch {
                tokio::task::yield_now().await;
            }
            last.seen().await.unwrap();
            begun.elapsed()
        };
        times.push(least(3, restart).await);
        tree.stop();
        tree.stopped().await;
    }
    assert!(times[1] < times[0] * 15, "{times:?}");
}
