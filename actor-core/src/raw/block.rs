//! The memory of a queue: blocks of slots, and making something where it is to lie.
//!
//! Invariant: a block has the slots that its `len` says, right behind it; all of them were made with it and go with it. What is in
//! them is the business of whoever uses the block.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};

use crate::rt::UnsafeCell;
use crate::rt::atomic::{AtomicBool, AtomicPtr, AtomicU64};

/// The head of an allocation; its slots come after it.
#[repr(C)]
pub(super) struct Block<T> {
    /// The number of its first slot, when it was new.
    pub(super) start: u64,
    /// How many slots it has: a power of two.
    pub(super) len: u64,
    /// The first number that is not in it any more. `u64::MAX` as long as it is the last block.
    pub(super) last: AtomicU64,
    pub(super) next: AtomicPtr<Block<T>>,
    slots: [Slot<T>; 0],
}

/// A cache line, for the envelopes that lie in it: a message costs one miss.
#[repr(align(64))]
pub(super) struct Slot<T> {
    pub(super) full: AtomicBool,
    pub(super) content: UnsafeCell<MaybeUninit<T>>,
}

impl<T> Block<T> {
    fn layout(len: u64) -> (Layout, usize) {
        let slots = Layout::array::<Slot<T>>(len as usize).expect("a block is small");
        let (whole, offset) = Layout::new::<Self>().extend(slots).expect("a block is small");
        (whole.pad_to_align(), offset)
    }

    pub(super) fn new(start: u64, len: u64) -> *mut Self {
        let (layout, offset) = Self::layout(len);
        // SAFETY: the layout has a size.
        let Some(block) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        let this = block.cast::<Self>().as_ptr();
        // SAFETY: all of it lies in what has just been allocated, where it is aligned.
        unsafe {
            let last = AtomicU64::new(u64::MAX);
            this.write(Self { start, len, last, next: AtomicPtr::new(ptr::null_mut()), slots: [] });
            let slots = block.as_ptr().add(offset).cast::<Slot<T>>();
            for at in 0..len as usize {
                let content = UnsafeCell::new(MaybeUninit::uninit());
                slots.add(at).write(Slot { full: AtomicBool::new(false), content });
            }
        }
        this
    }

    /// # Safety
    ///
    /// The block is there, and the slot with this number lies in it.
    #[inline]
    pub(super) unsafe fn slot(block: *mut Self, number: u64) -> *const Slot<T> {
        // SAFETY: by the caller's word. The slots begin where their array of none does.
        unsafe {
            let at = ((number - (*block).start) & ((*block).len - 1)) as usize;
            (&raw const (*block).slots).cast::<Slot<T>>().add(at)
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
            let (layout, offset) = Self::layout((*block).len);
            let slots = block.cast::<u8>().add(offset).cast::<Slot<T>>();
            for at in 0..(*block).len as usize {
                slots.add(at).drop_in_place();
            }
            block.drop_in_place();
            dealloc(block.cast(), layout);
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
