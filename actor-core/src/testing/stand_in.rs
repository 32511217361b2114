//! A stand-in: a reference to an actor that there is none of, whose messages the test receives and answers.

use std::any::type_name;
use std::fmt;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;

use super::probe::PATIENCE;
use crate::actor::Actor;
use crate::cell::{Birth, Cell, Stuck, Which};
use crate::dead_letter::LetterReason;
use crate::identity::{ActorId, Label, Path, short_type_name};
use crate::lifecycle::Shutdown;
use crate::mailbox::Mailbox;
use crate::mailbox::envelope::{Envelope, Turn};
use crate::message::MessageOf;
use crate::reason::StopReason;
use crate::reference::ActorRef;
use crate::reply::Replier;
use crate::rt::Arc;
use crate::run::relay;
use crate::system::System;

/// The test's end of an actor that there is none of. Made by [`TestSystem::stand_in`](super::TestSystem::stand_in).
///
/// The reference beside it is an [`ActorRef`] like any other: it has the typed calls, it can be watched and stopped. No
/// value of the actor's type exists, and no handler runs; whatever is sent waits here for the test, lane by lane in the
/// order in which it was sent, without a limit. Until the test takes a message, a timeout of its asker finds it
/// [`Queued`](crate::Phase::Queued), from then on [`Running`](crate::Phase::Running).
///
/// With the drop of the stand-in its actor stops. What the test has not looked at is then a dead letter: it stands in the
/// trace of a failed test and in [`TestSystem::dead_letters`](super::TestSystem::dead_letters).
///
/// # Examples
///
/// ```
/// use actor_core::prelude::*;
/// use actor_core::testing::TestSystem;
/// # use actor_core::testing::{Setup, run};
///
/// struct Counter;
///
/// #[actor]
/// impl Counter {
///     #[handler]
///     fn add(&mut self, n: u64) -> u64 {
///         unreachable!("in this test nobody adds {n}")
///     }
/// }
///
/// async fn count_twice(counter: ActorRef<Counter>) -> u64 {
///     counter.add(1).await.unwrap() + counter.add(2).await.unwrap()
/// }
///
/// // Above it stands `#[actor_core::test(paused)]`.
/// async fn whoever_counts_adds_what_the_counter_says(system: TestSystem) {
///     let (counter, mut stand_in) = system.stand_in::<Counter>();
///     let counting = tokio::spawn(count_twice(counter));
///     let (add, answer) = stand_in.expect::<CounterAdd>().await;
///     assert_eq!(add.n, 1);
///     answer.send(40);
///     let (_, answer) = stand_in.expect::<CounterAdd>().await;
///     answer.send(2);
///     assert_eq!(counting.await.unwrap(), 42);
/// }
/// # run(Setup::new("whoever counts").paused(), whoever_counts_adds_what_the_counter_says);
/// ```
pub struct StandIn<A: Actor> {
    cell: Arc<Cell<A>>,
    mail: mpsc::UnboundedReceiver<Envelope<A>>,
}

/// The way back to whoever sent a message to a [`StandIn`].
///
/// Dropped without an answer, it is as if the handler had been cut short: the asker hears
/// [`Unanswered`](crate::AskError::Unanswered).
#[must_use = "dropping it tells the asker that there is no answer"]
pub struct Answer<M: Send + 'static, R: Send + 'static>(Option<Replier<M, R>>);

impl<A: Actor> StandIn<A> {
    pub(super) fn new(system: &System) -> (ActorRef<A>, Self) {
        let id = ActorId::next();
        let path = Path::top(&format!("{}-stand-in-{}", short_type_name::<A>(), id.serial()));
        let owner = Cell::create(
            system.without_guard(),
            Birth {
                id,
                label: Label::named(path, type_name::<A>),
                // The test is never too slow.
                mailbox: Mailbox::unbounded(),
                stuck: Stuck::Wait,
                policy: Shutdown::default(),
                ask_timeout: system.ask_timeout(),
                guardian: None,
            },
        );
        let cell = owner.cell.clone();
        let (sender, mail) = mpsc::unbounded_channel();
        let gone = cell.clone();
        let started = relay(&cell, move |envelope| {
            if let Err(SendError(envelope)) = sender.send(envelope) {
                unseen(&gone, vec![envelope]);
            }
        });
        debug_assert!(started, "an actor that was just made has not ended");
        (ActorRef::from_owner(owner), Self { cell, mail })
    }

    /// The next message, which must be an `M`, and the way back to its sender.
    ///
    /// An ask whose asker has gone is skipped, as an actor would, unless its handler is always run.
    ///
    /// # Panics
    ///
    /// If the next message is of another type; it is named, and so are those behind it. If none comes within 10 s of the
    /// test's clock, or none can come any more because the actor has stopped.
    pub async fn expect<M: MessageOf<A>>(&mut self) -> (M, Answer<M, M::Reply>) {
        let (actor, expected) = (short_type_name::<A>(), type_name::<M>());
        loop {
            let mut envelope = match tokio::time::timeout(PATIENCE, self.mail.recv()).await {
                Ok(Some(envelope)) => envelope,
                Ok(None) => panic!("the stand-in for {actor} expected {expected}, and its actor has stopped"),
                Err(_) => panic!("the stand-in for {actor} expected {expected}, and nothing came"),
            };
            match envelope.claim() {
                Turn::Handle(_) => {}
                Turn::Skip => {
                    self.cell.core.system.note_skipped();
                    continue;
                }
                Turn::Forget => continue,
            }
            let came = envelope.message_type();
            if let Some((message, replier)) = envelope.into_message() {
                return (message, Answer(replier));
            }
            let behind: Vec<_> =
                std::iter::from_fn(|| self.mail.try_recv().ok()).map(|other| other.message_type()).collect();
            let behind =
                if behind.is_empty() { String::new() } else { format!("; behind it: {}", behind.join(", ")) };
            panic!("the stand-in for {actor} expected {expected}, and {came} came{behind}");
        }
    }

    /// Whether nothing is there to be looked at. Say `system.settle().await` before, so that whatever is on its way arrives.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.mail.is_empty()
    }
}

impl<M: Send + 'static, R: Send + 'static> Answer<M, R> {
    /// Answers. A sender that does not wait, because it told the message or has gone, does not hear of it.
    pub fn send(self, reply: R) {
        if let Some(replier) = self.0 {
            drop(replier.answer(reply));
        }
    }

    /// Whether somebody waited for it when the test took the message: not if the message was told.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.0.as_ref().is_some_and(Replier::is_awaited)
    }
}

impl<A: Actor> Drop for StandIn<A> {
    fn drop(&mut self) {
        self.cell.stop(Which::Current);
        self.mail.close();
        let left = std::iter::from_fn(|| self.mail.try_recv().ok()).collect();
        unseen(&self.cell, left);
    }
}

/// What the test has not looked at.
fn unseen<A: Actor>(cell: &Cell<A>, envelopes: Vec<Envelope<A>>) {
    cell.report(envelopes, &LetterReason::Stopped(StopReason::Normal));
}

impl<A: Actor> fmt::Debug for StandIn<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StandIn({})", self.cell.core.path())
    }
}

impl<M: Send + 'static, R: Send + 'static> fmt::Debug for Answer<M, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({})", type_name::<M>())
    }
}
