//! Restart strategies, and the restarts that are too many.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;

use crate::kit::{Diary, Worker, both_ways, child, flaky, kind, ms, secs};

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
