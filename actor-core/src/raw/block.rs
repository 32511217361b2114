//! The memory of a queue: blocks of slots, and making something where it is to lie.
//!
//! Invariant: a block has the slots that its `len` says, right behind it, each on a line of the cache; all of them were made with it
//! and go with it. What is in them is the business of whoever uses the block.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use crate::rt::UnsafeCell;
use crate::rt::atomic::{AtomicBool, AtomicPtr, AtomicU64};

/// The head of an allocation; its slots come right after it.
#[repr(C)]
pub(super) struct Block<T> {
    /// The number of its first slot, when it was new.
    pub(super) start: u64,
    /// How many slots it has: a power of two.
    pub(super) len: u64,
    /// The first number that is not in it any more. `u64::MAX` as long as it is the last block.
    pub(super) last: AtomicU64,
    pub(super) next: AtomicPtr<Block<T>>,
    /// What the allocator has given.
    whole: NonNull<u8>,
}

/// A cache line, for the envelopes that lie in it: a message costs one miss.
#[repr(align(64))]
pub(super) struct Slot<T> {
    pub(super) full: AtomicBool,
    pub(super) content: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Block<T> {
    /// Of head, slots, and what it may take until a slot can begin. The allocator is not asked for so large an alignment: some
    /// take ten times as long then, and an actor that is told a single message has a block.
    fn layout(len: u64) -> Layout {
        let slots = len as usize * size_of::<Slot<T>>();
        let gap = align_of::<Slot<T>>() - align_of::<Self>();
        Layout::from_size_align(size_of::<Self>() + slots + gap, align_of::<Self>())
            .expect("a block is small")
    }

    pub(super) fn new(start: u64, len: u64) -> *mut Self {
        let layout = Self::layout(len);
        // SAFETY: the layout has a size.
        let Some(whole) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        let first = (whole.addr().get() + size_of::<Self>()).next_multiple_of(align_of::<Slot<T>>());
        // SAFETY: all of it lies in what has just been allocated, where it is aligned: the first slot by the sum, the head right
        // before it since its size is a multiple of its alignment.
        unsafe {
            let slots = whole.as_ptr().add(first - whole.addr().get()).cast::<Slot<T>>();
            let this = slots.cast::<Self>().sub(1);
            let last = AtomicU64::new(u64::MAX);
            this.write(Self { start, len, last, next: AtomicPtr::new(ptr::null_mut()), whole });
            for at in 0..len as usize {
                let content = UnsafeCell::new(MaybeUninit::uninit());
                slots.add(at).write(Slot { full: AtomicBool::new(false), content });
            }
            this
        }
    }

    /// # Safety
    ///
    /// The block is there, and the slot with this number lies in it.
    #[inline]
    pub(super) unsafe fn slot(block: *mut Self, number: u64) -> *const Slot<T> {
        // SAFETY: by the caller's word. The slots begin right behind the head.
        unsafe {
            let at = ((number - (*block).start) & ((*block).len - 1)) as usize;
            block.add(1).cast::<Slot<T>>().add(at)
        }
    }

    /// Frees a block, if there is one. What is in its slots is not dropped.
    ///
    /// # Safety
    ///
    /// It came from [`Block::new`], and nobody points at it any more.
    pub(super) unsafe fn free(block: *mut Self) {
        if block.is_null() {
            return;
        }
        // SAFETY: by the caller's word.
        unsafe {
            let (layout, whole) = (Self::layout((*block).len), (*block).whole);
            let slots = block.add(1).cast::<Slot<T>>();
            for at in 0..(*block).len as usize {
                slots.add(at).drop_in_place();
            }
            block.drop_in_place();
            dealloc(whole.as_ptr(), layout);
        }
    }
}

/// Calls `make` for a place of the caller's own.
pub(crate) fn made<T>(make: impl FnOnce(&mut MaybeUninit<T>) -> &mut T) -> T {
    let mut at = MaybeUninit::uninit();
    write(&mut at, make);
    // SAFETY: it has been written.
    unsafe { at.assume_init() }
}

/// Sees to it that `make` has written there, and not given something else away.
#[inline]
pub(super) fn write<T>(at: &mut MaybeUninit<T>, make: impl FnOnce(&mut MaybeUninit<T>) -> &mut T) {
    let there = at.as_ptr();
    let written: *const T = make(at);
    assert!(ptr::eq(written, there), "it was made somewhere else");
}
