//! Handlers that run, or wait, for too long are reported while they do.
//!
//! Each test has a system of its own, as that of the test kit reports none. None of them depends on how long anything takes:
//! what is to be reported goes on until it is, and that nothing else is reported is looked at when something later has been.

use std::sync::mpsc;

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{ActorId, Event, Events};

use crate::kit::{Worker, gate};

const SOON: Duration = Duration::from_millis(20);

fn system() -> System {
    System::builder("watched").report_blocking(SOON).report_waiting(Duration::MAX).build()
}

fn patient_system() -> System {
    System::builder("watched").report_blocking(Duration::MAX).report_waiting(SOON).build()
}

/// Which slow handler comes next in the events: blocking or not, whose, and for how long.
async fn next_slow(events: &mut Events) -> (bool, ActorId, &'static str, Duration) {
    loop {
        match events.recv().await.unwrap() {
            Event::Blocking { actor, message_type, elapsed, epoch: 1 } => {
                return (true, actor.id, message_type, elapsed);
            }
            Event::Waiting { actor, message_type, elapsed, epoch: 1 } => {
                return (false, actor.id, message_type, elapsed);
            }
            _ => {}
        }
    }
}

fn is_slow(event: &Event) -> bool {
    matches!(event, Event::Blocking { .. } | Event::Waiting { .. })
}

/// None of what has come so far and was not read.
fn no_more_slow(events: &mut Events) {
    while let Some(event) = events.try_recv() {
        assert!(!is_slow(&event), "{event}");
    }
}

/// Has the worker's thread until what is returned goes.
async fn block(worker: &ActorRef<Worker>) -> mpsc::Sender<()> {
    let (release, blocked) = mpsc::channel();
    let (begun, has_begun) = gate();
    worker.block(begun, blocked).tell().await.unwrap();
    has_begun.await.unwrap();
    release
}

#[actor_core::test(workers = 3)]
async fn a_handler_that_blocks_its_thread_is_reported_once_while_it_does(_kit: TestSystem) {
    let system = system();
    let mut events = system.events();
    let (first, second) = (system.spawn(Worker::default()), system.spawn(Worker::default()));
    let releases_first = block(&first).await;
    let (blocks, id, message_type, elapsed) = next_slow(&mut events).await;
    assert!(blocks && id == first.id() && elapsed >= SOON);
    assert!(message_type.contains("Block"), "{message_type}");
    assert_eq!(first.stats().handled, 0);
    // It has blocked for as long again when another one is reported, and has not been reported again.
    let releases_second = block(&second).await;
    assert_eq!(next_slow(&mut events).await.1, second.id());
    drop((releases_first, releases_second));
    system.shutdown().await;
    no_more_slow(&mut events);
    assert_eq!(system.stats().slow_handlers, 2);
}

#[actor_core::test(workers = 2)]
async fn each_message_is_reported_also_where_one_follows_the_other(_kit: TestSystem) {
    let system = system();
    let mut events = system.events();
    let worker = system.spawn(Worker::default());
    let releases_first = block(&worker).await;
    let (releases_second, blocked) = mpsc::channel();
    worker.block(gate().0, blocked).tell().await.unwrap();
    assert_eq!(next_slow(&mut events).await.1, worker.id());
    drop(releases_first);
    assert_eq!(next_slow(&mut events).await.1, worker.id());
    assert_eq!(worker.stats().handled, 1);
    drop(releases_second);
    system.shutdown().await;
}

struct Inline;

#[actor]
impl Inline {
    #[handler(inline)]
    fn stand(&mut self, until: mpsc::Receiver<()>) {
        let _ = until.recv();
    }

    #[handler(inline)]
    fn pass(&mut self) {}
}

#[actor_core::test(workers = 3)]
async fn an_inline_handler_that_blocks_is_reported_as_its_actors(_kit: TestSystem) {
    let system = system();
    let mut events = system.events();
    let actor = system.start(Inline).await.unwrap();
    actor.pass().await.unwrap();
    let (release, blocked) = mpsc::channel();
    let asked = tokio::spawn(actor.stand(blocked).owned().into_future());
    let (blocks, id, message_type, _) = next_slow(&mut events).await;
    assert!(blocks && id == actor.id());
    assert!(message_type.contains("Stand"), "{message_type}");
    drop(release);
    asked.await.unwrap().unwrap();
    assert_eq!(actor.stats().handled, 2);
    system.shutdown().await;
}

/// Has its thread for long, and asks another one inline now and then. The reference queue would have it give the thread back.
#[cfg(not(plain_queue))]
struct Busybody(ActorRef<Inline>);

#[cfg(not(plain_queue))]
#[actor]
impl Busybody {
    #[handler]
    async fn work(&mut self, until: mpsc::Receiver<()>) {
        while until.recv_timeout(Duration::from_millis(1)) == Err(mpsc::RecvTimeoutError::Timeout) {
            self.0.pass().await.unwrap();
        }
    }
}

#[cfg(not(plain_queue))]
#[actor_core::test(workers = 3)]
async fn a_handler_that_blocks_is_reported_though_it_asks_others_inline(_kit: TestSystem) {
    let system = system();
    let mut events = system.events();
    let inline = system.start(Inline).await.unwrap();
    inline.pass().await.unwrap();
    let busybody = system.spawn(Busybody(inline));
    let (release, blocked) = mpsc::channel();
    busybody.work(blocked).tell().await.unwrap();
    let reported = tokio::time::timeout(Duration::from_secs(30), next_slow(&mut events)).await;
    drop(release);
    let (blocks, id, message_type, _) = reported.expect("it is reported");
    assert!(blocks && id == busybody.id() && message_type.contains("Work"), "{message_type}");
    system.shutdown().await;
}

#[test]
fn on_a_runtime_of_one_thread_a_handler_is_reported_while_it_blocks_that() {
    runtime().block_on(async {
        let system = system();
        let mut events = system.events();
        let worker = system.spawn(Worker::default());
        let (release, blocked) = mpsc::channel();
        let other = std::thread::spawn(move || {
            let reported = runtime().block_on(next_slow(&mut events));
            drop(release);
            reported
        });
        worker.block(gate().0, blocked).await.unwrap();
        let (blocks, id, ..) = other.join().unwrap();
        assert!(blocks && id == worker.id());
        system.shutdown().await;
    });
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[actor_core::test]
async fn a_handler_that_waits_is_reported_once_and_the_next_one_anew(_kit: TestSystem) {
    let system = patient_system();
    let mut events = system.events();
    let (first, second) = (system.spawn(Worker::default()), system.spawn(Worker::default()));
    let (open, opened) = gate();
    let (open_next, next_opened) = gate();
    first.hold(opened).tell().await.unwrap();
    first.hold(next_opened).tell().await.unwrap();
    let (blocks, id, message_type, elapsed) = next_slow(&mut events).await;
    assert!(!blocks && id == first.id() && elapsed >= SOON);
    assert!(message_type.contains("Hold"), "{message_type}");
    // As long again: the first one does not come again.
    let (open_second, opened) = gate();
    second.hold(opened).tell().await.unwrap();
    assert_eq!(next_slow(&mut events).await.1, second.id());
    open.send(()).unwrap();
    assert_eq!(next_slow(&mut events).await.1, first.id());
    open_next.send(()).unwrap();
    drop(open_second);
    system.shutdown().await;
    no_more_slow(&mut events);
}

#[actor_core::test]
async fn one_that_blocks_after_it_has_waited_is_reported_with_its_message(_kit: TestSystem) {
    struct Late;

    #[actor]
    impl Late {
        #[handler]
        async fn wait_and_block(
            &mut self,
            gate: tokio::sync::oneshot::Receiver<()>,
            until: mpsc::Receiver<()>,
        ) {
            let _ = gate.await;
            let _ = until.recv();
        }
    }

    let system = system();
    let mut events = system.events();
    let (late, other) = (system.spawn(Late), system.spawn(Worker::default()));
    let (open, opened) = gate();
    let (release, until) = mpsc::channel();
    late.wait_and_block(opened, until).tell().await.unwrap();
    // This is what the thread did last, before it goes on with the other.
    other.note(1).await.unwrap();
    let watcher = std::thread::spawn(move || {
        let reported = runtime().block_on(next_slow(&mut events));
        drop(release);
        reported
    });
    open.send(()).unwrap();
    drop(late);
    system.shutdown().await;
    let (blocks, _, message_type, _) = watcher.join().unwrap();
    assert!(blocks && message_type.contains("WaitAndBlock"), "{message_type}");
}

#[actor_core::test(paused)]
async fn a_clock_that_a_test_moves_makes_no_handler_slow(_kit: TestSystem) {
    struct Sleeper;

    #[actor]
    impl Sleeper {
        #[handler(timeout = Duration::MAX)]
        async fn sleep(&mut self, time: Duration) {
            tokio::time::sleep(time).await;
        }
    }

    // In real time these take no time at all, and with these thresholds a loaded machine does not matter.
    let minute = Duration::from_secs(60);
    let system = System::builder("watched").report_blocking(minute).report_waiting(minute).build();
    let sleeper = system.spawn(Sleeper);
    sleeper.sleep(Duration::from_secs(3_600)).await.unwrap();
    system.shutdown().await;
    assert_eq!(system.stats().slow_handlers, 0);
}

#[actor_core::test(workers = 3)]
async fn a_system_that_does_not_want_to_know_is_not_told(_kit: TestSystem) {
    let off = System::builder("off").report_blocking(Duration::MAX).report_waiting(Duration::MAX).build();
    let on = system();
    let (mut silence, mut events) = (off.events(), on.events());
    let (unseen, waiter) = (off.spawn(Worker::default()), off.spawn(Worker::default()));
    let (open, opened) = gate();
    waiter.hold(opened).tell().await.unwrap();
    let releases_unseen = block(&unseen).await;
    let seen = on.spawn(Worker::default());
    let releases_seen = block(&seen).await;
    assert_eq!(next_slow(&mut events).await.1, seen.id());
    no_more_slow(&mut silence);
    drop((releases_unseen, releases_seen, open));
    off.shutdown().await;
    on.shutdown().await;
    assert_eq!(off.stats().slow_handlers, 0);
}
