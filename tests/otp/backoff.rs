//! Pekko, `BackoffOnRestartSupervisorSpec`, `BackoffSupervisorSpec` and the backoff part of the typed
//! `SupervisionSpec`. All of it is about time, so all of it runs with the clock paused.
//!
//! Left out:
//! - "forward messages to the child", "forward messages from the child to the parent of the supervisor": a supervisor
//!   does not stand between a child and those who talk to it.
//! - "reply to sender if replyWhileStopped is specified", "use provided actor while stopped ...": mail waits for the child
//!   instead, and whoever cannot wait sets a timeout.
//! - "stop restarting the child if final stop message received", "supervisor must not stop when final stop message has not
//!   been received": `terminate_child` is how one is kept from coming back.
//! - "support manual reset": a healthy time resets, nothing else.
//! - "stop on exceptions as dictated by the supervisor strategy", "support custom supervision strategy", "support default
//!   stopping strategy": what ends for good is the restart type's to say; `supervisor::restarts` has it.
//! - "handle reset backoff count for more than one nested restartWithBackoff": one backoff for each child.

use actor_core::ChildStatus::Restarting;
use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{Backoff, Phase, Status, SupervisorRef};
use tokio::time::Instant;

use crate::kit::{
    Chronicle, Diary, End, Habit, Latch, Worker, child, child_with, children, flaky, kind, ms, occupy, secs,
    statuses,
};

/// A supervisor that does not give up, with one child of this backoff.
async fn tree(system: &TestSystem, child: Child<Worker>) -> (SupervisorRef, ActorRef<Worker>) {
    let tree = Supervisor::one_for_one().name("top").intensity(1_000, secs(1));
    let tree = tree.child(child).start(system).await.unwrap();
    let worker = tree.child("w").unwrap();
    (tree, worker)
}

/// How long the worker is away after this end. The clock moves by itself, to the moment of the next timer, when nothing
/// is left to do without it.
async fn absence(system: &TestSystem, worker: &ActorRef<Worker>, end: End) -> Duration {
    let mut chronicle = Chronicle::of(system);
    let begun = Instant::now();
    end.of(worker).await;
    chronicle.started(worker.path().as_str()).await;
    begun.elapsed()
}

/// Pekko BackoffOnRestartSupervisorSpec: restart the child with an exponential back off
#[actor_core::test(paused)]
async fn each_restart_in_a_row_waits_twice_as_long_as_the_one_before(system: TestSystem) {
    let diary = Diary::default();
    let backoff = Backoff::exponential(ms(200), secs(10));
    let (_tree, worker) = tree(&system, child("w", &diary).backoff(backoff)).await;
    for wait in [200, 400, 800, 1_600] {
        assert_eq!(absence(&system, &worker, End::Crash).await, ms(wait));
    }
    // There has been one at a time, and nobody else.
    assert_eq!(diary.lines().len(), 9);
    assert_eq!(system.stats().actors, 2);
}

/// Pekko BackoffSupervisorSpec: correctly calculate the delay
#[actor_core::test(paused)]
async fn the_wait_grows_by_its_factor_and_not_beyond_its_cap(system: TestSystem) {
    for (backoff, waits) in [
        (Backoff::exponential(ms(5), ms(7)), [5, 7, 7, 7]),
        (Backoff::exponential(ms(5), secs(600)), [5, 10, 20, 40]),
        (Backoff::exponential(ms(10), ms(100)).factor(3.0), [10, 30, 90, 100]),
        (Backoff::exponential(ms(10), ms(100)).factor(1.0), [10, 10, 10, 10]),
        (Backoff::exponential(ms(9), ms(9)), [9, 9, 9, 9]),
        (Backoff::exponential(Duration::ZERO, Duration::ZERO), [0, 0, 0, 0]),
    ] {
        let (tree, worker) = tree(&system, child("w", &Diary::default()).backoff(backoff)).await;
        for wait in waits {
            assert_eq!(absence(&system, &worker, End::Crash).await, ms(wait), "{backoff:?}");
        }
        tree.stop();
        tree.stopped().await;
    }
}

/// Pekko BackoffSupervisorSpec: correctly calculate the delay (randomFactor)
#[actor_core::test(paused)]
async fn jitter_spreads_the_waits_within_its_bounds_and_they_differ(system: TestSystem) {
    let backoff = Backoff::exponential(ms(1_000), ms(1_000)).jitter(0.2);
    let (_tree, worker) = tree(&system, child("w", &Diary::default()).backoff(backoff)).await;
    let mut chronicle = Chronicle::of(&system);
    let mut waits = Vec::new();
    for _ in 0..20 {
        worker.crash().await.unwrap_err();
        let delay = chronicle.restarting("/top/w").await;
        assert!(delay >= ms(800) && delay <= ms(1_200), "{delay:?}");
        waits.push(delay);
        system.advance(ms(1_201)).await;
        worker.seen().await.unwrap();
    }
    waits.sort_unstable();
    waits.dedup();
    assert!(waits.len() > 10, "{waits:?}");
}

/// Pekko BackoffSupervisorSpec: start child again when it stops when using `Backoff.onStop`
#[actor_core::test(paused)]
async fn the_backoff_is_waited_for_after_every_end_that_leads_to_a_restart(system: TestSystem) {
    for end in End::NORMAL.into_iter().chain(End::ABNORMAL) {
        let backoff = Backoff::exponential(ms(100), secs(3));
        let (tree, worker) = tree(&system, child("w", &Diary::default()).backoff(backoff)).await;
        assert_eq!(absence(&system, &worker, end).await, ms(100), "{end:?}");
        tree.stop();
        tree.stopped().await;
    }
}

/// Pekko BackoffOnRestartSupervisorSpec: terminate when child terminates
#[actor_core::test(paused)]
async fn an_end_that_leads_to_no_restart_is_not_waited_for(system: TestSystem) {
    for (restart, end) in
        [(Restart::Transient, End::Quit), (Restart::Temporary, End::Crash), (Restart::Temporary, End::Stop)]
    {
        let begun = Instant::now();
        let child = child("w", &Diary::default()).restart(restart);
        let (tree, worker) = tree(&system, child.backoff(Backoff::exponential(secs(1), secs(1)))).await;
        end.of(&worker).await;
        assert_eq!(kind(&worker.stopped().await), end.kind());
        tree.stop();
        tree.stopped().await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}

/// Pekko BackoffOnRestartSupervisorSpec: accept commands while child is terminating
#[actor_core::test(paused)]
async fn mail_is_accepted_while_the_old_one_stops_and_while_the_new_one_is_waited_for(system: TestSystem) {
    let diary = Diary::default();
    let latch = Latch::closed();
    let slow = child_with("w", &diary, Habit::Latched(latch.clone()));
    let (_tree, worker) = tree(&system, slow.backoff(Backoff::exponential(secs(1), secs(1)))).await;
    worker.crash().await.unwrap_err();
    latch.crowd(1).await;
    worker.note(1).tell().await.unwrap();
    worker.note(2).tell().await.unwrap();
    assert_eq!(worker.epoch(), 1);
    latch.open();
    system.settle().await;
    assert!(matches!(worker.status(), Status::Restarting));
    worker.note(3).tell().await.unwrap();
    let begun = Instant::now();
    system.advance(ms(999)).await;
    assert_eq!((worker.queue_len(), worker.epoch()), (3, 1));
    system.advance(ms(1)).await;
    assert_eq!(worker.seen().await.unwrap(), [1, 2, 3]);
    assert_eq!(begun.elapsed(), secs(1));
}

/// Pekko BackoffSupervisorSpec: not reply to sender if replyWhileStopped is NOT specified
#[actor_core::test(paused)]
async fn an_ask_during_the_wait_times_out_in_the_queue_and_is_never_handled(system: TestSystem) {
    let backoff = Backoff::exponential(secs(100), secs(300));
    let (tree, worker) = tree(&system, child("w", &Diary::default()).backoff(backoff)).await;
    worker.crash().await.unwrap_err();
    system.settle().await;
    let error = worker.note(1).timeout(ms(500)).await.unwrap_err();
    assert!(matches!(error, AskError::Timeout { phase: Phase::Queued, .. }), "{error}");
    // The default is a timeout like another.
    let asked = tokio::spawn(worker.note(2).owned().into_future());
    system.advance(ms(5_201)).await;
    let error = asked.await.unwrap().unwrap_err();
    assert!(matches!(error, AskError::Timeout { phase: Phase::Queued, .. }), "{error}");
    assert_eq!(statuses(&tree).await, [("w".to_owned(), Restarting)]);
    system.advance(secs(100)).await;
    assert_eq!(worker.seen().await.unwrap(), []);
}

/// Pekko SupervisionSpec: publish dropped messages while backing off and stash is full
#[actor_core::test(paused)]
async fn during_the_wait_the_mailbox_holds_what_it_holds_and_refuses_the_rest(system: TestSystem) {
    let bounded = child("w", &Diary::default()).mailbox(Mailbox::bounded(2));
    let (_tree, worker) = tree(&system, bounded.backoff(Backoff::exponential(secs(1), secs(1)))).await;
    worker.crash().await.unwrap_err();
    system.settle().await;
    worker.note(1).try_tell().unwrap();
    worker.note(2).try_tell().unwrap();
    assert!(matches!(worker.note(3).try_tell(), Err(TellError::Full(_))));
    // One that can wait, waits, and keeps its place.
    let waiting = tokio::spawn({
        let worker = worker.clone();
        async move { worker.note(4).tell().await }
    });
    system.advance(ms(999)).await;
    assert!(!waiting.is_finished());
    system.advance(ms(1)).await;
    waiting.await.unwrap().unwrap();
    assert_eq!(worker.seen().await.unwrap(), [1, 2, 4]);
}

/// Pekko SupervisionSpec: restart after exponential backoff
#[actor_core::test(paused)]
async fn after_the_wait_it_begins_with_fresh_state_and_the_next_wait_is_longer(system: TestSystem) {
    let backoff = Backoff::exponential(secs(1), secs(10)).reset_after(secs(10));
    let (_tree, worker) = tree(&system, child("w", &Diary::default()).backoff(backoff)).await;
    for wait in [1, 2] {
        worker.note(7).await.unwrap();
        assert_eq!(absence(&system, &worker, End::Crash).await, secs(wait));
        assert_eq!(worker.seen().await.unwrap(), []);
    }
}

/// Pekko SupervisionSpec: reset exponential backoff count after reset timeout
#[actor_core::test(paused)]
async fn a_healthy_time_makes_the_next_wait_the_first_one_again_and_a_moment_less_does_not(
    system: TestSystem,
) {
    let backoff = Backoff::exponential(ms(500), secs(10)).reset_after(ms(1_500));
    let (_tree, worker) = tree(&system, child("w", &Diary::default()).backoff(backoff)).await;
    assert_eq!(absence(&system, &worker, End::Crash).await, ms(500));
    system.advance(ms(1_499)).await;
    assert_eq!(absence(&system, &worker, End::Crash).await, ms(1_000));
    system.advance(ms(1_500)).await;
    assert_eq!(absence(&system, &worker, End::Crash).await, ms(500));
    assert_eq!(absence(&system, &worker, End::Crash).await, ms(1_000));
}

/// Pekko SupervisionSpec: reset exponential backoff count after reset timeout (time spent waiting is not healthy time)
#[actor_core::test(paused)]
async fn only_time_spent_running_counts_as_healthy(system: TestSystem) {
    let backoff = Backoff::exponential(ms(500), secs(10)).reset_after(ms(600));
    let (_tree, worker) = tree(&system, child("w", &Diary::default()).backoff(backoff)).await;
    for wait in [500, 1_000, 2_000, 4_000] {
        assert_eq!(absence(&system, &worker, End::Crash).await, ms(wait));
    }
}

/// Pekko SupervisionSpec: restart with exponential backoff when deferred factory throws
#[actor_core::test(paused)]
async fn a_start_that_fails_is_a_failure_in_the_row_and_is_waited_for_as_such(system: TestSystem) {
    let diary = Diary::default();
    let backoff = Backoff::exponential(ms(100), secs(10));
    let (_tree, worker) =
        tree(&system, flaky("w", &diary, |start| (2..5).contains(&start)).backoff(backoff)).await;
    worker.note(0).await.unwrap();
    worker.crash().await.unwrap_err();
    system.settle().await;
    let begun = Instant::now();
    let mut failures = Vec::new();
    for wait in [100, 200, 400] {
        system.advance(ms(wait - 1)).await;
        let before = diary.who("failed to start").len();
        system.advance(ms(1)).await;
        failures.push(diary.who("failed to start").len() - before);
    }
    assert_eq!(failures, [1, 1, 1]);
    system.advance(ms(799)).await;
    assert!(matches!(worker.status(), Status::Restarting));
    system.advance(ms(1)).await;
    assert_eq!(worker.seen().await.unwrap(), []);
    assert_eq!(begun.elapsed(), ms(100 + 200 + 400 + 800));
}

/// Pekko BackoffOnRestartSupervisorSpec: respect maxNrOfRetries property of OneForOneStrategy
#[actor_core::test(paused)]
async fn restarts_with_a_backoff_count_like_any_other(system: TestSystem) {
    let backoff = Backoff::exponential(ms(200), secs(10));
    let tree = Supervisor::one_for_one()
        .intensity(5, secs(30))
        .child(child("w", &Diary::default()).backoff(backoff));
    let tree = tree.start(&system).await.unwrap();
    let [worker] = children(&tree, ["w"]);
    for _ in 0..5 {
        absence(&system, &worker, End::Crash).await;
    }
    let begun = Instant::now();
    worker.crash().await.unwrap_err();
    assert_eq!(kind(&tree.stopped().await), "shutdown");
    assert_eq!(kind(&worker.stopped().await), "panicked");
    assert_eq!(begun.elapsed(), Duration::ZERO, "what does not happen is not waited for");
}

/// Pekko BackoffOnRestartSupervisorSpec: respect withinTimeRange property of OneForOneStrategy, keep restarting when failures happen outside of withinTimeRange
#[actor_core::test(paused)]
async fn waits_that_spread_the_restarts_beyond_the_window_keep_the_supervisor_alive(system: TestSystem) {
    let tree = Supervisor::one_for_one()
        .intensity(3, ms(10))
        .child(child("w", &Diary::default()).backoff(Backoff::exponential(ms(100), ms(800))));
    let tree = tree.start(&system).await.unwrap();
    let [worker] = children(&tree, ["w"]);
    for wait in [100, 200, 400, 800, 800, 800, 800, 800] {
        assert_eq!(absence(&system, &worker, End::Crash).await, ms(wait));
    }
    assert_eq!(worker.note(1).await.unwrap(), 1);
}

/// Pekko SupervisionSpec: fail if reaching maximum number of restarts with backoff; BackoffSupervisorSpec: stop restarting the child after reaching maxNrOfRetries limit
#[actor_core::test(paused)]
async fn a_child_that_never_comes_back_ends_the_supervisor_when_the_attempts_are_used_up(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .intensity(2, secs(10))
        .child(flaky("w", &diary, |start| start > 1).backoff(Backoff::exponential(ms(200), secs(10))));
    let tree = tree.start(&system).await.unwrap();
    let [worker] = children(&tree, ["w"]);
    worker.crash().await.unwrap_err();
    let begun = Instant::now();
    assert_eq!(kind(&tree.stopped().await), "shutdown");
    assert_eq!(begun.elapsed(), ms(200 + 400));
    assert_eq!(kind(&worker.stopped().await), "start failed");
    assert_eq!(diary.who("failed to start").len(), 2);
}

/// Pekko SupervisionSpec: stop when a restart is waited for (that is stopped after restart should be stopped)
#[actor_core::test(paused)]
async fn shutdown_does_not_wait_for_those_who_back_off_and_they_do_not_come_back(system: TestSystem) {
    let diary = Diary::default();
    let backoff = Backoff::exponential(secs(100), secs(100));
    let (_tree, worker) = tree(&system, child("w", &diary).backoff(backoff)).await;
    worker.crash().await.unwrap_err();
    worker.note(1).tell().await.unwrap();
    system.settle().await;
    let report = system.shutdown().await;
    assert_eq!(report.took, Duration::ZERO);
    worker.stopped().await;
    assert_eq!(diary.who("started").len(), 1);
    // What waited for it is reported.
    assert_eq!(system.dead_letters().len(), 2, "the message that crashed it, and the one that waited");
}

/// Pekko SupervisionSpec: ensure unhandled message retention during unstash exception when backoff
#[actor_core::test(paused)]
async fn mail_is_kept_in_order_over_two_waits(system: TestSystem) {
    system.allow_dead_letters();
    let backoff = Backoff::exponential(ms(10), ms(10));
    let (_tree, worker) = tree(&system, child("w", &Diary::default()).backoff(backoff)).await;
    let latch = Latch::closed();
    occupy(&worker, &latch).await;
    worker.crash().tell().await.unwrap();
    worker.note(1).tell().await.unwrap();
    worker.crash().tell().await.unwrap();
    worker.note(2).tell().await.unwrap();
    worker.note(3).tell().await.unwrap();
    latch.open();
    let begun = Instant::now();
    assert_eq!(worker.seen().await.unwrap(), [2, 3]);
    assert_eq!(begun.elapsed(), ms(20));
    assert_eq!(worker.epoch(), 3);
}

/// Pekko BackoffOnRestartSupervisorSpec: restart the child with an exponential back off (with siblings)
#[actor_core::test(paused)]
async fn one_that_backs_off_delays_none_of_its_siblings_restarts(system: TestSystem) {
    let diary = Diary::default();
    let tree = Supervisor::one_for_one()
        .child(child("a", &diary).backoff(Backoff::exponential(secs(10), secs(10))))
        .child(child("b", &diary));
    let tree = tree.start(&system).await.unwrap();
    let [a, b] = children(&tree, ["a", "b"]);
    a.crash().await.unwrap_err();
    let begun = Instant::now();
    b.crash().await.unwrap_err();
    assert_eq!(b.note(1).await.unwrap(), 1);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    system.advance(secs(10)).await;
    assert_eq!((a.epoch(), b.epoch()), (2, 2));
}

/// Pekko SupervisionSpec: stop children when backoff (here: the group that stops with it)
#[actor_core::test(paused)]
async fn a_group_stops_at_once_waits_for_the_one_that_failed_and_starts_in_order(system: TestSystem) {
    for (strategy, epoch) in [
        (Supervisor::one_for_all as fn() -> Supervisor, 2),
        (Supervisor::rest_for_one as fn() -> Supervisor, 1),
    ] {
        let diary = Diary::default();
        // Those that did not fail do not make the group wait.
        let patient = Backoff::exponential(secs(100), secs(100));
        let tree = strategy()
            .child(child("a", &diary).backoff(patient))
            .child(child("b", &diary).backoff(Backoff::exponential(secs(1), secs(1))))
            .child(child("c", &diary).backoff(patient));
        let tree = tree.start(&system).await.unwrap();
        let [a, b, c] = children(&tree, ["a", "b", "c"]);
        diary.take();
        b.crash().await.unwrap_err();
        system.settle().await;
        let stopped = if epoch == 2 { vec!["c", "a"] } else { vec!["c"] };
        assert_eq!(diary.who("stops: shutdown"), stopped);
        assert!(diary.who("started").is_empty());
        c.note(7).tell().await.unwrap();
        system.advance(ms(999)).await;
        assert!(diary.who("started").is_empty());
        system.advance(ms(1)).await;
        let started = if epoch == 2 { vec!["a", "b", "c"] } else { vec!["b", "c"] };
        assert_eq!(diary.who("started"), started);
        assert_eq!([&a, &b, &c].map(|worker| worker.epoch()), [epoch, 2, 2]);
        assert_eq!(c.seen().await.unwrap(), [7]);
        tree.stop();
        tree.stopped().await;
    }
}
