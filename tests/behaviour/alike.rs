//! Hand-written and macro-written actors behave the same: one suite, run for the same bank in each form that there is.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{Event, Phase, Unanswered};
use tokio::sync::oneshot;

use crate::kit::{Diary, gate, kind};

mod by_hand;
mod by_macro;
mod derived;

/// There is not so much in the account.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0} short")]
pub(crate) struct Short(u64);

/// One way to write the bank, and how to make its messages.
trait Form: 'static {
    type Bank: Actor
        + Handler<Self::Deposit, Reply = u64>
        + Handler<Self::Withdraw, Reply = Result<u64, Short>>
        + Handler<Self::Audit, Reply = u64>
        + Handler<Self::Epoch, Reply = u64>
        + Handler<Self::Close, Reply = ()>
        + Handler<Self::Rob, Reply = ()>;
    type Deposit: Send + 'static;
    type Withdraw: Send + 'static;
    type Audit: Send + 'static;
    type Epoch: Send + 'static;
    type Close: Send + 'static;
    type Rob: Send + 'static;

    fn bank(balance: u64, diary: &Diary) -> Self::Bank;
    fn deposit(amount: u64) -> Self::Deposit;
    fn withdraw(amount: u64) -> Self::Withdraw;
    fn audit(done: oneshot::Receiver<()>) -> Self::Audit;
    fn epoch() -> Self::Epoch;
    fn close() -> Self::Close;
    fn rob() -> Self::Rob;
}

async fn replies_come_in_the_order_of_the_asks<F: Form>(system: TestSystem) {
    let bank = system.spawn(F::bank(0, &Diary::default()));
    bank.tell(F::deposit(5)).await.unwrap();
    let (one, two) = tokio::join!(bank.ask(F::deposit(10)), bank.ask(F::withdraw(3)));
    assert_eq!((one.unwrap(), two.unwrap()), (15, Ok(12)));
}

async fn an_err_is_a_reply_and_where_nobody_asked_an_event<F: Form>(system: TestSystem) {
    let bank = system.spawn(F::bank(1, &Diary::default()));
    assert_eq!(bank.ask(F::withdraw(3)).await.unwrap(), Err(Short(2)));
    assert_eq!(system.stats().unclaimed_errors, 0);
    bank.tell(F::withdraw(4)).await.unwrap();
    bank.tell(F::withdraw(1)).await.unwrap();
    assert_eq!(bank.ask(F::deposit(0)).await.unwrap(), 0, "the actor has gone on");
    let unclaimed: Vec<_> = system
        .happened()
        .into_iter()
        .filter_map(|event| match event {
            Event::Unclaimed { message_type, error, .. } => Some((message_type, error)),
            _ => None,
        })
        .collect();
    assert_eq!(unclaimed, [(std::any::type_name::<F::Withdraw>(), "3 short".to_owned())]);
    assert_eq!(system.stats().unclaimed_errors, 1);
}

async fn hooks_run_before_the_first_message_and_after_the_last<F: Form>(system: TestSystem) {
    let diary = Diary::default();
    let bank = system.spawn(F::bank(1, &diary));
    bank.ask(F::deposit(1)).await.unwrap();
    bank.ask(F::close()).await.unwrap();
    assert!(matches!(bank.stopped().await, StopReason::Normal));
    assert_eq!(diary.lines(), ["opened", "closed: normal"]);
}

async fn a_start_that_fails_is_told_to_the_starter<F: Form>(system: TestSystem) {
    let error = system.start(F::bank(u64::MAX, &Diary::default())).await.unwrap_err();
    assert!(error.to_string().ends_with("too rich"), "{error}");
}

async fn a_panic_reaches_the_asker_with_the_message_and_the_next_incarnation_begins_anew<F: Form>(
    system: TestSystem,
) {
    let child = Child::new("bank", || F::bank(7, &Diary::default()));
    let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
    let bank: ActorRef<F::Bank> = tree.child("bank").unwrap();
    bank.ask(F::deposit(1)).await.unwrap();
    match bank.ask(F::rob()).await {
        Err(AskError::Unanswered(Unanswered::Panicked(panic))) => {
            assert_eq!(&*panic.text, "hands up");
            assert_eq!(panic.message_type, Some(std::any::type_name::<F::Rob>()));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(bank.ask(F::epoch()).await.unwrap(), 2);
    assert_eq!(bank.ask(F::deposit(0)).await.unwrap(), 7);
}

async fn a_timeout_says_whether_the_handler_had_begun<F: Form>(system: TestSystem) {
    const SOON: Duration = Duration::from_millis(50);
    let bank = system.spawn(F::bank(3, &Diary::default()));
    let (done, waiting) = gate();
    let (audit, deposit) =
        tokio::join!(bank.ask(F::audit(waiting)).timeout(SOON), bank.ask(F::deposit(1)).timeout(SOON),);
    assert!(matches!(audit, Err(AskError::Timeout { phase: Phase::Running, .. })));
    assert!(matches!(deposit, Err(AskError::Timeout { phase: Phase::Queued, .. })));
    done.send(()).unwrap();
    assert_eq!(bank.ask(F::deposit(0)).await.unwrap(), 3);
}

async fn the_mailbox_is_the_one_that_was_chosen<F: Form>(system: TestSystem) {
    let bank = system.spawn(F::bank(0, &Diary::default()));
    bank.try_tell(F::deposit(1)).unwrap();
    bank.try_tell(F::deposit(1)).unwrap();
    assert!(matches!(bank.try_tell(F::deposit(1)), Err(TellError::Full(_))));
}

async fn recipients_and_weak_references_reach_it<F: Form>(system: TestSystem) {
    let bank = system.spawn(F::bank(0, &Diary::default()));
    let (weak, recipient) = (bank.downgrade(), bank.recipient::<F::Deposit>());
    drop(bank);
    recipient.tell(F::deposit(2)).await.unwrap();
    assert_eq!(weak.ask(F::deposit(2)).await.unwrap(), 4);
    drop(recipient);
    assert!(matches!(weak.stopped().await, StopReason::Normal));
}

/// A test for each of these scenarios and forms.
macro_rules! suite {
    ($($form:ident: $($scenario:ident)*;)*) => {
        $(mod $form {
            use super::*;

            $(#[actor_core::test(paused)]
            async fn $scenario(system: TestSystem) {
                super::$scenario::<super::super::$form::Form>(system).await;
            })*
        })*
    };
}

mod suite {
    use super::*;

    suite! {
        by_hand:
            replies_come_in_the_order_of_the_asks
            an_err_is_a_reply_and_where_nobody_asked_an_event
            hooks_run_before_the_first_message_and_after_the_last
            a_start_that_fails_is_told_to_the_starter
            a_panic_reaches_the_asker_with_the_message_and_the_next_incarnation_begins_anew
            a_timeout_says_whether_the_handler_had_begun
            the_mailbox_is_the_one_that_was_chosen
            recipients_and_weak_references_reach_it;
        by_macro:
            replies_come_in_the_order_of_the_asks
            an_err_is_a_reply_and_where_nobody_asked_an_event
            hooks_run_before_the_first_message_and_after_the_last
            a_start_that_fails_is_told_to_the_starter
            a_panic_reaches_the_asker_with_the_message_and_the_next_incarnation_begins_anew
            a_timeout_says_whether_the_handler_had_begun
            the_mailbox_is_the_one_that_was_chosen
            recipients_and_weak_references_reach_it;
        // It has no hooks.
        derived:
            replies_come_in_the_order_of_the_asks
            an_err_is_a_reply_and_where_nobody_asked_an_event
            a_panic_reaches_the_asker_with_the_message_and_the_next_incarnation_begins_anew
            a_timeout_says_whether_the_handler_had_begun
            the_mailbox_is_the_one_that_was_chosen
            recipients_and_weak_references_reach_it;
    }
}
