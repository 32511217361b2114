//! Stopping a supervisor: how long each child may take, and whose reason counts.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::kit::{Diary, End, Habit, Latch, Worker, both_ways, child, child_with, kind, occupy, secs};

/// OTP supervisor_SUITE: sup_stop_infinity
#[actor_core::test(paused)]
async fn a_supervisor_below_another_may_take_as_long_to_stop_as_its_children_need(system: TestSystem) {
    let diary = Diary::default();
    let nested = Supervisor::one_for_one()
        .child(child("a", &diary).shutdown(Shutdown::After(secs(100))))
        .child(child("b", &diary).shutdown(Shutdown::After(secs(100))));
    let tree = Supervisor::one_for_one().child(child("z", &diary)).supervisor("nested", nested);
    let tree = tree.start(&system).await.unwrap();
    let nested = tree.supervisor("nested").unwrap();
    let [a, b]: [ActorRef<Worker>; 2] = ["a", "b"].map(|name| nested.child(name).unwrap());
    a.work(secs(50)).tell().await.unwrap();
    b.work(secs(70)).tell().await.unwrap();
    system.settle().await;
    let begun = Instant::now();
    tree.stop();
    assert_eq!(kind(&tree.stopped().await), "normal");
    assert_eq!(begun.elapsed(), secs(70), "they have worked side by side");
    assert_eq!(kind(&a.stopped().await), "shutdown");
    assert_eq!(kind(&b.stopped().await), "shutdown");
    assert_eq!(diary.who("stops: shutdown"), ["b", "a", "z"]);
}

/// OTP supervisor_SUITE: sup_stop_timeout
#[actor_core::test(paused)]
async fn a_child_that_outlasts_its_time_is_killed_and_the_others_stop_as_they_should(system: TestSystem) {
    system.allow_dead_letters();
    let diary = Diary::default();
    let second = Shutdown::After(secs(1));
    let tree = Supervisor::one_for_one()
        .child(child("a", &diary).shutdown(second))
        .child(child("b", &diary).shutdown(second));
    let tree = tree.start(&system).await.unwrap();
    let [a, b]: [ActorRef<Worker>; 2] = ["a", "b"].map(|name| tree.child(name).unwrap());
    b.work(secs(200)).tell().await.unwrap();
    system.settle().await;
    let begun = Instant::now();
    tree.stop();
    tree.stopped().await;
    assert_eq!(begun.elapsed(), secs(1));
    assert_eq!(kind(&a.stopped().await), "shutdown");
    assert_eq!(kind(&b.stopped().await), "killed");
    assert_eq!(diary.who("stops: shutdown"), ["a"]);
}

/// OTP supervisor_SUITE: sup_stop_timeout_dynamic
#[actor_core::test(paused)]
async fn dynamic_children_that_outlast_their_time_are_killed_together(system: TestSystem) {
    system.allow_dead_letters();
    let diary = Diary::default();
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let mut workers = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let child = child(name, &diary).shutdown(Shutdown::After(secs(1)));
        workers.push(dynamic.start_child(child).await.unwrap());
    }
    for deaf in &workers[1..3] {
        deaf.work(secs(200)).tell().await.unwrap();
    }
    system.settle().await;
    let begun = Instant::now();
    dynamic.stop();
    dynamic.stopped().await;
    assert_eq!(begun.elapsed(), secs(1));
    let mut ends = Vec::new();
    for worker in &workers {
        ends.push(kind(&worker.stopped().await));
    }
    assert_eq!(ends, ["shutdown", "killed", "killed", "shutdown"]);
}

/// OTP supervisor_SUITE: sup_stop_brutal_kill
#[test]
fn a_child_with_the_policy_kill_is_killed_and_its_siblings_are_not() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one()
            .child(child("a", &diary))
            .child(child("b", &diary).shutdown(Shutdown::Kill))
            .child(child("c", &diary));
        let tree = tree.start(&system).await.unwrap();
        let [a, b, c]: [ActorRef<Worker>; 3] = ["a", "b", "c"].map(|name| tree.child(name).unwrap());
        tree.stop();
        tree.stopped().await;
        assert_eq!(kind(&a.stopped().await), "shutdown");
        assert_eq!(kind(&b.stopped().await), "killed");
        assert_eq!(kind(&c.stopped().await), "shutdown");
        assert_eq!(diary.who("stops: shutdown"), ["c", "a"]);
    });
}

/// OTP supervisor_SUITE: sup_stop_brutal_kill_dynamic
#[test]
fn dynamic_children_with_the_policy_kill_are_all_killed_in_the_middle_of_their_work() {
    both_ways(async |system: TestSystem| {
        system.allow_dead_letters();
        let diary = Diary::default();
        let latch = Latch::closed();
        let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
        let mut workers = Vec::new();
        for name in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
            let worker = dynamic.start_child(child(name, &diary).shutdown(Shutdown::Kill)).await.unwrap();
            occupy(&worker, &latch).await;
            workers.push(worker);
        }
        dynamic.stop();
        assert_eq!(kind(&dynamic.stopped().await), "normal");
        for worker in workers {
            assert_eq!(kind(&worker.stopped().await), "killed");
        }
        assert!(diary.who("stops: shutdown").is_empty());
    });
}

/// OTP supervisor_SUITE: sup_stop_race
#[test]
fn children_that_end_by_themselves_while_the_supervisor_stops_keep_their_reasons_and_stay_down() {
    both_ways(async |system: TestSystem| {
        let diary = Diary::default();
        let latch = Latch::closed();
        let restarts = [Restart::Permanent, Restart::Transient, Restart::Temporary];
        let ends = [End::Quit, End::Kill, End::Fail, End::Crash];
        let names: Vec<&'static str> = vec!["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"];
        let cases = || restarts.iter().flat_map(|restart| ends.iter().map(move |end| (*restart, *end)));
        let mut tree = Supervisor::one_for_one().child(child("first", &diary));
        for (name, (restart, _)) in names.iter().zip(cases()) {
            tree = tree.child(child(name, &diary).restart(restart));
        }
        // It stops before the others and waits in its hook, so that the supervisor is stopping for as long.
        let tree = tree.child(child_with("last", &diary, Habit::Latched(latch.clone())));
        let tree = tree.start(&system).await.unwrap();
        let workers: Vec<ActorRef<Worker>> = names.iter().map(|name| tree.child(name).unwrap()).collect();
        let [first, last]: [ActorRef<Worker>; 2] = ["first", "last"].map(|name| tree.child(name).unwrap());
        tree.stop();
        latch.crowd(1).await;
        for (worker, (_, end)) in workers.iter().zip(cases()) {
            end.of(worker).await;
        }
        latch.open();
        tree.stopped().await;
        for (worker, (restart, end)) in workers.iter().zip(cases()) {
            assert_eq!(kind(&worker.stopped().await), end.kind(), "{restart:?} {end:?}");
            assert_eq!(worker.epoch(), 1, "{restart:?} {end:?}");
        }
        assert_eq!(kind(&first.stopped().await), "shutdown");
        assert_eq!(kind(&last.stopped().await), "shutdown");
        assert_eq!(diary.who("started").len(), 14);
    });
}

/// OTP supervisor_SUITE: sup_stop_non_shutdown_exit_dynamic
#[test]
fn dynamic_children_that_fail_when_they_are_told_to_stop_keep_their_reasons_and_stay_down() {
    both_ways(async |system: TestSystem| {
        for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
            let diary = Diary::default();
            let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
            let willing = dynamic.start_child(child("willing", &diary).restart(restart)).await.unwrap();
            let sour = child_with("sour", &diary, Habit::Sour).restart(restart);
            let sour = dynamic.start_child(sour).await.unwrap();
            let failing = dynamic.start_child(child("failing", &diary).restart(restart)).await.unwrap();
            let (begun, has_begun) = oneshot::channel();
            failing.fail_when_stopped(begun).tell().await.unwrap();
            has_begun.await.unwrap();
            dynamic.stop();
            assert_eq!(kind(&dynamic.stopped().await), "normal");
            assert_eq!(kind(&willing.stopped().await), "shutdown");
            assert_eq!(kind(&sour.stopped().await), "panicked");
            assert_eq!(kind(&failing.stopped().await), "failed");
            assert_eq!(diary.who("started").len(), 3);
        }
    });
}

/// OTP supervisor_SUITE: simple_one_for_one_shutdown
#[actor_core::test(paused)]
async fn dynamic_children_stop_side_by_side_so_that_the_slowest_sets_the_time(system: TestSystem) {
    let diary = Diary::default();
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let slow = |name, time| {
        let policy = Shutdown::After(secs(2));
        child_with(name, &diary, Habit::Slow(time)).shutdown(policy).restart(Restart::Permanent)
    };
    let a = dynamic.start_child(slow("a", secs(1))).await.unwrap();
    let b = dynamic.start_child(slow("b", secs(1))).await.unwrap();
    let c = dynamic.start_child(slow("c", secs(5))).await.unwrap();
    let begun = Instant::now();
    dynamic.stop();
    dynamic.stopped().await;
    assert_eq!(begun.elapsed(), secs(2), "the third was cut short at its bound");
    assert_eq!(kind(&a.stopped().await), "shutdown");
    assert_eq!(kind(&b.stopped().await), "shutdown");
    // A hook that is cut short does not change why the actor ends.
    assert_eq!(kind(&c.stopped().await), "shutdown");
    assert_eq!(diary.who("started").len(), 3);
}

/// OTP supervisor_SUITE: child_unlink
#[actor_core::test(paused)]
async fn a_child_that_does_not_want_to_stop_holds_up_neither_its_supervisor_nor_its_siblings(
    system: TestSystem,
) {
    system.allow_dead_letters();
    let diary = Diary::default();
    let dynamic = DynamicSupervisor::new().start(&system).await.unwrap();
    let naughty = dynamic.start_child(child("naughty", &diary)).await.unwrap();
    let good = child("good", &diary).restart(Restart::Permanent);
    let good = dynamic.start_child(good).await.unwrap();
    naughty.work(secs(3_600)).tell().await.unwrap();
    system.settle().await;
    let begun = Instant::now();
    let terminating = tokio::spawn({
        let dynamic = dynamic.clone();
        async move { dynamic.terminate_child("naughty").await }
    });
    system.settle().await;
    // Meanwhile it restarts, starts and terminates others, and no time passes.
    good.crash().await.unwrap_err();
    assert_eq!(good.note(1).await.unwrap(), 1);
    dynamic.start_child(child("new", &diary)).await.unwrap();
    dynamic.terminate_child("new").await.unwrap();
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert!(!terminating.is_finished());
    terminating.await.unwrap().unwrap();
    assert_eq!(begun.elapsed(), secs(5));
    assert_eq!(kind(&naughty.stopped().await), "killed");
}
