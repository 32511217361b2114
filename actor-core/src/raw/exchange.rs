//! What an asker and an actor share over one ask: a word of state, a waker, and what is handed over.
//!
//! ```text
//!               claim              settle           poll, drop
//!   QUEUED ─────────────► RUNNING ────────► SETTLED ──────────► (freed by the asker)
//!     │ │ └──────────── settle ───────────────▲
//!     │ └─ expire ► EXPIRED_QUEUED ────┐
//!     │          RUNNING ─ expire ► EXPIRED_RUNNING ── poll, drop ► OVER
//!     └─ the asker's drop ► ABANDONED        RUNNING ─── drop ───────┘
//! ```
//!
//! There is one [`Asking`] and one [`Answering`], and perhaps a clock that finds the [`Head`], where the state is, in its
//! [`Roster`]. Each arrow is one compare-and-swap, so whoever moves the state from `QUEUED` decides alone whether the message is handled. That is the
//! one place where a timeout and a handler's start meet.
//!
//! Invariants:
//! - The state only moves along an arrow, never back. Its bits beside the stage come and go as said at each.
//! - The memory is both ends' until one of them has gone, and then the other's, which frees it. The actor's end has gone
//!   once the stage is `SETTLED` or the bit `GONE` is set; the asker's once the stage is `ABANDONED` or `OVER`. Whoever makes
//!   such a change does not touch the memory after it. So no end counts references.
//! - The asker's end leaves its roster before it goes. So what stands in a roster is alive, and a clock needs no hold of its own.
//! - `content` belongs to the `Answering` until it has moved the state to `SETTLED`, and from then on to the `Asking`. If the
//!   state cannot be moved to `SETTLED`, it is the `Answering`'s for good.
//! - Foreign code (wakers, destructors) runs when the state is what it is to be.
//!
//! Costs: one allocation; two compare-and-swaps for an ask that is answered, of its five steps.

use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::task::{Context, Poll, Waker};

use super::head::{
    ABANDONED, EXPIRED_QUEUED, EXPIRED_RUNNING, GONE, Head, OVER, QUEUED, RUNNING, SETTLED, Then, WAKER,
    is_left, is_open, stage,
};
use super::roster::{Due, Roster, Shard};
use crate::fence;
use crate::rt::{Counted, Instant, UnsafeCell};

struct Exchange<T> {
    head: Head,
    content: UnsafeCell<Option<T>>,
    /// Until when the asker waits who has said so. It does not change.
    deadline: Option<Instant>,
    /// Nothing, but to a model checker.
    _counted: Counted,
}

/// The asker's end.
pub(crate) struct Asking<T> {
    /// `None` once it has been ready.
    shared: Option<NonNull<Exchange<T>>>,
    /// Where it stands in a roster.
    entered: Option<&'static Shard>,
}

/// The actor's end. Dropped without having settled, it leaves the asker waiting.
pub(crate) struct Answering<T> {
    shared: NonNull<Exchange<T>>,
}

// SAFETY: the content is moved from thread to thread and never shared, by the invariants; wakers are `Send` and `Sync`.
unsafe impl<T: Send> Send for Asking<T> {}
// SAFETY: a shared one gives nothing but the head, which is atomic.
unsafe impl<T: Send> Sync for Asking<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for Answering<T> {}
// SAFETY: a shared one gives nothing.
unsafe impl<T: Send> Sync for Answering<T> {}

/// What the actor finds that is about to handle a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The message is the handler's, and its asker waits.
    Wanted,
    /// The asker has gone without a word: whether the message is handled is the handler's to say.
    Abandoned,
    /// The asker was told that the message will not be handled.
    Withdrawn,
}

/// What the asker finds at the end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<T> {
    Settled(T),
    /// The time was over; `true` if the handler had started.
    Expired {
        running: bool,
    },
}

/// Why nobody takes what was to be handed over.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Untaken<T> {
    /// The asker has gone while the message was queued.
    Abandoned(T),
    /// The asker has had its outcome, or has gone since.
    Late(T),
}

/// `content` is what the actor's end begins with; `waker` is called when the wait is over.
#[inline]
pub(crate) fn exchange<T>(content: T, deadline: Option<Instant>, waker: &Waker) -> (Asking<T>, Answering<T>) {
    let shared = NonNull::from(Box::leak(Box::new(Exchange {
        head: Head::new(waker),
        content: UnsafeCell::new(Some(content)),
        deadline,
        _counted: Counted::new(),
    })));
    (Asking { shared: Some(shared), entered: None }, Answering { shared })
}

impl<T> Asking<T> {
    /// # Panics
    ///
    /// If it has been ready before.
    #[inline]
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<Found<T>> {
        let shared = self.shared.expect("an ask was polled after it had finished");
        // SAFETY: the memory is alive as long as our end is there.
        let head = unsafe { &shared.as_ref().head };
        if is_open(head.state()) && head.waits(cx.waker()) {
            return Poll::Pending;
        }
        Poll::Ready(self.finish(shared))
    }

    fn finish(&mut self, shared: NonNull<Exchange<T>>) -> Found<T> {
        self.leave();
        self.shared = None;
        // SAFETY: the memory is alive as long as our end is there.
        let head = unsafe { &shared.as_ref().head };
        let state = head.state();
        if stage(state) == SETTLED {
            // SAFETY: the other end has gone, so the memory is ours; it was made as a box.
            let exchange = unsafe { Box::from_raw(shared.as_ptr()) };
            // SAFETY: the stage is `SETTLED`, so the content is ours.
            let content = unsafe { exchange.replace_content(None) };
            return Found::Settled(content.expect("what was settled is taken once"));
        }
        // SAFETY: it is our end that goes, for good: `shared` has just been taken out of it.
        unsafe { part(shared) };
        Found::Expired { running: stage(state) == EXPIRED_RUNNING }
    }

    /// Has the clock of `roster` end the wait or announce its end, as `then` says. `true`: that clock is asleep, and to be
    /// woken. What is entered already stays as it is.
    #[inline]
    pub(crate) fn enter(&mut self, roster: &'static Roster, due: Due, then: Then) -> bool {
        let (Some(shared), None) = (self.shared, self.entered) else { return false };
        // SAFETY: the memory is alive as long as our end is there, and our end leaves before it goes. The head stands in no
        // list: we have not entered it.
        let (shard, asleep) = unsafe { roster.enter(&raw const (*shared.as_ptr()).head, due, then) };
        self.entered = Some(shard);
        asleep
    }

    pub(crate) fn is_entered(&self) -> bool {
        self.entered.is_some()
    }

    /// Leaves the roster.
    #[inline]
    fn leave(&mut self) {
        if let (Some(shard), Some(shared)) = (self.entered.take(), self.shared) {
            // SAFETY: the memory is alive as long as our end is there, and this is the shard that it entered.
            unsafe { shard.leave(&shared.as_ref().head) };
        }
    }

    /// Whether a clock has announced the end of the wait. To be asked after a poll: a clock that comes later wakes.
    pub(crate) fn is_near(&self) -> bool {
        // SAFETY: the memory is alive as long as our end is there.
        self.shared.is_some_and(|shared| unsafe { shared.as_ref() }.head.is_near())
    }

    /// Ends the wait unless it is over already. Nobody is woken: it is the asker who says so.
    pub(crate) fn expire(&self) {
        if let Some(shared) = self.shared {
            // SAFETY: the memory is alive as long as our end is there.
            drop(unsafe { &shared.as_ref().head }.come(Then::Expire));
        }
    }
}

impl<T> Drop for Asking<T> {
    #[inline]
    fn drop(&mut self) {
        self.leave();
        if let Some(shared) = self.shared.take() {
            // SAFETY: it is our end that goes, for good.
            unsafe { part(shared) };
        }
    }
}

/// The asker's end goes.
///
/// # Safety
///
/// It is called by the asker's end, which has left its roster and looks at the exchange no more.
#[cold]
unsafe fn part<T>(shared: NonNull<Exchange<T>>) {
    // SAFETY: the memory is alive until our end has gone.
    let left = unsafe { &shared.as_ref().head }.end(|state| match stage(state) {
        _ if state & GONE != 0 => None,
        QUEUED => Some(ABANDONED),
        RUNNING | EXPIRED_QUEUED | EXPIRED_RUNNING => Some(OVER),
        _ => None,
    });
    match left {
        Ok(waker) => drop(waker),
        Err(_) => {
            // SAFETY: the other end has gone, so the memory is ours; it was made as a box.
            let exchange = unsafe { Box::from_raw(shared.as_ptr()) };
            // The waker of a wait that nobody has ended.
            drop(exchange.head.end(|state| (state & WAKER != 0).then_some(OVER)));
            drop(exchange);
        }
    }
}

impl<T> Answering<T> {
    fn exchange(&self) -> &Exchange<T> {
        // SAFETY: the memory is alive as long as our end is there.
        unsafe { self.shared.as_ref() }
    }

    /// The handler is about to start.
    #[must_use]
    #[inline]
    pub(crate) fn claim(&mut self) -> Claim {
        let queued = |state| (stage(state) == QUEUED).then_some(state + RUNNING);
        match self.exchange().head.change(queued) {
            Ok(_) => Claim::Wanted,
            Err(state) if stage(state) == ABANDONED => Claim::Abandoned,
            Err(_) => Claim::Withdrawn,
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.exchange().deadline
    }

    /// Whether the asker had gone when the message was claimed, or goes before it is.
    #[cfg(feature = "testing")]
    pub(crate) fn is_abandoned(&self) -> bool {
        stage(self.exchange().head.state()) == ABANDONED
    }

    /// What is in it, which stays the actor's until it settles.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<T> {
        // SAFETY: the content is ours until `settle`, which consumes `self`.
        unsafe { self.exchange().replace_content(None) }
    }

    /// Hands `content` over in the place of what is left in it. An `Err` gives it back: nobody waits.
    #[inline]
    pub(crate) fn settle(self, content: T) -> Result<(), Untaken<T>> {
        // SAFETY: the content is ours until the state is `SETTLED`.
        let left = unsafe { self.exchange().replace_content(Some(content)) };
        match self.exchange().head.end(|state| is_open(state).then_some(SETTLED)) {
            Ok(waker) => {
                // Our end has gone.
                let _ = ManuallyDrop::new(self);
                waker.into_iter().for_each(fence::wake);
                drop(left);
                Ok(())
            }
            Err(state) => {
                // SAFETY: the state is not `SETTLED` and never will be, so the content is still ours.
                let content = unsafe { self.exchange().replace_content(None) };
                let content = content.expect("it has just been put there");
                drop(self);
                drop(left);
                Err(if stage(state) == ABANDONED {
                    Untaken::Abandoned(content)
                } else {
                    Untaken::Late(content)
                })
            }
        }
    }
}

impl<T> Drop for Answering<T> {
    fn drop(&mut self) {
        let left = self.take();
        if self.exchange().head.change(|state| (!is_left(state)).then_some(state | GONE)).is_err() {
            // SAFETY: the asker's end has gone before ours, so the memory is ours; it was made as a box.
            drop(unsafe { Box::from_raw(self.shared.as_ptr()) });
        }
        drop(left);
    }
}

impl<T> Exchange<T> {
    /// # Safety
    ///
    /// The content belongs to the caller, by the invariants.
    #[inline]
    unsafe fn replace_content(&self, content: Option<T>) -> Option<T> {
        // SAFETY: nobody else looks at what belongs to the caller.
        self.content.with_mut(|at| unsafe { std::mem::replace(&mut *at, content) })
    }
}
