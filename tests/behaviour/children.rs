//! Contract, section 6: what a child's own specification says: when it comes back, and how long it may take to stop.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{AdminError, ChildStatus, Status};

use crate::kit::{Diary, Worker, gate, kind};

fn child(name: &'static str, diary: &Diary) -> Child<Worker> {
    let diary = diary.clone();
    Child::new(name, move || Worker::new(name, &diary))
}

#[actor_core::test(paused)]
async fn a_transient_child_that_ends_with_shutdown_stays_down(system: TestSystem) {
    struct Linked(ActorRef<Worker>);
    impl Actor for Linked {
        async fn on_start(&mut self, ctx: &mut Context<Self>) -> Result<(), BoxError> {
            ctx.link(&self.0);
            Ok(())
        }
    }
    let diary = Diary::default();
    let tree = Supervisor::one_for_one().child(child("w", &diary)).start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    let linked = Child::new("linked", move || Linked(worker.clone())).restart(Restart::Transient);
    let linked = tree.start_child(linked).await.unwrap();
    tree.terminate_child("w").await.unwrap();
    assert_eq!(kind(&linked.stopped().await), "shutdown");
    system.settle().await;
    assert_eq!(linked.epoch(), 1);
    assert_eq!(tree.count().await.unwrap().active, 0);
}

#[actor_core::test(paused)]
async fn the_specification_of_a_temporary_child_goes_with_it(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one().child(child("w", &diary).restart(Restart::Temporary));
    let tree = tree.start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    worker.stop();
    worker.stopped().await;
    system.settle().await;
    assert!(tree.children().await.unwrap().is_empty());
    assert!(matches!(tree.restart_child("w").await, Err(AdminError::Unknown { .. })));
}

#[actor_core::test(paused)]
async fn all_children_of_a_supervisor_share_its_window(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .intensity(1, Duration::from_secs(5))
        .child(child("a", &diary))
        .child(child("b", &diary));
    let tree = tree.start(&system).await.unwrap();
    let (a, b): (ActorRef<Worker>, ActorRef<Worker>) = (tree.child("a").unwrap(), tree.child("b").unwrap());
    a.crash().await.unwrap_err();
    system.settle().await;
    assert!(matches!(a.status(), Status::Running));
    b.crash().await.unwrap_err();
    system.settle().await;
    assert!(matches!(a.status(), Status::Stopped(StopReason::Shutdown)));
}

#[actor_core::test(paused)]
async fn a_child_has_the_time_of_its_own_policy_to_stop(system: TestSystem) {
    system.allow_dead_letters();
    let times = [(Shutdown::Kill, 0), (Shutdown::After(Duration::from_secs(2)), 2), (Shutdown::default(), 5)];
    for (policy, time) in times {
        for terminate in [true, false] {
            let diary = Diary::default();
            let tree = Supervisor::one_for_one().child(child("w", &diary).shutdown(policy));
            let tree = tree.start(&system).await.unwrap();
            let worker: ActorRef<Worker> = tree.child("w").unwrap();
            let (_open, waiting) = gate();
            worker.hold(waiting).tell().await.unwrap();
            system.settle().await;
            let begun = tokio::time::Instant::now();
            if terminate {
                tree.terminate_child("w").await.unwrap();
            } else {
                tree.stop();
                tree.stopped().await;
            }
            assert_eq!(begun.elapsed(), Duration::from_secs(time), "{policy:?}, terminate: {terminate}");
            assert_eq!(kind(&worker.stopped().await), "killed");
        }
    }
}

#[actor_core::test(paused)]
async fn a_child_that_is_to_be_killed_has_no_last_word_and_is_not_called_late(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one().child(child("w", &diary).shutdown(Shutdown::Kill));
    let tree = tree.start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    let report = system.shutdown().await;
    assert!(report.is_clean(), "{report}");
    assert_eq!(kind(&worker.stopped().await), "killed");
    assert_eq!(diary.lines(), ["w started", "w dropped"]);
}

#[actor_core::test(paused)]
async fn a_backoff_that_is_over_brings_no_terminated_child_back(system: TestSystem) {
    let tree = Supervisor::one_for_one()
        .child(child("w", &Diary::default()).backoff(Backoff::constant(Duration::from_secs(2))))
        .start(&system)
        .await
        .unwrap();
    tree.child::<Worker>("w").unwrap().crash().await.unwrap_err();
    system.settle().await;
    tree.terminate_child("w").await.unwrap();
    system.advance(Duration::from_secs(3)).await;
    assert_eq!(tree.children().await.unwrap()[0].status, ChildStatus::Stopped);
    assert!(tree.child::<Worker>("w").is_err());
}

#[actor_core::test(paused)]
async fn whoever_asks_for_a_key_while_its_child_is_starting_gets_that_child(system: TestSystem) {
    struct Late;
    impl Actor for Late {
        async fn on_start(&mut self, _ctx: &mut Context<Self>) -> Result<(), BoxError> {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(())
        }
    }
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let ask = || {
        let dynamic = dynamic.clone();
        tokio::spawn(async move {
            dynamic.get_or_start("key", || Child::new("any name", || Late)).await.unwrap().id()
        })
    };
    let (one, two) = (ask(), ask());
    assert_eq!(one.await.unwrap(), two.await.unwrap());
    assert_eq!(dynamic.count().await.unwrap().active, 1);
}
