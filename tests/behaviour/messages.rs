//! Contract, section 2: messages, order, and what becomes of replies.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{Event, LetterReason, Unanswered};

use crate::kit::{Worker, WorkerNote, gate};

#[actor_core::test(paused)]
async fn messages_of_one_sender_are_handled_in_order(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    for n in 0..100 {
        worker.note(n).tell().await.unwrap();
    }
    assert_eq!(worker.seen().await.unwrap(), (0..100).collect::<Vec<_>>());
}

#[actor_core::test(workers = 2)]
async fn each_of_many_senders_keeps_its_own_order(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let senders = (0..8).map(|sender| {
        let worker = worker.clone();
        tokio::spawn(async move {
            for n in 0..500 {
                worker.note(sender * 1_000 + n).tell().await.unwrap();
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
    let seen = worker.seen().await.unwrap();
    assert_eq!(seen.len(), 4_000);
    for sender in 0..8 {
        let own: Vec<_> = seen.iter().filter(|n| *n / 1_000 == sender).map(|n| n % 1_000).collect();
        assert_eq!(own, (0..500).collect::<Vec<_>>());
    }
}

#[actor_core::test(paused)]
async fn a_message_and_a_reply_need_only_be_send(system: TestSystem) {
    struct Echo;
    struct Plain(std::cell::Cell<u8>);
    impl Actor for Echo {}
    impl Handler<Plain> for Echo {
        type Reply = Plain;
        async fn handle(&mut self, message: Plain, _ctx: &mut Context<Self>) -> Plain {
            message
        }
    }
    let echo = system.spawn(Echo);
    assert_eq!(echo.ask(Plain(7.into())).await.unwrap().0.get(), 7);
}

#[actor_core::test(paused)]
async fn a_handlers_err_is_a_reply_and_no_crash(system: TestSystem) {
    struct Account(u32);
    #[actor]
    impl Account {
        #[handler]
        fn withdraw(&mut self, n: u32) -> Result<u32, String> {
            self.0 = self.0.checked_sub(n).ok_or_else(|| "too much".to_owned())?;
            Ok(self.0)
        }
    }
    let account = system.spawn(Account(10));
    assert_eq!(account.withdraw(20).await.unwrap(), Err("too much".to_owned()));
    assert_eq!(account.withdraw(3).await.unwrap(), Ok(7));
    account.withdraw(20).tell().await.unwrap();
    assert_eq!(account.withdraw(0).await.unwrap(), Ok(7));
    let unclaimed = |event| match event {
        Event::Unclaimed { error, .. } => Some(error),
        _ => None,
    };
    let errors: Vec<_> = system.happened().into_iter().filter_map(unclaimed).collect();
    assert_eq!(errors, ["too much"]);
    assert_eq!(system.stats().unclaimed_errors, 1);
}

#[actor_core::test(paused)]
async fn the_reply_of_a_told_message_goes_to_the_handlers_hook(system: TestSystem) {
    struct Quiet(u32);
    struct Ping;
    impl Actor for Quiet {}
    impl Handler<Ping> for Quiet {
        type Reply = u32;
        async fn handle(&mut self, _: Ping, _ctx: &mut Context<Self>) -> u32 {
            self.0
        }
        fn unclaimed(reply: u32, ctx: &mut Context<Self>) {
            assert_eq!(reply, 5);
            ctx.stop();
        }
    }
    let quiet = system.spawn(Quiet(5));
    assert_eq!(quiet.ask(Ping).await.unwrap(), 5);
    quiet.tell(Ping).await.unwrap();
    assert!(matches!(quiet.stopped().await, StopReason::Normal));
}

#[actor_core::test(paused)]
async fn the_message_that_crashed_is_consumed_and_its_asker_hears_at_once(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let error = worker.crash().await.unwrap_err();
    let AskError::Unanswered(Unanswered::Panicked(panic)) = &error else { panic!("{error:?}") };
    assert_eq!(&*panic.text, "on purpose");
    assert!(panic.message_type.unwrap().ends_with("WorkerCrash"));
    let letters = system.dead_letters();
    assert!(matches!(letters[0].reason, LetterReason::Panicked));
    assert_eq!(letters.len(), 1);
}

#[actor_core::test(paused)]
async fn what_a_stopped_actor_had_accepted_is_reported_with_the_message(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    worker.note(1).tell().await.unwrap();
    let asked = tokio::spawn(worker.note(2).owned().into_future());
    system.settle().await;
    worker.stop();
    open.send(()).unwrap();
    worker.stopped().await;

    let letters = system.dead_letters();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0].take::<WorkerNote>().unwrap().n, 1);
    assert!(letters[1].take::<WorkerNote>().is_none(), "the asker has it back");
    let returned = asked.await.unwrap().unwrap_err().into_message().unwrap();
    assert_eq!(returned.n, 2);
}

#[actor_core::test(paused)]
async fn a_handler_has_its_actor_to_itself_while_it_awaits(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    worker.note(1).tell().await.unwrap();
    system.settle().await;
    assert_eq!(worker.queue_len(), 1);
    open.send(()).unwrap();
    assert_eq!(worker.seen().await.unwrap(), [1]);
}

#[actor_core::test(paused)]
async fn failing_is_a_crash_after_the_message_at_hand(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    assert!(worker.fail().await.is_ok());
    assert_eq!(worker.stopped().await.to_string(), "failed: on purpose");
    assert!(system.trace().iter().any(|line| line.contains("crashed: failed: on purpose")));
}
