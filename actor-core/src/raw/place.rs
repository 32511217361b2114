//! Memory of a run loop's own, in which the futures of its messages run, one after another.
//!
//! Invariants:
//! - `at` is the beginning of an allocation of `layout`, if that has a size, and nobody else's.
//! - While `taken`, a future lies at `at`. It got there by [`Place::put`] and leaves by the drop of its [`Placed`] alone, and
//!   is not moved meanwhile: it is pinned.
//! - A `Placed` borrows the place exclusively. If it is forgotten, the place stays taken for good: its memory is left to
//!   whoever may still point at the future, and the next future gets another. So the promise of a pinned value is kept, that
//!   its memory is its own until it is dropped.
//! - The future lies outside the place and outside its `Placed`, behind a plain pointer. So both may move, and neither
//!   vouches for what the future borrows.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

/// The least that is allocated, so that one allocation serves most handlers of an actor.
const LEAST: Layout = match Layout::from_size_align(128, 16) {
    Ok(layout) => layout,
    Err(_) => unreachable!(),
};

/// A future that is larger gives its memory back: an actor that had one large future is not to pay for it for ever.
const KEPT: usize = 4_096;

pub(crate) struct Place {
    at: NonNull<u8>,
    layout: Layout,
    taken: bool,
}

// SAFETY: the memory is the place's own, and what lies in it is `Send`.
unsafe impl Send for Place {}

/// A future that lies in a [`Place`]. What it yields is nothing.
///
/// Its drop drops the future; then the place is free, also if the future's destructor panics.
pub(crate) struct Placed<'a> {
    place: &'a mut Place,
    table: &'static Table,
    future: PhantomData<dyn Future<Output = ()> + Send + Unpin + 'a>,
}

/// Each function is unsafe because it believes that a future of its type lies there, pinned and not dropped.
struct Table {
    poll: unsafe fn(NonNull<u8>, &mut Context<'_>) -> Poll<()>,
    discard: unsafe fn(NonNull<u8>),
}

impl Place {
    /// Allocates nothing.
    pub(crate) const fn new() -> Self {
        Self { at: NonNull::dangling(), layout: Layout::new::<()>(), taken: false }
    }

    #[inline]
    pub(crate) fn put<'a, F: Future<Output = ()> + Send + 'a>(&'a mut self, future: F) -> Placed<'a> {
        let needed = Layout::new::<F>();
        if self.taken || self.layout.size() < needed.size() || self.layout.align() < needed.align() {
            self.enlarge(needed);
        }
        // SAFETY: there is memory of the right layout at `at`, the place's own, and nothing lies in it.
        unsafe { self.at.cast::<F>().write(future) };
        self.taken = true;
        let table = const { &Table { poll: poll::<F>, discard: discard::<F> } };
        Placed { place: self, table, future: PhantomData }
    }

    #[cold]
    fn enlarge(&mut self, needed: Layout) {
        self.release();
        let size = needed.size().max(LEAST.size()).next_multiple_of(LEAST.size());
        let layout = Layout::from_size_align(size, needed.align().max(LEAST.align())).unwrap_or(needed);
        // SAFETY: the layout has a size, `LEAST`'s at least.
        let at = unsafe { alloc(layout) };
        self.at = NonNull::new(at).unwrap_or_else(|| handle_alloc_error(layout));
        self.layout = layout;
    }

    /// Lets go of the memory: back to the allocator, or to the future that was forgotten in it.
    fn release(&mut self) {
        let layout = std::mem::replace(&mut self.layout, Layout::new::<()>());
        if layout.size() > 0 && !self.taken {
            // SAFETY: allocated by `enlarge` with this layout, and nothing lies in it.
            unsafe { dealloc(self.at.as_ptr(), layout) };
        }
        self.at = NonNull::dangling();
        self.taken = false;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.release();
    }
}

impl Future for Placed<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: this `Placed` came with the future that lies there, which is dropped by the drop of `self` only.
        unsafe { (self.table.poll)(self.place.at, cx) }
    }
}

impl Drop for Placed<'_> {
    fn drop(&mut self) {
        // Before the future's destructor, which may panic: it has then been dropped all the same.
        self.place.taken = false;
        // SAFETY: this `Placed` came with the future that lies there, and is never polled again.
        unsafe { (self.table.discard)(self.place.at) };
        if self.place.layout.size() > KEPT {
            self.place.release();
        }
    }
}

unsafe fn poll<F: Future<Output = ()>>(at: NonNull<u8>, cx: &mut Context<'_>) -> Poll<()> {
    // SAFETY: whoever calls vouches for a future of this type, which stays where it is until it is dropped.
    unsafe { Pin::new_unchecked(at.cast::<F>().as_mut()) }.poll(cx)
}

unsafe fn discard<F>(at: NonNull<u8>) {
    // SAFETY: whoever calls vouches for a future of this type, and neither polls nor drops it again.
    unsafe { at.cast::<F>().drop_in_place() };
}

#[cfg(test)]
mod tests {
    use std::future::{poll_fn, ready};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::pin::pin;
    use std::task::Waker;

    use super::*;
    use crate::rt::Arc;

    fn polled(placed: &mut Placed<'_>) -> Poll<()> {
        Pin::new(placed).poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Pending once.
    async fn give_way() {
        let mut first = true;
        poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
    }

    #[test]
    fn one_allocation_serves_one_future_after_another() {
        let mut place = Place::new();
        let mut total = 0;
        for number in 0..3 {
            let mut placed = place.put(async {
                give_way().await;
                total += number;
            });
            assert!(polled(&mut placed).is_pending());
            assert!(polled(&mut placed).is_ready());
            drop(placed);
        }
        assert_eq!(total, 3);
        let before = place.at;
        drop(place.put(ready(())));
        assert_eq!((place.at, place.layout), (before, LEAST));
    }

    #[test]
    fn a_large_future_gives_its_memory_back_and_a_middling_one_leaves_it() {
        let mut place = Place::new();
        for (size_and_more, kept) in [(200, 256), (10_000, 0), (100, 128)] {
            let held = vec![1_u8; size_and_more];
            let mut placed = match size_and_more {
                10_000 => place.put(with([7; 10_000], held)),
                200 => place.put(with([7; 200], held)),
                _ => place.put(ready(())),
            };
            while polled(&mut placed).is_pending() {}
            drop(placed);
            assert!(if kept > 0 { place.layout.size() >= kept } else { place.layout.size() == 0 });
        }
    }

    async fn with<const SIZE: usize>(bytes: [u8; SIZE], held: Vec<u8>) {
        give_way().await;
        assert_eq!(bytes.len() + held.len(), 2 * SIZE);
    }

    #[test]
    fn an_aligned_future_lies_aligned() {
        #[repr(align(64))]
        struct Aligned;

        let mut place = Place::new();
        let mut placed = place.put(async {
            let aligned = pin!(Aligned);
            give_way().await;
            assert_eq!(std::ptr::from_ref(&*aligned).addr() % 64, 0);
        });
        assert!(polled(&mut placed).is_pending() && polled(&mut placed).is_ready());
    }

    #[test]
    fn a_future_that_waits_is_dropped_with_what_it_holds() {
        let alive = Arc::new(());
        let mut place = Place::new();
        let held = alive.clone();
        let mut placed = place.put(async move {
            give_way().await;
            drop(held);
        });
        assert!(polled(&mut placed).is_pending());
        drop(placed);
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[test]
    fn after_a_destructor_that_panics_the_place_is_free() {
        struct Hostile;

        impl Drop for Hostile {
            fn drop(&mut self) {
                panic!("a hostile destructor");
            }
        }

        let alive = Arc::new(());
        let mut place = Place::new();
        let held = (alive.clone(), Hostile);
        let mut placed = place.put(async move {
            give_way().await;
            drop(held);
        });
        assert!(polled(&mut placed).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(move || drop(placed))).is_err());
        assert_eq!(Arc::strong_count(&alive), 1);
        assert!(!place.taken);
        let mut placed = place.put(async { panic!("a hostile future") });
        assert!(catch_unwind(AssertUnwindSafe(|| polled(&mut placed))).is_err());
        drop(placed);
        let mut placed = place.put(ready(()));
        assert!(polled(&mut placed).is_ready());
    }

    /// The future borrows what its maker goes on owning, as a handler borrows its actor's state.
    #[test]
    fn what_a_parked_future_borrows_is_the_makers_again_once_it_is_dropped() {
        let mut state = vec![1];
        let mut place = Place::new();
        for _ in 0..2 {
            let borrowed = &mut state;
            let mut placed = place.put(async move {
                borrowed.push(2);
                give_way().await;
                borrowed.push(3);
            });
            assert!(polled(&mut placed).is_pending());
            let mut moved = std::hint::black_box(placed);
            assert!(polled(&mut moved).is_ready());
            drop(moved);
            state.push(4);
        }
        assert_eq!(state, [1, 2, 3, 4, 2, 3, 4]);
    }

    /// Nobody does so, but safe code could.
    #[test]
    fn a_future_that_is_forgotten_keeps_its_memory() {
        let mut place = Place::new();
        let forgotten = place.put(async { give_way().await });
        let (first, layout, discard) = (forgotten.place.at, forgotten.place.layout, forgotten.table.discard);
        std::mem::forget(forgotten);
        drop(place.put(ready(())));
        assert_ne!(place.at, first);
        // SAFETY: the future lies there as it was put there; nobody else knows of it any more.
        unsafe {
            discard(first);
            dealloc(first.as_ptr(), layout);
        }
    }
}
