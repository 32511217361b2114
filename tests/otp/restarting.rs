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
        system.allow_dead_letters();
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
        system.allow_dead_letters();
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
        system.allow_dead_letters();
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

/// Has children of its own, as many as it is told, and may fail to start behind them.
struct Family {
    diary: Diary,
    starts: Arc<AtomicU32>,
    /// Children that `on_start` spawns.
    born: u32,
    fails: fn(u32) -> bool,
    down: Vec<&'static str>,
}

#[actor]
impl Family {
    #[on_start]
    fn begin(&mut self, ctx: &mut Context<Self>) -> Result<(), BoxError> {
        let start = self.starts.fetch_add(1, Ordering::Relaxed) + 1;
        self.diary.note("family starts");
        for _ in 0..self.born {
            ctx.spawn_child(Worker::new("child", &self.diary));
        }
        if (self.fails)(start) { Err("no luck".into()) } else { Ok(()) }
    }

    #[on_stop]
    fn finish(&mut self) {
        self.diary.note("family stops");
    }

    #[handler]
    fn grow(&mut self, name: &'static str, habit: Habit, ctx: &mut Context<Self>) -> ActorRef<Worker> {
        let child = ctx.spawn_child(Worker::with(name, &self.diary, habit));
        ctx.watch(&child);
        child
    }

    #[handler]
    fn down(&self) -> Vec<&'static str> {
        self.down.clone()
    }

    #[handler]
    fn crash(&mut self) {
        panic!("on purpose");
    }
}

impl Handler<Down> for Family {
    type Reply = ();
    async fn handle(&mut self, down: Down, _ctx: &mut Context<Self>) {
        self.down.push(kind(&down.reason));
    }
}

fn family(diary: &Diary, born: u32, fails: fn(u32) -> bool) -> Child<Family> {
    let (diary, starts) = (diary.clone(), Arc::new(AtomicU32::new(0)));
    Child::new("family", move || Family {
        diary: diary.clone(),
        starts: starts.clone(),
        born,
        fails,
        down: Vec::new(),
    })
}

/// Pekko SupervisionSpec: stop children when restarting
#[test]
fn a_restart_stops_the_children_in_reverse_before_the_next_incarnation_starts_and_they_stay_gone() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(family(&diary, 0, |_| false));
        let family: ActorRef<Family> = tree.start(&system).await.unwrap().child("family").unwrap();
        let latch = Latch::closed();
        let one = family.grow("one", Habit::Latched(latch.clone())).await.unwrap();
        let two = family.grow("two", Habit::Willing).await.unwrap();
        one.seen().await.unwrap();
        two.seen().await.unwrap();
        diary.take();
        family.crash().await.unwrap_err();
        latch.crowd(1).await;
        // The question waits for the next incarnation, and that for the children.
        let asked = tokio::spawn(family.down().owned().into_future());
        assert_eq!(diary.lines(), ["two stops: shutdown", "one stops: shutdown"]);
        latch.open();
        assert!(asked.await.unwrap().unwrap().is_empty());
        assert_eq!(
            diary.lines(),
            ["two stops: shutdown", "one stops: shutdown", "family stops", "family starts"]
        );
        assert_eq!(kind(&one.stopped().await), "shutdown");
        assert_eq!(system.stats().actors, 2, "the supervisor and the parent");
    });
}

/// Pekko SupervisionSpec: stop children when backoff
#[actor_core::test(paused)]
async fn before_a_backoff_the_children_are_stopped_at_once(system: TestSystem) {
    let diary = Diary::default();
    let backoff = actor_core::Backoff::exponential(secs(1), secs(1));
    let tree = Supervisor::one_for_one().child(family(&diary, 2, |_| false).backoff(backoff));
    let family: ActorRef<Family> = tree.start(&system).await.unwrap().child("family").unwrap();
    system.settle().await;
    diary.take();
    family.crash().await.unwrap_err();
    system.settle().await;
    assert_eq!(diary.take(), ["child stops: shutdown", "child stops: shutdown", "family stops"]);
    system.advance(secs(1)).await;
    assert_eq!(diary.take(), ["family starts", "child started", "child started"]);
}

/// Pekko SupervisionSpec: stop children when restart (with limit) from exception in first setup
#[test]
fn a_start_that_fails_behind_its_first_children_stops_them_again() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(family(&diary, 2, |_| true));
        let error = tree.start(&system).await.unwrap_err().to_string();
        assert!(error.contains("no luck"), "{error}");
        let lines = diary.lines();
        assert_eq!(diary.who("child started").len(), diary.who("child stops: shutdown").len(), "{lines:?}");
        assert!(!lines.contains(&"family stops".to_owned()), "it never was up: {lines:?}");
    });
}

/// Pekko SupervisionSpec: stop children when restart (with limit) from exception in later setup
#[test]
fn a_restart_that_fails_behind_its_first_children_stops_them_before_it_is_tried_again() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(family(&diary, 1, |start| start == 2));
        let family: ActorRef<Family> = tree.start(&system).await.unwrap().child("family").unwrap();
        family.crash().await.unwrap_err();
        family.down().await.unwrap();
        assert_eq!(family.epoch(), 3);
        // One child at a time: each has stopped before the next is born.
        let starts = diary.lines().iter().filter(|line| *line == "family starts").count();
        assert_eq!(starts, 3);
        let mut alive = 0;
        for line in diary.lines() {
            match &*line {
                "child started" => alive += 1,
                "child stops: shutdown" => alive -= 1,
                _ => {}
            }
            assert!((0..=1).contains(&alive), "{:?}", diary.lines());
        }
        assert_eq!(system.stats().actors, 3);
    });
}

/// Pekko SupervisionSpec: stop children when restarting second time during unstash
#[test]
fn children_of_an_incarnation_that_lives_for_one_message_are_stopped_too() {
    both_ways(async |system: TestSystem| {
        system.allow_dead_letters();
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(family(&diary, 0, |_| false));
        let family: ActorRef<Family> = tree.start(&system).await.unwrap().child("family").unwrap();
        let one = family.grow("one", Habit::Willing).await.unwrap();
        family.crash().tell().await.unwrap();
        let grown = tokio::spawn(family.grow("two", Habit::Willing).owned().into_future());
        while family.epoch() == 1 {
            tokio::task::yield_now().await;
        }
        let two = grown.await.unwrap().unwrap();
        family.crash().tell().await.unwrap();
        family.down().await.unwrap();
        assert_eq!(kind(&one.stopped().await), "shutdown");
        assert_eq!(kind(&two.stopped().await), "shutdown");
        assert_eq!((family.epoch(), system.stats().actors), (3, 2));
    });
}

/// Pekko WatchSpec: notify a parent of child termination because of failure
#[test]
fn a_parent_that_watches_its_child_hears_why_it_failed_and_goes_on() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(family(&diary, 0, |_| false));
        let family: ActorRef<Family> = tree.start(&system).await.unwrap().child("family").unwrap();
        for (n, end) in (1..).zip(End::NORMAL.into_iter().chain(End::ABNORMAL)) {
            let child = family.grow("child", Habit::Willing).await.unwrap();
            end.of(&child).await;
            child.stopped().await;
            let down = family.down().await.unwrap();
            assert_eq!((down.len(), down.last()), (n, Some(&end.kind())));
        }
        assert_eq!(family.epoch(), 1);
        assert_eq!(diary.who("child started").len(), 5, "a child of an actor is never restarted");
    });
}

/// Pekko SupervisionSpec: successfully restart after stopping watchWith'd children
#[test]
fn the_next_incarnation_does_not_hear_of_the_children_of_the_one_before() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(family(&diary, 0, |_| false));
        let family: ActorRef<Family> = tree.start(&system).await.unwrap().child("family").unwrap();
        let child = family.grow("child", Habit::Willing).await.unwrap();
        family.crash().await.unwrap_err();
        assert_eq!(kind(&child.stopped().await), "shutdown");
        assert!(family.down().await.unwrap().is_empty());
        assert_eq!(family.epoch(), 2);
    });
}
