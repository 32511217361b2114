//! An ask whose asker runs the handler itself, as a guest of the actor while that rests.

use std::any::type_name;
use std::cell::Cell as Local;
use std::future::Future;
use std::pin::pin;
use std::task::{self, Context, Poll, Waker};

use tokio::task::coop::poll_proceed;

use crate::cell::{Cell, Stuck, Which};
use crate::dead_letter::{LetterReason, Sender};
use crate::fence;
use crate::message::Handler;
use crate::monitor;
use crate::raw::Kind;
use crate::reason::{Panic, StopReason};
use crate::reply::answer_panicked;
use crate::rt::{Handle, Instant};

/// How many of these handlers may be under way on a thread, one inside another: as deep as the stack can be trusted to be. A
/// handler that does not wait can only ask by polling by hand, so that this is rare.
const DEPTH: u32 = 16;

/// For so many such asks the asker gives a unit of tokio's cooperative budget: each is much less than what tokio counts as one.
const ASKS_A_UNIT: u32 = 8;

thread_local! {
    static UNDER_WAY: Local<u32> = const { Local::new(0) };
    static ASKS: Local<u32> = const { Local::new(0) };
}

/// Where an asker stands who may handle its message itself. `pub` only because it stands in a sealed trait; nobody outside can
/// name it.
pub struct Place<'a, A> {
    cell: &'a Cell<A>,
    deadline: Option<Instant>,
    /// The asker's, to wake it if its budget is used up.
    waker: &'a Waker,
}

impl<'a, A> Place<'a, A> {
    #[inline]
    pub(super) fn new(cell: &'a Cell<A>, deadline: Option<Instant>, waker: &'a Waker) -> Self {
        Self { cell, deadline, waker }
    }

    /// Handles `message`, or gives it back if it is to be queued.
    #[inline]
    pub(crate) fn visit<M: Send + 'static>(self, message: M) -> Visit<M, A::Reply>
    where
        A: Handler<M>,
    {
        let core = &self.cell.core;
        // What costs little, and fails most often, first.
        if !self.cell.queue.may_be_entered() || core.stuck() == Stuck::Replace || !self.is_at_home() {
            return Visit::Queue(message);
        }
        let Some(_deeper) = Deeper::go() else { return Visit::Queue(message) };
        if !self.has_budget() {
            return Visit::Queue(message);
        }
        let Some(mut guest) = self.cell.queue.enter() else { return Visit::Queue(message) };
        // The reply is moved as itself: in a result with a panic it would be copied with bytes that nobody wrote, and waited for.
        let (mut message, mut reply) = (Some(message), None);
        let panic = guest.serve(|actor, ctx| {
            let message = message.take()?;
            ctx.set_deadline(self.deadline);
            let epoch = ctx.epoch();
            let _shown = monitor::show_guest(core, const { &(type_name::<M> as Kind) });
            let _inside = fence::enter();
            let handled = fence::catch(|| reply = in_one_go(actor.handle(message, ctx)));
            core.counts.count_handled();
            match handled {
                Ok(()) if reply.is_some() => None,
                // Before the guest leaves: nobody else sees the state.
                Ok(()) => Some(self.fell::<M>(epoch, Panic::new("a handler that is marked inline waited"))),
                Err(panic) => Some(self.fell::<M>(epoch, panic)),
            }
        });
        drop(guest);
        match (reply, message) {
            (Some(reply), _) => Visit::Answered(reply),
            // Its stage is not lent: a stand-in.
            (_, Some(message)) => Visit::Queue(message),
            (_, None) => {
                Visit::Panicked(panic.flatten().expect("a message that was taken has been answered"))
            }
        }
    }

    /// Whether the asker is in the runtime of the actor.
    #[inline]
    fn is_at_home(&self) -> bool {
        Handle::try_current().is_ok_and(|here| here.id() == self.cell.core.system.handle().id())
    }

    /// Takes part in tokio's cooperative scheduling. Without budget the ask is queued, and its asker gives way.
    #[inline]
    fn has_budget(&self) -> bool {
        let asks = ASKS.get();
        ASKS.set(asks.wrapping_add(1));
        if asks % ASKS_A_UNIT != 0 {
            return true;
        }
        match poll_proceed(&mut Context::from_waker(self.waker)) {
            Poll::Ready(budget) => {
                budget.made_progress();
                true
            }
            Poll::Pending => false,
        }
    }

    #[cold]
    fn fell<M: 'static>(&self, epoch: u64, panic: Panic) -> Box<Panic> {
        let name = type_name::<M>();
        let panic = panic.in_message(name);
        answer_panicked(&panic);
        let (cell, core) = (self.cell, &self.cell.core);
        cell.end(Which::Epoch(epoch), StopReason::Panicked(panic.clone()));
        core.system.dead_letter(core.subject(), name, LetterReason::Panicked, Sender::Told, None);
        Box::new(panic)
    }
}

/// What has become of a message that its asker might handle.
pub enum Visit<M, R> {
    Answered(R),
    Panicked(Box<Panic>),
    /// It is to be queued.
    Queue(M),
}

/// Polls once; `None` if that is not enough. What is left of the future is dropped with nothing unwinding.
#[inline]
fn in_one_go<R>(handling: impl Future<Output = R>) -> Option<R> {
    match pin!(handling).poll(&mut task::Context::from_waker(Waker::noop())) {
        Poll::Ready(reply) => Some(reply),
        Poll::Pending => None,
    }
}

/// One handler more is under way on this thread.
struct Deeper;

impl Deeper {
    #[inline]
    fn go() -> Option<Self> {
        let under_way = UNDER_WAY.get();
        if under_way >= DEPTH {
            return None;
        }
        UNDER_WAY.set(under_way + 1);
        Some(Self)
    }
}

impl Drop for Deeper {
    #[inline]
    fn drop(&mut self) {
        UNDER_WAY.set(UNDER_WAY.get() - 1);
    }
}
