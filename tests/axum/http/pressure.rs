//! An account that is busy: who waits, who is turned away, and what the statuses promise.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;

use crate::service::{AN_HOUR, Service, pass};

#[actor_core::test]
async fn too_late_while_it_runs_is_unknown_and_too_late_before_that_is_nothing(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann"]).await;
    let running = bank.occupy("ann", 1).await;
    let waiting = bank.begin_deposit("ann", 10);
    bank.queued("ann", 1).await;
    pass(&system, AN_HOUR).await;

    let running = running.await.unwrap();
    assert_eq!((running.status, running.outcome(), running.retry_after.as_deref()), (504, "unknown", None));
    let waiting = waiting.await.unwrap();
    assert_eq!((waiting.status, waiting.outcome()), (503, "nothing"));
    assert_eq!(waiting.retry_after.as_deref(), Some("1"));

    // The one went on, as `unknown` had said it may; the other never came to be.
    bank.journal.open_gate("ann");
    assert_eq!(bank.balance("ann").await, 101);
}

#[actor_core::test]
async fn a_request_that_finds_no_room_waits_outside_and_is_turned_away_in_the_end(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann"]).await;
    let running = bank.occupy("ann", 1).await;
    // Told, not asked: nobody's time is over while it keeps the only place.
    bank.bank.account("ann").await.unwrap().deposit(2).try_tell().unwrap();
    let outside = bank.begin_deposit("ann", 10);
    while !outside.is_finished() {
        pass(&system, AN_HOUR).await;
    }
    let outside = outside.await.unwrap();
    assert_eq!((outside.status, outside.outcome()), (503, "nothing"));
    assert_eq!(outside.retry_after.as_deref(), Some("1"));

    bank.journal.open_gate("ann");
    assert_eq!(running.await.unwrap().status, 504);
    assert_eq!(bank.balance("ann").await, 103);
}

#[actor_core::test]
async fn a_mailbox_that_fails_when_full_turns_away_at_once(system: TestSystem) {
    let bank = Service::with(&system, Mailbox::bounded(1).overflow(Overflow::Fail)).await;
    bank.open(&["ann"]).await;
    let running = bank.occupy("ann", 1).await;
    let waiting = bank.begin_deposit("ann", 2);
    bank.queued("ann", 1).await;

    let full = bank.deposit("ann", 10).await;
    assert_eq!((full.status, full.outcome()), (503, "nothing"));
    assert_eq!(full.retry_after.as_deref(), Some("1"));

    bank.journal.open_gate("ann");
    assert_eq!((running.await.unwrap().status, waiting.await.unwrap().status), (200, 200));
    assert_eq!(bank.balance("ann").await, 103);
}

#[actor_core::test]
async fn one_busy_account_holds_up_no_other(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann", "bob"]).await;
    let running = bank.occupy("ann", 1).await;
    assert_eq!(bank.deposit("bob", 1).await.status, 200);
    bank.journal.open_gate("ann");
    assert_eq!(running.await.unwrap().status, 200);
}
