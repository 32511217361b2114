//! What an asker, an actor and a clock share over one ask: one word of state, a waker, and what is handed over.
//!
//! ```text
//!               claim              settle           poll, drop
//!   QUEUED ─────────────► RUNNING ────────► SETTLED ──────────► OVER
//!     │ │ └──────────── settle ───────────────▲                  ▲
//!     │ └─ expire ► EXPIRED_QUEUED ────┐      │                  │
//!     │          RUNNING ─ expire ► EXPIRED_RUNNING ── poll, drop┤
//!     └─ the asker's drop ► ABANDONED        RUNNING ─── drop ───┘
//! ```
//!
//! There is one [`Asking`], one [`Answering`], and any number of clocks, that is of calls of [`Exchange::expire`]. Each
//! arrow is one compare-and-swap, so whoever moves the state from `QUEUED` decides alone whether the message is handled.
//! That is the one place where a timeout and a handler's start meet.
//!
//! Invariants:
//! - The state only moves along an arrow, never back.
//! - `content` belongs to the `Answering` until it has moved the state to `SETTLED`, and from then on to the `Asking`. If the
//!   state cannot be moved to `SETTLED`, it is the `Answering`'s for good.
//! - `waker` belongs to the `Asking` while the bit `WAKER` is clear. While it is set, it belongs to whoever clears it by a
//!   compare-and-swap. Every arrow that ends the wait clears it, so what was stored is called at most once, and never after
//!   the asker has gone.
//! - Foreign code (wakers, destructors) runs when the state is what it is to be.
//!
//! Costs: one allocation; three compare-and-swaps for an ask that is answered, of its five steps.

use std::task::{Context, Poll, Waker};

use crate::fence;
use crate::rt::atomic::{AtomicU8, Ordering};
use crate::rt::{Arc, UnsafeCell};

const QUEUED: u8 = 0;
const RUNNING: u8 = 1;
const SETTLED: u8 = 2;
const EXPIRED_QUEUED: u8 = 3;
const EXPIRED_RUNNING: u8 = 4;
/// The asker has gone while the message was queued.
const ABANDONED: u8 = 5;
/// The asker has its outcome, or has gone since.
const OVER: u8 = 6;
/// A bit beside the stage: there is a waker to be called.
const WAKER: u8 = 8;

const fn stage(state: u8) -> u8 {
    state & !WAKER
}

const fn is_open(state: u8) -> bool {
    stage(state) <= RUNNING
}

pub(crate) struct Exchange<T> {
    state: AtomicU8,
    waker: UnsafeCell<Option<Waker>>,
    content: UnsafeCell<Option<T>>,
}

// SAFETY: the content is moved from thread to thread and never shared, by the invariants; wakers are `Send` and `Sync`.
unsafe impl<T: Send> Send for Exchange<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Exchange<T> {}

/// The asker's end.
pub(crate) struct Asking<T> {
    shared: Arc<Exchange<T>>,
    /// Whose waker was stored last: that is looked at without taking it back.
    registered: Identity,
}

/// The actor's end. Dropped without having settled, it leaves the asker waiting.
pub(crate) struct Answering<T> {
    shared: Arc<Exchange<T>>,
}

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

/// A waker's data and functions, for comparison only.
type Identity = (usize, usize);

fn identity(waker: &Waker) -> Identity {
    (waker.data().addr(), std::ptr::from_ref(waker.vtable()).addr())
}

/// `content` is what the actor's end begins with; `waker` is called when the wait is over.
pub(crate) fn exchange<T>(content: T, waker: &Waker) -> (Asking<T>, Answering<T>) {
    let shared = Arc::new(Exchange {
        state: AtomicU8::new(QUEUED | WAKER),
        waker: UnsafeCell::new(Some(waker.clone())),
        content: UnsafeCell::new(Some(content)),
    });
    (Asking { shared: shared.clone(), registered: identity(waker) }, Answering { shared })
}

impl<T> Asking<T> {
    /// # Panics
    ///
    /// If it has been ready before.
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<Found<T>> {
        // ORDERING: pairs with the compare-and-swap of `settle`, which publishes the content.
        let state = self.shared.state.load(Ordering::Acquire);
        if is_open(state) && self.waits(cx.waker()) {
            return Poll::Pending;
        }
        Poll::Ready(self.finish())
    }

    /// Makes sure that `waker` is called. `false`: the wait is over.
    fn waits(&mut self, waker: &Waker) -> bool {
        if self.registered == identity(waker) {
            return true;
        }
        let fresh = waker.clone();
        if self.shared.change(|state| is_open(state).then_some(stage(state))).is_err() {
            return false;
        }
        // SAFETY: the bit is clear, so the waker is ours until we set it.
        let former = unsafe { self.shared.replace_waker(Some(fresh)) };
        let waits = self.shared.change(|state| is_open(state).then_some(state | WAKER)).is_ok();
        if waits {
            self.registered = identity(waker);
        } else {
            // SAFETY: the bit is clear, and nobody sets it any more but we.
            drop(unsafe { self.shared.replace_waker(None) });
        }
        drop(former);
        waits
    }

    fn finish(&mut self) -> Found<T> {
        // ORDERING: pairs with the compare-and-swap of `settle`, which publishes the content.
        match self.shared.state.load(Ordering::Acquire) {
            SETTLED => {
                // SAFETY: the state is `SETTLED`, so the content is ours.
                let content = unsafe { self.shared.replace_content(None) };
                // ORDERING: relaxed, since nobody but we reads it any more.
                self.shared.state.store(OVER, Ordering::Relaxed);
                Found::Settled(content.expect("what was settled is taken once"))
            }
            state @ (EXPIRED_QUEUED | EXPIRED_RUNNING) => {
                self.shared.state.store(OVER, Ordering::Relaxed);
                Found::Expired { running: state == EXPIRED_RUNNING }
            }
            _ => panic!("an ask was polled after it had finished"),
        }
    }

    /// For a clock that may end the wait.
    pub(crate) fn shared(&self) -> &Arc<Exchange<T>> {
        &self.shared
    }
}

impl<T> Drop for Asking<T> {
    fn drop(&mut self) {
        let left = self.shared.change(|state| match stage(state) {
            QUEUED => Some(ABANDONED),
            RUNNING => Some(OVER),
            _ => None,
        });
        match left {
            Ok(former) if former & WAKER != 0 => {
                // SAFETY: we have cleared the bit.
                drop(unsafe { self.shared.replace_waker(None) });
            }
            Err(SETTLED) => {
                // SAFETY: the state is `SETTLED`, so the content is ours.
                let content = unsafe { self.shared.replace_content(None) };
                self.shared.state.store(OVER, Ordering::Relaxed);
                drop(content);
            }
            Ok(_) | Err(_) => {}
        }
    }
}

impl<T> Answering<T> {
    /// The handler is about to start.
    #[must_use]
    pub(crate) fn claim(&mut self) -> Claim {
        match self.shared.change(|state| (stage(state) == QUEUED).then_some(RUNNING | state & WAKER)) {
            Ok(_) => Claim::Wanted,
            Err(state) if stage(state) == ABANDONED => Claim::Abandoned,
            Err(_) => Claim::Withdrawn,
        }
    }

    /// What is in it, which stays the actor's until it settles.
    pub(crate) fn take(&mut self) -> Option<T> {
        // SAFETY: the content is ours until `settle`, which consumes `self`.
        unsafe { self.shared.replace_content(None) }
    }

    /// Hands `content` over in the place of what is left in it. An `Err` gives it back: nobody waits.
    pub(crate) fn settle(self, content: T) -> Result<(), Untaken<T>> {
        // SAFETY: the content is ours until the state is `SETTLED`.
        let left = unsafe { self.shared.replace_content(Some(content)) };
        let outcome = match self.shared.change(|state| is_open(state).then_some(SETTLED)) {
            Ok(former) => {
                self.shared.wake(former);
                Ok(())
            }
            Err(state) => {
                // SAFETY: the state is not `SETTLED` and never will be, so the content is still ours.
                let content = unsafe { self.shared.replace_content(None) };
                let content = content.expect("it has just been put there");
                Err(if stage(state) == ABANDONED {
                    Untaken::Abandoned(content)
                } else {
                    Untaken::Late(content)
                })
            }
        };
        drop(left);
        outcome
    }
}

impl<T> Exchange<T> {
    /// Ends the wait unless it is over already.
    pub(crate) fn expire(&self) {
        let former = self.change(|state| match stage(state) {
            QUEUED => Some(EXPIRED_QUEUED),
            RUNNING => Some(EXPIRED_RUNNING),
            _ => None,
        });
        if let Ok(former) = former {
            self.wake(former);
        }
    }

    /// Moves the state to where `to` says. Both results are the state before; an `Err` has been left alone.
    fn change(&self, to: impl Fn(u8) -> Option<u8>) -> Result<u8, u8> {
        // ORDERING: pairs with itself: content and waker pass from whoever changed the state to whoever looks at it next.
        let mut state = self.state.load(Ordering::Acquire);
        loop {
            let Some(next) = to(state) else { return Err(state) };
            // ORDERING: as above.
            match self.state.compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(former) => return Ok(former),
                Err(other) => state = other,
            }
        }
    }

    /// Calls the waker of a state that the caller has changed into one without it.
    fn wake(&self, former: u8) {
        if former & WAKER != 0 {
            // SAFETY: the caller has cleared the bit.
            if let Some(waker) = unsafe { self.replace_waker(None) } {
                fence::wake(waker);
            }
        }
    }

    /// # Safety
    ///
    /// The waker belongs to the caller, by the invariants.
    unsafe fn replace_waker(&self, waker: Option<Waker>) -> Option<Waker> {
        // SAFETY: nobody else looks at what belongs to the caller.
        self.waker.with_mut(|at| unsafe { std::mem::replace(&mut *at, waker) })
    }

    /// # Safety
    ///
    /// The content belongs to the caller, by the invariants.
    unsafe fn replace_content(&self, content: Option<T>) -> Option<T> {
        // SAFETY: nobody else looks at what belongs to the caller.
        self.content.with_mut(|at| unsafe { std::mem::replace(&mut *at, content) })
    }
}
