//! Elixir, `dynamic_supervisor_test.exs` and `supervisor_test.exs`: children that come and go.
//!
//! Left out:
//! - `use/2`, "generates child_spec/1", "child_spec/2", "init/2", "supports old child spec", "supports new child spec",
//!   "supports new child spec as tuple", "start_link/2 with via", "with global", "with local": ways of writing a
//!   specification that Elixir inherits; there is one here.
//! - "with spawn_opt", "sets initial call to the same as a regular supervisor", "with invalid valid shutdown", most of
//!   "with invalid child spec": the machine's own, or refused by types.
//! - "supports extra arguments", "restarting a child with extra_arguments ...": a factory captures what it needs.
//! - "with different returns", "child is restarted with different values" as far as `:ignore`, `{:ok, pid, info}` and
//!   unknown terms go: a factory makes an actor or fails.
//! - "terminates children with infinity shutdown": a worker may not be given that; `supervisor::start` has the refusal.
//! - "terminates children with permanent restart and normal reason": one that has been told to stop and does as it is told
//!   ends with `Shutdown`, not with a reason of its choice; `supervisor::stop` has those that end by themselves meanwhile.
//! - "with valid shutdown": a stop within 0 or 1 ms says nothing that the scenarios of `terminate/2` do not.
//! - `code_change/3`: `supervisor::administration` has reconfiguration; a limit of children cannot be changed later.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actor_core::ChildStatus::{Restarting, Running, Stopping};
use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{AdminError, Backoff, Intensity, SpecError, SupervisorError};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::kit::{
    Chronicle, Diary, End, Latch, Worker, both_ways, child, counts, flaky, kind, latched, lives_again, ms,
    names, occupy, secs, statuses,
};

/// Elixir DynamicSupervisorTest: can be supervised directly
#[test]
fn it_can_stand_below_a_supervisor_and_begins_empty() {
    both_ways(async |system: TestSystem| {
        let tree = Supervisor::one_for_one().name("top").supervisor("dynamic", DynamicSupervisor::new());
        let dynamic = tree.start(&system).await.unwrap().dynamic("dynamic").unwrap();
        assert_eq!(dynamic.path().as_str(), "/top/dynamic");
        assert_eq!(names(&dynamic).await, [""; 0]);
    });
}

/// Elixir DynamicSupervisorTest: multiple supervisors can be supervised and identified with simple child spec
#[test]
fn several_stand_side_by_side_each_with_its_own_children() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one()
            .supervisor("one", DynamicSupervisor::new())
            .supervisor("two", DynamicSupervisor::new());
        let tree = tree.start(&system).await.unwrap();
        let [one, two] = ["one", "two"].map(|name| tree.dynamic(name).unwrap());
        one.start_child(child("w", &diary)).await.unwrap();
        assert_eq!((counts(&one).await, counts(&two).await), ([1, 1, 0, 1], [0, 0, 0, 0]));
        // The same name below another supervisor is another child.
        let second = two.start_child(child("w", &diary)).await.unwrap();
        assert_ne!(one.child::<Worker>("w").unwrap(), second);
        assert!(matches!(tree.dynamic("three"), Err(actor_core::LookupError::Unknown { .. })));
    });
}

/// Elixir DynamicSupervisorTest: init/1 set default options
#[test]
fn what_is_not_said_is_three_restarts_in_five_seconds_and_any_number_of_children() {
    both_ways(async |system: TestSystem| {
        let default = Intensity::default();
        assert_eq!((default.max_restarts, default.within), (3, secs(5)));
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let worker = dynamic.start_child(child("w", &diary).restart(Restart::Permanent)).await.unwrap();
        for _ in 0..3 {
            worker.crash().await.unwrap_err();
        }
        assert_eq!(worker.seen().await.unwrap(), []);
        worker.crash().await.unwrap_err();
        assert_eq!(kind(&dynamic.stopped().await), "shutdown");
    });
}

/// Elixir DynamicSupervisorTest: start_link/3 with registered process
#[test]
fn it_stops_when_it_is_told_to_and_refuses_from_then_on() {
    both_ways(async |system: TestSystem| {
        let dynamic = DynamicSupervisor::new().name("dynamic").start(&system).await.unwrap();
        dynamic.stop();
        assert_eq!(kind(&dynamic.stopped().await), "normal");
        let error = dynamic.start_child(child("w", &Diary::default())).await.unwrap_err();
        assert!(matches!(error, AdminError::Closed), "{error}");
    });
}

/// Elixir DynamicSupervisorTest: start_link/3 with non-ok init
#[test]
fn one_that_cannot_work_does_not_start() {
    both_ways(async |system: TestSystem| {
        let error = DynamicSupervisor::new().intensity(0, Duration::ZERO).start(&system).await.unwrap_err();
        assert!(matches!(error, SupervisorError::Spec(SpecError::ZeroWindow)), "{error}");
        // No restart at all is a choice that works.
        let dynamic = DynamicSupervisor::new().intensity(0, secs(1)).start(&system).await.unwrap();
        let worker = dynamic.start_child(child("w", &Diary::default())).await.unwrap();
        worker.crash().await.unwrap_err();
        worker.stopped().await;
        assert_eq!(counts(&dynamic).await, [0, 0, 0, 0]);
    });
}

/// Elixir DynamicSupervisorTest: start_child/2 with throw/error/exit, with different returns
#[test]
fn however_a_start_fails_the_caller_gets_the_cause_and_the_supervisor_goes_on() {
    struct Hook(bool);
    impl Actor for Hook {
        async fn on_start(&mut self, _ctx: &mut Context<Self>) -> Result<(), BoxError> {
            assert!(self.0, "a panic in the hook");
            Err("an error in the hook".into())
        }
    }
    both_ways(async |system: TestSystem| {
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let panics = Child::new("w", || -> Worker { panic!("a panic in the factory") });
        let error = dynamic.start_child(panics).await.unwrap_err().to_string();
        assert!(error.contains("a panic in the factory"), "{error}");
        let fails = Child::new("w", || Err::<Worker, _>("an error in the factory"));
        let error = dynamic.start_child(fails).await.unwrap_err().to_string();
        assert!(error.contains("an error in the factory"), "{error}");
        for (good, text) in [(false, "a panic in the hook"), (true, "an error in the hook")] {
            let error = dynamic.start_child(Child::new("w", move || Hook(good))).await.unwrap_err();
            assert!(matches!(&error, AdminError::NotStarted { name, .. } if name == "w"), "{error}");
            assert!(error.to_string().contains(text), "{error}");
        }
        assert_eq!(counts(&dynamic).await, [0, 0, 0, 0]);
        dynamic.start_child(child("w", &Diary::default())).await.unwrap();
        assert_eq!(counts(&dynamic).await, [1, 1, 0, 1]);
    });
}

/// Elixir DynamicSupervisorTest: start_child/2 supports new child spec as tuple (a task that is done at once)
#[test]
fn a_child_that_is_done_as_soon_as_it_is_up_has_been_started() {
    struct Brief;
    struct Done;
    impl Actor for Brief {
        async fn on_start(&mut self, ctx: &mut Context<Self>) -> Result<(), BoxError> {
            ctx.this().try_tell(Done)?;
            Ok(())
        }
    }
    impl Handler<Done> for Brief {
        type Reply = ();
        async fn handle(&mut self, _: Done, ctx: &mut Context<Self>) {
            ctx.stop();
        }
    }
    both_ways(async |system: TestSystem| {
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        for _ in 0..10 {
            let brief = dynamic.start_child(Child::new("brief", || Brief)).await;
            let brief = brief.unwrap_or_else(|error| panic!("it has been up: {error}"));
            assert_eq!(kind(&brief.stopped().await), "normal");
        }
        assert_eq!(counts(&dynamic).await, [0, 0, 0, 0]);
    });
}

/// Elixir DynamicSupervisorTest: start_child/2 with max_children
#[test]
fn no_more_children_are_taken_than_it_may_have_and_room_comes_with_an_end() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let none = DynamicSupervisor::new().max_children(0).start(&system).await.unwrap();
        let error = none.start_child(child("a", &diary)).await.unwrap_err();
        assert!(matches!(error, AdminError::Full { max: 0 }), "{error}");
        let two = DynamicSupervisor::new().max_children(2).start(&system).await.unwrap();
        let a = two.start_child(child("a", &diary)).await.unwrap();
        two.start_child(child("b", &diary)).await.unwrap();
        let error = two.start_child(child("c", &diary)).await.unwrap_err();
        assert!(matches!(error, AdminError::Full { max: 2 }), "{error}");
        a.quit().await.unwrap();
        a.stopped().await;
        two.start_child(child("c", &diary)).await.unwrap();
        two.terminate_child("b").await.unwrap();
        two.start_child(child("d", &diary)).await.unwrap();
        assert_eq!(names(&two).await, ["c", "d"]);
    });
}

/// Elixir DynamicSupervisorTest: start_child/2 temporary child is not restarted regardless of reason
#[test]
fn a_temporary_child_is_gone_after_any_end() {
    both_ways(async |system: TestSystem| {
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        for end in End::NORMAL.into_iter().chain(End::ABNORMAL) {
            let worker = dynamic.start_child(child("w", &Diary::default())).await.unwrap();
            end.of(&worker).await;
            assert_eq!(kind(&worker.stopped().await), end.kind());
            assert_eq!(counts(&dynamic).await, [0, 0, 0, 0]);
        }
    });
}

/// Elixir DynamicSupervisorTest: start_child/2 transient child is restarted unless normal/shutdown/{shutdown, _}
#[test]
fn a_transient_child_is_gone_after_an_orderly_end_and_back_after_another() {
    both_ways(async |system: TestSystem| {
        let dynamic = DynamicSupervisor::new().intensity(100_000, secs(5)).start(&system).await.unwrap();
        let transient = || child("w", &Diary::default()).restart(Restart::Transient);
        for end in End::NORMAL {
            let worker = dynamic.start_child(transient()).await.unwrap();
            end.of(&worker).await;
            assert_eq!(kind(&worker.stopped().await), "normal");
            assert_eq!(counts(&dynamic).await, [0, 0, 0, 0]);
        }
        for end in End::ABNORMAL {
            let worker = dynamic.start_child(transient()).await.unwrap();
            end.of(&worker).await;
            lives_again(&worker, 2).await;
            assert_eq!(counts(&dynamic).await, [1, 1, 0, 1]);
            dynamic.terminate_child("w").await.unwrap();
        }
    });
}

/// Elixir DynamicSupervisorTest: start_child/2 permanent child is restarted regardless of reason
#[test]
fn a_permanent_child_is_back_after_any_end() {
    both_ways(async |system: TestSystem| {
        let mut chronicle = Chronicle::of(&system);
        let dynamic =
            DynamicSupervisor::new().name("d").intensity(100_000, secs(5)).start(&system).await.unwrap();
        for (n, end) in (1..).zip(End::NORMAL.into_iter().chain(End::ABNORMAL)) {
            let diary = Diary::default();
            let child = Child::new(format!("{end:?}"), move || Worker::new("w", &diary));
            let worker = dynamic.start_child(child.restart(Restart::Permanent)).await.unwrap();
            chronicle.started(worker.path().as_str()).await;
            end.of(&worker).await;
            assert_eq!(chronicle.started(worker.path().as_str()).await, 2);
            assert_eq!(worker.seen().await.unwrap(), []);
            assert_eq!(counts(&dynamic).await[0], n);
        }
    });
}

/// Elixir DynamicSupervisorTest: start_child/2 restarting on init children counted in max_children
#[test]
fn a_child_that_is_coming_back_takes_its_place_among_the_most_there_may_be() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let latch = Latch::closed();
        let dynamic = DynamicSupervisor::new().max_children(1).start(&system).await.unwrap();
        let hanging = latched("w", &diary, &latch).restart(Restart::Permanent).shutdown(Shutdown::Kill);
        let worker = dynamic.start_child(hanging).await.unwrap();
        worker.crash().await.unwrap_err();
        latch.crowd(1).await;
        let error = dynamic.start_child(child("v", &diary)).await.unwrap_err();
        assert!(matches!(error, AdminError::Full { max: 1 }), "{error}");
        latch.open();
        // Also when it is back (restarting on exit children counted in max_children).
        worker.seen().await.unwrap();
        let error = dynamic.start_child(child("v", &diary)).await.unwrap_err();
        assert!(matches!(error, AdminError::Full { max: 1 }), "{error}");
        dynamic.terminate_child("w").await.unwrap();
        dynamic.start_child(child("v", &diary)).await.unwrap();
    });
}

/// Elixir DynamicSupervisorTest: start_child/2 child is restarted when trying again
#[test]
fn a_restart_that_fails_once_is_tried_again_within_the_limit() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().intensity(2, secs(5)).start(&system).await.unwrap();
        let child = flaky("w", &diary, |start| start == 2).restart(Restart::Permanent);
        let worker = dynamic.start_child(child).await.unwrap();
        worker.crash().await.unwrap_err();
        assert_eq!(worker.seen().await.unwrap(), []);
        assert_eq!(counts(&dynamic).await, [1, 1, 0, 1]);
        assert_eq!(diary.lines().len(), 4, "started, stopped, failed, started");
    });
}

/// Elixir DynamicSupervisorTest: start_child/2 child triggers maximum restarts, child triggers maximum intensity when trying again
#[test]
fn one_that_never_comes_back_uses_the_limit_up_and_ends_the_supervisor() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one()
            .supervisor("one", DynamicSupervisor::new().intensity(1, secs(5)))
            .supervisor("ten", DynamicSupervisor::new().intensity(10, secs(5)));
        let tree = tree.start(&system).await.unwrap();
        for (name, attempts) in [("one", 1), ("ten", 10)] {
            diary.take();
            let dynamic = tree.dynamic(name).unwrap();
            let child = flaky("w", &diary, |start| start > 1).restart(Restart::Permanent);
            let worker = dynamic.start_child(child).await.unwrap();
            worker.crash().await.unwrap_err();
            assert_eq!(kind(&worker.stopped().await), "start failed");
            assert_eq!(diary.who("failed to start").len(), attempts);
            // Its own supervisor starts it anew, without the child; the handle is still good.
            while !dynamic.children().await.is_ok_and(|children| children.is_empty()) {
                tokio::task::yield_now().await;
            }
            dynamic.start_child(crate::kit::child("w", &diary)).await.unwrap();
        }
    });
}

/// Elixir DynamicSupervisorTest: terminate/2 terminates children with brutal kill, with integer shutdown, with mixed children
#[test]
fn when_it_stops_each_child_stops_by_its_own_policy() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let mut workers = Vec::new();
        for (name, policy) in [
            ("kill", Shutdown::Kill),
            ("second", Shutdown::After(secs(1))),
            ("kill too", Shutdown::Kill),
            ("minute", Shutdown::After(secs(60))),
        ] {
            let child = child(name, &diary).shutdown(policy);
            workers.push(dynamic.start_child(child).await.unwrap());
        }
        dynamic.stop();
        dynamic.stopped().await;
        let mut ends = Vec::new();
        for worker in &workers {
            ends.push(kind(&worker.stopped().await));
        }
        assert_eq!(ends, ["killed", "shutdown", "killed", "shutdown"]);
    });
}

/// Elixir DynamicSupervisorTest: terminate/2 terminates children with integer shutdown and abnormal reason
#[test]
fn a_child_that_answers_the_stop_with_a_failure_of_its_own_keeps_that_reason() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let mut workers = Vec::new();
        for name in ["a", "b", "c"] {
            let worker = dynamic.start_child(child(name, &diary)).await.unwrap();
            let (begun, has_begun) = oneshot::channel();
            worker.fail_when_stopped(begun).tell().await.unwrap();
            has_begun.await.unwrap();
            workers.push(worker);
        }
        dynamic.stop();
        assert_eq!(kind(&dynamic.stopped().await), "normal");
        for worker in workers {
            assert_eq!(kind(&worker.stopped().await), "failed");
        }
    });
}

/// Elixir DynamicSupervisorTest: terminate/2 terminates children with expired integer shutdown
#[actor_core::test(paused)]
async fn only_the_child_whose_time_is_over_is_killed(system: TestSystem) {
    system.allow_dead_letters();
    let diary = Diary::default();
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let policy = Shutdown::After(ms(1));
    let mut workers = Vec::new();
    for name in ["a", "deaf", "c"] {
        workers.push(dynamic.start_child(child(name, &diary).shutdown(policy)).await.unwrap());
    }
    occupy(&workers[1], &Latch::closed()).await;
    let begun = Instant::now();
    dynamic.stop();
    dynamic.stopped().await;
    assert_eq!(begun.elapsed(), ms(1));
    assert_eq!(kind(&workers[0].stopped().await), "shutdown");
    assert_eq!(kind(&workers[1].stopped().await), "killed");
    assert_eq!(kind(&workers[2].stopped().await), "shutdown");
}

/// Elixir DynamicSupervisorTest: terminate_child/2 terminates child with brutal kill, with integer shutdown
#[test]
fn a_terminated_child_ends_by_its_policy_and_is_unknown_from_then_on() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        for (policy, end) in [(Shutdown::Kill, "killed"), (Shutdown::After(secs(1)), "shutdown")] {
            for restart in [Restart::Temporary, Restart::Transient, Restart::Permanent] {
                let child = child("w", &diary).shutdown(policy).restart(restart);
                let worker = dynamic.start_child(child).await.unwrap();
                dynamic.terminate_child("w").await.unwrap();
                assert_eq!(kind(&worker.stopped().await), end);
                assert!(matches!(dynamic.terminate_child("w").await, Err(AdminError::Unknown { .. })));
                assert_eq!(counts(&dynamic).await, [0, 0, 0, 0]);
            }
        }
    });
}

/// Elixir DynamicSupervisorTest: terminate_child/2 terminates restarting child
#[actor_core::test(paused)]
async fn a_child_that_backs_off_is_terminated_at_once_and_forgotten(system: TestSystem) {
    let diary = Diary::default();
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let backoff = Backoff::exponential(secs(60), secs(60));
    let child = child("w", &diary).restart(Restart::Permanent).backoff(backoff);
    let worker = dynamic.start_child(child).await.unwrap();
    worker.crash().await.unwrap_err();
    system.settle().await;
    assert_eq!(statuses(&dynamic).await, [("w".to_owned(), Restarting)]);
    let begun = Instant::now();
    dynamic.terminate_child("w").await.unwrap();
    worker.stopped().await;
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert!(matches!(dynamic.terminate_child("w").await, Err(AdminError::Unknown { .. })));
    assert_eq!(counts(&dynamic).await, [0, 0, 0, 0]);
    system.advance(secs(600)).await;
    assert_eq!(diary.who("started").len(), 1);
}

/// Elixir SupervisorTest: child life cycle
#[test]
fn a_child_of_a_fixed_set_is_added_terminated_restarted_and_deleted() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().start(&system).await.unwrap();
        let worker = tree.start_child(child("w", &diary)).await.unwrap();
        assert_eq!(statuses(&tree).await, [("w".to_owned(), Running)]);
        tree.terminate_child("w").await.unwrap();
        assert_eq!(counts(&tree).await, [1, 0, 0, 1]);
        tree.restart_child("w").await.unwrap();
        assert_ne!(tree.child::<Worker>("w").unwrap(), worker);
        tree.terminate_child("w").await.unwrap();
        tree.delete_child("w").await.unwrap();
        assert!(matches!(tree.delete_child("w").await, Err(AdminError::Unknown { .. })));
        assert_eq!(counts(&tree).await, [0, 0, 0, 0]);
    });
}

/// Elixir SupervisorTest: start_link/3 (a worker that is asked by name after a crash)
#[test]
fn a_registered_child_is_found_under_its_name_after_a_crash() {
    both_ways(async |system: TestSystem| {
        let stack = child("stack", &Diary::default()).registered("the stack");
        let tree = Supervisor::one_for_one().child(stack).start(&system).await.unwrap();
        let found: ActorRef<Worker> = system.lookup("the stack").unwrap();
        found.note(1).await.unwrap();
        found.crash().await.unwrap_err();
        let again: ActorRef<Worker> = system.lookup("the stack").unwrap();
        assert_eq!(again.seen().await.unwrap(), []);
        assert_eq!(tree.child::<Worker>("stack").unwrap(), again);
    });
}

/// Elixir SupervisorTest: start_child/2 with valid child spec (already_started), asked for by many at once
#[test]
fn those_who_ask_for_a_key_at_once_get_one_and_the_same_child() {
    both_ways(async |system: TestSystem| {
        let made = Arc::new(AtomicU32::new(0));
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let asking: Vec<_> = (0..20)
            .map(|_| {
                let (dynamic, made) = (dynamic.clone(), made.clone());
                tokio::spawn(async move {
                    let make = || {
                        Child::new("whatever", move || {
                            made.fetch_add(1, Ordering::Relaxed);
                            Worker::new("w", &Diary::default())
                        })
                    };
                    dynamic.get_or_start("key", make).await.unwrap()
                })
            })
            .collect();
        let mut workers = Vec::new();
        for worker in asking {
            workers.push(worker.await.unwrap());
        }
        assert!(workers.iter().all(|worker| *worker == workers[0]));
        assert_eq!((made.load(Ordering::Relaxed), names(&dynamic).await), (1, vec!["key".to_owned()]));
        // One that has ended is started anew.
        workers[0].quit().await.unwrap();
        workers[0].stopped().await;
        let next = dynamic.get_or_start("key", || child("whatever", &Diary::default())).await.unwrap();
        assert_ne!(next, workers[0]);
    });
}

/// Elixir SupervisorTest: start_child/2 with valid child spec (already_started), while children come and go
#[test]
fn whoever_asks_for_a_key_gets_a_child_that_has_been_up_whatever_ends_meanwhile() {
    both_ways(async |system: TestSystem| {
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let asking: Vec<_> = (0..4)
            .map(|_| {
                let dynamic = dynamic.clone();
                tokio::spawn(async move {
                    for _ in 0..10 {
                        let child = dynamic.get_or_start("key", || child("w", &Diary::default())).await;
                        let worker = child.unwrap_or_else(|error| panic!("no child for the key: {error}"));
                        worker.stop();
                        worker.stopped().await;
                    }
                })
            })
            .collect();
        for done in asking {
            done.await.unwrap();
        }
        assert_eq!(counts(&dynamic).await, [0, 0, 0, 0]);
    });
}

/// Elixir SupervisorTest: start_child/2 with valid child spec (already_started), started by many at once
#[test]
fn of_those_who_start_a_child_of_one_name_at_once_one_succeeds_and_the_others_hear_why_not() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let starting: Vec<_> = (0..10)
            .map(|_| {
                let (dynamic, child) = (dynamic.clone(), child("w", &diary));
                tokio::spawn(async move { dynamic.start_child(child).await })
            })
            .collect();
        let (mut started, mut refused) = (0, 0);
        for outcome in starting {
            match outcome.await.unwrap() {
                Ok(_) => started += 1,
                Err(AdminError::DuplicateName { .. }) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!((started, refused, diary.who("started").len()), (1, 9, 1));
    });
}

/// Elixir DynamicSupervisorTest: terminate_child/2 (and somebody who asks for the key meanwhile)
#[test]
fn whoever_asks_for_a_key_whose_child_is_being_terminated_gets_the_next_one() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let first = dynamic.get_or_start("key", || child("w", &diary)).await.unwrap();
        let latch = Latch::closed();
        occupy(&first, &latch).await;
        let terminating = tokio::spawn({
            let dynamic = dynamic.clone();
            async move { dynamic.terminate_child("key").await }
        });
        while statuses(&dynamic).await[0].1 != Stopping {
            tokio::task::yield_now().await;
        }
        let asking = tokio::spawn({
            let (dynamic, child) = (dynamic.clone(), child("w", &diary));
            async move { dynamic.get_or_start("key", || child).await }
        });
        // Those who were there first have been heard when this is answered.
        names(&dynamic).await;
        latch.open();
        terminating.await.unwrap().unwrap();
        let second = asking.await.unwrap().unwrap_or_else(|error| panic!("no child for the key: {error}"));
        assert_ne!(first, second);
        assert_eq!(second.note(1).await.unwrap(), 1);
    });
}
