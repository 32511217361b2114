//! The slot that one ask and its handler share: the message, how far it has come, and the reply.
//!
//! Who may do what when is the business of the [`exchange`] below it; here is what it carries. The message lies in it until
//! the handler takes it, so that an ask of any size is one allocation and a refusal moves nothing.

use std::cell::RefCell;
use std::task::{Context, Poll, Waker};

use crate::error::{Unanswered, Undelivered};
use crate::fence::is_fenced;
use crate::raw::{Answering, Asking, Found, Untaken, exchange};
use crate::reason::Panic;
use crate::rt::Instant;

pub(crate) use crate::raw::{Claim, Due, Roster, TICK, Then};

/// The asker's end of a slot.
pub(crate) struct Asker<M, R>(Asking<Content<M, R>>);

/// The actor's end of a slot. Dropping it unanswered tells the asker.
pub struct Replier<M: Send + 'static, R: Send + 'static> {
    /// `None` once it has been used.
    slot: Option<Answering<Content<M, R>>>,
}

/// What goes wrong is in a box: it is large and rare, and what goes right is moved through each ask.
enum Content<M, R> {
    Message(M),
    Answered(R),
    Undelivered(Box<(M, Undelivered)>),
    Unanswered(Box<Unanswered>),
}

/// What an asker finds at the end.
pub(crate) enum Outcome<M, R> {
    Answered(R),
    Undelivered(M, Undelivered),
    Unanswered(Unanswered),
    /// The time was over; `true` if the handler had started.
    TimedOut {
        running: bool,
    },
}

thread_local! {
    /// Slots whose handlers are unwinding on this thread: the fence that ends the unwinding knows why.
    static ORPHANS: RefCell<Vec<Box<dyn Orphan>>> = const { RefCell::new(Vec::new()) };
}

trait Orphan {
    /// Whether somebody was waiting.
    fn fail(self: Box<Self>, why: Unanswered) -> bool;
}

impl<M, R> Orphan for Answering<Content<M, R>> {
    fn fail(self: Box<Self>, why: Unanswered) -> bool {
        self.settle(Content::Unanswered(Box::new(why))).is_ok()
    }
}

/// Tells those who asked for what has just panicked on this thread, caught by the caller's fence. Returns whether anybody
/// heard.
pub(crate) fn answer_panicked(panic: &Panic) -> bool {
    let mut heard = false;
    for orphan in ORPHANS.take() {
        heard |= orphan.fail(Unanswered::Panicked(panic.clone()));
    }
    heard
}

/// `waker` is called when there is an outcome.
pub(crate) fn slot<M: Send + 'static, R: Send + 'static>(
    message: M,
    deadline: Option<Instant>,
    waker: &Waker,
) -> (Asker<M, R>, Replier<M, R>) {
    let (asking, answering) = exchange(Content::Message(message), deadline, waker);
    (Asker(asking), Replier { slot: Some(answering) })
}

impl<M, R> Asker<M, R> {
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<Outcome<M, R>> {
        self.0.poll(cx).map(|found| match found {
            Found::Settled(Content::Answered(reply)) => Outcome::Answered(reply),
            Found::Settled(Content::Undelivered(returned)) => Outcome::Undelivered(returned.0, returned.1),
            Found::Settled(Content::Unanswered(why)) => Outcome::Unanswered(*why),
            Found::Settled(Content::Message(_)) => unreachable!("a message is never the outcome"),
            Found::Expired { running } => Outcome::TimedOut { running },
        })
    }

    /// Ends the wait unless an outcome is there already; the next poll says so.
    pub(crate) fn expire(&self) {
        self.0.expire();
    }

    /// See [`Asking::enter`].
    #[inline]
    pub(crate) fn enter(&mut self, roster: &'static Roster, due: Due, then: Then) -> bool {
        self.0.enter(roster, due, then)
    }

    pub(crate) fn is_entered(&self) -> bool {
        self.0.is_entered()
    }

    /// See [`Asking::is_near`].
    pub(crate) fn is_near(&self) -> bool {
        self.0.is_near()
    }
}

impl<M: Send + 'static, R: Send + 'static> Replier<M, R> {
    /// The handler is about to start.
    #[must_use]
    pub(crate) fn claim(&mut self) -> Claim {
        self.slot.as_mut().map_or(Claim::Withdrawn, Answering::claim)
    }

    /// Until when the asker waits who has said so.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.slot.as_ref()?.deadline()
    }

    /// The message, for whoever is going to handle it or takes it back.
    pub(crate) fn take_message(&mut self) -> Option<M> {
        match self.slot.as_mut()?.take()? {
            Content::Message(message) => Some(message),
            _ => None,
        }
    }

    /// Gives the reply to the asker, or back if there was none any more when the message was claimed.
    pub(crate) fn answer(mut self, reply: R) -> Option<R> {
        match self.slot.take()?.settle(Content::Answered(reply)) {
            Err(Untaken::Abandoned(Content::Answered(reply))) => Some(reply),
            _ => None,
        }
    }

    /// Whether there was an asker when the message was claimed.
    #[cfg(feature = "testing")]
    pub(crate) fn is_awaited(&self) -> bool {
        self.slot.as_ref().is_some_and(|slot| !slot.is_abandoned())
    }

    /// Gives the message back to the asker, or to the caller if the asker has gone.
    pub(crate) fn bounce(mut self, why: Undelivered) -> Option<M> {
        let message = self.take_message()?;
        match self.slot.take()?.settle(Content::Undelivered(Box::new((message, why)))) {
            Err(Untaken::Abandoned(Content::Undelivered(returned))) => Some(returned.0),
            _ => None,
        }
    }

    /// The asker takes its message back before it was accepted: it needs no outcome.
    pub(crate) fn withdraw(mut self) {
        self.slot = None;
    }
}

impl<M: Send + 'static, R: Send + 'static> Drop for Replier<M, R> {
    fn drop(&mut self) {
        let Some(slot) = self.slot.take() else { return };
        // Only a fence comes back for orphans; elsewhere nobody is going to know better.
        if std::thread::panicking() && is_fenced() {
            ORPHANS.with_borrow_mut(|orphans| orphans.push(Box::new(slot)));
        } else {
            drop(slot.settle(Content::Unanswered(Box::new(Unanswered::Killed))));
        }
    }
}
