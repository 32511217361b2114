//! The end of the service: what is under way is answered, what does not end is cut off, and both within a bound.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;

use crate::journal::Trouble;
use crate::service::Service;

#[actor_core::test]
async fn a_request_under_way_is_answered_before_the_actors_stop(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann"]).await;
    let running = bank.occupy("ann", 1).await;
    let journal = bank.journal.clone();
    let ended = bank.begin_stop().await;
    assert!(!ended.is_finished() && !running.is_finished());
    journal.open_gate("ann");

    assert_eq!(running.await.unwrap().parts(), (200, serde_json::json!({ "name": "ann", "balance": 101 })));
    let ended = ended.await.unwrap().unwrap();
    assert!(ended.drained && ended.report.is_clean(), "{ended}");
    assert_eq!(ended.report.stopped, 2, "the account and its supervisor: {ended}");
}

#[actor_core::test]
async fn a_request_that_never_ends_does_not_hold_up_the_shutdown() {
    // A system of its own, since the test kit takes a kill for a mistake of the test.
    let system = System::new("bank");
    let bank = Service::start(&system).await;
    bank.open(&["ann"]).await;
    let _running = bank.occupy("ann", 1).await;
    let ended = bank.begin_stop().await;
    // From here on nobody waits for anything but the clock, so it may jump.
    tokio::time::pause();
    let ended = ended.await.unwrap().unwrap();
    assert!(!ended.drained);
    assert_eq!(ended.report.killed.len(), 1, "{ended}");
    assert_eq!(ended.report.killed[0].as_str(), "/accounts/ann");
    assert!(ended.to_string().starts_with("some requests were cut off; "), "{ended}");
}

#[actor_core::test]
async fn the_service_ends_when_its_system_does(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann"]).await;
    system.shutdown().await;
    let ended = bank.ended().await;
    assert!(ended.drained && ended.report.is_clean(), "{ended}");
}

#[actor_core::test]
async fn a_service_whose_accounts_crash_without_end_gives_up(system: TestSystem) {
    let bank = Service::start(&system).await;
    bank.open(&["ann"]).await;
    for _ in 0..=100 {
        bank.journal.spoil("ann", Trouble::Panic);
        assert_eq!(bank.deposit("ann", 1).await.status, 500);
    }
    let ended = bank.ended().await;
    let cause = ended.report.cause.expect("it did not end by request");
    assert_eq!((&*cause.child, cause.max_restarts), ("ann", 100));
}
