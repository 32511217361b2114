//! Foreign code at its worst: destructors, wakers and logs that panic, threads that do not come back, runtimes that end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::task::{Wake, Waker};

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{AdminError, Status};
use tokio::sync::oneshot;

use crate::kit::{Diary, Worker, by_hand, gate, kind};

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("bomb");
        }
    }
}

impl Handler<Bomb> for Worker {
    type Reply = ();
    async fn handle(&mut self, bomb: Bomb, _ctx: &mut Context<Self>) {
        std::mem::forget(bomb);
    }
}

#[test]
fn a_message_that_panics_when_it_is_dropped_does_not_keep_its_actor_from_ending() {
    by_hand(async |system| {
        let worker = system.spawn(Worker::default());
        let (open, waiting) = gate();
        worker.hold(waiting).tell().await.unwrap();
        worker.tell(Bomb).await.unwrap();
        worker.stop();
        drop(open);
        assert_eq!(kind(&worker.stopped().await), "normal");
    });
}

#[test]
fn a_skipped_ask_that_panics_when_it_is_dropped_harms_nobody() {
    by_hand(async |system| {
        let worker = system.spawn(Worker::default());
        let (open, waiting) = gate();
        worker.hold(waiting).tell().await.unwrap();
        let mut asked = Box::pin(worker.ask(Bomb).into_future());
        assert!(
            std::future::poll_fn(|cx| std::task::Poll::Ready(asked.as_mut().poll(cx))).await.is_pending()
        );
        drop(asked);
        drop(open);
        assert_eq!(worker.note(1).await.unwrap(), 1);
    });
}

#[test]
fn a_bomb_in_the_mailbox_of_a_stuck_actor_does_not_stop_the_watchdog() {
    by_hand(async |system| {
        let (release, blocked) = mpsc::channel();
        let (begun, has_begun) = gate();
        let stuck = system.spawn(Worker::default());
        stuck.block(begun, blocked).tell().await.unwrap();
        has_begun.await.unwrap();
        stuck.tell(Bomb).await.unwrap();
        stuck.kill();
        while !matches!(stuck.status(), Status::Stuck) || stuck.queue_len() > 0 {
            tokio::task::yield_now().await;
        }
        // Somebody else's stop is still bounded.
        let policy = Shutdown::After(Duration::from_millis(20));
        let other = system.build(Worker::default()).shutdown(policy).start().await.unwrap();
        let (_open, waiting) = gate();
        other.hold(waiting).tell().await.unwrap();
        while other.queue_len() > 0 {
            tokio::task::yield_now().await;
        }
        other.stop();
        assert_eq!(kind(&other.stopped().await), "killed");
        drop(release);
        stuck.stopped().await;
    });
}

#[actor_core::test(paused)]
async fn an_asker_hears_when_the_handlers_future_panics_in_its_drop(system: TestSystem) {
    struct Trap;
    impl Actor for Trap {}
    impl Handler<()> for Trap {
        type Reply = ();
        async fn handle(&mut self, (): (), _ctx: &mut Context<Self>) {
            let _bomb = Bomb;
            std::future::pending().await
        }
    }
    let trap = system.spawn(Trap);
    let asked = tokio::spawn(trap.ask(()).owned().into_future());
    system.settle().await;
    trap.kill();
    assert!(matches!(asked.await.unwrap(), Err(AskError::Unanswered(_))));
}

#[actor_core::test(paused)]
async fn a_waker_that_panics_does_not_take_the_actor_along(system: TestSystem) {
    struct Angry;
    impl Wake for Angry {
        fn wake(self: Arc<Self>) {
            panic!("do not wake me");
        }
    }
    let worker = system.spawn(Worker::default());
    let (_open, waiting) = gate();
    let mut asked = Box::pin(worker.hold(waiting).into_future());
    let waker = Waker::from(Arc::new(Angry));
    assert!(asked.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending());
    system.settle().await;
    worker.kill();
    assert_eq!(kind(&worker.stopped().await), "killed");
}

#[actor_core::test(paused)]
async fn an_error_that_cannot_be_shown_does_not_keep_its_actor_from_ending(system: TestSystem) {
    #[derive(Debug)]
    struct Unspeakable;
    impl std::fmt::Display for Unspeakable {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("unspeakable");
        }
    }
    impl std::error::Error for Unspeakable {}
    struct Fails;
    impl Actor for Fails {
        async fn on_start(&mut self, ctx: &mut Context<Self>) -> Result<(), BoxError> {
            ctx.fail(Unspeakable);
            Ok(())
        }
    }
    let fails = system.spawn(Fails);
    assert_eq!(kind(&fails.stopped().await), "failed");
}

#[actor_core::test(paused)]
async fn an_actor_is_not_stuck_because_the_runtime_was_late(system: TestSystem) {
    system.allow_dead_letters();
    let worker = system.spawn(Worker::default());
    let (_open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    system.settle().await;
    worker.stop();
    // Past the grace and the second of a kill, in one go.
    system.advance(Duration::from_secs(10)).await;
    assert_eq!(kind(&worker.stopped().await), "killed");
    assert!(!system.happened().iter().any(|event| matches!(event, Event::Stuck { .. })));
}

#[test]
fn an_actor_that_was_stuck_long_before_is_in_the_shutdown_report() {
    by_hand(async |system: System| {
        let (_release, blocked) = mpsc::channel();
        let worker = system.build(Worker::default()).name("w").spawn().unwrap();
        let (begun, has_begun) = gate();
        worker.block(begun, blocked).tell().await.unwrap();
        has_begun.await.unwrap();
        let mut events = system.events();
        worker.kill();
        while !matches!(events.recv().await.unwrap(), Event::Stuck { .. }) {}
        let report = system.shutdown().await;
        assert!(!report.is_clean());
        assert!(report.to_string().contains("/w is stuck and was left behind"), "{report}");
    });
}

#[test]
fn who_asks_an_actor_of_a_runtime_that_ends_hears_of_it() {
    let build =
        || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (theirs, ours) = (build(), build());
    let worker = theirs.block_on(async { System::new("mortal").spawn(Worker::default()) });
    let (_open, waiting) = gate();
    ours.block_on(worker.hold(waiting).tell()).unwrap();
    let asked = ours.spawn(worker.note(1).owned().into_future());
    while worker.queue_len() == 0 {
        std::thread::yield_now();
    }
    drop(theirs);
    assert!(ours.block_on(asked).unwrap().unwrap_err().into_message().is_some());
    assert!(matches!(worker.note(2).try_tell(), Err(TellError::Closed(_, StopReason::Killed))));
    assert_eq!(kind(&ours.block_on(worker.stopped())), "killed");
}

#[test]
fn a_runtime_that_ends_leaves_nothing_behind() {
    struct Owned(#[expect(dead_code, reason = "held for its drop")] Arc<()>);
    impl Actor for Owned {}
    let token = Arc::new(());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let system = System::new("mortal");
        system.spawn(Owned(token.clone())).detach();
        drop(system.build(Owned(token.clone())).name("named").spawn().unwrap());
        let shared = token.clone();
        let child = Child::new("child", move || Owned(shared.clone()));
        Supervisor::one_for_one().child(child).start(&system).await.unwrap();
    });
    drop(runtime);
    assert_eq!(Arc::strong_count(&token), 1);
}

#[actor_core::test(paused)]
async fn who_starts_a_child_of_a_supervisor_that_ends_is_answered(system: TestSystem) {
    // A subscriber that does not read keeps dead letters for ever.
    let _events = system.events();
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let mut starting = Box::pin(dynamic.start_child(Child::new("w", Worker::default)));
    assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(starting.as_mut().poll(cx))).await.is_pending());
    dynamic.stop();
    dynamic.stopped().await;
    assert!(matches!(starting.await, Err(AdminError::Closed | AdminError::NotStarted { .. })));
}

#[actor_core::test(paused)]
async fn a_child_that_is_done_as_soon_as_it_is_up_has_been_started(system: TestSystem) {
    struct Job;
    impl Actor for Job {
        async fn on_start(&mut self, ctx: &mut Context<Self>) -> Result<(), BoxError> {
            ctx.stop();
            Ok(())
        }
    }
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let job = dynamic.start_child(Child::new("job", || Job)).await.unwrap();
    assert_eq!(kind(&job.stopped().await), "normal");
}

#[actor_core::test(paused)]
async fn an_order_to_stop_bounds_handler_and_on_stop_together(system: TestSystem) {
    struct Slow;
    impl Actor for Slow {
        async fn on_stop(&mut self, _reason: &StopReason, _ctx: &mut Context<Self>) {
            tokio::time::sleep(Duration::from_secs(100)).await;
        }
    }
    impl Handler<Duration> for Slow {
        type Reply = ();
        async fn handle(&mut self, time: Duration, _ctx: &mut Context<Self>) {
            tokio::time::sleep(time).await;
        }
    }
    let slow = system.build(Slow).shutdown(Shutdown::After(Duration::from_secs(2))).spawn().unwrap();
    slow.tell(Duration::from_millis(1_900)).await.unwrap();
    system.settle().await;
    let begun = tokio::time::Instant::now();
    slow.stop();
    slow.stopped().await;
    assert_eq!(begun.elapsed(), Duration::from_secs(2));
}

#[actor_core::test(paused)]
async fn one_that_fails_and_is_too_slow_about_it_has_still_failed(system: TestSystem) {
    system.allow_dead_letters();
    struct Slow;
    impl Actor for Slow {}
    impl Handler<()> for Slow {
        type Reply = ();
        async fn handle(&mut self, (): (), ctx: &mut Context<Self>) {
            ctx.fail("disk");
            tokio::time::sleep(Duration::from_secs(100)).await;
        }
    }
    let slow = system.build(Slow).shutdown(Shutdown::After(Duration::from_secs(60))).spawn().unwrap();
    slow.tell(()).await.unwrap();
    let begun = tokio::time::Instant::now();
    assert_eq!(slow.stopped().await.to_string(), "failed: disk");
    assert_eq!(begun.elapsed(), Duration::from_secs(60));
}

#[actor_core::test(paused)]
async fn on_stop_runs_after_a_drain_also_for_one_that_is_killed_rather_than_stopped(system: TestSystem) {
    struct Tidy(Diary);
    impl Actor for Tidy {
        async fn on_stop(&mut self, _reason: &StopReason, _ctx: &mut Context<Self>) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            self.0.note("tidied");
        }
    }
    let diary = Diary::default();
    let tidy = system.build(Tidy(diary.clone())).shutdown(Shutdown::Kill).spawn().unwrap();
    tidy.drain();
    tidy.stopped().await;
    assert_eq!(diary.lines(), ["tidied"]);
}

#[actor_core::test(paused)]
async fn a_panic_where_an_interval_makes_its_message_is_an_event(system: TestSystem) {
    struct Ticks;
    impl Actor for Ticks {
        async fn on_start(&mut self, ctx: &mut Context<Self>) -> Result<(), BoxError> {
            let _ = ctx.send_interval(Duration::from_secs(1), || -> () { panic!("no message") });
            let _ = ctx.send_interval(Duration::MAX, || ());
            Ok(())
        }
    }
    impl Handler<()> for Ticks {
        type Reply = ();
        async fn handle(&mut self, (): (), _ctx: &mut Context<Self>) {}
    }
    let ticks = system.spawn(Ticks);
    system.advance(Duration::from_secs(2)).await;
    assert!(system.trace().iter().any(|line| line.contains("no message") && line.contains("timer")));
    assert!(matches!(ticks.status(), Status::Running));
}

#[actor_core::test(paused)]
async fn a_name_is_free_before_the_leftovers_are_reported(system: TestSystem) {
    struct Looks(System, Arc<AtomicBool>);
    impl Drop for Looks {
        fn drop(&mut self) {
            self.1.store(self.0.lookup::<Worker>("w").is_ok(), Ordering::Relaxed);
        }
    }
    impl Handler<Looks> for Worker {
        type Reply = ();
        async fn handle(&mut self, _: Looks, _ctx: &mut Context<Self>) {}
    }
    let taken = Arc::new(AtomicBool::new(false));
    let worker = system.build(Worker::default()).name("w").spawn().unwrap();
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    worker.tell(Looks(System::clone(&system), taken.clone())).await.unwrap();
    worker.stop();
    drop(open);
    worker.stopped().await;
    drop(system.dead_letters().pop().and_then(|letter| letter.take::<Looks>()));
    assert!(!taken.load(Ordering::Relaxed));
}

#[actor_core::test(workers = 2)]
async fn a_child_of_an_older_incarnation_of_its_supervisor_means_nothing_to_the_next(system: TestSystem) {
    struct First {
        blocked: Option<(oneshot::Sender<()>, mpsc::Receiver<()>)>,
        slow: Option<oneshot::Receiver<()>>,
    }
    impl Actor for First {
        async fn on_start(&mut self, _ctx: &mut Context<Self>) -> Result<(), BoxError> {
            if let Some((begun, until)) = self.blocked.take() {
                let _ = begun.send(());
                let _ = until.recv();
            }
            if let Some(slow) = self.slow.take() {
                let _ = slow.await;
            }
            Ok(())
        }
    }
    let (release, blocked) = mpsc::channel();
    let (begun, has_begun) = gate();
    let (open, waiting) = gate();
    // The second incarnation blocks its thread; the third one, of the next supervisor, waits at a gate.
    let states = [
        First { blocked: None, slow: None },
        First { blocked: Some((begun, blocked)), slow: None },
        First { blocked: None, slow: Some(waiting) },
    ];
    let states = std::sync::Mutex::new(Vec::from(states).into_iter());
    let first = Child::new("first", move || states.lock().unwrap().next().ok_or("no more"));
    let nested = Supervisor::one_for_one()
        .child(first.shutdown(Shutdown::Kill))
        .child(Child::new("second", Worker::default));
    let tree = Supervisor::one_for_one().supervisor("nested", nested).start(&system).await.unwrap();
    let nested = tree.supervisor("nested").unwrap();
    let old: ActorRef<First> = nested.child("first").unwrap();
    old.kill();
    has_begun.await.unwrap();
    nested.stop();
    // The blocked one is left behind, and the supervisor starts again.
    while nested.child::<First>("first").is_ok_and(|first| first == old)
        || nested.child::<First>("first").is_err()
    {
        tokio::task::yield_now().await;
    }
    drop(release);
    old.stopped().await;
    assert!(nested.child::<Worker>("second").is_err(), "the first of the new ones is not up yet");
    open.send(()).unwrap();
    while nested.child::<Worker>("second").is_err() {
        tokio::task::yield_now().await;
    }
}

#[actor_core::test(workers = 2)]
async fn an_actor_that_blocks_its_thread_in_on_start_is_found_stuck_like_any_other(system: TestSystem) {
    struct Blocks(mpsc::Receiver<()>);
    impl Actor for Blocks {
        async fn on_start(&mut self, _ctx: &mut Context<Self>) -> Result<(), BoxError> {
            let _ = self.0.recv();
            Ok(())
        }
    }
    let (release, blocked) = mpsc::channel();
    let mut events = system.events();
    let blocks = system.spawn(Blocks(blocked));
    blocks.kill();
    while !matches!(events.recv().await.unwrap(), Event::Stuck { .. }) {}
    drop(release);
    assert_eq!(kind(&blocks.stopped().await), "killed");
}
