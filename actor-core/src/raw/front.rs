//! The receiver's end of a queue: taking out what is oldest. Invariants and orders are those of [`blocks`](super::blocks).

use super::block::{Block, Slot};
use super::blocks::{Blocks, Charge};
use crate::rt::atomic::Ordering;
use crate::rt::{FULL_BLOCK, LOOKS, relax};

/// What whoever holds `BUSY` may change.
pub(super) struct Front<T> {
    /// Null if there is none.
    pub(super) block: *mut Block<T>,
    /// Whose receiver may take things out.
    pub(super) epoch: u64,
}

/// What the holder finds.
pub(crate) enum Taken<T> {
    Item(T),
    Nothing,
    Unready,
}

/// What is about to be taken out. It is still there if this is dropped.
pub(crate) struct Taking<'a, T: Charge> {
    pub(super) front: AtFront<'a, T>,
    pub(super) slot: *const Slot<T>,
    pub(super) held: bool,
}

impl<T: Charge> Taking<'_, T> {
    /// Whether a holder is in the tail, and may have found no room.
    #[inline]
    pub(crate) fn is_held(&self) -> bool {
        self.held
    }

    pub(crate) fn item(mut self) -> T {
        // SAFETY: it is full, and has been given to us by the front that we hold.
        unsafe { self.front.empty(self.slot) }
    }

    /// Where it lies.
    #[inline]
    pub(super) fn content(&self) -> *mut T {
        // SAFETY: the slot is there until we let go of the front.
        unsafe { (*self.slot).content.with_mut(|at| at.cast()) }
    }

    /// Lets go of the front.
    ///
    /// # Safety
    ///
    /// The content has been moved out. It was charged or not, as is said. To be called once.
    #[inline]
    pub(super) unsafe fn left(&mut self, charged: bool) {
        if !charged {
            self.front.blocks.free.fetch_sub(1, Ordering::Relaxed);
        }
        // SAFETY: the slot is the one at the front, and there is nothing in it any more.
        unsafe { self.front.pass(self.slot) };
        self.front.let_go();
    }
}

/// Whoever holds `BUSY`.
pub(super) struct AtFront<'a, T: Charge> {
    pub(super) blocks: &'a Blocks<T>,
    /// How many have been taken out.
    pub(super) index: u64,
    /// Whether it has let go.
    pub(super) gone: bool,
}

impl<T: Charge> AtFront<'_, T> {
    #[inline]
    fn let_go(&mut self) {
        self.gone = true;
        // ORDERING: release, for who comes next.
        self.blocks.head.store(self.index * 2, Ordering::Release);
    }

    pub(super) fn front(&mut self) -> &mut Front<T> {
        // SAFETY: we hold `BUSY`, and `self` is borrowed exclusively.
        self.blocks.front.with_mut(|at| unsafe { &mut *at })
    }

    /// Takes the oldest out, of those before `tail`.
    pub(super) fn take(&mut self, tail: u64) -> Taken<T> {
        if self.index == tail {
            return Taken::Nothing;
        }
        match self.next() {
            // SAFETY: it is full, and has just been given to us.
            Some(slot) => Taken::Item(unsafe { self.empty(slot) }),
            None => Taken::Unready,
        }
    }

    /// The slot at the front, which has been given out, as soon as it is full. `None`: its sender takes its time.
    #[inline]
    pub(super) fn next(&mut self) -> Option<*const Slot<T>> {
        let block = self.front().block;
        // SAFETY: there is a block at the front as soon as a slot has been given out.
        // ORDERING: acquire, for the next block.
        if self.index == unsafe { (*block).last.load(Ordering::Acquire) } {
            self.leave(block);
        }
        // SAFETY: the front's block is that of the next slot, which has been given out, and is there until it is taken out.
        unsafe {
            let slot = Block::slot(self.front().block, self.index);
            let mut looks = 0;
            // ORDERING: acquire, for what is in it.
            while !(*slot).full.load(Ordering::Acquire) {
                if looks == LOOKS {
                    return None;
                }
                relax(looks);
                looks += 1;
            }
            Some(slot)
        }
    }

    /// Moves what lies before the slot `at`, from which something has been taken, one slot on. So it is the slot at the front that
    /// becomes free, and not one that nobody could use.
    ///
    /// # Safety
    ///
    /// All slots up to there are full, but that one.
    pub(super) unsafe fn close_up(&mut self, at: u64) {
        let (first, mut block) = (self.index, self.front().block);
        // SAFETY: from the front on all blocks are there, and we hold `BUSY`. What is full is read once, and written over or passed.
        unsafe {
            let at_front = Block::slot(block, first);
            let mut carried = None;
            for number in first..=at {
                if number == (*block).last.load(Ordering::Acquire) {
                    block = (*block).next.load(Ordering::Relaxed);
                }
                (*Block::slot(block, number)).content.with_mut(|content| {
                    let here = (number < at).then(|| (*content).assume_init_read());
                    if let Some(item) = std::mem::replace(&mut carried, here) {
                        (*content).write(item);
                    }
                });
            }
            self.pass(at_front);
        }
    }

    /// Takes out what is in the slot at the front.
    ///
    /// # Safety
    ///
    /// [`AtFront::next`] has just given it.
    #[inline]
    unsafe fn empty(&mut self, slot: *const Slot<T>) -> T {
        // SAFETY: it is full, and we hold `BUSY`.
        let item = unsafe { (*slot).content.with_mut(|at| (*at).assume_init_read()) };
        if !item.is_charged() {
            self.blocks.free.fetch_sub(1, Ordering::Relaxed);
        }
        // SAFETY: by the caller's word, and it is empty now.
        unsafe { self.pass(slot) };
        item
    }

    /// # Safety
    ///
    /// The slot is the one at the front, and there is nothing in it any more.
    #[inline]
    unsafe fn pass(&mut self, slot: *const Slot<T>) {
        let block = self.front().block;
        self.index += 1;
        // SAFETY: the block is there until we let go of it.
        let last = unsafe {
            (*slot).full.store(false, Ordering::Relaxed);
            // ORDERING: acquire, for the next block.
            (*block).last.load(Ordering::Acquire)
        };
        if self.index == last {
            self.leave(block);
        }
    }

    /// Lets slots be given out again without the holder, if there is only one block and half of it has been used up. To be
    /// called when nothing is in the queue.
    #[inline]
    pub(super) fn give_back(&mut self) {
        let block = self.front().block;
        let (index, blocks) = (self.index, self.blocks);
        if block.is_null() || block != blocks.back.load(Ordering::Relaxed) {
            return;
        }
        // SAFETY: the front's block is there.
        let len = unsafe { (*block).len };
        let end = blocks.end.load(Ordering::Relaxed);
        if end - index <= len / 2 {
            // ORDERING: release, for the sender who fills the slots again. If it fails, the holder knows better.
            let _ = blocks.end.compare_exchange(end, index + len, Ordering::Release, Ordering::Relaxed);
        }
    }

    /// Goes on to the next block, and lets go of the one that is used up.
    #[cold]
    fn leave(&mut self, block: *mut Block<T>) {
        // SAFETY: the block is still there, and as its last slot is known, so is the next block. All its slots have been taken
        // out, so nobody else points into it.
        unsafe {
            self.front().block = (*block).next.load(Ordering::Relaxed);
            let kept = if (*block).len == FULL_BLOCK {
                // ORDERING: release, for whoever uses it again; acquire, to free what lay there.
                self.blocks.spare.swap(block, Ordering::AcqRel)
            } else {
                block
            };
            Block::free(kept);
        }
    }
}

impl<T: Charge> Drop for AtFront<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if !self.gone {
            self.let_go();
        }
    }
}
