//! Restart strategies, and the restarts that are too many.

use actor_core::Status;
use actor_core::prelude::*;
use actor_core::testing::TestSystem;

use crate::kit::{
    Diary, Latch, Worker, both_ways, child, children, counts, flaky, kind, latched, lives_again, ms, names,
    occupy, secs,
};

/// OTP supervisor_SUITE: multiple_restarts
#[actor_core::test(paused)]
async fn restarts_with_more_than_the_window_between_them_may_go_on_for_ever(system: TestSystem) {
    let tree = Supervisor::one_for_one().intensity(1, secs(1));
    let child = child("w", &Diary::default()).shutdown(Shutdown::Kill);
    let tree = tree.child(child).start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    for epoch in 2..=9 {
        worker.crash().await.unwrap_err();
        assert_eq!(worker.seen().await.unwrap(), []);
        assert_eq!(worker.epoch(), epoch);
        system.advance(ms(1_001)).await;
    }
    tree.terminate_child("w").await.unwrap();
    assert_eq!(kind(&worker.stopped().await), "killed");
}

/// OTP supervisor_SUITE: one_for_one
#[test]
fn one_for_one_restarts_the_one_that_failed_and_counts_over_all_children() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one()
            .intensity(2, secs(3_600))
            .child(child("a", &diary))
            .child(child("b", &diary));
        let tree = tree.start(&system).await.unwrap();
        let [a, b]: [ActorRef<Worker>; 2] = ["a", "b"].map(|name| tree.child(name).unwrap());
        b.note(7).await.unwrap();
        a.crash().await.unwrap_err();
        assert_eq!(a.seen().await.unwrap(), []);
        assert_eq!((b.seen().await.unwrap(), b.epoch()), (vec![7], 1));
        assert_eq!(crate::kit::names(&tree).await, ["a", "b"]);
        b.crash().await.unwrap_err();
        assert_eq!(b.seen().await.unwrap(), []);
        assert_eq!(diary.who("started"), ["a", "b", "a", "b"]);
        // The third one, whosever it is.
        a.crash().await.unwrap_err();
        assert_eq!(kind(&tree.stopped().await), "shutdown");
        assert_eq!(kind(&a.stopped().await), "panicked");
        assert_eq!(kind(&b.stopped().await), "shutdown");
        let report = system.terminated().await;
        assert_eq!(&*report.cause.unwrap().child, "a");
    });
}

/// OTP supervisor_SUITE: one_for_one_escalation
#[test]
fn one_for_one_a_child_that_never_comes_up_again_ends_the_supervisor_and_its_siblings() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one()
            .intensity(4, secs(3_600))
            .child(child("a", &diary))
            .child(flaky("b", &diary, |start| start > 1))
            .child(child("c", &diary));
        let tree = tree.start(&system).await.unwrap();
        let [a, b, c]: [ActorRef<Worker>; 3] = ["a", "b", "c"].map(|name| tree.child(name).unwrap());
        b.crash().await.unwrap_err();
        assert_eq!(kind(&tree.stopped().await), "shutdown");
        assert_eq!(kind(&a.stopped().await), "shutdown");
        assert_eq!(kind(&b.stopped().await), "start failed");
        assert_eq!(kind(&c.stopped().await), "shutdown");
        assert_eq!(
            diary.lines(),
            [
                "a started",
                "b started",
                "c started",
                "b stops: panicked",
                "b failed to start",
                "b failed to start",
                "b failed to start",
                "b failed to start",
                "c stops: shutdown",
                "a stops: shutdown",
            ]
        );
    });
}

/// OTP supervisor_SUITE: one_for_all
#[test]
fn one_for_all_restarts_all_as_the_same_actors_and_counts_that_as_one() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_all()
            .intensity(2, secs(3_600))
            .child(child("a", &diary))
            .child(child("b", &diary))
            .child(child("c", &diary));
        let tree = tree.start(&system).await.unwrap();
        let [a, b, c] = children(&tree, ["a", "b", "c"]);
        for worker in [&a, &b, &c] {
            worker.note(7).await.unwrap();
        }
        diary.take();
        b.crash().await.unwrap_err();
        for worker in [&c, &b, &a] {
            assert_eq!(lives_again(worker, 2).await, []);
        }
        assert_eq!(
            diary.take(),
            [
                "b stops: panicked",
                "c stops: shutdown",
                "a stops: shutdown",
                "a started",
                "b started",
                "c started"
            ]
        );
        assert_eq!(children(&tree, ["a", "b", "c"]), [a.clone(), b.clone(), c.clone()]);
        assert_eq!(counts(&tree).await, [3, 3, 0, 3]);
        a.crash().await.unwrap_err();
        lives_again(&c, 3).await;
        assert_eq!((a.epoch(), b.epoch()), (3, 3));
        // Two restarts of all are two; the third is one too many.
        c.crash().await.unwrap_err();
        assert_eq!(kind(&tree.stopped().await), "shutdown");
        assert_eq!(kind(&c.stopped().await), "panicked");
        assert_eq!(kind(&a.stopped().await), "shutdown");
    });
}

/// OTP supervisor_SUITE: one_for_all_escalation
#[test]
fn one_for_all_a_child_that_never_comes_up_again_ends_the_supervisor() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_all()
            .intensity(4, secs(3_600))
            .child(child("a", &diary))
            .child(flaky("b", &diary, |start| start > 1));
        let tree = tree.start(&system).await.unwrap();
        let [a, b] = children(&tree, ["a", "b"]);
        a.crash().await.unwrap_err();
        assert_eq!(kind(&tree.stopped().await), "shutdown");
        assert_eq!(kind(&b.stopped().await), "start failed");
        assert_eq!(kind(&a.stopped().await), "shutdown");
        // Each attempt begins with the first child again.
        assert_eq!(diary.who("failed to start").len(), 4);
        assert_eq!(diary.who("started"), ["a", "b", "a", "a", "a", "a"]);
    });
}

/// OTP supervisor_SUITE: one_for_all_other_child_fails_restart
#[test]
fn one_for_all_a_start_that_fails_midway_stops_those_that_were_started_and_begins_again() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_all()
            .child(child("a", &diary))
            .child(flaky("b", &diary, |start| start == 2))
            .child(child("c", &diary));
        let tree = tree.start(&system).await.unwrap();
        let [a, b, c] = children(&tree, ["a", "b", "c"]);
        diary.take();
        a.crash().await.unwrap_err();
        lives_again(&c, 2).await;
        assert_eq!(
            diary.lines(),
            [
                "a stops: panicked",
                "c stops: shutdown",
                "b stops: shutdown",
                "a started",
                "b failed to start",
                "a stops: shutdown",
                "a started",
                "b started",
                "c started",
            ]
        );
        assert_eq!(children(&tree, ["a", "b", "c"]), [a, b, c]);
    });
}

/// OTP supervisor_SUITE: rest_for_one
#[test]
fn rest_for_one_restarts_the_one_that_failed_and_those_after_it() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::rest_for_one()
            .intensity(2, secs(3_600))
            .child(child("a", &diary))
            .child(child("b", &diary))
            .child(child("c", &diary))
            .child(child("d", &diary));
        let tree = tree.start(&system).await.unwrap();
        let [a, b, c, d] = children(&tree, ["a", "b", "c", "d"]);
        a.note(7).await.unwrap();
        diary.take();
        b.crash().await.unwrap_err();
        lives_again(&d, 2).await;
        assert_eq!(
            diary.take(),
            [
                "b stops: panicked",
                "d stops: shutdown",
                "c stops: shutdown",
                "b started",
                "c started",
                "d started"
            ]
        );
        assert_eq!((a.seen().await.unwrap(), a.epoch()), (vec![7], 1));
        assert_eq!(counts(&tree).await, [4, 4, 0, 4]);
        // The last one alone.
        d.crash().await.unwrap_err();
        lives_again(&d, 3).await;
        assert_eq!([&a, &b, &c].map(|worker| worker.epoch()), [1, 2, 2]);
        // And one too many.
        c.crash().await.unwrap_err();
        assert_eq!(kind(&tree.stopped().await), "shutdown");
        assert_eq!(kind(&c.stopped().await), "panicked");
        assert_eq!(kind(&a.stopped().await), "shutdown");
    });
}

/// OTP supervisor_SUITE: rest_for_one_escalation
#[test]
fn rest_for_one_a_child_that_never_comes_up_again_ends_the_supervisor() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::rest_for_one()
            .intensity(4, secs(3_600))
            .child(child("a", &diary))
            .child(flaky("b", &diary, |start| start > 1));
        let tree = tree.start(&system).await.unwrap();
        let [a, b] = children(&tree, ["a", "b"]);
        a.crash().await.unwrap_err();
        assert_eq!(kind(&tree.stopped().await), "shutdown");
        assert_eq!(kind(&b.stopped().await), "start failed");
        assert_eq!(kind(&a.stopped().await), "shutdown");
        // The retries begin with the one that failed: the first one was started again once.
        assert_eq!(diary.who("failed to start").len(), 4);
        assert_eq!(diary.who("started"), ["a", "b", "a"]);
    });
}

/// OTP supervisor_SUITE: rest_for_one_other_child_fails_restart
#[test]
fn rest_for_one_a_start_that_fails_midway_is_tried_again_and_leaves_those_before_it_alone() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::rest_for_one()
            .child(child("a", &diary))
            .child(flaky("b", &diary, |start| start == 2))
            .child(child("c", &diary));
        let tree = tree.start(&system).await.unwrap();
        let [a, _, c] = children(&tree, ["a", "b", "c"]);
        diary.take();
        a.crash().await.unwrap_err();
        lives_again(&c, 2).await;
        assert_eq!(
            diary.lines(),
            [
                "a stops: panicked",
                "c stops: shutdown",
                "b stops: shutdown",
                "a started",
                "b failed to start",
                "b started",
                "c started",
            ]
        );
    });
}

/// OTP supervisor_SUITE: temporary_bystander
#[test]
fn a_temporary_child_that_its_group_stops_ends_and_the_group_goes_on_without_it() {
    both_ways(async |system: TestSystem| {
        for strategy in [Supervisor::one_for_all, Supervisor::rest_for_one] {
            let diary = Diary::default();
            let tree = strategy()
                .intensity(2, secs(300))
                .child(child("a", &diary))
                .child(child("t", &diary).restart(Restart::Temporary))
                .child(child("b", &diary));
            let tree = tree.start(&system).await.unwrap();
            let [a, t, b] = children(&tree, ["a", "t", "b"]);
            a.quit().await.unwrap();
            lives_again(&b, 2).await;
            assert_eq!(kind(&t.stopped().await), "shutdown");
            assert_eq!(names(&tree).await, ["a", "b"]);
            assert_eq!(diary.who("started"), ["a", "t", "b", "a", "b"]);
            assert_eq!((a.epoch(), t.epoch(), b.epoch()), (2, 1, 2));
        }
    });
}

/// OTP supervisor_SUITE: temporary_bystander (here a temporary child that fails by itself)
#[test]
fn a_temporary_child_that_fails_disturbs_nobody_in_its_group() {
    both_ways(async |system: TestSystem| {
        for strategy in [Supervisor::one_for_all, Supervisor::rest_for_one] {
            let diary = Diary::default();
            let tree =
                strategy().child(child("t", &diary).restart(Restart::Temporary)).child(child("a", &diary));
            let tree = tree.start(&system).await.unwrap();
            let [t, a] = children(&tree, ["t", "a"]);
            t.crash().await.unwrap_err();
            assert_eq!(kind(&t.stopped().await), "panicked");
            assert_eq!(names(&tree).await, ["a"]);
            assert_eq!(a.epoch(), 1);
        }
    });
}

/// OTP supervisor_SUITE: one_for_all (members that had ended before)
#[test]
fn a_group_restart_starts_those_again_that_had_ended_as_other_actors() {
    both_ways(async |system: TestSystem| {
        for strategy in [Supervisor::one_for_all, Supervisor::rest_for_one] {
            let diary = Diary::default();
            let tree = strategy()
                .child(child("a", &diary))
                .child(child("done", &diary).restart(Restart::Transient))
                .child(child("b", &diary));
            let tree = tree.start(&system).await.unwrap();
            let [a, done, b] = children(&tree, ["a", "done", "b"]);
            done.quit().await.unwrap();
            assert_eq!(kind(&done.stopped().await), "normal");
            assert_eq!(counts(&tree).await, [3, 2, 0, 3]);
            a.crash().await.unwrap_err();
            lives_again(&b, 2).await;
            let again: ActorRef<Worker> = tree.child("done").unwrap();
            assert_ne!(again.id(), done.id());
            assert_eq!((again.path(), again.epoch()), (done.path(), 1));
            assert!(done.note(1).await.is_err());
            assert_eq!(again.note(1).await.unwrap(), 1);
            assert_eq!(names(&tree).await, ["a", "done", "b"]);
            assert_eq!(diary.who("started"), ["a", "done", "b", "a", "done", "b"]);
        }
    });
}

/// OTP supervisor_SUITE: rest_for_one (mail of those that are stopped with it)
#[test]
fn a_member_that_is_stopped_by_its_group_keeps_its_mail_and_goes_on_accepting() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let latch = Latch::closed();
        let tree = Supervisor::rest_for_one().child(latched("a", &diary, &latch)).child(child("b", &diary));
        let tree = tree.start(&system).await.unwrap();
        let [a, b] = children(&tree, ["a", "b"]);
        let busy = Latch::closed();
        occupy(&b, &busy).await;
        for n in 0..5 {
            b.note(n).tell().await.unwrap();
        }
        a.crash().await.unwrap_err();
        // The second is being stopped, and its handler has not finished.
        while !matches!(b.status(), Status::Stopping) {
            tokio::task::yield_now().await;
        }
        b.note(5).tell().await.unwrap();
        busy.open();
        // Now it is down, and waits for the first.
        latch.crowd(1).await;
        b.note(6).tell().await.unwrap();
        latch.open();
        assert_eq!(lives_again(&b, 2).await, Vec::from_iter(0..7));
        assert_eq!(system.dead_letters().len(), 1, "only the message that crashed the first");
    });
}

/// OTP supervisor_SUITE: simple_one_for_one
#[test]
fn dynamic_children_are_restarted_one_by_one_and_counted_together() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().intensity(2, secs(3_600)).start(&system).await.unwrap();
        let a = dynamic.start_child(child("a", &diary).restart(Restart::Permanent)).await.unwrap();
        let b = dynamic.start_child(child("b", &diary).restart(Restart::Permanent)).await.unwrap();
        a.crash().await.unwrap_err();
        a.seen().await.unwrap();
        assert_eq!((a.epoch(), b.epoch()), (2, 1));
        assert_eq!(counts(&dynamic).await, [2, 2, 0, 2]);
        b.crash().await.unwrap_err();
        b.seen().await.unwrap();
        a.crash().await.unwrap_err();
        assert_eq!(kind(&dynamic.stopped().await), "shutdown");
        assert_eq!(kind(&a.stopped().await), "panicked");
        assert_eq!(kind(&b.stopped().await), "shutdown");
    });
}

/// OTP supervisor_SUITE: simple_one_for_one_escalation
#[test]
fn a_dynamic_child_that_never_comes_up_again_ends_the_supervisor_and_its_siblings() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let dynamic = DynamicSupervisor::new().intensity(4, secs(3_600)).start(&system).await.unwrap();
        let bad = flaky("bad", &diary, |start| start > 1).restart(Restart::Permanent);
        let bad = dynamic.start_child(bad).await.unwrap();
        let good = dynamic.start_child(child("good", &diary)).await.unwrap();
        bad.crash().await.unwrap_err();
        assert_eq!(kind(&dynamic.stopped().await), "shutdown");
        assert_eq!(kind(&good.stopped().await), "shutdown");
        assert_eq!(kind(&bad.stopped().await), "start failed");
        assert_eq!(diary.who("failed to start").len(), 4);
    });
}
