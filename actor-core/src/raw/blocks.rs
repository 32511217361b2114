//! A queue of many senders and one receiver, in blocks of slots. One word says where its tail is and whether the receiver rests.
//!
//! ```text
//!   word   [ tail: number of slots given out | GUEST | LOOK | SLOW | IDLE ]   senders: one compare-and-swap
//!   head   [ number of slots taken out       | BUSY ]                    receiver: one, and a store
//!
//!   front ──► block ──next──► block ──next──► block ◄── back
//!            [taken|taken|full]  [full|…|full]  [full|given out|free|free]
//! ```
//!
//! A sender takes the slot at the tail by a compare-and-swap of the word, writes into it, and says that it is full. If the
//! word had `IDLE` in it, its compare-and-swap has cleared that, and it is the one who wakes the receiver. The receiver
//! rests by a compare-and-swap that sets `IDLE`, and succeeds only if nothing has been given out since it looked.
//!
//! Whatever is not that simple (no room, a block that is used up, a gate that is shut) is done by one at a time: those who
//! hold the caller's lock, here called the *holder*. `SLOW` keeps everybody else out of the tail, `LOOK` makes the receiver
//! come to the holder's lock before it takes anything more.
//!
//! While the receiver rests, a *guest* may take its place: somebody who does the receiver's work himself (see [`guest`](super::guest)).
//! `GUEST` stands for `IDLE` then.
//!
//! While there is one block, it is a ring: its slots are given out again once they have been taken out. Only a backlog needs
//! more, and larger ones; so a mailbox that is never deep stays in a few cache lines.
//!
//! Invariants:
//! - The tail only grows. The block of the tail changes only while `SLOW` is set, and not without the tail growing before
//!   `SLOW` is cleared. So whoever loads the word, then block and end, and then succeeds to swap the word, had the right ones.
//! - Slots before `end` may be given out: they are in the block of the tail, and what they held has been taken out. The holder
//!   moves the end, and the receiver that is about to rest, by a swap that fails if the holder was there.
//! - A slot that has been given out belongs to its sender until it is full, then to whoever holds `BUSY`. A sender who cannot
//!   fill it would hold up everybody: so a panic there ends the process. A block is not let go before all its slots have been taken out: nobody points into it any more.
//! - Before a slot of the next block is given out, `last` of the block before says so.
//! - `front` belongs to whoever holds `BUSY`.
//! - `waker` and `host` belong to whoever holds `BUSY` while `IDLE` and `GUEST` are clear; while `GUEST` is set, to the guest. While
//!   `IDLE` is set, the waker belongs to whoever clears it: a sender takes it out before its slot is full, and the holder before
//!   it gives up the lock that comes with `LOOK`; both hold the receiver up before it can rest again.
//! - `IDLE` and `GUEST` are never both set, and `GUEST` comes from `IDLE` only. A guest leaves by a swap that sets `IDLE` again, and
//!   succeeds only if nothing was given out and nobody said `LOOK` meanwhile; else it takes the waker, leaves, and calls it.
//! - `free` counts what is in the queue and needs no room; it changes under the holder's lock or `BUSY`, and is exact under both.
//!
//! Who orders what: the word's swaps are acquire and release, so whoever sees a tail sees the block that goes with it;
//! that a slot is full is stored with release and loaded with acquire, so whoever sees it sees what is in it; `BUSY` is a
//! lock. A holder who finds no room has set `SLOW` before it looked at the front, under `BUSY`; a receiver that makes room
//! reads the word while it holds `BUSY`. So either the holder sees that room, or the receiver sees `SLOW`.
//!
//! Long because senders, holder and receiver share one word and these invariants: apart, they could not be read.
//!
//! After the queues of crossbeam and tokio, which are made of blocks too; the idle bit beside the tail is our own.

use std::mem::MaybeUninit;
use std::ptr;
use std::task::Waker;

use super::block::{Block, write};
use super::front::{AtFront, Front, Taken, Taking};
use crate::rt::atomic::{AtomicPtr, AtomicU64, Ordering};
use crate::rt::{FIRST_BLOCK, FULL_BLOCK, UnsafeCell, relax};

/// The receiver rests, and its waker is to be called.
pub(super) const IDLE: u64 = 1;
/// Only the holder may take slots.
const SLOW: u64 = 2;
/// The receiver is to come to the holder's lock.
pub(super) const LOOK: u64 = 4;
/// A guest has the receiver's place.
pub(super) const GUEST: u64 = 8;
/// The tail grows by one.
pub(super) const STEP: u64 = 16;

/// Somebody is at the front.
const BUSY: u64 = 1;

/// What lies in a queue.
pub(crate) trait Charge {
    /// What its receiver lends to guests.
    type Host: PartialEq;

    /// Whether it takes up room.
    fn is_charged(&self) -> bool;
}

pub(crate) struct Blocks<T: Charge> {
    pub(super) word: AtomicU64,
    /// The block of the tail. Null, and then `SLOW` is set, if there is no block at all.
    pub(super) back: AtomicPtr<Block<T>>,
    /// The first slot that may not be given out.
    pub(super) end: AtomicU64,
    /// Up to which tail there is room, as far as somebody has looked.
    room: AtomicU64,
    capacity: usize,
    waker: UnsafeCell<Option<Waker>>,
    pub(super) host: UnsafeCell<Option<T::Host>>,
    pub(super) head: AtomicU64,
    pub(super) front: UnsafeCell<Front<T>>,
    pub(super) free: AtomicU64,
    /// A full-sized block that has been used up, for the next who needs one.
    pub(super) spare: AtomicPtr<Block<T>>,
}

// SAFETY: what is in it passes from its sender to its receiver and is never shared; wakers are `Send` and `Sync`.
unsafe impl<T: Charge + Send> Send for Blocks<T> {}
// SAFETY: as above.
unsafe impl<T: Charge + Send> Sync for Blocks<T> {}

/// What the receiver finds.
pub(crate) enum Popped<R> {
    /// What the caller has made of the oldest.
    Item(R),
    /// There is nothing, and it will be woken.
    Idle,
    /// Come to the holder's lock.
    Called,
    /// The next one has been given out, but is not there yet.
    Unready,
    /// The queue is another receiver's.
    Stale,
}

/// What the word tells everybody.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flags {
    /// Senders come to the holder's lock.
    pub(crate) slow: bool,
    /// The receiver does.
    pub(crate) look: bool,
}

impl<T: Charge> Blocks<T> {
    /// Allocates nothing.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            word: AtomicU64::new(SLOW),
            back: AtomicPtr::new(ptr::null_mut()),
            end: AtomicU64::new(0),
            room: AtomicU64::new(0),
            capacity,
            waker: UnsafeCell::new(None),
            host: UnsafeCell::new(None),
            head: AtomicU64::new(0),
            front: UnsafeCell::new(Front { block: ptr::null_mut(), epoch: 0 }),
            free: AtomicU64::new(0),
            spare: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// `usize::MAX`: without a limit.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Puts at the end what `make` makes there, if that can be done without the holder's lock. `Err` gives `make` back, uncalled.
    /// Whoever is returned is to be woken.
    ///
    /// Nobody gets past a slot that has been given out, so `make` must do no more than make: should it panic, the process ends.
    #[inline]
    pub(crate) fn push<F: FnOnce(&mut MaybeUninit<T>) -> &mut T>(&self, make: F) -> Result<Option<Waker>, F> {
        // ORDERING: acquire, so that block and end are those of this tail or later ones.
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            let tail = word / STEP;
            // ORDERING: acquire, for the receiver that has emptied the slots that it gives back.
            if word & SLOW != 0 || tail >= self.end.load(Ordering::Acquire) || !self.has_room(tail) {
                return Err(make);
            }
            let block = self.back.load(Ordering::Relaxed);
            let next = (word + STEP) & !IDLE;
            // ORDERING: acquire for the waker that a receiver at rest has left; release, so that a receiver that sees this
            // tail sees what its slot needs.
            match self.word.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => {
                    // SAFETY: the slot has just been given to us, and by the invariants this is its block.
                    return Ok(unsafe { self.fill(block, word, make) });
                }
                Err(other) => word = other,
            }
        }
    }

    /// Whether there is room for one more at `tail`, counting what needs none. What the receiver is about to take out counts.
    #[inline]
    fn has_room(&self, tail: u64) -> bool {
        if tail < self.room.load(Ordering::Relaxed) {
            return true;
        }
        let capacity = if self.capacity == usize::MAX { u64::MAX } else { self.capacity as u64 };
        let room = self.taken().saturating_add(capacity);
        self.room.store(room, Ordering::Relaxed);
        tail < room
    }

    /// How many have been taken out.
    pub(crate) fn taken(&self) -> u64 {
        // ORDERING: acquire, since who finds room uses it.
        self.head.load(Ordering::Acquire) / 2
    }

    /// # Safety
    ///
    /// The slot at the tail of `word` has been given to the caller, by a swap of this very word, and lies in `block`.
    #[inline]
    unsafe fn fill(
        &self,
        block: *mut Block<T>,
        word: u64,
        make: impl FnOnce(&mut MaybeUninit<T>) -> &mut T,
    ) -> Option<Waker> {
        // SAFETY: the caller has cleared the bit.
        let waker = if word & IDLE == 0 { None } else { unsafe { self.take_waker() } };
        // SAFETY: a block stays as long as one of its slots is not taken out.
        let slot = unsafe { Block::slot(block, word / STEP) };
        let filling = Filling;
        // SAFETY: the slot is ours until it is full.
        unsafe {
            (*slot).content.with_mut(|at| write(&mut *at, make));
            // ORDERING: release, for what is in it, and for the waker that has been taken out.
            (*slot).full.store(true, Ordering::Release);
        }
        std::mem::forget(filling);
        waker
    }

    /// # Safety
    ///
    /// The waker belongs to the caller, by the invariants.
    pub(super) unsafe fn take_waker(&self) -> Option<Waker> {
        // SAFETY: nobody else looks at what belongs to the caller.
        self.waker.with_mut(|at| unsafe { (*at).take() })
    }

    /// Keeps everybody but the holder from the tail, until [`Blocks::set`].
    pub(crate) fn hold(&self) {
        // ORDERING: acquire and release, as every swap of the word.
        self.word.fetch_or(SLOW, Ordering::AcqRel);
    }

    /// Tells everybody what they are to do, and ends a [`Blocks::hold`]. For the holder; whoever is returned is to be woken.
    #[must_use]
    pub(crate) fn set(&self, flags: Flags) -> Option<Waker> {
        let slow = flags.slow || self.back.load(Ordering::Relaxed).is_null();
        let flags = if slow { SLOW } else { 0 } | if flags.look { LOOK } else { 0 };
        let mut word = self.word.load(Ordering::Relaxed);
        loop {
            let mut next = word & !(SLOW | LOOK) | flags;
            if flags & LOOK != 0 {
                next &= !IDLE;
            }
            if next == word {
                return None;
            }
            // ORDERING: acquire for the waker, release for block and end.
            match self.word.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Relaxed) {
                // SAFETY: we have cleared the bit.
                Ok(_) if word & IDLE > next & IDLE => return unsafe { self.take_waker() },
                Ok(_) => return None,
                Err(other) => word = other,
            }
        }
    }

    /// Puts `item` at the end, whatever the room. For the holder, after [`Blocks::hold`]; whoever is returned is to be woken.
    pub(crate) fn push_held(&self, item: T) -> Option<Waker> {
        if !item.is_charged() {
            self.free.fetch_add(1, Ordering::Relaxed);
        }
        let mut word = self.word.load(Ordering::Relaxed);
        debug_assert!(word & SLOW != 0, "the holder has not held");
        let at = self.block_for(word / STEP);
        loop {
            let next = (word + STEP) & !IDLE;
            // ORDERING: as in `push`. The tail is what it was, since others are kept from it.
            match self.word.compare_exchange_weak(word, next, Ordering::AcqRel, Ordering::Relaxed) {
                // SAFETY: the slot has just been given to us, and this is its block.
                Ok(_) => return unsafe { self.fill(at, word, |at| at.write(item)) },
                Err(other) => word = other,
            }
        }
    }

    /// The block that the slot at the tail lies in, with an end behind it.
    fn block_for(&self, tail: u64) -> *mut Block<T> {
        let block = self.back.load(Ordering::Relaxed);
        if block.is_null() {
            let first = self.more(tail, FIRST_BLOCK);
            self.lock().front().block = first;
            return self.set_back(first);
        }
        // ORDERING: acquire, for the receiver that has emptied the slots that it gives back.
        if tail < self.end.load(Ordering::Acquire) {
            return block;
        }
        // SAFETY: the block of the tail is there.
        let len = unsafe { (*block).len };
        let mut front = self.lock();
        if front.front().block == block && front.index + len > tail {
            // It is the only one, and something has been taken out.
            self.end.store(front.index + len, Ordering::Relaxed);
            return block;
        }
        drop(front);
        let next = self.more(tail, (2 * len).min(FULL_BLOCK));
        // SAFETY: the block of the tail is there.
        // ORDERING: release, for who goes on to the next one.
        unsafe {
            (*block).next.store(next, Ordering::Relaxed);
            (*block).last.store(tail, Ordering::Release);
        }
        self.set_back(next)
    }

    /// ORDERING: relaxed, since others look at these only once `SLOW` has been cleared.
    fn set_back(&self, block: *mut Block<T>) -> *mut Block<T> {
        self.back.store(block, Ordering::Relaxed);
        // SAFETY: the block of the tail is there.
        self.end.store(unsafe { (*block).start + (*block).len }, Ordering::Relaxed);
        block
    }

    /// A block that begins at `start`, with all its slots empty.
    fn more(&self, start: u64, len: u64) -> *mut Block<T> {
        if len == FULL_BLOCK {
            // ORDERING: acquire, for whoever emptied it.
            let spare = self.spare.swap(ptr::null_mut(), Ordering::Acquire);
            if !spare.is_null() {
                // SAFETY: it was taken out of the list before it was put there, and is ours now.
                unsafe {
                    (*spare).start = start;
                    (*spare).last.store(u64::MAX, Ordering::Relaxed);
                    (*spare).next.store(ptr::null_mut(), Ordering::Relaxed);
                }
                return spare;
            }
        }
        Block::new(start, len)
    }

    /// How many in the queue take up room. Exact for the holder after [`Blocks::hold`].
    pub(crate) fn charged(&self) -> usize {
        let front = self.lock();
        let tail = self.word.load(Ordering::Acquire) / STEP;
        let free = self.free.load(Ordering::Relaxed);
        usize::try_from((tail - front.index).saturating_sub(free)).unwrap_or(usize::MAX)
    }

    /// How many slots are in use.
    #[cfg(test)]
    pub(crate) fn slots(&self) -> u64 {
        self.word.load(Ordering::Acquire) / STEP - self.taken()
    }

    /// Whether nothing is in the queue, nor about to be.
    pub(crate) fn is_empty(&self) -> bool {
        self.word.load(Ordering::Acquire) / STEP == self.taken()
    }

    /// Whether there is any memory.
    pub(crate) fn has_memory(&self) -> bool {
        !self.back.load(Ordering::Relaxed).is_null()
    }

    /// Whether the receiver rests.
    #[cfg(feature = "testing")]
    pub(crate) fn is_idle(&self) -> bool {
        self.word.load(Ordering::Acquire) & IDLE != 0
    }

    /// Gives the queue to the receiver of this epoch.
    pub(crate) fn assign(&self, epoch: u64) {
        self.lock().front().epoch = epoch;
    }

    /// Takes the oldest out, or goes to rest: then `waker` is called when there is something.
    ///
    /// `take` takes it out itself, and does no more than that while it lies there. Handed back instead, it would be moved once
    /// more for each type around it.
    #[inline]
    pub(crate) fn pop<R>(
        &self,
        epoch: u64,
        waker: &Waker,
        take: impl FnOnce(Taking<'_, T>) -> R,
    ) -> Popped<R> {
        let mut front = self.lock();
        if front.front().epoch != epoch {
            return Popped::Stale;
        }
        // ORDERING: acquire, for what the slot needs. After `BUSY`, see the module's doc.
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            if word & (LOOK | GUEST) != 0 {
                // A guest calls when it leaves, if there is anything to be done.
                return if word & GUEST == 0 { Popped::Called } else { Popped::Idle };
            }
            if word / STEP != front.index {
                match front.next() {
                    Some(slot) => {
                        return Popped::Item(take(Taking { front, slot, held: word & SLOW != 0 }));
                    }
                    None => return Popped::Unready,
                }
            }
            // ORDERING: acquire, for the waker that we take back; release, for the one that we leave.
            let next = word ^ IDLE;
            if word & IDLE == 0 {
                front.give_back();
                // SAFETY: `IDLE` is clear and we hold `BUSY`.
                self.waker.with_mut(|at| unsafe {
                    if !(*at).as_ref().is_some_and(|kept| kept.will_wake(waker)) {
                        *at = Some(waker.clone());
                    }
                });
            }
            match self.word.compare_exchange(word, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) if next & IDLE != 0 => return Popped::Idle,
                // It was polled while at rest: the waker is taken back, to see whether it is still the right one.
                Ok(_) => word = next,
                Err(other) => word = other,
            }
        }
    }

    /// Takes the oldest out. For the holder.
    pub(crate) fn pop_held(&self) -> Taken<T> {
        let tail = self.word.load(Ordering::Acquire) / STEP;
        self.lock().take(tail)
    }

    /// Takes out the oldest that takes up room, from between those that do not. For the holder, after [`Blocks::hold`].
    pub(crate) fn evict(&self) -> Option<T> {
        let tail = self.word.load(Ordering::Acquire) / STEP;
        let mut front = self.lock();
        let mut block = front.front().block;
        for at in front.index..tail {
            // SAFETY: from the front on all blocks are there, up to that of the tail, and we hold `BUSY`.
            unsafe {
                if at == (*block).last.load(Ordering::Acquire) {
                    block = (*block).next.load(Ordering::Relaxed);
                }
                let slot = Block::slot(block, at);
                let mut turn = 0;
                while !(*slot).full.load(Ordering::Acquire) {
                    // Its sender is about to fill it.
                    relax(turn);
                    turn += 1;
                }
                if (*slot).content.with_mut(|content| (*content).assume_init_ref().is_charged()) {
                    let evicted = (*slot).content.with_mut(|content| (*content).assume_init_read());
                    front.close_up(at);
                    return Some(evicted);
                }
            }
        }
        None
    }

    /// Gives the memory back if nothing is in the queue. For the holder, after [`Blocks::hold`].
    pub(crate) fn trim(&self) {
        let mut front = self.lock();
        if self.word.load(Ordering::Acquire) / STEP == front.index {
            let mut block = std::mem::replace(&mut front.front().block, ptr::null_mut());
            self.back.store(ptr::null_mut(), Ordering::Relaxed);
            drop(front);
            // SAFETY: nothing points at them any more: senders are kept out, and find the tail's block gone.
            unsafe {
                while !block.is_null() {
                    let next = (*block).next.load(Ordering::Relaxed);
                    Block::free(block);
                    block = next;
                }
                Block::free(self.spare.swap(ptr::null_mut(), Ordering::Acquire));
            }
        }
    }

    /// Waits for whoever is at the front. A receiver moves a few bytes there; a holder that evicts looks past notices.
    #[inline]
    pub(super) fn lock(&self) -> AtFront<'_, T> {
        let mut head = self.head.load(Ordering::Relaxed);
        let mut turn = 0;
        loop {
            if head & BUSY != 0 {
                relax(turn);
                turn += 1;
                head = self.head.load(Ordering::Relaxed);
                continue;
            }
            // ORDERING: acquire, for what the last one at the front did.
            match self.head.compare_exchange_weak(head, head | BUSY, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return AtFront { blocks: self, index: head / 2, gone: false },
                Err(other) => head = other,
            }
        }
    }
}

/// A slot is being filled. What goes in is copied or put into a box, so nothing but a fault of ours can unwind through this.
struct Filling;

impl Drop for Filling {
    fn drop(&mut self) {
        std::process::abort();
    }
}

impl<T: Charge> Drop for Blocks<T> {
    fn drop(&mut self) {
        /// Goes on with the rest if a destructor panics.
        struct Rest<'a, T: Charge>(&'a Blocks<T>);

        impl<T: Charge> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                while let Taken::Item(item) = self.0.pop_held() {
                    let rest = Rest(self.0);
                    drop(item);
                    std::mem::forget(rest);
                }
            }
        }

        let rest = Rest(self);
        drop(rest);
        self.trim();
    }
}
