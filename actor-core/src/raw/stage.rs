//! An actor at work: its state, its context, and the memory in which the futures of its messages run, one after another.
//!
//! Invariants:
//! - `at` is the beginning of an allocation of `layout`, if that has a size, and nobody else's.
//! - While there is a `table`, a future of its type lies at `at`, pinned: it is not moved until it is dropped there, and its
//!   memory is not used for anything else. If its stage is forgotten, the memory is left to it.
//! - The future lies outside the place and outside the stage, behind a plain pointer, and so do state and context. So both
//!   may move, and neither vouches for what the future borrows.
//! - A stage has borrowed state and context for as long as it lives, hands them to one future at a time, and looks at them
//!   itself only while there is none.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task;

use super::front::Taking;
use super::parcel::Parcel;
use crate::context::Context;
use crate::dead_letter::Sender;
use crate::fence::catch;
use crate::mailbox::envelope::{Deliver, Turn};
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

/// What there is to be said of a message whose handler has begun.
#[derive(Clone, Copy)]
pub(crate) struct Mail {
    pub(crate) message_type: &'static str,
    /// Whether its sender hears if it is lost now.
    pub(crate) sender: Sender,
}

/// What has become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    /// Its handler has run, and did not have to wait.
    Done,
    /// Its handler waits.
    Waits,
    /// Its handler has panicked: see [`Stage::take_panic`]. What is left of its future is still there, until [`Stage::clear`].
    Panicked,
    /// Its handler was done, and a destructor has panicked afterwards.
    Late,
    /// Its asker had given up. There may be a panic, of its destructor.
    Skipped,
    /// Its timer had been cancelled. There may be a panic, of its destructor.
    Forgotten,
}

pub(crate) struct Stage<'a, A> {
    actor: NonNull<A>,
    ctx: NonNull<Context<A>>,
    place: Place,
    /// The message whose handler waits or has panicked.
    mail: Mail,
    /// In a box, as it is large and rare, and this is part of every actor.
    panic: Option<Box<Panic>>,
    lent: PhantomData<(&'a mut A, &'a mut Context<A>)>,
}

// SAFETY: it is the only one to use what it has borrowed exclusively, and what lies in its place is `Send`.
unsafe impl<A: Send> Send for Stage<'_, A> where Context<A>: Send {}

impl<'a, A> Stage<'a, A> {
    /// Allocates nothing.
    pub(crate) fn new(actor: &'a mut A, ctx: &'a mut Context<A>) -> Self {
        let mail = Mail { message_type: "", sender: Sender::Unaware };
        let (actor, ctx) = (NonNull::from(actor), NonNull::from(ctx));
        Self { actor, ctx, place: Place::new(), mail, panic: None, lent: PhantomData }
    }

    /// Handles a message as far as that goes in one poll. For who is inside a fence.
    ///
    /// # Panics
    ///
    /// If a handler is at work.
    pub(crate) fn begin(&mut self, message: Parcel<A>, cx: &mut task::Context<'_>) -> Begun {
        assert!(self.place.table.is_none(), "one message at a time");
        message.begin(self, cx)
    }

    /// The same for a message that still lies in its queue. Before its handler runs it has left.
    #[inline]
    pub(crate) fn begin_there(&mut self, taking: Taking<'_, Parcel<A>>, cx: &mut task::Context<'_>) -> Begun {
        assert!(self.place.table.is_none(), "one message at a time");
        Parcel::begin_there(taking, self, cx)
    }

    /// Goes on with the handler that waits. For who is inside a fence.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub(crate) fn resume(&mut self, cx: &mut task::Context<'_>) -> Polled {
        let table = self.place.table.expect("no handler is at work");
        // SAFETY: the table is that of the future that lies there.
        unsafe { (table.step)(&mut self.place, cx) }
    }

    /// The message whose handler waits or has panicked.
    pub(crate) fn mail(&self) -> Mail {
        self.mail
    }

    /// What has panicked since somebody last looked.
    pub(crate) fn take_panic(&mut self) -> Option<Panic> {
        self.panic.take().map(|panic| *panic)
    }

    /// Drops the future of a handler, if there is one. A destructor that panics leaves nothing behind.
    pub(crate) fn clear(&mut self) {
        self.place.clear();
    }

    /// What a table does for messages of the kind `D`, while no handler is at work.
    #[inline]
    pub(super) fn take_on<D: Deliver<A>>(&mut self, mut contents: D, cx: &mut task::Context<'_>) -> Begun {
        let sender = match contents.claim() {
            Turn::Handle(sender) => sender,
            turn => {
                self.panic = catch(move || drop(contents)).err().map(Box::new);
                return if matches!(turn, Turn::Skip) { Begun::Skipped } else { Begun::Forgotten };
            }
        };
        // SAFETY: both are borrowed for as long as we are, and no future has them.
        let (actor, ctx) = unsafe { (self.actor.as_mut(), self.ctx.as_mut()) };
        ctx.set_deadline(contents.deadline());
        // SAFETY: our drop clears the place, so what the future has from us is there until it is gone.
        let polled = unsafe { self.place.run(contents.handle(actor, ctx), cx) };
        if matches!(polled, Polled::Done) {
            return Begun::Done;
        }
        self.mail = Mail { message_type: D::message_type(), sender };
        self.met(polled)
    }

    #[cold]
    fn met(&mut self, polled: Polled) -> Begun {
        match polled {
            Polled::Pending => Begun::Waits,
            Polled::Done => Begun::Done,
            Polled::Panicked(panic) => {
                self.panic = Some(Box::new(panic));
                Begun::Panicked
            }
            Polled::Late(panic) => {
                self.panic = Some(Box::new(panic));
                Begun::Late
            }
        }
    }
}

impl<A> Drop for Stage<'_, A> {
    fn drop(&mut self) {
        self.clear();
    }
}

struct Place {
    at: NonNull<u8>,
    layout: Layout,
    /// Of the future that lies there.
    table: Option<&'static Table>,
}

// SAFETY: the memory is the place's own, and what lies in it is `Send`.
unsafe impl Send for Place {}

/// Each function is unsafe because it believes that a future of its type lies there, pinned and not dropped.
struct Table {
    step: unsafe fn(&mut Place, &mut task::Context<'_>) -> Polled,
    discard: unsafe fn(NonNull<u8>),
}

impl Place {
    const fn new() -> Self {
        Self { at: NonNull::dangling(), layout: Layout::new::<()>(), table: None }
    }

    /// Puts `future` there and polls it once.
    ///
    /// # Safety
    ///
    /// There is no other. What it borrows is there, and left alone, until it is done or the place is cleared; or else the place
    /// is forgotten.
    #[inline]
    unsafe fn run<F: Future<Output = ()> + Send>(&mut self, future: F, cx: &mut task::Context<'_>) -> Polled {
        let needed = Layout::new::<F>();
        if self.layout.size() < needed.size() || self.layout.align() < needed.align() {
            self.enlarge(needed);
        }
        // SAFETY: there is memory of the right layout at `at`, the place's own, and nothing lies in it.
        unsafe { self.at.cast::<F>().write(future) };
        self.table = Some(const { &Table { step: step::<F>, discard: discard::<F> } });
        // SAFETY: it has just been put there.
        unsafe { step::<F>(self, cx) }
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

    /// Lets go of the memory, in which nothing lies.
    fn release(&mut self) {
        let layout = std::mem::replace(&mut self.layout, Layout::new::<()>());
        if layout.size() > 0 {
            // SAFETY: allocated by `enlarge` with this layout.
            unsafe { dealloc(self.at.as_ptr(), layout) };
        }
        self.at = NonNull::dangling();
    }

    fn clear(&mut self) {
        // Before the future's destructor, which may panic: it has then been dropped all the same.
        if let Some(table) = self.table.take() {
            // SAFETY: the table is that of the future that lies there, and it is never polled again.
            unsafe { (table.discard)(self.at) };
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        if self.layout.size() > KEPT {
            self.release();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.clear();
        self.release();
    }
}

/// Polls the future, catches it if it falls, and drops it there if it is done.
#[inline]
unsafe fn step<F: Future<Output = ()>>(place: &mut Place, cx: &mut task::Context<'_>) -> Polled {
    let at = place.at.cast::<F>();
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

    /// All that the futures of these tests borrow outlives the place.
    fn run(place: &mut Place, future: impl Future<Output = ()> + Send) -> Polled {
        // SAFETY: as said, and each test is done with one future before it comes with the next.
        unsafe { place.run(future, &mut task::Context::from_waker(Waker::noop())) }
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
            assert_eq!(place.layout, LEAST);
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
        assert!(place.layout.size() >= 200);
        assert!(matches!(run(&mut place, with([7; 10_000])), Polled::Pending));
        assert!(matches!(resume(&mut place), Polled::Done));
        assert_eq!(place.layout.size(), 0);
        assert!(matches!(run(&mut place, with([7; 10_000])), Polled::Pending));
        place.clear();
        assert_eq!(place.layout.size(), 0);
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
