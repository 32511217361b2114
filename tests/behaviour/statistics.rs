//! What an actor has done, as its references tell.

use std::time::Instant;

use actor_core::prelude::*;
use actor_core::testing::TestSystem;

use crate::kit::{Worker, gate};

#[actor_core::test(paused)]
async fn stats_count_what_was_handled_and_what_is_queued(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let stats = worker.stats();
    assert_eq!((stats.handled, stats.queued, stats.restarts), (0, 0, 0));
    for n in 0..5 {
        worker.note(n).await.unwrap();
    }
    let (open, opened) = gate();
    worker.hold(opened).tell().await.unwrap();
    worker.note(5).tell().await.unwrap();
    system.settle().await;
    let stats = worker.stats();
    assert_eq!((stats.handled, stats.queued), (5, 1), "the message at hand is neither");
    open.send(()).unwrap();
    system.settle().await;
    assert_eq!((worker.stats().handled, worker.stats().queued), (7, 0));
}

#[actor_core::test(paused)]
async fn stats_belong_to_the_logical_actor_and_a_restart_keeps_them(system: TestSystem) {
    system.allow_dead_letters();
    let tree =
        Supervisor::one_for_one().child(Child::new("w", Worker::default)).start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    worker.note(1).await.unwrap();
    worker.crash().await.unwrap_err();
    worker.note(2).await.unwrap();
    let stats = worker.stats();
    assert_eq!((stats.handled, stats.restarts), (3, 1), "also the message that crashed it is handled");
}

#[actor_core::test(paused)]
async fn stats_are_read_through_weak_references_in_the_tree_and_after_the_end(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let weak = worker.downgrade();
    worker.note(1).await.unwrap();
    assert_eq!(weak.stats(), worker.stats());
    let tree = system.tree();
    assert_eq!(tree.roots[0].stats, worker.stats());
    drop(worker);
    weak.stopped().await;
    assert_eq!(weak.stats().handled, 1);
}

/// Has its thread for as long as it is told.
struct Spinner;

#[actor]
impl Spinner {
    #[handler]
    async fn spin(&mut self, time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time {}
    }

    #[handler]
    async fn wait(&mut self, gate: tokio::sync::oneshot::Receiver<()>) {
        let _ = gate.await;
    }
}

#[actor_core::test]
async fn busy_is_the_time_on_a_thread(system: TestSystem) {
    let spinner = system.spawn(Spinner);
    let time = Duration::from_millis(2);
    let begun = Instant::now();
    for _ in 0..20 {
        spinner.spin(time).await.unwrap();
    }
    system.settle().await;
    let busy = spinner.stats().busy;
    assert!(20 * time <= busy && busy <= begun.elapsed(), "{busy:?}");
}

#[actor_core::test]
async fn time_in_which_a_handler_waits_is_not_busy(system: TestSystem) {
    let (spinner, waiter) = (system.spawn(Spinner), system.spawn(Spinner));
    let (open, opened) = gate();
    waiter.wait(opened).tell().await.unwrap();
    system.settle().await;
    let before = waiter.stats().busy;
    // On the only thread.
    spinner.spin(Duration::from_millis(200)).await.unwrap();
    open.send(()).unwrap();
    system.settle().await;
    assert_eq!(waiter.stats().handled, 1);
    let busy = waiter.stats().busy - before;
    assert!(busy < Duration::from_millis(200), "{busy:?}");
}
