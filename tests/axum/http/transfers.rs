//! Transfers that go wrong half-way: the money is on one side or the other, never on both, never on none.

use std::pin::pin;
use std::task::{Context, Waker};

use actor_core::testing::TestSystem;
use serde_json::json;

use crate::journal::Trouble;
use crate::service::{AN_HOUR, Service, pass};

#[actor_core::test]
async fn the_money_goes_back_if_the_other_side_is_too_busy(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann", "bob"]).await;
    let running = bank.occupy("bob", 1).await;
    let transfer = bank.begin_post("/transfers", json!({ "from": "ann", "to": "bob", "amount": 30 }));
    bank.queued("bob", 1).await;
    assert_eq!(bank.balance("ann").await, 70);
    pass(&system, AN_HOUR).await;

    let transfer = transfer.await.unwrap();
    assert_eq!((transfer.status, transfer.outcome()), (503, "nothing"));
    assert_eq!(bank.balance("ann").await, 100);
    bank.journal.open_gate("bob");
    assert_eq!(running.await.unwrap().status, 504);
    assert_eq!(bank.balance("bob").await, 101);
}

#[actor_core::test]
async fn the_money_goes_back_if_the_other_side_crashes(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann", "bob"]).await;
    bank.journal.spoil("bob", Trouble::Panic);
    let transfer = bank.post("/transfers", json!({ "from": "ann", "to": "bob", "amount": 30 })).await;
    assert_eq!((transfer.status, transfer.outcome()), (500, "nothing"));
    assert_eq!((bank.balance("ann").await, bank.balance("bob").await), (json!(100), json!(100)));
}

#[actor_core::test]
async fn the_money_does_not_go_back_while_the_other_side_is_at_it(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann", "bob"]).await;
    bank.journal.shut("bob");
    let transfer = bank.begin_post("/transfers", json!({ "from": "ann", "to": "bob", "amount": 30 }));
    bank.journal.arrival("bob").await;
    pass(&system, AN_HOUR).await;

    let transfer = transfer.await.unwrap();
    assert_eq!((transfer.status, transfer.outcome()), (504, "unknown"));
    bank.journal.open_gate("bob");
    assert_eq!((bank.balance("ann").await, bank.balance("bob").await), (json!(70), json!(130)));
}

#[actor_core::test]
async fn a_transfer_goes_through_when_its_client_has_gone(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann", "bob"]).await;
    bank.journal.shut("bob");
    {
        let mut transfer = pin!(bank.bank.transfer("ann", "bob", 30));
        tokio::select! {
            ended = &mut transfer => panic!("it cannot have ended: {ended:?}"),
            () = bank.journal.arrival("bob") => {}
        }
        assert!(transfer.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    bank.journal.open_gate("bob");
    assert_eq!((bank.balance("bob").await, bank.balance("ann").await), (json!(130), json!(70)));
    system.settle().await;
    assert!(!system.tree().to_string().contains("Transfer"), "{}", system.tree());
}

#[actor_core::test]
async fn two_accounts_that_pay_each_other_do_not_wait_for_each_other(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann", "bob"]).await;
    let order = |from: &str, to: &str| json!({ "from": from, "to": to, "amount": 1 });
    let there: Vec<_> = (0..10).map(|_| bank.begin_post("/transfers", order("ann", "bob"))).collect();
    let back: Vec<_> = (0..10).map(|_| bank.begin_post("/transfers", order("bob", "ann"))).collect();
    for transfer in there.into_iter().chain(back) {
        assert_eq!(transfer.await.unwrap().status, 200);
    }
    assert_eq!((bank.balance("ann").await, bank.balance("bob").await), (json!(100), json!(100)));
}
