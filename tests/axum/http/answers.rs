//! What the bank answers when all is well, and what it says no to.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use hyper::Method;
use serde_json::json;

use crate::client::send;
use crate::journal::Trouble;
use crate::service::Service;

#[actor_core::test]
async fn money_goes_in_out_and_across(system: TestSystem) {
    let bank = Service::start(&system).await;
    let opened = bank.post("/accounts", json!({ "name": "ann" })).await;
    assert_eq!(opened.parts(), (201, json!({ "name": "ann", "balance": 0 })));
    bank.post("/accounts", json!({ "name": "bob" })).await;

    assert_eq!(bank.deposit("ann", 50).await.parts(), (200, json!({ "name": "ann", "balance": 50 })));
    let taken = bank.post("/accounts/ann/withdraw", json!({ "amount": 8 })).await;
    assert_eq!(taken.parts(), (200, json!({ "name": "ann", "balance": 42 })));
    let moved = bank.post("/transfers", json!({ "from": "ann", "to": "bob", "amount": 40 })).await;
    assert_eq!(moved.parts(), (200, json!({ "from": 2, "to": 40 })));

    assert_eq!(bank.get("/accounts/ann").await.parts(), (200, json!({ "name": "ann", "balance": 2 })));
    assert_eq!(bank.balance("bob").await, 40);
}

#[actor_core::test]
async fn a_refusal_has_its_status_and_changes_nothing(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann", "bob"]).await;
    let transfer = |from: &str, to: &str, amount: u64| json!({ "from": from, "to": to, "amount": amount });
    let cases = [
        ("/accounts", json!({ "name": "ann" }), 409),
        ("/accounts", json!({ "name": "" }), 422),
        ("/accounts", json!({ "name": "../etc" }), 422),
        ("/accounts", json!({ "nom": "carl" }), 422),
        ("/accounts/carl/deposit", json!({ "amount": 1 }), 404),
        ("/accounts/ann/withdraw", json!({ "amount": 101 }), 409),
        ("/accounts/ann/deposit", json!({ "amount": 0 }), 422),
        ("/accounts/ann/deposit", json!({ "amount": -1 }), 422),
        ("/accounts/ann/deposit", json!({ "amount": u64::MAX }), 422),
        ("/transfers", transfer("ann", "bob", 101), 409),
        ("/transfers", transfer("ann", "ann", 1), 422),
        ("/transfers", transfer("ann", "carl", 1), 404),
        ("/elsewhere", json!({}), 404),
    ];
    for (path, body, status) in cases {
        let answer = bank.post(path, body.clone()).await;
        assert_eq!((answer.status, answer.outcome()), (status, "nothing"), "{path} {body}");
    }
    let broken = send(bank.addr, Method::POST, "/accounts", "{".to_owned()).await.unwrap();
    assert_eq!((broken.status, broken.outcome()), (400, "nothing"));
    assert_eq!((bank.balance("ann").await, bank.balance("bob").await), (json!(100), json!(100)));
}

#[actor_core::test]
async fn a_journal_that_fails_is_an_error_and_no_crash(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann"]).await;
    bank.journal.spoil("ann", Trouble::Error);
    let failed = bank.deposit("ann", 5).await;
    assert_eq!((failed.status, failed.outcome()), (500, "nothing"));
    assert_eq!(bank.balance("ann").await, 100);
    assert_eq!(bank.bank.account("ann").await.unwrap().epoch(), 1);
}

#[actor_core::test]
async fn requests_that_need_an_account_for_the_first_time_share_one_actor(system: TestSystem) {
    let bank = Service::with(&system, Mailbox::default()).await;
    bank.post("/accounts", json!({ "name": "ann" })).await;
    let deposits: Vec<_> = (0..20).map(|_| bank.begin_deposit("ann", 1)).collect();
    for deposit in deposits {
        assert_eq!(deposit.await.unwrap().status, 200);
    }
    assert_eq!(bank.balance("ann").await, 20);
    assert_eq!(system.stats().actors, 2, "the account and its supervisor: {}", system.tree());
}
