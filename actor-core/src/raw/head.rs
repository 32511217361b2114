//! The state of one ask, and the waker of who asks: the part of an exchange that does not know what it carries.
//!
//! What the stages mean and who owns what in each is said in [`exchange`](super::exchange). Here is how the state changes.
//!
//! Invariants:
//! - The two words of the waker are written by the `Asking` alone, and only while the bit `WAKER` is clear. While it is set they
//!   are a waker, which belongs to whoever clears the bit. Every arrow that ends the wait clears it, so what was stored
//!   is called at most once, and never after the asker has gone.
//! - Whoever clears the bit has read the words before. They are still the waker then: each setting of the bit comes with
//!   another number in the state, so a compare-and-swap from a state that was read succeeds only if no word was written since.

use std::mem::ManuallyDrop;
use std::task::{RawWakerVTable, Waker};

use super::roster::Entry;
use crate::rt::atomic::{AtomicPtr, AtomicU64, Ordering};

pub(super) const QUEUED: u64 = 0;
pub(super) const RUNNING: u64 = 1;
pub(super) const SETTLED: u64 = 2;
pub(super) const EXPIRED_QUEUED: u64 = 3;
pub(super) const EXPIRED_RUNNING: u64 = 4;
/// The asker has gone while the message was queued.
pub(super) const ABANDONED: u64 = 5;
/// The asker has gone later.
pub(super) const OVER: u64 = 6;
pub(super) const STAGE: u64 = 7;
/// There is a waker to be called.
pub(super) const WAKER: u64 = 1 << 3;
/// The actor's end has gone without having settled. Never cleared.
pub(super) const GONE: u64 = 1 << 4;
/// A clock has said that the asker's time is near. Never cleared while the wait lasts.
pub(super) const NEAR: u64 = 1 << 5;
/// Counts from here up how often a waker was stored. It does not come round: that would take centuries.
pub(super) const ONE_WAKER: u64 = 1 << 8;

pub(super) const fn stage(state: u64) -> u64 {
    state & STAGE
}

pub(super) const fn is_open(state: u64) -> bool {
    stage(state) <= RUNNING
}

/// Whether the asker's end has gone.
pub(super) const fn is_left(state: u64) -> bool {
    matches!(stage(state), ABANDONED | OVER)
}

/// The part of an exchange that does not know what it carries.
pub(super) struct Head {
    state: AtomicU64,
    data: AtomicPtr<()>,
    table: AtomicPtr<RawWakerVTable>,
    pub(super) entry: Entry,
}

/// What a clock is to do when the time of an entry has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// End the wait.
    Expire,
    /// Wake the asker, which then finds that its time is [near](Asking::is_near).
    Nudge,
}

impl Head {
    #[inline]
    pub(super) fn new(waker: &Waker) -> Self {
        let waker = ManuallyDrop::new(waker.clone());
        Self {
            state: AtomicU64::new(QUEUED | WAKER),
            data: AtomicPtr::new(waker.data().cast_mut()),
            table: AtomicPtr::new(std::ptr::from_ref(waker.vtable()).cast_mut()),
            entry: Entry::new(),
        }
    }

    #[inline]
    pub(super) fn state(&self) -> u64 {
        // ORDERING: pairs with `change` and `end`: what was published with the state can be read.
        self.state.load(Ordering::Acquire)
    }

    /// The time of an entry has come. The waker is to be called under no lock.
    #[must_use]
    pub(super) fn come(&self, then: Then) -> Option<Waker> {
        let came = self.end(|state| match (then, stage(state)) {
            (Then::Nudge, QUEUED | RUNNING) => Some((state | NEAR) & !WAKER),
            (Then::Expire, QUEUED) => Some(EXPIRED_QUEUED | state & GONE),
            (Then::Expire, RUNNING) => Some(EXPIRED_RUNNING | state & GONE),
            _ => None,
        });
        came.ok().flatten()
    }

    pub(super) fn is_near(&self) -> bool {
        self.state.load(Ordering::Relaxed) & NEAR != 0
    }

    /// Makes sure that `waker` is called; for the asker. `false`: the wait is over.
    #[inline]
    pub(super) fn waits(&self, waker: &Waker) -> bool {
        let stored = self.state.load(Ordering::Relaxed) & WAKER != 0;
        if stored && self.words() == (waker.data().cast_mut(), std::ptr::from_ref(waker.vtable()).cast_mut())
        {
            return true;
        }
        self.store_waker(waker.clone())
    }

    #[cold]
    fn store_waker(&self, fresh: Waker) -> bool {
        let Ok(former) = self.end(|state| is_open(state).then_some(state & !WAKER)) else { return false };
        let fresh = ManuallyDrop::new(fresh);
        self.data.store(fresh.data().cast_mut(), Ordering::Relaxed);
        self.table.store(std::ptr::from_ref(fresh.vtable()).cast_mut(), Ordering::Relaxed);
        let waits = self.change(|state| is_open(state).then_some((state | WAKER) + ONE_WAKER)).is_ok();
        if !waits {
            // The bit is clear, and nobody sets it any more but we.
            drop(ManuallyDrop::into_inner(fresh));
        }
        drop(former);
        waits
    }

    fn words(&self) -> (*mut (), *mut RawWakerVTable) {
        (self.data.load(Ordering::Relaxed), self.table.load(Ordering::Relaxed))
    }

    /// Moves the state to where `to` says, which has no waker. `Ok` is the waker of the state before, if there was one; an
    /// `Err` is a state that was left alone.
    #[inline]
    pub(super) fn end(&self, to: impl Fn(u64) -> Option<u64>) -> Result<Option<Waker>, u64> {
        // ORDERING: pairs with `change`, which has published the words of the waker that the state tells of.
        let mut state = self.state.load(Ordering::Acquire);
        loop {
            let Some(next) = to(state) else { return Err(state) };
            let (data, table) = self.words();
            // ORDERING: as in `change`. From here on the memory may be the other end's.
            match self.state.compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(former) if former & WAKER == 0 => return Ok(None),
                // SAFETY: we have cleared the bit and no word was written since the state was read, so the words are a
                // waker's, and it is ours.
                Ok(_) => return Ok(Some(unsafe { Waker::new(data, &*table) })),
                Err(other) => state = other,
            }
        }
    }

    /// Moves the state to where `to` says, with its waker. Both results are the state before; an `Err` has been left alone.
    #[inline]
    pub(super) fn change(&self, to: impl Fn(u64) -> Option<u64>) -> Result<u64, u64> {
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
}
