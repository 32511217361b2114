//! Accounts that crash, are killed or stopped: the service goes on, and no balance is lost.

use actor_core::testing::TestSystem;

use crate::journal::Trouble;
use crate::service::Service;

#[actor_core::test]
async fn a_crash_costs_one_request_and_the_one_behind_it_is_handled(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann"]).await;
    let account = bank.bank.account("ann").await.unwrap();
    bank.journal.spoil("ann", Trouble::Panic);
    let doomed = bank.occupy("ann", 1).await;
    let behind = bank.begin_deposit("ann", 10);
    bank.queued("ann", 1).await;
    bank.journal.open_gate("ann");

    let doomed = doomed.await.unwrap();
    assert_eq!((doomed.status, doomed.outcome()), (500, "nothing"));
    assert_eq!(behind.await.unwrap().status, 200);
    assert_eq!(account.epoch(), 2);
    // By a reference from before the crash, and from outside.
    assert_eq!(account.balance().await.unwrap(), 110);
    assert_eq!(bank.balance("ann").await, 110);
}

#[actor_core::test]
async fn a_crash_of_one_account_is_no_concern_of_another(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann", "bob"]).await;
    for _ in 0..20 {
        bank.journal.spoil("ann", Trouble::Panic);
        assert_eq!(bank.deposit("ann", 1).await.status, 500);
        assert_eq!(bank.deposit("bob", 1).await.status, 200);
    }
    assert_eq!(bank.balance("ann").await, 100);
    assert_eq!(bank.balance("bob").await, 120);
    assert_eq!(bank.bank.account("bob").await.unwrap().epoch(), 1);
}

#[actor_core::test]
async fn a_request_that_is_cut_short_by_a_kill_is_unknown(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann"]).await;
    let running = bank.occupy("ann", 1).await;
    bank.bank.account("ann").await.unwrap().kill();
    let running = running.await.unwrap();
    assert_eq!((running.status, running.outcome()), (500, "unknown"));
    bank.journal.open_gate("ann");
    assert_eq!(bank.balance("ann").await, 100);
}

#[actor_core::test]
async fn what_waits_for_an_account_that_stops_can_be_sent_again(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann"]).await;
    let running = bank.occupy("ann", 1).await;
    let waiting = bank.begin_deposit("ann", 10);
    bank.queued("ann", 1).await;
    let account = bank.bank.account("ann").await.unwrap();
    account.stop();
    bank.journal.open_gate("ann");

    assert_eq!(running.await.unwrap().status, 200);
    let waiting = waiting.await.unwrap();
    assert_eq!((waiting.status, waiting.outcome()), (503, "nothing"));
    assert_eq!(waiting.retry_after.as_deref(), Some("1"));
    account.stopped().await;
    system.settle().await;
    // Another actor, made from the same journal.
    assert_eq!(bank.deposit("ann", 10).await.status, 200);
    assert_eq!(bank.balance("ann").await, 111);
}
