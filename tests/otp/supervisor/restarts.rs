//! What each restart type makes of each end, and what the supervisor shows of it.

use actor_core::ChildStatus::{Running, Stopped};
use actor_core::prelude::*;
use actor_core::testing::TestSystem;

use crate::kit::{
    Chronicle, Diary, End, Worker, both_ways, child, counts, flaky, kind, names, secs, statuses,
};

/// One child of this restart type, which ends like this; returns the tree once its supervisor has dealt with it.
async fn ended(
    system: &TestSystem,
    restart: Restart,
    end: End,
) -> (actor_core::SupervisorRef, ActorRef<Worker>) {
    let tree = Supervisor::one_for_one().name(format!("{restart:?} {end:?}")).intensity(2, secs(3_600));
    let tree = tree.start(system).await.unwrap();
    let mut chronicle = Chronicle::of(system);
    let worker = tree.start_child(child("w", &Diary::default()).restart(restart)).await.unwrap();
    chronicle.started(worker.path().as_str()).await;
    end.of(&worker).await;
    let comes_back = match restart {
        Restart::Permanent => true,
        Restart::Transient => End::ABNORMAL.contains(&end),
        Restart::Temporary => false,
    };
    if comes_back {
        assert_eq!(chronicle.started(worker.path().as_str()).await, 2, "{restart:?} {end:?}");
        // The supervisor has heard of it, too, once it has answered for the second time at the latest.
        while statuses(&tree).await != [("w".to_owned(), Running)] {
            tokio::task::yield_now().await;
        }
    } else {
        assert_eq!(kind(&worker.stopped().await), end.kind());
    }
    (tree, worker)
}

/// OTP supervisor_SUITE: permanent_normal, permanent_abnormal
#[test]
fn a_permanent_child_comes_back_after_every_end_as_the_same_actor() {
    both_ways(async |system: TestSystem| {
        for end in End::NORMAL.into_iter().chain(End::ABNORMAL) {
            let (tree, worker) = ended(&system, Restart::Permanent, end).await;
            assert_eq!(counts(&tree).await, [1, 1, 0, 1]);
            assert_eq!(tree.child::<Worker>("w").unwrap(), worker);
            assert_eq!(worker.note(1).await.unwrap(), 1);
        }
    });
}

/// OTP supervisor_SUITE: transient_normal
#[test]
fn a_transient_child_that_ends_as_it_should_stays_down_and_its_specification_stays() {
    both_ways(async |system: TestSystem| {
        for end in End::NORMAL {
            let (tree, _) = ended(&system, Restart::Transient, end).await;
            assert_eq!(statuses(&tree).await, [("w".to_owned(), Stopped)]);
            assert_eq!(counts(&tree).await, [1, 0, 0, 1]);
        }
    });
}

/// OTP supervisor_SUITE: transient_abnormal
#[test]
fn a_transient_child_that_fails_comes_back() {
    both_ways(async |system: TestSystem| {
        for end in End::ABNORMAL {
            let (tree, worker) = ended(&system, Restart::Transient, end).await;
            assert_eq!(counts(&tree).await, [1, 1, 0, 1]);
            assert_eq!(worker.note(1).await.unwrap(), 1);
        }
    });
}

/// OTP supervisor_SUITE: temporary_normal, temporary_abnormal
#[test]
fn a_temporary_child_never_comes_back_and_is_forgotten() {
    both_ways(async |system: TestSystem| {
        for end in End::NORMAL.into_iter().chain(End::ABNORMAL) {
            let (tree, worker) = ended(&system, Restart::Temporary, end).await;
            assert_eq!(names(&tree).await, [""; 0]);
            assert_eq!(counts(&tree).await, [0, 0, 0, 0]);
            // Another one of that name is another actor.
            let next = tree.start_child(child("w", &Diary::default())).await.unwrap();
            assert_ne!(next, worker);
        }
    });
}

/// OTP supervisor_SUITE: transient_shutdown
#[test]
fn a_transient_child_that_was_terminated_can_be_started_again_and_then_ends_as_before() {
    both_ways(async |system: TestSystem| {
        let (tree, first) = ended(&system, Restart::Transient, End::Stop).await;
        tree.restart_child("w").await.unwrap();
        let second: ActorRef<Worker> = tree.child("w").unwrap();
        assert_ne!(first, second);
        tree.terminate_child("w").await.unwrap();
        assert_eq!(kind(&second.stopped().await), "shutdown");
        assert_eq!(counts(&tree).await, [1, 0, 0, 1]);
    });
}

/// OTP supervisor_SUITE: temporary_shutdown
#[test]
fn a_temporary_child_that_was_terminated_leaves_nothing_behind() {
    both_ways(async |system: TestSystem| {
        let tree = Supervisor::one_for_one().start(&system).await.unwrap();
        for _ in 0..2 {
            let child = child("w", &Diary::default()).restart(Restart::Temporary);
            let worker = tree.start_child(child).await.unwrap();
            tree.terminate_child("w").await.unwrap();
            assert_eq!(kind(&worker.stopped().await), "shutdown");
            assert_eq!(counts(&tree).await, [0, 0, 0, 0]);
        }
    });
}

/// OTP supervisor_SUITE: do_not_save_start_parameters_for_temporary_children
#[test]
fn the_factory_of_a_temporary_child_is_dropped_with_it_and_that_of_another_is_kept() {
    both_ways(async |system: TestSystem| {
        let tree = Supervisor::one_for_one().start(&system).await.unwrap();
        for (restart, kept) in [(Restart::Temporary, 0), (Restart::Transient, 1)] {
            let large = std::sync::Arc::new("potentially large".to_owned());
            let weak = std::sync::Arc::downgrade(&large);
            let child = Child::new(format!("{restart:?}"), move || {
                assert!(!large.is_empty());
                Worker::new("w", &Diary::default())
            });
            let worker = tree.start_child(child.restart(restart)).await.unwrap();
            worker.stop();
            worker.stopped().await;
            // The supervisor answers behind whatever it does about the end.
            tree.count().await.unwrap();
            drop(worker);
            assert_eq!(weak.strong_count(), kept, "{restart:?}");
        }
    });
}

/// OTP supervisor_SUITE: sup_start_child_returns_error
#[test]
fn a_child_that_is_added_to_a_fixed_set_and_does_not_come_up_is_forgotten_too() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(child("a", &diary)).start(&system).await.unwrap();
        for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
            let error = tree.start_child(flaky("b", &diary, |_| true).restart(restart)).await.unwrap_err();
            assert!(error.to_string().contains("no luck"), "{error}");
            assert_eq!(names(&tree).await, ["a"]);
        }
        assert_eq!(diary.who("failed to start").len(), 3, "one attempt each");
    });
}

/// OTP supervisor_SUITE: sup_start_restart_child_returns_error
#[test]
fn a_child_that_is_started_again_and_does_not_come_up_stays_down_and_can_be_tried_again() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(flaky("w", &diary, |start| start == 2));
        let tree = tree.start(&system).await.unwrap();
        tree.terminate_child("w").await.unwrap();
        let error = tree.restart_child("w").await.unwrap_err();
        assert!(matches!(&error, actor_core::AdminError::NotStarted { name, .. } if name == "w"), "{error}");
        assert!(error.to_string().contains("no luck"), "{error}");
        assert_eq!(statuses(&tree).await, [("w".to_owned(), Stopped)]);
        assert_eq!(diary.who("failed to start").len(), 1, "no retry");
        tree.restart_child("w").await.unwrap();
        assert_eq!(statuses(&tree).await, [("w".to_owned(), Running)]);
    });
}
