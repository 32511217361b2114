//! A guest of a queue: somebody who does the work of a receiver that rests. Invariants and orders are those of
//! [`blocks`](super::blocks).
//!
//! ```text
//!            enter: GUEST for IDLE                 leave: IDLE for GUEST
//!   resting ───────────────────────► guest ────────────────────────────► resting
//!                                      │   something was given out, or LOOK: the waker is called
//!                                      └────────────────────────────────► awake
//! ```

use super::blocks::{Blocks, Charge, GUEST, IDLE, LOOK, STEP};
use crate::fence;
use crate::rt::atomic::Ordering;
use crate::rt::relax;

/// Has the place of a receiver until it is dropped.
pub(crate) struct Guest<'a, T: Charge> {
    blocks: &'a Blocks<T>,
    /// Where it was when the guest came.
    tail: u64,
}

impl<T: Charge> Blocks<T> {
    /// Whether the receiver rests, as far as somebody can say who does not take its place.
    #[inline]
    pub(crate) fn may_be_entered(&self) -> bool {
        self.word.load(Ordering::Relaxed) & (IDLE | LOOK) == IDLE
    }

    /// Takes the place of the receiver, if that rests: then there is nothing in the queue, and nothing to be said to it.
    #[inline]
    pub(crate) fn enter(&self) -> Option<Guest<'_, T>> {
        let word = self.word.load(Ordering::Relaxed);
        if word & (IDLE | LOOK) != IDLE {
            return None;
        }
        // ORDERING: acquire, for what the receiver has left, or the guest before; release, as every swap of the word.
        let entered =
            self.word.compare_exchange(word, word ^ (IDLE | GUEST), Ordering::AcqRel, Ordering::Relaxed);
        // Not made before it is known: it leaves when it goes.
        entered.is_ok().then(|| Guest { blocks: self, tail: word / STEP })
    }

    /// Whoever is a guest from now on finds `host`. For the receiver of this epoch, while it is awake.
    pub(crate) fn lend(&self, epoch: u64, host: T::Host) {
        let mut turn = 0;
        loop {
            let mut front = self.lock();
            if front.front().epoch != epoch {
                return;
            }
            // ORDERING: acquire, for what a guest has done.
            let word = self.word.load(Ordering::Acquire);
            if word & (IDLE | GUEST) == 0 {
                // SAFETY: we hold `BUSY`, and neither bit is set.
                self.host.with_mut(|at| unsafe { *at = Some(host) });
                return;
            }
            drop(front);
            relax(turn);
            turn += 1;
        }
    }

    /// Nobody finds `host` any more, and nobody has it: a guest that is there is waited for.
    pub(crate) fn take_back(&self, host: &T::Host) {
        let remove = |at: &mut Option<T::Host>| {
            if at.as_ref() == Some(host) {
                *at = None;
            }
        };
        let mut turn = 0;
        loop {
            if let Some(guest) = self.enter() {
                // A receiver rests, ours or the next one. Not to be at the front while we wait, where others would wait for us.
                // SAFETY: we are the guest.
                self.host.with_mut(|at| unsafe { remove(&mut *at) });
                drop(guest);
                return;
            }
            let front = self.lock();
            // ORDERING: acquire, for what a guest has done.
            if self.word.load(Ordering::Acquire) & (IDLE | GUEST) == 0 {
                // SAFETY: we hold `BUSY`, and neither bit is set.
                self.host.with_mut(|at| unsafe { remove(&mut *at) });
                return;
            }
            drop(front);
            relax(turn);
            turn += 1;
        }
    }
}

impl<T: Charge> Guest<'_, T> {
    /// What the receiver has lent.
    #[inline]
    pub(crate) fn host(&mut self) -> Option<&mut T::Host> {
        // SAFETY: it is a guest's, and there is no other.
        self.blocks.host.with_mut(|at| unsafe { (*at).as_mut() })
    }
}

impl<T: Charge> Drop for Guest<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let mut word = self.blocks.word.load(Ordering::Relaxed);
        while word / STEP == self.tail && word & LOOK == 0 {
            // ORDERING: release, for what the guest has done.
            match self.blocks.word.compare_exchange_weak(
                word,
                word ^ (IDLE | GUEST),
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return,
                Err(other) => word = other,
            }
        }
        self.call();
    }
}

impl<T: Charge> Guest<'_, T> {
    /// Leaves, and wakes the receiver, for which there is something to do.
    #[cold]
    fn call(&self) {
        // SAFETY: it is the guest's as long as the bit is set.
        let waker = unsafe { self.blocks.take_waker() };
        // ORDERING: release, for what the guest has done, and for the waker.
        self.blocks.word.fetch_and(!GUEST, Ordering::AcqRel);
        if let Some(waker) = waker {
            fence::wake(waker);
        }
    }
}
