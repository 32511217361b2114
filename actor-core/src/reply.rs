//! The slot that one ask and its handler share: who asked, how far it has come, and the reply.
//!
//! Invariant: the states only move forward, `Queued → Running → Settled`, each under the slot's lock. Whoever moves it
//! from `Queued` decides alone whether the message is handled: the run loop by [`Replier::claim`], the asker by its drop or
//! by [`Asker::expire`]. That is the one place where a timeout and a handler's start meet.

use std::cell::RefCell;
use std::task::{Context, Poll, Waker};

use crate::error::{Unanswered, Undelivered};
use crate::fence::{self, is_fenced};
use crate::reason::Panic;
use crate::rt::{Arc, Mutex};

/// The asker's end of a slot.
pub(crate) struct Asker<M, R>(Arc<Slot<M, R>>);

/// The actor's end of a slot. Dropping it unanswered tells the asker. Empty once it has been used.
pub struct Replier<M: Send + 'static, R: Send + 'static>(Option<Arc<Slot<M, R>>>);

pub(crate) struct Slot<M, R>(Mutex<State<M, R>>);

enum State<M, R> {
    Queued(Option<Waker>),
    Running(Option<Waker>),
    Settled(Outcome<M, R>),
    /// The asker has gone while the message was queued.
    Abandoned,
    /// The asker has taken its outcome, or has gone since.
    Over,
}

/// What the run loop finds that is about to handle a message.
pub(crate) enum Claim {
    /// The message is the handler's, and its asker waits.
    Wanted,
    /// The asker has gone without a word: whether the message is handled is the handler's to say.
    Abandoned,
    /// The asker was told that the message will not be handled.
    Withdrawn,
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
    static ORPHANS: RefCell<Vec<Arc<dyn Orphan>>> = const { RefCell::new(Vec::new()) };
}

trait Orphan {
    /// Whether somebody was waiting.
    fn fail(&self, why: Unanswered) -> bool;
}

impl<M, R> Orphan for Slot<M, R> {
    fn fail(&self, why: Unanswered) -> bool {
        self.settle(Outcome::Unanswered(why))
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

pub(crate) fn slot<M: Send + 'static, R: Send + 'static>() -> (Asker<M, R>, Replier<M, R>) {
    let slot = Arc::new(Slot(Mutex::new(State::Queued(None))));
    (Asker(slot.clone()), Replier(Some(slot)))
}

impl<M, R> Asker<M, R> {
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Outcome<M, R>> {
        let mut state = self.0.0.lock();
        match &mut *state {
            State::Queued(waker) | State::Running(waker) => {
                match waker {
                    Some(kept) if kept.will_wake(cx.waker()) => {}
                    _ => *waker = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
            State::Settled(_) => match std::mem::replace(&mut *state, State::Over) {
                State::Settled(outcome) => Poll::Ready(outcome),
                _ => unreachable!("the state was looked at under the same lock"),
            },
            State::Abandoned | State::Over => panic!("an ask was polled after it had finished"),
        }
    }

    /// Ends the wait unless an outcome is there already.
    pub(crate) fn expire(&self) {
        self.0.expire_now();
    }
}

impl<M: Send + 'static, R: Send + 'static> Asker<M, R> {
    pub(crate) fn as_expire(&self) -> Arc<dyn Expire> {
        self.0.clone()
    }
}

impl<M, R> Drop for Asker<M, R> {
    fn drop(&mut self) {
        let left = {
            let mut state = self.0.0.lock();
            let next = if matches!(*state, State::Queued(_)) { State::Abandoned } else { State::Over };
            std::mem::replace(&mut *state, next)
        };
        // A reply that nobody took is dropped here, outside the lock.
        drop(left);
    }
}

impl<M: Send + 'static, R: Send + 'static> Replier<M, R> {
    /// The handler is about to start.
    #[must_use]
    pub(crate) fn claim(&mut self) -> Claim {
        let Some(slot) = &self.0 else { return Claim::Withdrawn };
        let mut state = slot.0.lock();
        match &mut *state {
            State::Queued(waker) => {
                *state = State::Running(waker.take());
                Claim::Wanted
            }
            State::Abandoned => {
                drop(state);
                self.0 = None;
                Claim::Abandoned
            }
            State::Running(_) | State::Settled(_) | State::Over => Claim::Withdrawn,
        }
    }

    /// Gives the reply to the asker, or back if there was none any more when the message was claimed.
    pub(crate) fn answer(mut self, reply: R) -> Option<R> {
        let Some(slot) = self.0.take() else { return Some(reply) };
        slot.settle(Outcome::Answered(reply));
        None
    }

    /// Whether there was an asker when the message was claimed.
    #[cfg(feature = "testing")]
    pub(crate) fn is_awaited(&self) -> bool {
        self.0.is_some()
    }

    /// Gives the message back to the asker, or to the caller if the asker has gone.
    pub(crate) fn bounce(mut self, message: M, why: Undelivered) -> Option<M> {
        let slot = self.0.take()?;
        if matches!(*slot.0.lock(), State::Abandoned) {
            return Some(message);
        }
        slot.settle(Outcome::Undelivered(message, why));
        None
    }

    /// The asker takes its message back before it was accepted: it needs no outcome.
    pub(crate) fn withdraw(mut self) {
        self.0 = None;
    }
}

impl<M: Send + 'static, R: Send + 'static> Drop for Replier<M, R> {
    fn drop(&mut self) {
        let Some(slot) = self.0.take() else { return };
        // Only a fence comes back for orphans; elsewhere nobody is going to know better.
        if std::thread::panicking() && is_fenced() {
            ORPHANS.with_borrow_mut(|orphans| orphans.push(slot));
        } else {
            slot.settle(Outcome::Unanswered(Unanswered::Killed));
        }
    }
}

impl<M, R> Slot<M, R> {
    /// `false` if nobody waits any more.
    fn settle(&self, outcome: Outcome<M, R>) -> bool {
        let mut state = self.0.lock();
        match &mut *state {
            State::Queued(waker) | State::Running(waker) => {
                let waker = waker.take();
                *state = State::Settled(outcome);
                drop(state);
                if let Some(waker) = waker {
                    fence::wake(waker);
                }
                true
            }
            State::Settled(_) | State::Abandoned | State::Over => {
                drop(state);
                drop(outcome);
                false
            }
        }
    }

    fn expire_now(&self) {
        let mut state = self.0.lock();
        let (waker, running) = match &mut *state {
            State::Queued(waker) => (waker.take(), false),
            State::Running(waker) => (waker.take(), true),
            State::Settled(_) | State::Abandoned | State::Over => return,
        };
        *state = State::Settled(Outcome::TimedOut { running });
        drop(state);
        if let Some(waker) = waker {
            fence::wake(waker);
        }
    }
}

impl<M: Send, R: Send> Expire for Slot<M, R> {
    fn expire(&self) {
        self.expire_now();
    }
}
