//! What many children cost: as much as the one that is concerned, or as much as the group that is.
//!
//! Measured side by side, and again until the best of each keeps the ratio: a busy machine makes single runs slow, and only
//! a cost that really grows keeps all of them slow.

use std::time::Instant;

use actor_core::SupervisorRef;
use actor_core::prelude::*;
use actor_core::testing::TestSystem;

use crate::kit::Worker;

/// Owns its parent, which is a leak.
#[derive(Default)]
struct Leaking {
    _parent: Option<ActorRef<Leaking>>,
}

#[actor]
impl Leaking {
    #[handler]
    fn bear(&mut self, children: usize, ctx: &mut Context<Self>) {
        for _ in 0..children {
            drop(ctx.spawn_child(Leaking { _parent: ctx.this().upgrade() }));
        }
    }
}

const FEW: usize = 1_000;
const MANY: usize = 10_000;
const ATTEMPTS: usize = 25;

async fn tree(system: &TestSystem, strategy: Supervisor, children: usize) -> SupervisorRef {
    let tree = strategy.intensity(1_000, Duration::from_secs(600));
    let tree =
        (0..children).fold(tree, |tree, n| tree.child(Child::new(format!("child-{n}"), Worker::default)));
    tree.start(system).await.unwrap()
}

/// Whether doing it with many takes less than `times` what it takes with few.
async fn keeps(times: u32, mut few: impl AsyncFnMut(), mut many: impl AsyncFnMut()) {
    let mut least = [Duration::MAX; 2];
    for _ in 0..ATTEMPTS {
        let begun = Instant::now();
        few().await;
        least[0] = least[0].min(begun.elapsed());
        let begun = Instant::now();
        many().await;
        least[1] = least[1].min(begun.elapsed());
        if least[1] < least[0] * times {
            return;
        }
    }
    panic!("{FEW} children take {:?}, {MANY} take {:?}: more than {times} times as much", least[0], least[1]);
}

#[actor_core::test]
async fn restarting_one_of_10_000_children_costs_what_it_costs_among_1_000(system: TestSystem) {
    let few = tree(&system, Supervisor::one_for_one(), FEW).await;
    let many = tree(&system, Supervisor::one_for_one(), MANY).await;
    let restart = |tree: &SupervisorRef| {
        let worker: ActorRef<Worker> = tree.child("child-500").unwrap();
        async move || {
            for _ in 0..10 {
                worker.kill();
                // The answer comes from the next incarnation.
                worker.seen().await.unwrap();
            }
        }
    };
    keeps(2, restart(&few), restart(&many)).await;
}

#[actor_core::test]
async fn a_group_restart_is_linear_in_the_group(system: TestSystem) {
    let few = tree(&system, Supervisor::one_for_all(), FEW).await;
    let many = tree(&system, Supervisor::one_for_all(), MANY).await;
    let restart = |tree: &SupervisorRef, children: usize| {
        let first: ActorRef<Worker> = tree.child("child-0").unwrap();
        let last: ActorRef<Worker> = tree.child(&format!("child-{}", children - 1)).unwrap();
        async move || {
            let epoch = last.epoch();
            first.kill();
            while last.epoch() == epoch {
                tokio::task::yield_now().await;
            }
            last.seen().await.unwrap();
        }
    };
    keeps(15, restart(&few, FEW), restart(&many, MANY)).await;
}

#[actor_core::test]
async fn strong_cycles_are_found_in_linear_time() {
    let shut_down = async |children| {
        let system = System::new("leaking");
        let parent = system.spawn(Leaking::default());
        parent.bear(children).await.unwrap();
        drop(parent);
        assert_eq!(system.shutdown().await.cycles.len(), 1);
    };
    keeps(30, async || shut_down(FEW / 4).await, async || shut_down(MANY / 4).await).await;
}
