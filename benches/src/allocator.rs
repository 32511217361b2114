//! The system's allocator, with a counter that is off except where allocations are counted.
//!
//! All contestants have it, timed or counted. Where times are taken it costs each of them a read of a flag that nobody
//! writes, and a branch.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

static ON: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicI64 = AtomicI64::new(0);

struct Counting;

/// What was allocated while the counter was on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Counted {
    /// Calls of the allocator that gave memory; a move to a bigger piece is one.
    pub(crate) allocations: u64,
    /// Bytes that were asked for and not given back.
    pub(crate) bytes: i64,
}

/// Begins to count, from nothing, on all threads.
pub(crate) fn begin() {
    ALLOCATIONS.store(0, Ordering::Relaxed);
    BYTES.store(0, Ordering::Relaxed);
    ON.store(true, Ordering::Relaxed);
}

/// What has been counted since [`begin`]; goes on counting.
pub(crate) fn so_far() -> Counted {
    Counted { allocations: ALLOCATIONS.load(Ordering::Relaxed), bytes: BYTES.load(Ordering::Relaxed) }
}

/// Stops counting.
pub(crate) fn end() -> Counted {
    ON.store(false, Ordering::Relaxed);
    so_far()
}

fn note(allocations: u64, bytes: i64) {
    if ON.load(Ordering::Relaxed) {
        ALLOCATIONS.fetch_add(allocations, Ordering::Relaxed);
        BYTES.fetch_add(bytes, Ordering::Relaxed);
    }
}

// SAFETY: every call goes to the system's allocator as it came; counting neither allocates nor touches the memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as i64);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        note(0, -(layout.size() as i64));
        // SAFETY: the memory is the system's, since `alloc` is.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as i64);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size as i64 - layout.size() as i64);
        // SAFETY: as in `dealloc`, and the caller's promise of the size is passed on.
        unsafe { System.realloc(memory, layout, size) }
    }
}
