//! Contract, section 5: hooks, and the stop ladder step by step.

use std::sync::mpsc;

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{Event, Status, TellError, Undelivered};

use crate::kit::{Diary, Log, Worker, gate, kind};

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Takes its time in every hook, and says when it got there.
struct Slow {
    diary: Diary,
    start: Duration,
    stop: Duration,
}

#[actor]
impl Slow {
    #[on_start]
    async fn begin(&mut self) {
        tokio::time::sleep(self.start).await;
        self.diary.note("started");
    }

    #[on_stop]
    async fn finish(&mut self, reason: &StopReason) {
        self.diary.note(format!("stopping: {}", kind(reason)));
        tokio::time::sleep(self.stop).await;
        self.diary.note("stopped");
    }

    #[handler]
    async fn work(&mut self, time: Duration) {
        tokio::time::sleep(time).await;
        self.diary.note("worked");
    }

    #[handler]
    async fn work_until_stopped(&mut self, ctx: &mut Context<Self>) {
        ctx.stopping().await;
        self.diary.note("noticed");
    }

    #[handler]
    fn boom(&mut self) {
        panic!("on purpose");
    }
}

fn slow(diary: &Diary, start: Duration, stop: Duration) -> Slow {
    Slow { diary: diary.clone(), start, stop }
}

#[actor_core::test(paused)]
async fn drain_handles_what_is_accepted_and_refuses_the_rest(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    worker.note(1).tell().await.unwrap();
    worker.drain();
    assert!(matches!(worker.note(2).try_tell(), Err(TellError::Closed(_, StopReason::Normal))));
    open.send(()).unwrap();
    assert_eq!(kind(&worker.stopped().await), "normal");
    assert!(system.dead_letters().is_empty());
}

#[actor_core::test(paused)]
async fn a_drain_that_takes_longer_than_five_seconds_becomes_a_stop_and_then_a_kill(system: TestSystem) {
    let diary = Diary::default();
    let actor = system.spawn(slow(&diary, Duration::ZERO, Duration::ZERO));
    actor.work(secs(100)).tell().await.unwrap();
    actor.work(secs(1)).tell().await.unwrap();
    system.settle().await;
    let begun = tokio::time::Instant::now();
    actor.drain();
    assert_eq!(kind(&actor.stopped().await), "killed");
    assert_eq!(begun.elapsed(), secs(10));
    assert_eq!(system.dead_letters().len(), 2, "the one that was cut short, and the one that was queued");
}

#[actor_core::test(paused)]
async fn stop_lets_the_message_at_hand_finish_and_reports_the_queue(system: TestSystem) {
    let diary = Diary::default();
    let actor = system.spawn(slow(&diary, Duration::ZERO, Duration::ZERO));
    actor.work(secs(3)).tell().await.unwrap();
    let queued = tokio::spawn(actor.work(secs(1)).owned().into_future());
    system.settle().await;
    actor.stop();
    assert!(matches!(actor.work(secs(1)).try_tell(), Err(TellError::Closed(..))));
    assert_eq!(kind(&actor.stopped().await), "normal");
    assert_eq!(diary.lines(), ["started", "worked", "stopping: normal", "stopped"]);
    let error = queued.await.unwrap().unwrap_err();
    assert!(matches!(error, AskError::Undelivered(_, Undelivered::Closed(StopReason::Normal))));
}

#[actor_core::test(paused)]
async fn a_stop_that_takes_longer_than_its_policy_becomes_a_kill_without_on_stop(system: TestSystem) {
    system.allow_dead_letters();
    let diary = Diary::default();
    let builder = system.build(slow(&diary, Duration::ZERO, Duration::ZERO));
    let actor = builder.shutdown(Shutdown::After(secs(2))).spawn().unwrap();
    actor.work(secs(100)).tell().await.unwrap();
    system.settle().await;
    let begun = tokio::time::Instant::now();
    actor.stop();
    assert_eq!(kind(&actor.stopped().await), "killed");
    assert_eq!(begun.elapsed(), secs(2));
    assert_eq!(diary.lines(), ["started"]);
}

#[actor_core::test(paused)]
async fn a_kill_drops_the_handler_at_its_await_and_skips_on_stop(system: TestSystem) {
    system.allow_dead_letters();
    let diary = Diary::default();
    let actor = system.spawn(slow(&diary, Duration::ZERO, Duration::ZERO));
    actor.work(secs(100)).tell().await.unwrap();
    system.settle().await;
    let begun = tokio::time::Instant::now();
    actor.kill();
    assert_eq!(kind(&actor.stopped().await), "killed");
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(diary.lines(), ["started"]);
}

#[actor_core::test(paused)]
async fn on_stop_that_overruns_five_seconds_is_dropped_and_the_reason_stays(system: TestSystem) {
    let diary = Diary::default();
    let actor = system.spawn(slow(&diary, Duration::ZERO, secs(100)));
    actor.work(Duration::ZERO).await.unwrap();
    let begun = tokio::time::Instant::now();
    actor.stop();
    assert_eq!(kind(&actor.stopped().await), "normal");
    assert_eq!(begun.elapsed(), secs(5));
    assert_eq!(diary.lines(), ["started", "worked", "stopping: normal"]);
}

#[actor_core::test(paused)]
async fn on_start_that_overruns_thirty_seconds_fails_without_on_stop(system: TestSystem) {
    let diary = Diary::default();
    let begun = tokio::time::Instant::now();
    let failed = system.start(slow(&diary, secs(100), Duration::ZERO)).await.unwrap_err();
    assert!(failed.to_string().ends_with("did not start within 30s"), "{failed}");
    assert_eq!(begun.elapsed(), secs(30));
    assert!(diary.lines().is_empty());
}

#[actor_core::test(paused)]
async fn a_panic_in_on_start_is_a_failed_start(system: TestSystem) {
    struct Broken;
    impl Actor for Broken {
        async fn on_start(&mut self, _ctx: &mut Context<Self>) -> Result<(), BoxError> {
            panic!("no luck")
        }
    }
    let failed = system.start(Broken).await.unwrap_err();
    assert!(failed.to_string().contains("did not start: panicked: no luck, at"), "{failed}");
}

#[actor_core::test(paused)]
async fn on_stop_runs_after_a_panic_with_that_reason(system: TestSystem) {
    let diary = Diary::default();
    let actor = system.spawn(slow(&diary, Duration::ZERO, Duration::ZERO));
    actor.boom().await.unwrap_err();
    actor.stopped().await;
    assert_eq!(diary.lines(), ["started", "stopping: panicked", "stopped"]);
}

#[actor_core::test(paused)]
async fn a_panic_in_on_stop_or_in_drop_is_contained_and_becomes_the_reason(system: TestSystem) {
    struct Sour {
        in_drop: bool,
    }
    impl Actor for Sour {
        async fn on_stop(&mut self, _reason: &StopReason, _ctx: &mut Context<Self>) {
            assert!(self.in_drop, "sour hook");
        }
    }
    impl Drop for Sour {
        fn drop(&mut self) {
            assert!(!self.in_drop, "sour drop");
        }
    }
    for in_drop in [false, true] {
        let sour = system.start(Sour { in_drop }).await.unwrap();
        sour.stop();
        assert_eq!(kind(&sour.stopped().await), "panicked");
    }
    let panics =
        system.happened().into_iter().filter(|event| matches!(event, Event::Panicked { .. })).count();
    assert_eq!(panics, 2);
}

#[actor_core::test(paused)]
async fn a_long_handler_can_select_on_stopping(system: TestSystem) {
    let diary = Diary::default();
    let actor = system.spawn(slow(&diary, Duration::ZERO, Duration::ZERO));
    actor.work_until_stopped().tell().await.unwrap();
    system.settle().await;
    assert_eq!(diary.lines(), ["started"]);
    actor.stop();
    actor.stopped().await;
    assert_eq!(diary.lines(), ["started", "noticed", "stopping: normal", "stopped"]);
}

#[actor_core::test(paused)]
async fn a_task_of_the_incarnation_ends_with_it_and_its_panic_harms_nobody(system: TestSystem) {
    struct Parent(Recipient<&'static str>);
    #[actor]
    impl Parent {
        #[handler]
        fn begin(&mut self, ctx: &mut Context<Self>) {
            ctx.spawn(async { panic!("in a task") });
            let out = self.0.clone();
            ctx.spawn(async move {
                tokio::time::sleep(secs(1)).await;
                out.tell("too late").await.unwrap();
            });
        }
    }
    let mut probe = system.probe();
    let parent = system.spawn(Parent(probe.recipient()));
    parent.begin().await.unwrap();
    system.settle().await;
    assert!(system.trace().iter().any(|line| line.contains("panicked: in a task")));
    assert!(matches!(parent.status(), Status::Running));
    parent.stop();
    parent.stopped().await;
    system.advance(secs(10)).await;
    assert_eq!(probe.try_recv(), None);
}

#[actor_core::test(workers = 2)]
async fn a_handler_that_blocks_its_thread_is_declared_stuck_and_everybody_goes_on(system: TestSystem) {
    system.allow_dead_letters();
    let (release, blocked) = mpsc::channel();
    let worker = system.spawn(Worker::default());
    let (begun, has_begun) = gate();
    worker.block(begun, blocked).tell().await.unwrap();
    has_begun.await.unwrap();
    worker.note(1).tell().await.unwrap();
    let mut events = system.events();
    worker.kill();
    loop {
        if let Event::Stuck { actor, .. } = events.recv().await.unwrap() {
            assert_eq!(actor.id, worker.id());
            break;
        }
    }
    assert!(matches!(worker.status(), Status::Stuck));
    assert!(matches!(events.recv().await.unwrap(), Event::DeadLetter(_)));
    assert!(matches!(worker.note(2).try_tell(), Err(TellError::Closed(..))));
    // The thread comes back after all.
    drop(release);
    assert_eq!(kind(&worker.stopped().await), "killed");
}

#[actor_core::test(workers = 3)]
async fn with_replace_stuck_a_successor_does_not_wait_for_the_thread(system: TestSystem) {
    let diary = Diary::default();
    let theirs = diary.clone();
    let child = Child::new("w", move || Worker::new("w", &theirs)).replace_stuck();
    let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    let mut events = system.events();
    let (release, blocked) = mpsc::channel();
    let (begun, has_begun) = gate();
    worker.block(begun, blocked).tell().await.unwrap();
    has_begun.await.unwrap();
    worker.note(1).tell().await.unwrap();
    worker.kill();
    while !matches!(events.recv().await.unwrap(), Event::Stuck { .. }) {}
    assert_eq!(worker.note(2).await.unwrap(), 2, "the successor has the mail, in order");
    assert_eq!(worker.epoch(), 2);
    // The thread comes back: what it belongs to is over, and takes nothing of the successor with it.
    assert!(!diary.lines().contains(&"w dropped".to_owned()));
    drop(release);
    while !diary.lines().contains(&"w dropped".to_owned()) {
        tokio::task::yield_now().await;
    }
    assert_eq!(worker.note(3).await.unwrap(), 3);
    assert_eq!(diary.lines(), ["w started", "w started", "w saw 1", "w saw 2", "w dropped", "w saw 3"]);
    assert!(matches!(worker.status(), Status::Running));
}

#[actor_core::test(workers = 2)]
async fn a_stuck_child_that_is_to_end_for_good_is_not_replaced(system: TestSystem) {
    let child = Child::new("w", Worker::default).replace_stuck().shutdown(Shutdown::Kill);
    let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    let (release, blocked) = mpsc::channel();
    let (begun, has_begun) = gate();
    worker.block(begun, blocked).tell().await.unwrap();
    has_begun.await.unwrap();
    tree.terminate_child("w").await.unwrap();
    assert!(matches!(worker.status(), Status::Stuck), "{}", worker.status());
    drop(release);
    assert_eq!(kind(&worker.stopped().await), "killed");
    assert_eq!(worker.epoch(), 1);
}

#[actor_core::test(paused)]
async fn shutdown_stops_in_reverse_start_order_and_reports(system: TestSystem) {
    let diary = Diary::default();
    let _one = system.spawn(Worker::new("one", &diary));
    let _two = system.spawn(Worker::new("two", &diary));
    system.settle().await;
    let report = system.shutdown().await;
    assert_eq!(
        diary.lines(),
        [
            "one started",
            "two started",
            "two stops: shutdown",
            "two dropped",
            "one stops: shutdown",
            "one dropped"
        ]
    );
    assert_eq!(report.to_string(), "2 actors stopped in 0ns");
    assert_eq!(system.shutdown().await.stopped, 2, "a second call waits for the same report");
}

#[test]
fn shutdown_names_who_was_slow_and_who_was_killed() {
    // By hand, since the test kit asks for a clean shutdown.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let system = System::new("slow");
        let diary = Diary::default();
        let lazy = system.build(slow(&diary, Duration::ZERO, secs(2))).name("lazy").start().await.unwrap();
        let deaf =
            system.build(slow(&diary, Duration::ZERO, Duration::ZERO)).name("deaf").start().await.unwrap();
        deaf.work(secs(1_000)).tell().await.unwrap();
        let report = system.shutdown().await;
        assert_eq!(
            report.to_string(),
            "2 actors stopped in 7s; /deaf took 5s; /lazy took 2s; /deaf was killed"
        );
        drop((lazy, deaf));
    });
}

#[test]
fn shutdown_has_one_clock_of_thirty_seconds_over_all() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let system = System::new("deaf");
        let diary = Diary::default();
        let mut deaf = Vec::new();
        for _ in 0..20 {
            let one = system.start(slow(&diary, Duration::ZERO, Duration::ZERO)).await.unwrap();
            one.work(secs(1_000)).tell().await.unwrap();
            deaf.push(one);
        }
        let report = system.shutdown().await;
        assert_eq!(report.took, secs(30));
        assert_eq!(report.killed.len(), 20);
        assert!(!report.is_clean());
    });
}

#[test]
fn a_system_needs_a_runtime_and_says_so() {
    let panic = std::panic::catch_unwind(|| System::new("nowhere")).unwrap_err();
    assert!(panic.downcast_ref::<&str>().unwrap().contains("needs a tokio runtime"));
}

#[cfg(unix)]
#[actor_core::test]
async fn a_signal_ends_the_system_in_order(system: TestSystem) {
    let diary = Diary::default();
    let _worker = system.start(Worker::new("w", &diary)).await.unwrap();
    let mut running = Box::pin(system.run_until_signal());
    // The first poll installs the handlers; from then on the signal does not end the process.
    assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(running.as_mut().poll(cx))).await.is_pending());
    let pid = std::process::id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let report = running.await.unwrap();
    assert!(report.is_clean());
    assert_eq!(diary.lines().last().unwrap(), "w dropped");
}

#[test]
fn a_system_dropped_without_shutdown_says_so_in_the_log() {
    let log = Diary::default();
    tracing::subscriber::with_default(Log(log.clone()), || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let system = System::new("forgotten");
            let handle = system.clone();
            let _worker = system.spawn(Worker::default());
            drop(system);
            assert!(log.lines().is_empty(), "one handle is left");
            drop(handle);
        });
    });
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].contains("system dropped without shutdown") && lines[0].contains("forgotten"),
        "{lines:?}"
    );
}

#[test]
fn a_crash_is_in_the_log_as_an_error_with_path_reason_and_message_type() {
    let log = Diary::default();
    tracing::subscriber::with_default(Log(log.clone()), || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let system = System::new("logged");
            let worker = system.build(Worker::default()).name("clerk").spawn().unwrap();
            worker.crash().await.unwrap_err();
            system.shutdown().await;
        });
    });
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    for part in ["actor crashed", "actor=/clerk", "on purpose", "kit.rs:", "message_type", "WorkerCrash"] {
        assert!(lines[0].contains(part), "{part} is not in {lines:?}");
    }
}
