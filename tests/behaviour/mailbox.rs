//! Contract, section 3: room, overflow, waiting senders, and the mailbox over a restart.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{LetterReason, Undelivered};

use crate::kit::{Diary, Worker, WorkerNote, gate};

/// A worker with little room whose handler waits at a gate, so that what follows stays queued.
async fn busy(system: &TestSystem, mailbox: Mailbox) -> (ActorRef<Worker>, tokio::sync::oneshot::Sender<()>) {
    let worker = system.build(Worker::default()).mailbox(mailbox).spawn().unwrap();
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    system.settle().await;
    (worker, open)
}

#[actor_core::test(paused)]
async fn a_mailbox_holds_1_024_messages_unless_told_otherwise(system: TestSystem) {
    let (worker, open) = busy(&system, Mailbox::default()).await;
    for n in 0..1_024 {
        worker.note(n).try_tell().unwrap();
    }
    let error = worker.note(9_999).try_tell().unwrap_err();
    assert!(matches!(error, TellError::Full(_)));
    assert_eq!(error.into_message().n, 9_999);
    drop(open);
}

#[actor_core::test(paused)]
async fn an_unbounded_mailbox_takes_what_comes(system: TestSystem) {
    let (worker, open) = busy(&system, Mailbox::unbounded()).await;
    for n in 0..5_000 {
        worker.note(n).try_tell().unwrap();
    }
    drop(open);
    assert_eq!(worker.seen().await.unwrap().len(), 5_000);
}

#[actor_core::test(paused)]
async fn senders_that_wait_are_served_in_order_and_nobody_overtakes_them(system: TestSystem) {
    let (worker, open) = busy(&system, Mailbox::bounded(1)).await;
    worker.note(0).try_tell().unwrap();
    for n in 1..=3 {
        tokio::spawn(worker.note(n).owned().tell());
        system.settle().await;
    }
    assert!(matches!(worker.note(9).try_tell(), Err(TellError::Full(_))));
    open.send(()).unwrap();
    system.settle().await;
    assert_eq!(worker.seen().await.unwrap(), [0, 1, 2, 3]);
}

#[actor_core::test(paused)]
async fn a_tell_that_is_dropped_while_it_waits_is_not_sent(system: TestSystem) {
    let (worker, open) = busy(&system, Mailbox::bounded(1)).await;
    worker.note(0).try_tell().unwrap();
    let first = tokio::spawn(worker.note(1).owned().tell());
    let second = tokio::spawn(worker.note(2).owned().tell());
    system.settle().await;
    first.abort();
    system.settle().await;
    open.send(()).unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(worker.seen().await.unwrap(), [0, 2]);
    assert!(system.dead_letters().is_empty(), "it was never accepted");
}

#[actor_core::test(paused)]
async fn with_fail_a_tell_without_room_comes_back(system: TestSystem) {
    let (worker, open) = busy(&system, Mailbox::bounded(1).overflow(Overflow::Fail)).await;
    worker.note(0).tell().await.unwrap();
    assert!(matches!(worker.note(1).tell().await, Err(TellError::Full(_))));
    let error = worker.note(2).await.unwrap_err();
    assert!(matches!(error, AskError::Undelivered(_, Undelivered::Full)));
    drop(open);
}

#[actor_core::test(paused)]
async fn with_drop_newest_the_message_is_reported_and_an_asker_hears(system: TestSystem) {
    let (worker, open) = busy(&system, Mailbox::bounded(1).overflow(Overflow::DropNewest)).await;
    worker.note(0).tell().await.unwrap();
    worker.note(1).tell().await.unwrap();
    let error = worker.note(2).await.unwrap_err();
    assert!(matches!(error, AskError::Undelivered(_, Undelivered::Overflow)));
    let letters = system.dead_letters();
    assert!(letters.iter().all(|letter| matches!(letter.reason, LetterReason::Overflow)));
    assert_eq!(letters[0].take::<WorkerNote>().unwrap().n, 1);
    assert_eq!(letters.len(), 2);
    drop(open);
    system.settle().await;
    assert_eq!(worker.seen().await.unwrap(), [0]);
}

#[actor_core::test(paused)]
async fn with_drop_oldest_the_message_that_waited_longest_makes_room(system: TestSystem) {
    let (worker, open) = busy(&system, Mailbox::bounded(2).overflow(Overflow::DropOldest)).await;
    let asked = tokio::spawn(worker.note(0).owned().into_future());
    system.settle().await;
    for n in 1..=3 {
        worker.note(n).tell().await.unwrap();
    }
    let error = asked.await.unwrap().unwrap_err();
    assert!(matches!(error, AskError::Undelivered(_, Undelivered::Overflow)));
    drop(open);
    system.settle().await;
    assert_eq!(worker.seen().await.unwrap(), [2, 3]);
    assert_eq!(system.dead_letters().len(), 2);
}

#[actor_core::test(paused)]
async fn a_kill_does_not_wait_behind_a_full_mailbox(system: TestSystem) {
    system.allow_dead_letters();
    let (worker, _open) = busy(&system, Mailbox::bounded(1)).await;
    worker.note(0).try_tell().unwrap();
    worker.kill();
    assert!(matches!(worker.stopped().await, StopReason::Killed));
}

#[actor_core::test(paused)]
async fn senders_that_wait_keep_their_order_over_a_restart(system: TestSystem) {
    system.allow_dead_letters();
    let diary = Diary::default();
    let child = Child::new("w", move || Worker::new("w", &diary)).mailbox(Mailbox::bounded(1));
    let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("w").unwrap();
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    system.settle().await;
    worker.crash().try_tell().unwrap();
    for n in 1..=3 {
        tokio::spawn(worker.note(n).owned().tell());
        system.settle().await;
    }
    open.send(()).unwrap();
    system.settle().await;
    assert_eq!(worker.seen().await.unwrap(), [1, 2, 3]);
    assert_eq!(worker.epoch(), 2);
}

#[actor_core::test(paused)]
async fn senders_that_wait_have_their_message_back_when_the_actor_stops(system: TestSystem) {
    system.allow_dead_letters();
    let (worker, open) = busy(&system, Mailbox::bounded(1)).await;
    worker.note(0).try_tell().unwrap();
    let told = tokio::spawn(worker.note(1).owned().tell());
    let asked = tokio::spawn(worker.note(2).owned().into_future());
    system.settle().await;
    worker.stop();
    assert_eq!(told.await.unwrap().unwrap_err().into_message().n, 1);
    assert_eq!(asked.await.unwrap().unwrap_err().into_message().unwrap().n, 2);
    drop(open);
}

#[actor_core::test(workers = 2)]
async fn a_bounded_mailbox_loses_nothing_under_many_senders(system: TestSystem) {
    let worker = system.build(Worker::default()).mailbox(Mailbox::bounded(4)).spawn().unwrap();
    let senders: Vec<_> = (0..16)
        .map(|_| {
            let worker = worker.clone();
            tokio::spawn(async move {
                for n in 0..200 {
                    worker.note(n).tell().await.unwrap();
                }
            })
        })
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    assert_eq!(worker.seen().await.unwrap().len(), 3_200);
}

#[test]
#[should_panic(expected = "room for at least one message")]
fn a_mailbox_without_room_is_refused() {
    let _ = Mailbox::bounded(0);
}
