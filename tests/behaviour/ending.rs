//! Contract, sections 1 and 5: how an end goes: what becomes of the mail, who is told when, and what a second order does.

use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::task::{Wake, Waker};

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{Path, Status};

use crate::kit::{Diary, Worker, WorkerNote, by_hand, gate, kind};

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// An actor that is linked to another one.
struct Linked(ActorRef<Worker>);

impl Actor for Linked {
    async fn on_start(&mut self, ctx: &mut Context<Self>) -> Result<(), BoxError> {
        ctx.link(&self.0);
        Ok(())
    }
}

/// A permanent child that holds, with one message behind; and what lets it go.
async fn holding_child(system: &TestSystem) -> (ActorRef<Worker>, tokio::sync::oneshot::Sender<()>) {
    let diary = Diary::default();
    let child = Child::new("w", move || Worker::new("w", &diary));
    let tree = Supervisor::one_for_one().child(child).start(system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    worker.note(1).tell().await.unwrap();
    system.settle().await;
    (worker, open)
}

#[actor_core::test(paused)]
async fn a_stop_reports_the_queue_also_if_a_restart_follows(system: TestSystem) {
    let (worker, open) = holding_child(&system).await;
    worker.stop();
    open.send(()).unwrap();
    system.settle().await;
    assert_eq!(worker.epoch(), 2);
    assert_eq!(worker.seen().await.unwrap(), []);
    assert_eq!(system.dead_letters()[0].take::<WorkerNote>().unwrap().n, 1);
}

#[actor_core::test(paused)]
async fn what_a_drain_does_not_get_to_is_reported_and_not_left_to_the_successor(system: TestSystem) {
    let (worker, open) = holding_child(&system).await;
    worker.drain();
    system.advance(secs(5)).await;
    open.send(()).unwrap();
    system.settle().await;
    assert_eq!(worker.epoch(), 2);
    assert_eq!(worker.seen().await.unwrap(), []);
    assert_eq!(system.dead_letters()[0].take::<WorkerNote>().unwrap().n, 1);
}

#[actor_core::test(paused)]
async fn a_kill_keeps_the_queue_if_a_restart_follows(system: TestSystem) {
    let (worker, _open) = holding_child(&system).await;
    worker.kill();
    assert_eq!(worker.seen().await.unwrap(), [1]);
    assert_eq!(worker.epoch(), 2);
    assert_eq!(system.dead_letters().len(), 1, "the message that was cut short");
}

#[actor_core::test(paused)]
async fn a_second_stop_does_not_lengthen_the_grace_of_the_first(system: TestSystem) {
    system.allow_dead_letters();
    let worker = system.build(Worker::default()).shutdown(Shutdown::After(secs(2))).spawn().unwrap();
    let (_open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    system.settle().await;
    let begun = tokio::time::Instant::now();
    worker.stop();
    system.advance(secs(1)).await;
    worker.stop();
    assert_eq!(kind(&worker.stopped().await), "killed");
    assert_eq!(begun.elapsed(), secs(2));
}

#[actor_core::test(paused)]
async fn the_reason_of_the_first_stop_stands(system: TestSystem) {
    let diary = Diary::default();
    let worker = system.spawn(Worker::new("w", &diary));
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    system.settle().await;
    worker.stop();
    let shutdown = tokio::spawn({
        let system = actor_core::System::clone(&system);
        async move { system.shutdown().await }
    });
    system.settle().await;
    open.send(()).unwrap();
    assert_eq!(kind(&worker.stopped().await), "normal");
    assert_eq!(diary.lines(), ["w started", "w holds", "w goes on", "w stops: normal", "w dropped"]);
    assert!(shutdown.await.unwrap().is_clean());
}

#[actor_core::test(paused)]
async fn on_stop_runs_after_a_failure_with_that_reason(system: TestSystem) {
    let diary = Diary::default();
    let worker = system.spawn(Worker::new("w", &diary));
    worker.fail().await.unwrap();
    assert_eq!(kind(&worker.stopped().await), "failed");
    assert_eq!(diary.lines(), ["w started", "w stops: failed", "w dropped"]);
}

#[test]
fn shutdown_goes_on_without_one_that_is_stuck_and_names_it() {
    by_hand(async |system: System| {
        let (_release, blocked) = mpsc::channel();
        let diary = Diary::default();
        let other = system.start(Worker::new("other", &diary)).await.unwrap();
        let stuck = system.build(Worker::default()).name("stuck").shutdown(Shutdown::Kill).spawn().unwrap();
        let (begun, has_begun) = gate();
        stuck.block(begun, blocked).tell().await.unwrap();
        has_begun.await.unwrap();
        let report = system.shutdown().await;
        assert_eq!(report.stuck.iter().map(Path::as_str).collect::<Vec<_>>(), ["/stuck"]);
        assert!(!report.is_clean());
        assert_eq!(kind(&other.stopped().await), "shutdown");
    });
}

#[actor_core::test(paused)]
async fn whoever_hears_of_the_end_finds_the_name_free_and_the_leftovers_reported(system: TestSystem) {
    /// Looks at the very moment at which it is woken.
    struct Look {
        system: TestSystem,
        found: OnceLock<(bool, usize)>,
    }
    impl Wake for Look {
        fn wake(self: Arc<Self>) {
            let free = self.system.lookup::<Worker>("w").is_err();
            let _ = self.found.set((free, self.system.dead_letters().len()));
        }
    }
    let worker = system.build(Worker::default()).name("w").spawn().unwrap();
    let peer = system.start(Linked(worker.clone())).await.unwrap();
    let (_open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    worker.note(1).tell().await.unwrap();
    system.settle().await;

    // A link fires when watchers are told, and whoever waits for the peer is woken there and then.
    let look = Arc::new(Look { system: system.clone(), found: OnceLock::new() });
    let waker = Waker::from(look.clone());
    let mut stopped = Box::pin(peer.stopped());
    assert!(stopped.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    worker.kill();
    worker.stopped().await;
    let found = look.found.get();
    assert_eq!(found, Some(&(true, 2)), "the message that was cut short, and the one that was queued");
}

#[actor_core::test(paused)]
async fn stopped_resolves_when_the_watchers_have_been_told(system: TestSystem) {
    /// Asks at every change whether the worker has stopped, and if so, what the peer does.
    struct Sentry {
        worker: ActorRef<Worker>,
        peer: ActorRef<Linked>,
        waits: Mutex<Vec<Pin<Box<dyn Future<Output = StopReason> + Send>>>>,
        found: OnceLock<Status>,
    }
    impl Wake for Sentry {
        fn wake(self: Arc<Self>) {
            let mut stopped = Box::pin(self.worker.stopped());
            let waker = Waker::from(self.clone());
            if stopped.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_ready() {
                let _ = self.found.set(self.peer.status());
            } else {
                self.waits.lock().unwrap().push(stopped);
            }
        }
    }
    let worker = system.spawn(Worker::default());
    let peer = system.start(Linked(worker.clone())).await.unwrap();
    system.settle().await;
    let sentry = Sentry { worker: worker.clone(), peer, waits: Mutex::default(), found: OnceLock::new() };
    let sentry = Arc::new(sentry);
    sentry.clone().wake();
    worker.kill();
    worker.stopped().await;
    assert!(matches!(sentry.found.get(), Some(Status::Stopping)), "{:?}", sentry.found);
    sentry.waits.lock().unwrap().clear();
}
