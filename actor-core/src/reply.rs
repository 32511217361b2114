//! The slot that one ask and its handler share: the message, how far it has come, and the reply.
//!
//! Who may do what when is the business of the [`exchange`] below it; here is what it carries. The message lies in it until
//! the handler takes it, so that an ask of any size is one allocation and a refusal moves nothing.

use std::cell::RefCell;
use std::task::{Context, Poll, Waker};

use crate::error::{Unanswered, Undelivered};
use crate::fence::is_fenced;
use crate::raw::{Answering, Asking, Exchange, Found, Untaken, exchange};
use crate::reason::Panic;
use crate::rt::Arc;

pub(crate) use crate::raw::Claim;

/// The asker's end of a slot.
pub(crate) struct Asker<M, R>(Asking<Content<M, R>>);

/// The actor's end of a slot. Dropping it unanswered tells the asker.
pub struct Replier<M: Send + 'static, R: Send + 'static> {
    /// `None` once it has been used.
    slot: Option<Answering<Content<M, R>>>,
    /// Whether there was an asker when the message was claimed.
    awaited: bool,
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

/// A slot that a shared clock may end, whatever it carries.
pub(crate) trait Expire: Send + Sync {
    fn expire(&self);
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
    waker: &Waker,
) -> (Asker<M, R>, Replier<M, R>) {
    let (asking, answering) = exchange(Content::Message(message), waker);
    (Asker(asking), Replier { slot: Some(answering), awaited: true })
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

    /// Ends the wait unless an outcome is there already.
    pub(crate) fn expire(&self) {
        self.0.shared().expire();
    }
}

impl<M: Send + 'static, R: Send + 'static> Asker<M, R> {
    pub(crate) fn as_expire(&self) -> Arc<dyn Expire> {
        self.0.shared().clone()
    }
}

impl<M: Send + 'static, R: Send + 'static> Replier<M, R> {
    /// The handler is about to start.
    #[must_use]
    pub(crate) fn claim(&mut self) -> Claim {
        let Some(slot) = &mut self.slot else { return Claim::Withdrawn };
        let claim = slot.claim();
        self.awaited = claim == Claim::Wanted;
        claim
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
        let Some(slot) = self.slot.take_if(|_| self.awaited) else { return Some(reply) };
        drop(slot.settle(Content::Answered(reply)));
        None
    }

    /// Whether there was an asker when the message was claimed.
    #[cfg(feature = "testing")]
    pub(crate) fn is_awaited(&self) -> bool {
        self.awaited
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

impl<M: Send, R: Send> Expire for Exchange<Content<M, R>> {
    fn expire(&self) {
        Exchange::expire(self);
    }
}
