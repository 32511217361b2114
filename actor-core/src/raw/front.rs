//! The receiver's end of a queue: taking out what is oldest. Invariants and orders are those of [`blocks`](super::blocks).

use super::block::{Block, EMPTY, FULL, HOLLOW, Slot};
use super::blocks::{Blocks, Charge};
use crate::rt::atomic::Ordering;
use crate::rt::{FULL_BLOCK, LOOKS};

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
        match self.next(tail) {
            // SAFETY: it is full, and has just been given to us.
            Ok(slot) => Taken::Item(unsafe { self.empty(slot) }),
            Err(none) => none,
        }
    }

    /// The oldest full slot of those before `tail`; hollow ones are passed over.
    #[inline]
    pub(super) fn next(&mut self, tail: u64) -> Result<*const Slot<T>, Taken<T>> {
        while self.index < tail {
            let block = self.front().block;
            // SAFETY: there is a block at the front as soon as a slot has been given out.
            // ORDERING: acquire, for the next block.
            if self.index == unsafe { (*block).last.load(Ordering::Acquire) } {
                self.leave(block);
                continue;
            }
            // SAFETY: the front's block is that of the next slot, which has been given out.
            let slot = unsafe { Block::slot(block, self.index) };
            let mut looks = 0;
            loop {
                // SAFETY: the slot is there as long as it has not been taken out.
                // ORDERING: acquire, for what is in it.
                match unsafe { (*slot).state.load(Ordering::Acquire) } {
                    FULL => return Ok(slot),
                    HOLLOW => break,
                    _ if looks == LOOKS => return Err(Taken::Unready),
                    _ => {
                        looks += 1;
                        std::hint::spin_loop();
                    }
                }
            }
            self.blocks.free.fetch_sub(1, Ordering::Relaxed);
            // SAFETY: it is not full, and its sender is done with it.
            unsafe { self.pass(slot) };
        }
        Err(Taken::Nothing)
    }

    /// Moves what lies before the slot `at`, from which something has been taken, one slot on; so it is the slot at the front that
    /// becomes free, and not one that nobody could use.
    ///
    /// # Safety
    ///
    /// All slots up to there have been filled.
    pub(super) unsafe fn move_on(&mut self, at: u64) {
        let (first, mut block) = (self.index, self.front().block);
        // SAFETY: the block of the front is there.
        let at_front = unsafe { Block::slot(block, first) };
        let mut carried = None;
        for number in first..=at {
            // SAFETY: from the front on all blocks are there, and we hold `BUSY`; what is full is read once and written over.
            unsafe {
                if number == (*block).last.load(Ordering::Acquire) {
                    block = (*block).next.load(Ordering::Relaxed);
                }
                let slot = Block::slot(block, number);
                let full = number < at && (*slot).state.load(Ordering::Relaxed) == FULL;
                let here = full.then(|| (*slot).content.with_mut(|content| (*content).assume_init_read()));
                if number > first {
                    let state = if carried.is_some() { FULL } else { HOLLOW };
                    if let Some(item) = carried.take() {
                        (*slot).content.with_mut(|content| (*content).write(item));
                    }
                    (*slot).state.store(state, Ordering::Relaxed);
                }
                carried = here;
            }
        }
        // SAFETY: what was in it lies in the next one.
        unsafe { self.pass(at_front) };
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
            (*slot).state.store(EMPTY, Ordering::Relaxed);
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
