//! The memory in which the futures of one actor run, one after another, and running them.
//!
//! Invariants:
//! - `at` is the beginning of an allocation of `size` and `align`, if that has a size, and nobody else's.
//! - While there is a `table`, a future of its type lies there, pinned: it is not moved until it is dropped, and its memory is not
//!   used for anything else. If the place is forgotten, the memory is left to it.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell as Spare;
use std::future::Future;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task;

use crate::fence::catch;
use crate::reason::Panic;

/// The least that is allocated, so that one allocation serves most handlers of an actor.
const LEAST: Layout = match Layout::from_size_align(128, 16) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

/// A future that is larger gives its memory back: an actor that had one large future is not to pay for it for ever.
const KEPT: usize = 4_096;

/// How a poll came out.
#[derive(Debug)]
pub(crate) enum Polled {
    Pending,
    Done,
    /// What is left of the future is still there, until [`Stage::clear`].
    Panicked(Panic),
    /// It was done, and a destructor has panicked afterwards.
    Late(Panic),
}

/// What a future is called.
pub(super) trait Named {
    fn name() -> &'static str;
}

pub(super) struct Place {
    memory: Memory,
    /// Of the future that lies there.
    pub(super) table: Option<&'static Table>,
}

/// An allocation of the place's own, or none. Half a word each for size and alignment, since this is part of every actor.
struct Memory {
    at: NonNull<u8>,
    size: u32,
    align: u32,
}

// SAFETY: the memory is its owner's own, and what lies in it is `Send`.
unsafe impl Send for Memory {}

thread_local! {
    /// For the next actor that is polled on this thread. So actors at rest have none.
    static SPARE: Spare<Memory> = const { Spare::new(Memory::NONE) };
}

impl Memory {
    const NONE: Self = Self { at: NonNull::dangling(), size: 0, align: 1 };

    fn new(needed: Layout) -> Self {
        let size = needed.size().max(LEAST.size()).next_multiple_of(LEAST.size());
        let layout = Layout::from_size_align(size, needed.align().max(LEAST.align())).unwrap_or(needed);
        let (Ok(size), Ok(align)) = (u32::try_from(layout.size()), u32::try_from(layout.align())) else {
            // Four gigabytes in one future.
            handle_alloc_error(layout)
        };
        // SAFETY: the layout has a size, `LEAST`'s at least.
        let at = unsafe { alloc(layout) };
        Self { at: NonNull::new(at).unwrap_or_else(|| handle_alloc_error(layout)), size, align }
    }

    fn layout(&self) -> Layout {
        Layout::from_size_align(self.size as usize, self.align as usize).expect("it has been allocated")
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.size > 0 {
            // SAFETY: allocated by `new` with this layout, and nothing lies in it.
            unsafe { dealloc(self.at.as_ptr(), self.layout()) };
        }
    }
}

/// Each function is unsafe because it believes that a future of its type lies there, pinned and not dropped.
pub(super) struct Table {
    pub(super) name: fn() -> &'static str,
    pub(super) step: unsafe fn(&mut Place, &mut task::Context<'_>) -> Polled,
    discard: unsafe fn(NonNull<u8>),
}

impl Place {
    pub(super) const fn new() -> Self {
        Self { memory: Memory::NONE, table: None }
    }

    /// Puts `future` there and polls it once.
    ///
    /// # Safety
    ///
    /// There is no other. What it borrows is there, and left alone, until it is done or the place is cleared; or else the place
    /// is forgotten.
    #[inline]
    pub(super) unsafe fn run<N: Named, F: Future<Output = ()> + Send>(
        &mut self,
        future: F,
        cx: &mut task::Context<'_>,
    ) -> Polled {
        if (self.memory.size as usize) < size_of::<F>() || (self.memory.align as usize) < align_of::<F>() {
            self.enlarge(Layout::new::<F>());
        }
        // SAFETY: there is memory of the right layout, the place's own, and nothing lies in it.
        unsafe { self.memory.at.cast::<F>().write(future) };
        let table = const { &Table { name: N::name, step: step::<F>, discard: discard::<F> } };
        self.table = Some(table);
        // SAFETY: it has just been put there.
        unsafe { step::<F>(self, cx) }
    }

    #[cold]
    fn enlarge(&mut self, needed: Layout) {
        // Not both at a time.
        self.memory = Memory::NONE;
        self.memory = Memory::new(needed);
    }

    pub(super) fn clear(&mut self) {
        // Before the future's destructor, which may panic: it has then been dropped all the same.
        if let Some(table) = self.table.take() {
            // SAFETY: the table is that of the future that lies there, and it is never polled again.
            unsafe { (table.discard)(self.memory.at) };
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        if self.memory.size as usize > KEPT {
            self.memory = Memory::NONE;
        }
    }

    /// Takes what this thread has to spare.
    #[inline]
    pub(super) fn borrow(&mut self) {
        if self.memory.size == 0 && self.table.is_none() {
            // While a thread ends there is none.
            self.memory = SPARE.try_with(|spare| spare.replace(Memory::NONE)).unwrap_or(Memory::NONE);
        }
    }

    /// Leaves it to the next one, unless a future lies in it.
    #[inline]
    pub(super) fn give_back(&mut self) {
        if self.table.is_none() {
            let memory = std::mem::replace(&mut self.memory, Memory::NONE);
            let _ = SPARE.try_with(|spare| spare.set(memory));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Polls the future, catches it if it falls, and drops it there if it is done.
#[inline]
unsafe fn step<F: Future<Output = ()>>(place: &mut Place, cx: &mut task::Context<'_>) -> Polled {
    let at = place.memory.at.cast::<F>();
    let table = &mut place.table;
    let polled = catch(|| {
        // SAFETY: whoever calls vouches for a future of this type, which stays where it is until it is dropped.
        let polled = unsafe { Pin::new_unchecked(&mut *at.as_ptr()) }.poll(cx);
        if polled.is_ready() {
            *table = None;
            // SAFETY: as above, and it is never polled again.
            unsafe { at.drop_in_place() };
        }
        polled
    });
    if place.table.is_some() {
        return match polled {
            Ok(_) => Polled::Pending,
            Err(panic) => Polled::Panicked(panic),
        };
    }
    if size_of::<F>() > KEPT {
        place.shrink();
    }
    match polled {
        Ok(_) => Polled::Done,
        Err(panic) => Polled::Late(panic),
    }
}

unsafe fn discard<F>(at: NonNull<u8>) {
    // SAFETY: whoever calls vouches for a future of this type, and neither polls nor drops it again.
    unsafe { at.cast::<F>().drop_in_place() };
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn, ready};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::task::{Poll, Waker};

    use super::*;
    use crate::rt::Arc;

    struct Nameless;

    impl Named for Nameless {
        fn name() -> &'static str {
            ""
        }
    }

    /// All that the futures of these tests borrow outlives the place.
    fn run(place: &mut Place, future: impl Future<Output = ()> + Send) -> Polled {
        // SAFETY: as said, and each test is done with one future before it comes with the next.
        unsafe { place.run::<Nameless, _>(future, &mut task::Context::from_waker(Waker::noop())) }
    }

    fn resume(place: &mut Place) -> Polled {
        let table = place.table.expect("a future lies there");
        // SAFETY: its table comes with it.
        unsafe { (table.step)(place, &mut task::Context::from_waker(Waker::noop())) }
    }

    /// Pending once.
    async fn give_way() {
        let mut first = true;
        poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
    }

    #[test]
    fn one_allocation_serves_one_future_after_another() {
        let total = crate::rt::atomic::AtomicU32::new(0);
        let mut place = Place::new();
        for number in 0..3 {
            let future = async {
                give_way().await;
                total.fetch_add(number, crate::rt::atomic::Ordering::Relaxed);
            };
            assert!(matches!(run(&mut place, future), Polled::Pending));
            assert_eq!(place.memory.layout(), LEAST);
            assert!(matches!(resume(&mut place), Polled::Done));
        }
        assert_eq!(total.into_inner(), 3);
    }

    async fn with<const SIZE: usize>(bytes: [u8; SIZE]) {
        give_way().await;
        assert!(bytes.iter().all(|&byte| byte == 7));
    }

    #[test]
    fn a_large_future_gives_its_memory_back_and_a_middling_one_leaves_it() {
        let mut place = Place::new();
        assert!(matches!(run(&mut place, with([7; 200])), Polled::Pending));
        assert!(matches!(resume(&mut place), Polled::Done));
        assert!(place.memory.size >= 200);
        assert!(matches!(run(&mut place, with([7; 10_000])), Polled::Pending));
        assert!(matches!(resume(&mut place), Polled::Done));
        assert_eq!(place.memory.size, 0);
        assert!(matches!(run(&mut place, with([7; 10_000])), Polled::Pending));
        place.clear();
        assert_eq!(place.memory.size, 0);
    }

    #[test]
    fn an_aligned_future_lies_aligned() {
        #[repr(align(64))]
        struct Aligned;

        let mut place = Place::new();
        let future = async {
            let aligned = pin!(Aligned);
            give_way().await;
            assert_eq!(std::ptr::from_ref(&*aligned).addr() % 64, 0);
        };
        assert!(matches!(run(&mut place, future), Polled::Pending));
        assert!(matches!(resume(&mut place), Polled::Done));
    }

    #[test]
    fn a_future_that_waits_is_dropped_with_what_it_holds() {
        let alive = Arc::new(());
        let mut place = Place::new();
        let held = alive.clone();
        let future = async move {
            pending::<()>().await;
            drop(held);
        };
        assert!(matches!(run(&mut place, future), Polled::Pending));
        place.clear();
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    struct Hostile;

    impl Drop for Hostile {
        fn drop(&mut self) {
            panic!("a hostile destructor");
        }
    }

    #[test]
    fn after_a_panic_the_place_is_free() {
        let alive = Arc::new(());
        let mut place = Place::new();
        let held = (alive.clone(), Hostile);
        let future = async move {
            pending::<()>().await;
            drop(held);
        };
        assert!(matches!(run(&mut place, future), Polled::Pending));
        assert!(catch_unwind(AssertUnwindSafe(|| place.clear())).is_err());
        assert_eq!(Arc::strong_count(&alive), 1);
        assert!(place.table.is_none());
        let polled = run(&mut place, async { panic!("a hostile future") });
        assert!(matches!(polled, Polled::Panicked(panic) if &*panic.text == "a hostile future"));
        place.clear();
        assert!(matches!(run(&mut place, ready(())), Polled::Done));
    }

    #[test]
    fn a_destructor_that_panics_after_the_end_comes_late() {
        struct Done(#[allow(dead_code, reason = "it is held for its drop")] Hostile);

        impl Future for Done {
            type Output = ();

            fn poll(self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<()> {
                Poll::Ready(())
            }
        }

        let mut place = Place::new();
        assert!(matches!(run(&mut place, Done(Hostile)), Polled::Late(_)));
        assert!(matches!(run(&mut place, ready(())), Polled::Done));
    }

    /// The future borrows what its maker goes on owning, as a handler borrows its actor's state.
    #[test]
    fn what_a_parked_future_borrows_is_the_makers_again_once_it_is_gone() {
        let mut state = vec![1];
        let mut place = Place::new();
        for cut in [false, true] {
            let borrowed = &mut state;
            let future = async move {
                borrowed.push(2);
                give_way().await;
                borrowed.push(3);
            };
            assert!(matches!(run(&mut place, future), Polled::Pending));
            let mut moved = std::hint::black_box(std::mem::replace(&mut place, Place::new()));
            if cut {
                moved.clear();
            } else {
                assert!(matches!(resume(&mut moved), Polled::Done));
            }
            state.push(4);
        }
        assert_eq!(state, [1, 2, 3, 4, 2, 4]);
    }
}
