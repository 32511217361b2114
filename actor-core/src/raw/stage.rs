//! An actor at work: its state, its context, and the [`Place`] in which the futures of its messages and hooks run.
//!
//! Invariants:
//! - While there is a future, state and context are its own: the stage does not even look at them. They lie in the stage, which
//!   is pinned as soon as one is made, and not `Unpin`, so that a reference to the stage does not vouch for them.
//! - While the stage is `lent`, its address is with the queue of its actor, and a [guest](super::guest) of that queue may use state
//!   and context. It is lent while its run loop handles messages, and only where no handler is at work the run loop rests: so a
//!   future and a guest never meet. Whatever else wants state or context takes the stage back first, as the drop does; and as
//!   what is pinned is dropped before its memory is used again, a guest never finds anything else there.

use std::marker::{PhantomData, PhantomPinned};
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{self, Poll};

use super::guest::Guest;
use super::parcel::Parcel;
use super::place::{Named, Place, Polled};
use super::said::Kind;
use crate::cell::Cell;
use crate::context::Context;
use crate::dead_letter::Sender;
use crate::fence::catch;
use crate::mailbox::envelope::{Deliver, Turn};
use crate::mailbox::queue::Next;
use crate::monitor;
use crate::reason::Panic;
use crate::rt::Arc;

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

/// As the message that it handles.
struct Message<A, D>(PhantomData<(A, D)>);

impl<A, D: Deliver<A>> Named for Message<A, D> {
    fn name() -> &'static str {
        D::message_type()
    }
}

pub(crate) struct Stage<A> {
    cell: Arc<Cell<A>>,
    /// `None` before the factory has made it, and once it has been dropped.
    actor: Option<A>,
    ctx: Context<A>,
    place: Place,
    /// Whether the sender of the message whose handler waits or has panicked hears if it is lost now.
    sender: Sender,
    lent: bool,
    /// The run loop has come to rest, and has not been back.
    rests: bool,
    /// In a box, as it is large and rare, and this is part of every actor.
    panic: Option<Box<Panic>>,
    #[expect(dead_code, reason = "it is a mark")]
    pinned: PhantomPinned,
}

impl<A> Stage<A> {
    /// Allocates nothing.
    pub(crate) fn new(cell: Arc<Cell<A>>, actor: Option<A>, ctx: Context<A>) -> Self {
        let place = Place::new();
        let (sender, lent, rests) = (Sender::Unaware, false, false);
        Self { cell, actor, ctx, place, sender, lent, rests, panic: None, pinned: PhantomPinned }
    }

    #[inline]
    fn pointer(self: Pin<&mut Self>) -> *mut Self {
        // SAFETY: nobody moves out of it but the actor, which is not pinned, and nothing else through this.
        unsafe { self.get_unchecked_mut() }
    }

    /// Whose it is.
    #[inline]
    pub(crate) fn cell(self: Pin<&mut Self>) -> &Arc<Cell<A>> {
        // SAFETY: it never changes. The rest of the stage is not looked at.
        unsafe { &(*self.pointer()).cell }
    }

    #[inline]
    fn place(self: Pin<&mut Self>) -> &mut Place {
        // SAFETY: it is the stage's own, whoever has state and context.
        unsafe { &mut (*self.pointer()).place }
    }

    /// State and context.
    ///
    /// # Panics
    ///
    /// If a handler is at work.
    pub(crate) fn parts(mut self: Pin<&mut Self>) -> (&mut Option<A>, &mut Context<A>) {
        assert!(self.as_mut().place().table.is_none(), "a handler has them");
        self.as_mut().take_back();
        let this = self.pointer();
        // SAFETY: there is neither a future nor a guest that has them.
        unsafe { (&mut (*this).actor, &mut (*this).ctx) }
    }

    /// The next thing for the run loop of this epoch to do. If that is a message which still lies in the queue, its handler begins.
    /// For who is inside a fence.
    ///
    /// # Panics
    ///
    /// If a handler is at work.
    #[inline]
    pub(crate) fn next(
        mut self: Pin<&mut Self>,
        epoch: u64,
        cx: &mut task::Context<'_>,
    ) -> Poll<Next<A, Begun>> {
        // Before it may come to rest.
        assert!(self.as_mut().place().table.is_none(), "one message at a time");
        // SAFETY: the stage has a share in it for as long as we have the stage, whatever else is done with that.
        let queue = unsafe { &(*Arc::as_ptr(&(*self.as_mut().pointer()).cell)).queue };
        let next =
            queue.poll_next(epoch, cx.waker(), |taking| Parcel::begin_there(taking, self.as_mut(), cx));
        // SAFETY: it is the stage's own, whoever has state and context.
        unsafe { (*self.pointer()).rests = next.is_pending() };
        next
    }

    /// Handles a message, or runs a hook, as far as that goes in one poll. For who is inside a fence.
    ///
    /// # Panics
    ///
    /// If a handler is at work, or there is no state.
    pub(crate) fn begin(mut self: Pin<&mut Self>, message: Parcel<A>, cx: &mut task::Context<'_>) -> Begun {
        // SAFETY: it is the stage's own, whoever has state and context.
        if unsafe { (*self.as_mut().pointer()).rests } {
            // Nobody begins anything else then; but should somebody, no guest must be there.
            self.as_mut().take_back();
        }
        message.begin(self, cx)
    }

    /// Goes on with the handler that waits. For who is inside a fence.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub(crate) fn resume(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Polled {
        let place = self.place();
        let table = place.table.expect("no handler is at work");
        // SAFETY: the table is that of the future that lies there.
        unsafe { (table.step)(place, cx) }
    }

    /// The message whose handler waits or has panicked: its type, and whether its sender hears if it is lost now.
    pub(crate) fn mail(mut self: Pin<&mut Self>) -> Option<(&'static str, Sender)> {
        let table = self.as_mut().place().table?;
        // SAFETY: it is the stage's own, whoever has state and context.
        Some(((table.name)(), unsafe { (*self.pointer()).sender }))
    }

    /// What has panicked since somebody last looked.
    pub(crate) fn take_panic(self: Pin<&mut Self>) -> Option<Panic> {
        // SAFETY: it is the stage's own, whoever has state and context.
        unsafe { (*self.pointer()).panic.take() }.map(|panic| *panic)
    }

    /// Drops the future of a handler, if there is one. A destructor that panics leaves nothing behind.
    pub(crate) fn clear(self: Pin<&mut Self>) {
        self.place().clear();
    }

    /// The run loop is being polled: it has memory for futures from its thread.
    #[inline]
    pub(crate) fn borrow_memory(self: Pin<&mut Self>) {
        self.place().borrow();
    }

    /// It has been polled: the memory is the thread's again, unless a handler waits in it.
    #[inline]
    pub(crate) fn give_memory_back(self: Pin<&mut Self>) {
        self.place().give_back();
    }

    /// From now on guests may come whenever the run loop of this epoch rests.
    pub(crate) fn lend(mut self: Pin<&mut Self>, epoch: u64)
    where
        A: Send,
    {
        let this = self.as_mut().pointer();
        let Some(pointer) = NonNull::new(this) else { return };
        // SAFETY: both are the stage's own, whoever has state and context.
        unsafe { (*this).lent = true };
        self.cell().queue.lend(epoch, Lent(pointer));
    }

    /// No guest comes any more; one that is there is waited for.
    fn take_back(mut self: Pin<&mut Self>) {
        let this = self.as_mut().pointer();
        // SAFETY: it is the stage's own, whoever has state and context.
        if unsafe { std::mem::take(&mut (*this).lent) } {
            if let Some(pointer) = NonNull::new(this) {
                self.cell().queue.take_back(&Lent(pointer));
            }
        }
    }

    /// What a table does for messages of the kind `D`.
    ///
    /// # Panics
    ///
    /// If a handler is at work, or there is no state.
    #[inline]
    pub(super) fn take_on<D: Deliver<A>>(
        mut self: Pin<&mut Self>,
        mut contents: D,
        cx: &mut task::Context<'_>,
    ) -> Begun {
        monitor::say(const { &(D::message_type as Kind) });
        let this = self.as_mut().pointer();
        let sender = match contents.claim() {
            Turn::Handle(sender) => sender,
            turn => {
                // SAFETY: it is the stage's own.
                unsafe { (*this).panic = catch(move || drop(contents)).err().map(Box::new) };
                return if matches!(turn, Turn::Skip) { Begun::Skipped } else { Begun::Forgotten };
            }
        };
        // SAFETY: there is no future, and no guest: one comes only where the run loop rests, which it does in `next`, or from
        // where it was taken back. Our drop clears the place, so what a future has from us is there until it is gone.
        let polled = unsafe {
            let place = &mut (*this).place;
            assert!(place.table.is_none(), "one message at a time");
            let (actor, ctx) = (&mut (*this).actor, &mut (*this).ctx);
            let actor = actor.as_mut().expect("there is a state");
            ctx.set_deadline(contents.deadline());
            place.run::<Message<A, D>, _>(contents.handle(actor, ctx), cx)
        };
        if matches!(polled, Polled::Done) {
            return Begun::Done;
        }
        // SAFETY: it is the stage's own, whoever has state and context.
        unsafe { (*this).sender = sender };
        self.met(polled)
    }

    #[cold]
    fn met(self: Pin<&mut Self>, polled: Polled) -> Begun {
        let (panic, begun) = match polled {
            Polled::Pending => return Begun::Waits,
            Polled::Done => return Begun::Done,
            Polled::Panicked(panic) => (panic, Begun::Panicked),
            Polled::Late(panic) => (panic, Begun::Late),
        };
        // SAFETY: it is the stage's own, whoever has state and context.
        unsafe { (*self.pointer()).panic = Some(Box::new(panic)) };
        begun
    }
}

impl<A> Drop for Stage<A> {
    fn drop(&mut self) {
        // SAFETY: whoever has pinned it never moves it again, nor do we.
        let mut this = unsafe { Pin::new_unchecked(self) };
        this.as_mut().take_back();
        this.clear();
    }
}

/// The address of a stage that is lent.
pub(crate) struct Lent<A>(NonNull<Stage<A>>);

impl<A> PartialEq for Lent<A> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

// SAFETY: who has it uses state and context on his own thread, and nobody else does meanwhile; only a stage whose state may
// change threads is lent.
unsafe impl<A> Send for Lent<A> {}

impl<A> Guest<'_, Parcel<A>> {
    /// State and context of the actor, if its stage is lent.
    #[inline(always)]
    pub(crate) fn serve<R>(&mut self, serve: impl FnOnce(&mut A, &mut Context<A>) -> R) -> Option<R> {
        let this = self.host()?.0.as_ptr();
        // SAFETY: the stage is there as long as it is lent, and who takes it back waits for us. Its run loop rests, so no handler
        // is at work; and while a guest is there, there is no other.
        let (actor, ctx) = unsafe { (&mut (*this).actor, &mut (*this).ctx) };
        Some(serve(actor.as_mut()?, ctx))
    }
}
