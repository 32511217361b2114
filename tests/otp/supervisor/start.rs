//! Starting a supervisor, and the specifications that it refuses.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{SpecError, StartFailure, SupervisorError};

use crate::kit::{Diary, Worker, both_ways, child, flaky, kind, secs};

/// OTP supervisor_SUITE: sup_start_normal
#[test]
fn a_supervisor_without_children_starts_and_stops() {
    both_ways(async |system: TestSystem| {
        let tree = Supervisor::one_for_one().name("empty").intensity(2, secs(3_600));
        let tree = tree.start(&system).await.unwrap();
        assert_eq!(tree.path().as_str(), "/empty");
        tree.stop();
        assert_eq!(kind(&tree.stopped().await), "normal");
    });
}

/// OTP supervisor_SUITE: sup_start_fail
#[test]
fn a_child_that_panics_as_it_comes_up_fails_the_supervisors_start_and_undoes_it() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one()
            .name("tree")
            .child(child("a", &diary))
            .child(child("b", &diary))
            .child(Child::new("bad", || -> Worker { panic!("on purpose") }))
            .child(child("c", &diary));
        let error = tree.start(&system).await.unwrap_err();
        let SupervisorError::NotStarted { path, reason } = error else { panic!("{error}") };
        assert_eq!(path.as_str(), "/tree");
        let StopReason::StartFailed(StartFailure::Child { name, reason }) = reason else {
            panic!("{reason}")
        };
        assert_eq!(&*name, "bad");
        assert!(matches!(&*reason, StopReason::StartFailed(StartFailure::Panicked(_))), "{reason}");
        assert_eq!(diary.lines(), ["a started", "b started", "b stops: shutdown", "a stops: shutdown"]);
        assert_eq!(system.stats().actors, 0);
    });
}

/// OTP supervisor_SUITE: faulty_application_shutdown
#[test]
fn the_cause_of_a_failed_start_is_told_through_every_level_of_the_tree() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let lower = Supervisor::one_for_one().child(child("a", &diary)).child(flaky("bad", &diary, |_| true));
        let upper = Supervisor::one_for_one().supervisor("lower", lower);
        let top = Supervisor::one_for_one().name("top").child(child("z", &diary)).supervisor("upper", upper);
        let error = top.start(&system).await.unwrap_err().to_string();
        for part in ["/top", "upper", "lower", "bad", "no luck"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert_eq!(
            diary.lines(),
            ["z started", "a started", "bad failed to start", "a stops: shutdown", "z stops: shutdown"]
        );
    });
}

/// OTP supervisor_SUITE: order_of_children
#[test]
fn children_start_in_the_order_of_the_specification_and_stop_in_reverse() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let names = ["one", "two", "three", "four", "five", "six", "seven"];
        let tree = names.iter().fold(Supervisor::one_for_one(), |tree, name| tree.child(child(name, &diary)));
        let tree = tree.start(&system).await.unwrap();
        assert_eq!(diary.who("started"), names);
        assert_eq!(crate::kit::names(&tree).await, names);
        tree.stop();
        tree.stopped().await;
        let stopped = diary.who("stops: shutdown");
        assert!(stopped.iter().rev().eq(&names), "{stopped:?}");
    });
}

/// OTP supervisor_SUITE: sup_flags
#[test]
fn a_window_without_length_is_refused_at_every_level_before_anything_starts() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let zero = || Supervisor::one_for_one().intensity(1, Duration::ZERO).child(child("w", &diary));
        let error = zero().start(&system).await.unwrap_err();
        assert!(matches!(error, SupervisorError::Spec(SpecError::ZeroWindow)), "{error}");
        let above = Supervisor::one_for_one().child(child("a", &diary)).supervisor("zero", zero());
        let error = above.start(&system).await.unwrap_err();
        assert!(matches!(error, SupervisorError::Spec(SpecError::ZeroWindow)), "{error}");
        let dynamic = DynamicSupervisor::new().intensity(1, Duration::ZERO).start(&system).await;
        assert!(matches!(dynamic, Err(SupervisorError::Spec(SpecError::ZeroWindow))));
        assert!(diary.lines().is_empty());
    });
}

/// OTP supervisor_SUITE: child_specs (duplicate_child_name)
#[test]
fn two_children_of_one_name_are_refused_also_if_one_is_a_supervisor() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let twice = Supervisor::one_for_one().child(child("w", &diary)).child(child("w", &diary));
        let mixed = Supervisor::one_for_one()
            .child(child("w", &diary))
            .supervisor("w", Supervisor::one_for_one())
            .child(child("x", &diary));
        for tree in [twice, mixed] {
            let error = tree.start(&system).await.unwrap_err();
            let SupervisorError::Spec(SpecError::DuplicateName { name }) = error else { panic!("{error}") };
            assert_eq!(name, "w");
        }
        // At two levels it is two names.
        let nested = Supervisor::one_for_one().child(child("w", &diary));
        let tree = Supervisor::one_for_one().child(child("w", &diary)).supervisor("nested", nested);
        tree.start(&system).await.unwrap();
        assert_eq!(diary.who("started"), ["w", "w"]);
    });
}

/// OTP supervisor_SUITE: already_started_outside_supervisor
#[test]
fn a_child_whose_global_name_belongs_to_somebody_else_does_not_start_and_the_other_stays() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let outsider = system.build(Worker::new("o", &diary)).name("the one").start().await.unwrap();
        let tree = Supervisor::one_for_one().child(child("w", &diary).registered("the one"));
        let error = tree.start(&system).await.unwrap_err().to_string();
        assert!(error.contains("`w`") && error.contains("the one"), "{error}");
        assert_eq!(system.lookup::<Worker>("the one").unwrap(), outsider);
        assert_eq!(outsider.note(1).await.unwrap(), 1);
    });
}

/// OTP supervisor_SUITE: sup_start_child_returns_error_simple
#[test]
fn a_child_that_is_added_and_does_not_come_up_is_reported_forgotten_and_not_tried_again() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
            let error = dynamic.start_child(flaky("w", &diary, |_| true).restart(restart)).await.unwrap_err();
            assert!(error.to_string().contains("no luck"), "{error}");
            assert_eq!(crate::kit::names(&dynamic).await, [""; 0]);
        }
        assert_eq!(diary.who("failed to start").len(), 3, "one attempt each");
        // The name is free, and nothing of it counts as a restart.
        let worker = dynamic.start_child(child("w", &diary)).await.unwrap();
        assert_eq!(worker.epoch(), 1);
    });
}
