//! Contract, section 4: asks, their phases, their timeouts, and askers that go away.

use std::time::Instant;

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{Phase, Unanswered, Undelivered};

use crate::kit::{Worker, gate};

const SOON: Duration = Duration::from_millis(50);

#[actor_core::test(paused)]
async fn a_timeout_while_the_message_is_queued_promises_that_it_is_never_handled(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    let error = worker.note(1).timeout(SOON).await.unwrap_err();
    assert!(matches!(error, AskError::Timeout { phase: Phase::Queued, after: SOON }));
    assert!(error.is_unhandled());
    open.send(()).unwrap();
    assert_eq!(worker.seen().await.unwrap(), []);
    assert_eq!(system.stats().skipped_asks, 1);
}

#[actor_core::test(paused)]
async fn a_timeout_while_the_message_waits_for_room_promises_the_same(system: TestSystem) {
    let worker = system.build(Worker::default()).mailbox(Mailbox::bounded(1)).spawn().unwrap();
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    system.settle().await;
    worker.note(0).try_tell().unwrap();
    let error = worker.note(1).timeout(SOON).await.unwrap_err();
    assert!(matches!(error, AskError::Timeout { phase: Phase::Admission, .. }));
    open.send(()).unwrap();
    assert_eq!(worker.seen().await.unwrap(), [0]);
}

#[actor_core::test(paused)]
async fn a_timeout_does_not_cut_a_running_handler_short(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (open, waiting) = gate();
    let error = worker.hold(waiting).timeout(SOON).await.unwrap_err();
    assert!(matches!(error, AskError::Timeout { phase: Phase::Running, .. }));
    assert!(!error.is_unhandled());
    open.send(()).unwrap();
    assert_eq!(worker.note(1).await.unwrap(), 1);
}

#[actor_core::test(paused)]
async fn an_exact_timeout_is_exact(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (_open, waiting) = gate();
    let begun = tokio::time::Instant::now();
    worker.hold(waiting).timeout(Duration::from_millis(137)).await.unwrap_err();
    assert_eq!(begun.elapsed(), Duration::from_millis(137));
}

#[actor_core::test(paused)]
async fn the_default_timeout_is_five_seconds_and_at_most_200_ms_late(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (_open, waiting) = gate();
    let asked = tokio::spawn(worker.hold(waiting).owned().into_future());
    system.advance(Duration::from_millis(4_999)).await;
    assert!(!asked.is_finished());
    system.advance(Duration::from_millis(201)).await;
    let error = asked.await.unwrap().unwrap_err();
    assert!(
        matches!(error, AskError::Timeout { phase: Phase::Running, after } if after == Duration::from_secs(5))
    );
}

#[actor_core::test(paused)]
async fn where_the_test_holds_the_clock_a_default_timeout_fires_only_when_it_is_moved(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (open, waiting) = gate();
    let asked = tokio::spawn(worker.hold(waiting).owned().into_future());
    system.settle().await;
    // Everybody waits, for something that is not the clock: nothing may move it by itself.
    std::thread::spawn(move || open.send(()));
    asked.await.unwrap().unwrap();
}

#[actor_core::test]
async fn the_default_timeout_can_be_set_per_actor_and_runs_on_the_real_clock(system: TestSystem) {
    let worker = system.build(Worker::default()).ask_timeout(SOON).spawn().unwrap();
    let (_open, waiting) = gate();
    let begun = Instant::now();
    let error = worker.hold(waiting).await.unwrap_err();
    assert!(matches!(error, AskError::Timeout { after: SOON, .. }));
    assert!(begun.elapsed() >= SOON);
}

#[actor_core::test(paused)]
async fn a_handlers_own_timeout_wins_over_the_actors_and_an_exact_one_over_both(system: TestSystem) {
    struct Patient;

    #[actor]
    impl Patient {
        const PATIENCE: Duration = Duration::from_secs(1);

        #[handler(timeout = Self::PATIENCE * 60)]
        async fn long(&mut self, gate: tokio::sync::oneshot::Receiver<()>) {
            let _ = gate.await;
        }
    }

    let patient = system.build(Patient).ask_timeout(SOON).spawn().unwrap();
    let (open, waiting) = gate();
    let asked = tokio::spawn(patient.long(waiting).owned().into_future());
    system.advance(Duration::from_millis(59_999)).await;
    assert!(!asked.is_finished());
    system.advance(Duration::from_millis(201)).await;
    let error = asked.await.unwrap().unwrap_err();
    assert!(matches!(error, AskError::Timeout { after, .. } if after == Duration::from_secs(60)), "{error}");
    drop(open);

    let (_open, waiting) = gate();
    let error = patient.long(waiting).timeout(SOON).await.unwrap_err();
    assert!(matches!(error, AskError::Timeout { after: SOON, .. }), "{error}");
}

#[actor_core::test(paused)]
async fn an_ask_whose_caller_is_gone_is_skipped_and_counted(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    let asked = tokio::spawn(worker.note(1).owned().into_future());
    system.settle().await;
    asked.abort();
    system.settle().await;
    open.send(()).unwrap();
    assert_eq!(worker.seen().await.unwrap(), []);
    assert_eq!(system.stats().skipped_asks, 1);
}

/// Books money, for which it takes an order once accepted as given.
#[derive(Default)]
struct Books(Vec<u32>);

#[actor]
impl Books {
    #[handler(always_run)]
    fn book(&mut self, cents: u32) -> Result<usize, &'static str> {
        self.0.push(cents);
        if cents == 13 { Err("unlucky") } else { Ok(self.0.len()) }
    }

    #[handler]
    async fn hold(&mut self, gate: tokio::sync::oneshot::Receiver<()>) {
        let _ = gate.await;
    }

    #[handler]
    fn all(&self) -> Vec<u32> {
        self.0.clone()
    }
}

#[actor_core::test(paused)]
async fn an_ask_that_is_always_run_is_handled_also_for_nobody_and_its_reply_is_unclaimed(system: TestSystem) {
    let books = system.spawn(Books::default());
    let (open, waiting) = gate();
    books.hold(waiting).tell().await.unwrap();
    for cents in [5, 13] {
        let asked = tokio::spawn(books.book(cents).owned().into_future());
        system.settle().await;
        asked.abort();
        system.settle().await;
    }
    open.send(()).unwrap();
    assert_eq!(books.all().await.unwrap(), [5, 13]);
    let stats = system.stats();
    assert_eq!((stats.skipped_asks, stats.unclaimed_errors), (0, 1));
    assert_eq!(books.book(1).await.unwrap(), Ok(3), "an asker that waits has its reply");
    assert_eq!(system.stats().unclaimed_errors, 1);
}

#[actor_core::test(paused)]
async fn the_dead_letter_of_an_ask_whose_caller_is_gone_has_the_message(system: TestSystem) {
    let books = system.spawn(Books::default());
    let (open, waiting) = gate();
    books.hold(waiting).tell().await.unwrap();
    let asked = tokio::spawn(books.book(5).owned().into_future());
    system.settle().await;
    asked.abort();
    system.settle().await;
    books.stop();
    drop(open);
    books.stopped().await;
    assert_eq!(system.dead_letters()[0].take::<BooksBook>().unwrap().cents, 5);
}

#[actor_core::test(paused)]
async fn a_timeout_takes_back_also_what_is_always_run(system: TestSystem) {
    let books = system.build(Books::default()).mailbox(Mailbox::bounded(1)).spawn().unwrap();
    let (open, waiting) = gate();
    books.hold(waiting).tell().await.unwrap();
    system.settle().await;
    let (queued, outside) = tokio::join!(books.book(1).timeout(SOON), books.book(2).timeout(SOON));
    assert!(matches!(queued, Err(AskError::Timeout { phase: Phase::Queued, .. })));
    assert!(matches!(outside, Err(AskError::Timeout { phase: Phase::Admission, .. })));
    open.send(()).unwrap();
    assert_eq!(books.all().await.unwrap(), []);
}

#[actor_core::test(paused)]
async fn asking_one_that_has_ended_gives_the_message_and_the_reason_back(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    worker.crash().await.unwrap_err();
    worker.stopped().await;
    let error = worker.note(7).await.unwrap_err();
    assert!(error.to_string().contains("on purpose"), "{error}");
    let AskError::Undelivered(message, Undelivered::Closed(StopReason::Panicked(_))) = error else {
        panic!("{error}")
    };
    assert_eq!(message.into_inner().n, 7);
}

#[actor_core::test(paused)]
async fn an_asker_hears_when_the_handler_is_killed(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (_open, waiting) = gate();
    let asked = tokio::spawn(worker.hold(waiting).owned().into_future());
    system.settle().await;
    worker.kill();
    let error = asked.await.unwrap().unwrap_err();
    assert!(matches!(error, AskError::Unanswered(Unanswered::Killed)));
}

#[actor_core::test(workers = 2)]
async fn plain_threads_ask_and_tell_by_blocking(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let thread = std::thread::spawn(move || {
        worker.note(1).blocking().unwrap();
        worker.blocking_tell(crate::kit::WorkerNote { n: 2 }).unwrap();
        worker.note(3).tell().blocking().unwrap();
        worker.blocking_ask(crate::kit::WorkerSeen).unwrap()
    });
    let seen = tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap();
    assert_eq!(seen, [1, 2, 3]);
}

#[actor_core::test(paused)]
async fn requests_are_ordered_by_their_first_poll_and_not_by_their_making(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (one, two) = (worker.note(1).tell(), worker.note(2).tell());
    two.await.unwrap();
    one.await.unwrap();
    assert_eq!(worker.seen().await.unwrap(), [2, 1]);
}

/// Outside the test kit, where the system has a clock of its own that ticks.
fn on_a_paused_clock<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(future)
}

#[test]
fn a_default_timeout_is_never_early_and_at_most_200_ms_late_wherever_the_clock_stands() {
    on_a_paused_clock(async {
        let system = System::new("coarse");
        let worker = system.spawn(Worker::default());
        for before in [0, 1, 37, 79, 80, 81, 500] {
            tokio::time::advance(Duration::from_millis(before)).await;
            let (_open, waiting) = gate();
            let begun = tokio::time::Instant::now();
            worker.hold(waiting).await.unwrap_err();
            let waited = begun.elapsed();
            assert!((5_000..=5_200).contains(&waited.as_millis()), "{before}: {waited:?}");
        }
        system.shutdown().await;
    });
}

#[test]
fn an_exact_timeout_that_is_long_is_exact() {
    on_a_paused_clock(async {
        let system = System::new("exact");
        let worker = system.spawn(Worker::default());
        for after in [1_000, 319, 320, 321, 1_003, 5_000, 60_001].map(Duration::from_millis) {
            let (_open, waiting) = gate();
            let begun = tokio::time::Instant::now();
            worker.hold(waiting).timeout(after).await.unwrap_err();
            assert_eq!(begun.elapsed(), after);
        }
        let (open, waiting) = gate();
        let asked = tokio::spawn(worker.hold(waiting).owned().timeout(Duration::from_secs(5)).into_future());
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_millis(4_999)).await;
        open.send(()).unwrap();
        asked.await.unwrap().unwrap();
        system.shutdown().await;
    });
}

#[test]
fn an_exact_timeout_is_exact_though_the_clock_jumps() {
    on_a_paused_clock(async {
        let system = System::new("jump");
        let worker = system.spawn(Worker::default());
        let (_open, waiting) = gate();
        // From here on the coarse clock ticks.
        let other = tokio::spawn(worker.hold(waiting).owned().into_future());
        tokio::time::advance(Duration::from_secs(1)).await;
        let an_hour = Duration::from_secs(3_600);
        let begun = tokio::time::Instant::now();
        let asked = tokio::spawn(worker.note(1).owned().timeout(an_hour).into_future());
        tokio::task::yield_now().await;
        tokio::time::advance(an_hour).await;
        asked.await.unwrap().unwrap_err();
        assert_eq!(begun.elapsed(), an_hour);
        other.await.unwrap().unwrap_err();
        system.shutdown().await;
    });
}

#[test]
fn an_exact_timeout_ends_although_the_actors_runtime_stands_still() {
    struct Blocking;

    #[actor]
    impl Blocking {
        #[handler]
        fn wait(&mut self, gate: std::sync::mpsc::Receiver<()>) {
            let _ = gate.recv();
        }
    }

    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let _inside = runtime.enter();
    let system = System::new("blocked");
    let actor = system.spawn(Blocking);
    // By now the system's clock ticks.
    for _ in 0..2 {
        let (open, gate) = std::sync::mpsc::channel();
        drop(open);
        runtime.block_on(actor.wait(gate).into_future()).unwrap();
    }
    let asking = std::thread::spawn(move || {
        let here = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        here.block_on(async {
            let (open, gate) = std::sync::mpsc::channel();
            let error = actor.wait(gate).timeout(Duration::from_millis(350)).await.unwrap_err();
            drop(open);
            error
        })
    });
    let error = asking.join().unwrap();
    assert!(matches!(error, AskError::Timeout { phase: Phase::Running, .. }), "{error:?}");
    runtime.block_on(system.shutdown());
}
