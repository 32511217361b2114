//! The test kit's stand-ins: what a test receives in an actor's place, and what it answers.

use std::panic::{AssertUnwindSafe, catch_unwind};

use actor_core::prelude::*;
use actor_core::testing::{Setup, TestSystem, run};

/// What the code under test calls. In these tests none of its handlers ever runs.
struct Counter;

#[actor]
impl Counter {
    #[handler]
    fn add(&mut self, n: u64) -> u64 {
        unreachable!("nobody is here to add {n}")
    }

    #[handler(lane = high)]
    fn reset(&mut self) {
        unreachable!("nobody is here to reset")
    }

    #[handler(always_run)]
    fn book(&mut self, n: u64) {
        unreachable!("nobody is here to book {n}")
    }
}

const SOON: Duration = Duration::from_millis(50);

#[actor_core::test(paused)]
async fn a_test_answers_in_an_actors_place(system: TestSystem) {
    let (counter, mut stand_in) = system.stand_in::<Counter>();
    let asked = tokio::spawn(counter.add(2).owned().into_future());
    let (add, answer) = stand_in.expect::<CounterAdd>().await;
    assert_eq!(add.n, 2);
    assert!(answer.is_awaited());
    answer.send(42);
    assert_eq!(asked.await.unwrap().unwrap(), 42);
}

#[actor_core::test(paused)]
async fn typed_calls_of_every_reference_reach_it_by_every_end(system: TestSystem) {
    let (counter, mut stand_in) = system.stand_in::<Counter>();
    counter.add(1).tell().await.unwrap();
    counter.downgrade().add(2).try_tell().unwrap();
    counter.recipient().tell(CounterAdd { n: 3 }).await.unwrap();
    let _ = counter.add(4).after(SOON);
    for n in 1..=4 {
        let (add, answer) = stand_in.expect::<CounterAdd>().await;
        assert_eq!(add.n, n);
        assert!(!answer.is_awaited());
        answer.send(0);
    }
    assert!(stand_in.is_empty());
}

#[actor_core::test(paused)]
async fn a_message_that_the_test_has_not_taken_is_queued_and_one_that_it_has_is_running(system: TestSystem) {
    let (counter, mut stand_in) = system.stand_in::<Counter>();
    let error = counter.add(1).timeout(SOON).await.unwrap_err();
    assert!(matches!(error, AskError::Timeout { phase: Phase::Queued, .. }));

    let asked = tokio::spawn(counter.add(2).timeout(SOON).owned().into_future());
    let (add, answer) = stand_in.expect::<CounterAdd>().await;
    assert_eq!(add.n, 2, "the first was taken back");
    assert_eq!(system.stats().skipped_asks, 1);
    let error = asked.await.unwrap().unwrap_err();
    assert!(matches!(error, AskError::Timeout { phase: Phase::Running, .. }));
    answer.send(0);
}

#[actor_core::test(paused)]
async fn what_is_always_run_comes_also_from_one_who_has_gone(system: TestSystem) {
    let (counter, mut stand_in) = system.stand_in::<Counter>();
    let asked = tokio::spawn(counter.book(1).owned().into_future());
    system.settle().await;
    asked.abort();
    system.settle().await;
    let (book, answer) = stand_in.expect::<CounterBook>().await;
    assert_eq!(book.n, 1);
    assert!(!answer.is_awaited());
    answer.send(());
}

#[actor_core::test(paused)]
async fn an_answer_that_is_dropped_is_none(system: TestSystem) {
    let (counter, mut stand_in) = system.stand_in::<Counter>();
    let asked = tokio::spawn(counter.add(1).owned().into_future());
    drop(stand_in.expect::<CounterAdd>().await);
    assert!(matches!(asked.await.unwrap(), Err(AskError::Unanswered(Unanswered::Killed))));
}

#[actor_core::test(paused)]
async fn it_ends_as_an_actor_does(system: TestSystem) {
    let mut probe = system.probe::<Down>();
    let (counter, mut stand_in) = system.stand_in::<Counter>();
    probe.watch(&counter).await;
    counter.add(1).tell().await.unwrap();
    drop(counter);
    let down = probe.recv().await;
    assert!(matches!(down.reason, StopReason::Normal));
    let (add, _answer) = stand_in.expect::<CounterAdd>().await;
    assert_eq!(add.n, 1, "what it had accepted is there");
}

#[actor_core::test(paused)]
async fn it_can_be_killed_to_see_what_others_make_of_it(system: TestSystem) {
    let (counter, _stand_in) = system.stand_in::<Counter>();
    counter.kill();
    assert!(matches!(counter.stopped().await, StopReason::Killed));
    assert!(matches!(counter.add(1).await, Err(AskError::Undelivered(..))));
}

#[actor_core::test(paused)]
async fn what_the_test_has_not_looked_at_is_a_dead_letter(system: TestSystem) {
    let (counter, stand_in) = system.stand_in::<Counter>();
    counter.add(7).tell().await.unwrap();
    let asked = tokio::spawn(counter.add(8).owned().into_future());
    system.settle().await;
    assert!(!stand_in.is_empty());
    drop(stand_in);
    let error = asked.await.unwrap().unwrap_err();
    assert_eq!(error.into_message().unwrap().n, 8);
    let letters = system.dead_letters();
    assert_eq!(letters[0].take::<CounterAdd>().unwrap().n, 7);
    counter.stopped().await;
    assert!(matches!(counter.add(9).try_tell(), Err(TellError::Closed(..))));
}

/// How a test ends that does this with a stand-in.
fn failure<F: Future<Output = ()>>(
    body: impl FnOnce(ActorRef<Counter>, actor_core::testing::StandIn<Counter>) -> F + Send + 'static,
) -> String {
    let setup = Setup::new("a test that fails").paused();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        run(setup, |system: TestSystem| async move {
            let (counter, stand_in) = system.stand_in::<Counter>();
            body(counter, stand_in).await;
        });
    }));
    *outcome.unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn a_message_of_another_type_fails_the_test_and_is_named() {
    let text = failure(|counter, mut stand_in| async move {
        counter.reset().tell().await.unwrap();
        counter.add(1).tell().await.unwrap();
        tokio::task::yield_now().await;
        drop(stand_in.expect::<CounterAdd>().await);
    });
    assert!(text.starts_with("the stand-in for Counter expected "), "{text}");
    assert!(text.contains("CounterAdd, and "), "{text}");
    assert!(text.contains("CounterReset came; behind it: "), "{text}");
    assert!(text.ends_with("CounterAdd"), "{text}");
}

#[test]
fn a_message_that_does_not_come_fails_the_test() {
    let text = failure(|counter, mut stand_in| async move {
        drop(stand_in.expect::<CounterAdd>().await);
        drop(counter);
    });
    assert!(text.contains("CounterAdd, and nothing came"), "{text}");

    let text = failure(|counter, mut stand_in| async move {
        drop(counter);
        drop(stand_in.expect::<CounterAdd>().await);
    });
    assert!(text.contains("CounterAdd, and its actor has stopped"), "{text}");
}
