//! Contract, section 6: group restarts, `OneForAll` and `RestForOne`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{ChildStatus, Status, SupervisorRef};

use crate::kit::{Diary, Worker, gate, kind};

fn child(name: &'static str, diary: &Diary) -> Child<Worker> {
    let diary = diary.clone();
    Child::new(name, move || Worker::new(name, &diary))
}

/// Does not start in those of its incarnations that `fails` names.
fn flaky(name: &'static str, diary: &Diary, fails: &'static [u32]) -> Child<Worker> {
    let (diary, starts) = (diary.clone(), Arc::new(AtomicU32::new(0)));
    Child::new(name, move || {
        let start = starts.fetch_add(1, Ordering::Relaxed) + 1;
        if fails.contains(&start) { Err("no luck") } else { Ok(Worker::new(name, &diary)) }
    })
}

fn worker(tree: &SupervisorRef, name: &str) -> ActorRef<Worker> {
    tree.child(name).unwrap()
}

/// Starts and stops since `from`, in order.
fn moves(diary: &Diary, from: usize) -> Vec<String> {
    let moves = diary.lines().into_iter().skip(from);
    moves.filter(|line| line.contains("started") || line.contains("stops")).collect()
}

async fn abc(system: &TestSystem, strategy: Supervisor, diary: &Diary) -> SupervisorRef {
    let tree = strategy.child(child("a", diary)).child(child("b", diary)).child(child("c", diary));
    tree.start(system).await.unwrap()
}

#[actor_core::test(paused)]
async fn one_for_all_stops_in_reverse_and_starts_in_order(system: TestSystem) {
    let diary = Diary::default();
    let tree = abc(&system, Supervisor::one_for_all(), &diary).await;
    let from = diary.lines().len();
    worker(&tree, "b").crash().await.unwrap_err();
    system.settle().await;
    assert_eq!(
        moves(&diary, from),
        [
            "b stops: panicked",
            "c stops: shutdown",
            "a stops: shutdown",
            "a started",
            "b started",
            "c started"
        ]
    );
}

#[actor_core::test(paused)]
async fn rest_for_one_leaves_those_before_the_child_that_failed(system: TestSystem) {
    let diary = Diary::default();
    let tree = abc(&system, Supervisor::rest_for_one(), &diary).await;
    let from = diary.lines().len();
    worker(&tree, "b").crash().await.unwrap_err();
    system.settle().await;
    assert_eq!(moves(&diary, from), ["b stops: panicked", "c stops: shutdown", "b started", "c started"]);
    assert_eq!(worker(&tree, "a").epoch(), 1);
}

#[actor_core::test(paused)]
async fn members_keep_their_references_and_their_mail(system: TestSystem) {
    let diary = Diary::default();
    let tree = abc(&system, Supervisor::one_for_all(), &diary).await;
    let (a, c) = (worker(&tree, "a"), worker(&tree, "c"));
    let (open, waiting) = gate();
    c.hold(waiting).tell().await.unwrap();
    c.note(1).tell().await.unwrap();
    system.settle().await;
    a.crash().await.unwrap_err();
    system.settle().await;
    // It is halting: mail goes on being accepted.
    assert!(matches!(c.status(), Status::Stopping));
    c.note(2).tell().await.unwrap();
    open.send(()).unwrap();
    assert_eq!(c.seen().await.unwrap(), [1, 2]);
    assert_eq!((a.epoch(), c.epoch()), (2, 2));
    assert_eq!(system.dead_letters().len(), 1, "the message that crashed, and no other");
}

#[actor_core::test(paused)]
async fn a_group_restart_counts_as_one(system: TestSystem) {
    let diary = Diary::default();
    let tree = abc(&system, Supervisor::one_for_all().intensity(2, Duration::from_secs(5)), &diary).await;
    for _ in 0..2 {
        worker(&tree, "a").crash().await.unwrap_err();
        system.settle().await;
    }
    assert_eq!(worker(&tree, "c").epoch(), 3);
    worker(&tree, "a").crash().await.unwrap_err();
    assert_eq!(kind(&tree.stopped().await), "shutdown");
}

#[actor_core::test(paused)]
async fn the_group_waits_for_the_backoff_of_the_child_that_failed_and_is_stopped_before(system: TestSystem) {
    let diary = Diary::default();
    let patient = child("b", &diary).backoff(Backoff::constant(Duration::from_secs(2)));
    let tree =
        Supervisor::one_for_all().child(child("a", &diary)).child(patient).start(&system).await.unwrap();
    let from = diary.lines().len();
    worker(&tree, "b").crash().await.unwrap_err();
    system.advance(Duration::from_millis(1_999)).await;
    assert_eq!(moves(&diary, from), ["b stops: panicked", "a stops: shutdown"]);
    let children = tree.children().await.unwrap();
    assert!(children.iter().all(|child| child.status == ChildStatus::Restarting));
    system.advance(Duration::from_millis(1)).await;
    assert_eq!(moves(&diary, from + 4), ["a started", "b started"]);
}

#[actor_core::test(paused)]
async fn a_start_that_fails_midway_makes_one_for_all_stop_and_redo_all(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_all()
        .child(child("a", &diary))
        .child(flaky("b", &diary, &[2]))
        .child(child("c", &diary))
        .start(&system)
        .await
        .unwrap();
    let from = diary.lines().len();
    worker(&tree, "c").crash().await.unwrap_err();
    system.settle().await;
    assert_eq!(
        moves(&diary, from),
        [
            "c stops: panicked",
            "b stops: shutdown",
            "a stops: shutdown",
            "a started",
            // b does not start
            "a stops: shutdown",
            "a started",
            "b started",
            "c started",
        ]
    );
}

#[actor_core::test(paused)]
async fn a_start_that_fails_midway_makes_rest_for_one_retry_from_that_child_on(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::rest_for_one()
        .child(child("a", &diary))
        .child(flaky("b", &diary, &[2]))
        .child(child("c", &diary))
        .start(&system)
        .await
        .unwrap();
    let from = diary.lines().len();
    worker(&tree, "a").crash().await.unwrap_err();
    system.settle().await;
    let starts: Vec<_> = moves(&diary, from).into_iter().filter(|line| line.contains("started")).collect();
    assert_eq!(starts, ["a started", "b started", "c started"]);
    assert_eq!(worker(&tree, "a").epoch(), 2);
    assert_eq!(worker(&tree, "b").epoch(), 3);
}

#[actor_core::test(paused)]
async fn a_temporary_member_ends_with_its_group_and_a_transient_one_that_had_ended_is_started_again(
    system: TestSystem,
) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_all()
        .child(child("a", &diary))
        .child(child("temporary", &diary).restart(Restart::Temporary))
        .child(child("transient", &diary).restart(Restart::Transient))
        .start(&system)
        .await
        .unwrap();
    let (temporary, transient) = (worker(&tree, "temporary"), worker(&tree, "transient"));
    transient.stop();
    transient.stopped().await;
    system.settle().await;
    worker(&tree, "a").crash().await.unwrap_err();
    assert_eq!(kind(&temporary.stopped().await), "shutdown");
    system.settle().await;
    // A new logical actor of the same name.
    let revived = worker(&tree, "transient");
    assert_ne!(revived.id(), transient.id());
    assert!(matches!(revived.status(), Status::Running));
    assert!(tree.child::<Worker>("temporary").is_err());
}

#[actor_core::test(paused)]
async fn a_failure_further_up_widens_a_group_restart_that_is_under_way(system: TestSystem) {
    let diary = Diary::default();
    let patient = child("c", &diary).backoff(Backoff::constant(Duration::from_secs(10)));
    let tree = Supervisor::rest_for_one()
        .child(child("a", &diary))
        .child(child("b", &diary))
        .child(patient)
        .start(&system)
        .await
        .unwrap();
    worker(&tree, "c").crash().await.unwrap_err();
    system.settle().await;
    worker(&tree, "a").crash().await.unwrap_err();
    system.settle().await;
    // The wider group does not wait for the backoff of the first.
    assert!(["a", "b", "c"].iter().all(|name| matches!(worker(&tree, name).status(), Status::Running)));
    system.advance(Duration::from_secs(20)).await;
    assert_eq!(["a", "b", "c"].map(|name| worker(&tree, name).epoch()), [2, 2, 2]);
}

#[actor_core::test(workers = 2)]
async fn a_member_that_is_stuck_does_not_hold_up_its_group_and_comes_back_with_its_thread(
    system: TestSystem,
) {
    let diary = Diary::default();
    let stubborn = child("b", &diary).shutdown(Shutdown::Kill);
    let tree =
        Supervisor::one_for_all().child(child("a", &diary)).child(stubborn).start(&system).await.unwrap();
    let (a, b) = (worker(&tree, "a"), worker(&tree, "b"));
    let (release, blocked) = std::sync::mpsc::channel();
    let (begun, has_begun) = gate();
    b.block(begun, blocked).tell().await.unwrap();
    has_begun.await.unwrap();
    let mut events = system.events();
    a.crash().await.unwrap_err();
    let mut started_again = async |name: &str| loop {
        if let Event::Started { actor, .. } = events.recv().await.unwrap()
            && actor.path.name() == name
        {
            break;
        }
    };
    started_again("a").await;
    // When `a` handles mail and the supervisor answers after that, it has done what it does after the start of `a`.
    a.note(1).await.unwrap();
    tree.children().await.unwrap();
    assert!(matches!(b.status(), Status::Stuck));
    assert_eq!(b.epoch(), 1);
    drop(release);
    started_again("b").await;
    assert_eq!(b.epoch(), 2);
    assert_eq!(b.note(1).await.unwrap(), 1);
}

#[actor_core::test(paused)]
async fn the_first_of_a_group_that_is_started_again_by_hand_does_not_wait_for_it(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::rest_for_one()
        .child(child("a", &diary).backoff(Backoff::constant(Duration::from_secs(10))))
        .child(child("b", &diary))
        .start(&system)
        .await
        .unwrap();
    let a: ActorRef<Worker> = tree.child("a").unwrap();
    a.crash().await.unwrap_err();
    system.settle().await;
    tree.terminate_child("a").await.unwrap();
    // It stands before what is left of its group, which goes on waiting.
    tree.restart_child("a").await.unwrap();
    let b: ActorRef<Worker> = tree.child("b").unwrap();
    assert!(matches!(b.status(), Status::Restarting), "{}", b.status());
    system.advance(Duration::from_secs(10)).await;
    assert!(matches!(b.status(), Status::Running), "{}", b.status());
    let a: ActorRef<Worker> = tree.child("a").unwrap();
    assert_eq!((a.epoch(), b.epoch()), (1, 2));
}
