//! Pekko, the typed `SupervisionSpec`, and of the classic suites `SupervisorSpec`, `RestartStrategySpec`,
//! `ActorLifeCycleSpec` and `TimerSpec`: what a restart does to the actor and to those around it.
//!
//! Left out:
//! - "resume when handled exception", "support nesting/flattening ... strategies", "stop when unhandled exception",
//!   "replace supervision when new returned behavior ...", "restart properly when same instance is returned": one answer
//!   to a crash, a new incarnation or none; it is not chosen by the type of the error, and the old state never goes on.
//! - "optionally NOT stop children when restarting": children belong to the incarnation (contract, section 7).
//! - "create underlying deferred behavior immediately", "not allow AbstractBehavior without setup", "detect
//!   AbstractBehavior with wrong ActorContext", "clear the behavior stack upon restart", "apply supervision to adapter
//!   function", "be able to recover from a DeathPactException": no behaviours that turn into others.
//! - "log ... when provided log level matches", "log at critical level after ...": the level is that of the event.
//! - "call-kill-call ...", "one-way kill ...": the same scenarios with other ways of sending.
//! - "not lose system messages when a NonFatal exception occurs when processing a system message": there are none that
//!   run user code.
//! - `maxNrOfRetries = -1` and `Duration.Inf`: no unbounded intensity; a large one stands in for it below.
//! - `SupervisorHierarchySpec`'s stress test: the property test against the reference model has its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{Status, Timer};

use crate::kit::{
    Chronicle, Diary, End, Habit, Latch, Worker, both_ways, child, child_with, flaky, kind, ms, occupy, secs,
};

/// A tree named `top` with a supervisor `nested` of this intensity, and its one child `w`.
async fn nested(
    system: &TestSystem,
    max_restarts: u32,
    within: Duration,
    child: Child<Worker>,
) -> ActorRef<Worker> {
    let nested = Supervisor::one_for_one().intensity(max_restarts, within).child(child);
    let tree = Supervisor::one_for_one().name("top").supervisor("nested", nested);
    tree.start(system).await.unwrap().supervisor("nested").unwrap().child("w").unwrap()
}

/// Pekko SupervisionSpec: default to stop when no strategy, stop when not supervised
#[test]
fn one_without_a_supervisor_ends_with_its_crash() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let worker = system.start(Worker::new("w", &diary)).await.unwrap();
        worker.crash().await.unwrap_err();
        assert_eq!(kind(&worker.stopped().await), "panicked");
        assert_eq!(diary.lines(), ["w started", "w stops: panicked"]);
    });
}

/// Pekko SupervisionSpec: stop when strategy is stop
#[test]
fn a_temporary_child_ends_with_its_crash() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let child = child("w", &diary).restart(Restart::Temporary);
        let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
        let worker: ActorRef<Worker> = tree.child("w").unwrap();
        worker.crash().await.unwrap_err();
        assert_eq!(kind(&worker.stopped().await), "panicked");
        assert_eq!(diary.lines(), ["w started", "w stops: panicked"]);
    });
}

/// Pekko SupervisionSpec: stop when strategy is stop - exception in setup
#[test]
fn a_child_that_does_not_come_up_the_first_time_is_not_tried_again() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(flaky("w", &diary, |start| start == 1));
        assert!(tree.start(&system).await.unwrap_err().to_string().contains("no luck"));
        assert_eq!(diary.lines(), ["w failed to start"]);
    });
}

/// Pekko SupervisionSpec: restart when handled exception
#[test]
fn a_restart_begins_with_fresh_state_behind_the_same_reference() {
    both_ways(async |system: TestSystem| {
        let mut chronicle = Chronicle::of(&system);
        let worker = nested(&system, 1_000, secs(1), child("w", &Diary::default())).await;
        assert_eq!(chronicle.started("/top/nested/w").await, 1);
        for (end, epoch) in End::NORMAL.into_iter().chain(End::ABNORMAL).zip(2..) {
            assert_eq!(worker.note(1).await.unwrap(), 1);
            end.of(&worker).await;
            assert_eq!(chronicle.started("/top/nested/w").await, epoch, "after {end:?}");
            assert_eq!(worker.seen().await.unwrap(), [], "after {end:?}");
        }
    });
}

/// Pekko SupervisionSpec: stop when restart limit is hit
#[test]
fn the_restart_that_is_one_too_many_does_not_happen() {
    both_ways(async |system: TestSystem| {
        let mut chronicle = Chronicle::of(&system);
        let diary = Diary::default();
        let worker = nested(&system, 2, secs(3_600), child("w", &diary)).await;
        for _ in 0..3 {
            worker.crash().await.unwrap_err();
        }
        assert_eq!(kind(&worker.stopped().await), "panicked");
        assert_eq!(worker.epoch(), 3);
        // The supervisor above starts the whole anew.
        chronicle.stopped("/top/nested/w").await;
        assert_eq!(chronicle.started("/top/nested/w").await, 1);
    });
}

/// Pekko SupervisionSpec: reset fixed limit after timeout; RestartStrategySpec: ensure that employee restarts after number of crashes not within time range
#[actor_core::test(paused)]
async fn restarts_that_lie_further_back_than_the_window_are_forgotten(system: TestSystem) {
    let worker = nested(&system, 2, ms(500), child("w", &Diary::default())).await;
    for round in 1..=4 {
        worker.crash().await.unwrap_err();
        worker.crash().await.unwrap_err();
        assert_eq!(worker.seen().await.unwrap(), []);
        assert_eq!(worker.epoch(), 1 + 2 * round);
        system.advance(ms(501)).await;
    }
}

/// Pekko RestartStrategySpec: ensure that employee stays dead after max restarts within time range
#[actor_core::test(paused)]
async fn one_that_has_ended_stays_ended_also_when_the_window_has_passed(system: TestSystem) {
    let worker = nested(&system, 2, secs(1), child("w", &Diary::default())).await;
    for _ in 0..3 {
        worker.crash().await.unwrap_err();
    }
    worker.stopped().await;
    system.advance(secs(60)).await;
    assert!(matches!(worker.status(), Status::Stopped(StopReason::Panicked(_))));
    assert!(worker.note(1).try_tell().is_err());
}

/// Pekko RestartStrategySpec: ensure that employee is immortal without max restarts and time range
#[test]
fn with_an_intensity_that_is_not_reached_a_child_is_restarted_any_number_of_times() {
    both_ways(async |system: TestSystem| {
        let worker = nested(&system, u32::MAX, secs(3_600), child("w", &Diary::default())).await;
        for _ in 0..100 {
            worker.crash().await.unwrap_err();
        }
        assert_eq!(worker.note(1).await.unwrap(), 1);
        assert_eq!(worker.epoch(), 101);
    });
}

/// Pekko SupervisorSpec: not restart temporary actor
#[test]
fn a_temporary_child_is_started_once_whatever_ends_it() {
    both_ways(async |system: TestSystem| {
        for end in End::NORMAL.into_iter().chain(End::ABNORMAL) {
            let diary = Diary::default();
            let child = child("w", &diary).restart(Restart::Temporary);
            let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
            let worker: ActorRef<Worker> = tree.child("w").unwrap();
            end.of(&worker).await;
            assert_eq!(kind(&worker.stopped().await), end.kind());
            assert_eq!((diary.who("started").len(), worker.epoch()), (1, 1));
        }
    });
}

/// Pekko SupervisorSpec: start server for nested supervisor hierarchy, restart killed actors in nested supervisor hierarchy
#[test]
fn a_crash_deep_in_the_tree_is_repaired_there_and_felt_nowhere_else() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let lower = Supervisor::one_for_one().child(child("c", &diary)).child(child("d", &diary));
        let upper = Supervisor::one_for_one().child(child("b", &diary)).supervisor("lower", lower);
        let top = Supervisor::one_for_one().child(child("a", &diary)).supervisor("upper", upper);
        let top = top.start(&system).await.unwrap();
        let upper = top.supervisor("upper").unwrap();
        let lower = upper.supervisor("lower").unwrap();
        let [a, b, c, d]: [ActorRef<Worker>; 4] =
            [top.child("a"), upper.child("b"), lower.child("c"), lower.child("d")].map(Result::unwrap);
        for worker in [&a, &b, &c, &d] {
            worker.note(7).await.unwrap();
        }
        c.crash().await.unwrap_err();
        assert_eq!(c.seen().await.unwrap(), []);
        for worker in [&a, &b, &d] {
            assert_eq!((worker.seen().await.unwrap(), worker.epoch()), (vec![7], 1));
        }
        assert_eq!(diary.who("started"), ["a", "b", "c", "d", "c"]);
    });
}

/// Pekko SupervisorSpec: kill multiple actors OneForOne
#[test]
fn children_that_crash_together_are_each_restarted() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let names = ["a", "b", "c", "d"];
        let tree = names.iter().fold(Supervisor::one_for_one().intensity(4, secs(60)), |tree, name| {
            tree.child(child(name, &diary))
        });
        let tree = tree.start(&system).await.unwrap();
        let workers = names.map(|name| tree.child::<Worker>(name).unwrap());
        for worker in &workers {
            worker.crash().tell().await.unwrap();
        }
        for worker in &workers {
            assert_eq!(worker.note(1).await.unwrap(), 1);
            assert_eq!(worker.epoch(), 2);
        }
    });
}

/// Pekko SupervisorSpec: attempt restart when exception during restart
#[test]
fn a_restart_that_fails_is_tried_again_and_mail_waits_for_the_one_that_succeeds() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let worker = nested(&system, 3, secs(60), flaky("w", &diary, |start| start == 2 || start == 3)).await;
        worker.crash().tell().await.unwrap();
        assert_eq!(worker.note(1).await.unwrap(), 1);
        assert_eq!(
            diary.lines(),
            ["w started", "w stops: panicked", "w failed to start", "w failed to start", "w started"]
        );
    });
}

/// Pekko ActorLifeCycleSpec: invoke preRestart, preStart, postRestart when using OneForOneStrategy
#[test]
fn the_stop_hook_of_the_old_one_has_finished_before_the_start_hook_of_the_new_one_begins() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let latch = Latch::closed();
        let habit = Habit::Latched(latch.clone());
        let worker = nested(&system, 3, secs(60), child_with("w", &diary, habit)).await;
        worker.crash().await.unwrap_err();
        latch.crowd(1).await;
        assert_eq!(diary.lines(), ["w started", "w stops: panicked"]);
        latch.open();
        worker.seen().await.unwrap();
        assert_eq!(diary.lines(), ["w started", "w stops: panicked", "w started"]);
    });
}

/// Pekko ActorLifeCycleSpec: not invoke preRestart and postRestart when never restarted using OneForOneStrategy
#[test]
fn a_child_that_is_never_restarted_starts_once_and_stops_once() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let worker = nested(&system, 3, secs(60), child("w", &diary)).await;
        worker.note(1).await.unwrap();
        system.shutdown().await;
        assert_eq!(diary.lines(), ["w started", "w stops: shutdown"]);
        assert_eq!(worker.epoch(), 1);
    });
}

/// Pekko ActorLifeCycleSpec: log failures in postStop
#[test]
fn a_panic_in_the_stop_hook_is_reported_and_the_restart_goes_on() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let worker = nested(&system, 3, secs(60), child_with("w", &diary, Habit::Sour)).await;
        worker.crash().await.unwrap_err();
        assert_eq!(worker.note(1).await.unwrap(), 1);
        let in_hook = |event: &Event| matches!(event, Event::Panicked { place: "on_stop", .. });
        assert_eq!(system.happened().iter().filter(|event| in_hook(event)).count(), 1);
    });
}

/// Pekko ActorLifeCycleSpec: not break supervisor strategy due to unhandled exception in preStart
#[test]
fn a_panic_in_the_start_hook_is_a_failed_attempt_like_any_other() {
    struct Shaky(Arc<AtomicU32>);
    #[actor]
    impl Shaky {
        #[on_start]
        fn begin(&mut self) {
            let start = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            assert_ne!(start, 2, "on purpose");
        }
        #[handler]
        fn crash(&mut self) {
            panic!("on purpose");
        }
        #[handler]
        fn starts(&self) -> u32 {
            self.0.load(Ordering::Relaxed)
        }
    }
    both_ways(async |system: TestSystem| {
        let starts = Arc::new(AtomicU32::new(0));
        let tree = Supervisor::one_for_one().child(Child::new("shaky", move || Shaky(starts.clone())));
        let shaky: ActorRef<Shaky> = tree.start(&system).await.unwrap().child("shaky").unwrap();
        shaky.crash().await.unwrap_err();
        assert_eq!(shaky.starts().await.unwrap(), 3);
        assert_eq!(shaky.epoch(), 3);
    });
}

/// Pekko SupervisionSpec: ensure unhandled message retention during unstash exception when restart
#[test]
fn mail_behind_the_message_that_crashed_keeps_its_order_over_two_restarts_and_nothing_is_lost() {
    both_ways(async |system: TestSystem| {
        let worker = nested(&system, 3, secs(60), child("w", &Diary::default())).await;
        let latch = Latch::closed();
        occupy(&worker, &latch).await;
        worker.crash().tell().await.unwrap();
        worker.note(1).tell().await.unwrap();
        worker.note(2).tell().await.unwrap();
        worker.crash().tell().await.unwrap();
        for n in 3..10 {
            worker.note(n).tell().await.unwrap();
        }
        latch.open();
        assert_eq!(worker.seen().await.unwrap(), Vec::from_iter(3..10));
        assert_eq!(worker.epoch(), 3);
        // The two that crashed are consumed and reported; the rest was handled.
        assert_eq!(system.dead_letters().len(), 2, "{:?}", system.trace());
    });
}

/// Pekko SupervisionSpec: ensure stash message retention on start exception when restart
#[test]
fn mail_waits_out_a_restart_whose_start_fails() {
    both_ways(async |system: TestSystem| {
        let worker = nested(&system, 3, secs(60), flaky("w", &Diary::default(), |start| start == 2)).await;
        let latch = Latch::closed();
        occupy(&worker, &latch).await;
        worker.crash().tell().await.unwrap();
        for n in 1..10 {
            worker.note(n).tell().await.unwrap();
        }
        latch.open();
        assert_eq!(worker.seen().await.unwrap(), Vec::from_iter(1..10));
        assert_eq!(worker.epoch(), 3);
    });
}

/// Pekko SupervisionSpec: handle exceptions from different message type
#[test]
fn a_crash_at_any_of_its_messages_restarts_an_actor() {
    struct Two;
    impl Actor for Two {}
    impl Handler<u8> for Two {
        type Reply = ();
        async fn handle(&mut self, _: u8, _ctx: &mut Context<Self>) {
            panic!("a number");
        }
    }
    impl Handler<&'static str> for Two {
        type Reply = ();
        async fn handle(&mut self, _: &'static str, _ctx: &mut Context<Self>) {
            panic!("a text");
        }
    }
    both_ways(async |system: TestSystem| {
        let mut chronicle = Chronicle::of(&system);
        let tree = Supervisor::one_for_one().name("top").child(Child::new("two", || Two));
        let two: ActorRef<Two> = tree.start(&system).await.unwrap().child("two").unwrap();
        chronicle.started("/top/two").await;
        two.ask(1).await.unwrap_err();
        assert_eq!(chronicle.started("/top/two").await, 2);
        two.ask("one").await.unwrap_err();
        assert_eq!(chronicle.started("/top/two").await, 3);
    });
}

/// Pekko TimerSpec: discard TimerMsg on restart
#[actor_core::test(paused)]
async fn timers_of_the_old_incarnation_are_silent_in_the_new_one(system: TestSystem) {
    struct Clock {
        ticks: u32,
        timer: Option<Timer>,
    }
    #[actor]
    impl Clock {
        #[handler]
        fn set(&mut self, ctx: &mut Context<Self>) {
            self.timer = Some(ctx.send_interval(ms(10), || ClockTick));
        }
        #[handler]
        fn tick(&mut self) {
            self.ticks += 1;
        }
        #[handler]
        fn ticks(&self) -> u32 {
            self.ticks
        }
        #[handler]
        fn crash(&mut self) {
            panic!("on purpose");
        }
    }
    let tree = Supervisor::one_for_one().child(Child::new("clock", || Clock { ticks: 0, timer: None }));
    let clock: ActorRef<Clock> = tree.start(&system).await.unwrap().child("clock").unwrap();
    clock.set().await.unwrap();
    system.advance(ms(10)).await;
    assert_eq!(clock.ticks().await.unwrap(), 1);
    clock.crash().await.unwrap_err();
    system.advance(ms(1_000)).await;
    assert_eq!(clock.ticks().await.unwrap(), 0);
    clock.set().await.unwrap();
    system.advance(ms(10)).await;
    assert_eq!(clock.ticks().await.unwrap(), 1);
}
