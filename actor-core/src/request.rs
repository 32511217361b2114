//! One request with several ends: `.await` asks, `.tell()`, `.try_tell()` and `.after()` send without waiting for the reply.
//!
//! The futures are named types and nothing in them is boxed but the timer of an exact timeout that is near. They borrow the reference; [`Request::owned`] ends that.

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::time::Duration;

use self::tell::refused_tell;
use crate::actor::Actor;
use crate::cell::Refused;
use crate::context::Context;
use crate::error::{AskError, TellError};
use crate::mailbox::queue::Waited;
use crate::message::MessageOf;
use crate::raw::made;
use crate::reference::{Link, Strong};
use crate::rt::{Instant, later};
use crate::timer::Timer;

mod after;
mod ask;
pub(crate) mod inline;
mod tell;

pub use self::ask::Ask;
pub use self::tell::Tell;

/// A message for an actor that is not sent yet. Await it to ask.
///
/// Made by [`ActorRef::ask`](crate::ActorRef::ask) and by the typed calls that `#[actor]` writes, `counter.add(2)`. How it ends
/// decides what becomes of it:
///
/// | end | waits for |
/// |---|---|
/// | `.await` | the reply |
/// | [`.tell().await`](Request::tell) | room in the mailbox |
/// | [`.try_tell()`](Request::try_tell) | nothing |
/// | [`.after(d)`](Request::after) | nothing: it is told in `d` |
/// | [`.blocking()`](Request::blocking), [`.tell().blocking()`](Tell::blocking) | the same as without, on a plain thread |
///
/// Before that, [`.timeout(d)`](Request::timeout) and [`.within(ctx)`](Request::within) bound the wait for the reply, and
/// [`.owned()`](Request::owned) lets the request leave the scope of its reference. Those may come in any order.
///
/// # Costs
///
/// Until it ends, none: it borrows the reference and holds the message.
#[must_use = "a request does nothing by itself: `.await` it to ask, or `.tell().await` it to send it only"]
pub struct Request<'a, A, M, L: Clone = Strong<A>> {
    link: Held<'a, L>,
    message: M,
    bound: Bound,
    actor: PhantomData<fn() -> A>,
}

/// How long an ask waits, if it says so; else a default holds. Of the two the earlier counts.
#[derive(Clone, Copy, Default)]
struct Bound {
    /// From the first poll on.
    timeout: Option<Duration>,
    /// Taken on from the message that is being handled.
    deadline: Option<Instant>,
}

impl Bound {
    /// The moment at which the wait that begins now ends, and how long that is.
    #[inline]
    fn begin(&self) -> Option<(Instant, Duration)> {
        if self.timeout.is_none() && self.deadline.is_none() {
            // Without reading the clock.
            return None;
        }
        let now = Instant::now();
        let own = self.timeout.map(|timeout| later(now, timeout));
        let until = own.into_iter().chain(self.deadline).min()?;
        Some((until, until.saturating_duration_since(now)))
    }
}

/// A link that is borrowed from the caller's reference, or the request's own.
enum Held<'a, L> {
    Borrowed(&'a L),
    Owned(L),
}

impl<L: Clone> Held<'_, L> {
    fn get(&self) -> &L {
        match self {
            Self::Borrowed(link) => link,
            Self::Owned(link) => link,
        }
    }

    fn owned<'b>(self) -> Held<'b, L> {
        Held::Owned(match self {
            Self::Borrowed(link) => link.clone(),
            Self::Owned(link) => link,
        })
    }
}

impl<'a, A, M, L: Clone> Request<'a, A, M, L> {
    /// Without bounds, so that a message that cannot be one has one error, where it is defined.
    #[inline]
    pub(crate) fn new(link: &'a L, message: M) -> Self {
        Self { link: Held::Borrowed(link), message, bound: Bound::default(), actor: PhantomData }
    }
}

impl<'a, A, M: MessageOf<A>, L: Link<A>> Request<'a, A, M, L> {
    /// Waits for the reply for exactly `timeout`, counted from the first poll, instead of the default.
    ///
    /// The handler sees the moment as [`Context::deadline`](crate::Context::deadline). A timeout is for asks: sent without
    /// waiting for a reply, a message has none.
    ///
    /// # Costs
    ///
    /// A look at the clock. A tokio timer in a box, which a default never has, only if less than half a second is left: a longer
    /// one begins as a default does, provided that the asker runs in the system's runtime.
    ///
    /// # Errors
    ///
    /// [`AskError::Timeout`] from the ask. With no time at all the message is not even sent: that is
    /// [`Phase::Admission`](crate::Phase::Admission).
    ///
    /// # Panics
    ///
    /// When it is polled outside a tokio runtime with a clock. Nothing has been sent then.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.bound.timeout = Some(timeout);
        self
    }

    /// Waits for the reply no longer than whoever asked for the message that is being handled does: takes on
    /// [`Context::deadline`](crate::Context::deadline), which travels on to the handler of this message.
    ///
    /// ```
    /// # use actor_core::prelude::*;
    /// # struct Stock;
    /// # #[actor]
    /// # impl Stock {
    /// #     #[handler]
    /// #     fn take(&mut self, pieces: u32) {}
    /// # }
    /// struct Shop {
    ///     stock: ActorRef<Stock>,
    /// }
    ///
    /// #[actor]
    /// impl Shop {
    ///     #[handler]
    ///     async fn order(&mut self, pieces: u32, ctx: &mut Context<Self>) -> Result<(), BoxError> {
    ///         self.stock.take(pieces).within(ctx).await?;
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// Together with [`Request::timeout`] the earlier of the two counts. Without a deadline in the context it changes
    /// nothing: a default timeout does not travel.
    ///
    /// # Errors
    ///
    /// [`AskError::Timeout`] from the ask. If the time is over already, it comes at once, in
    /// [`Phase::Admission`](crate::Phase::Admission), and the message is not sent.
    ///
    /// # Panics
    ///
    /// As [`Request::timeout`], if there is a deadline.
    pub fn within<B: Actor>(mut self, ctx: &Context<B>) -> Self {
        self.bound.deadline = self.bound.deadline.into_iter().chain(ctx.deadline()).min();
        self
    }

    /// The same request with a hold of its own on the actor, so that it can be moved into a task.
    pub fn owned<'b>(self) -> Request<'b, A, M, L> {
        Request { link: self.link.owned(), message: self.message, bound: self.bound, actor: self.actor }
    }

    /// Sends the message without waiting for a reply; see [`ActorRef::tell`](crate::ActorRef::tell).
    #[inline]
    pub fn tell(self) -> Tell<'a, A, M, L> {
        Tell::new(self.link, self.message)
    }

    /// Sends the message if there is room now; see [`ActorRef::try_tell`](crate::ActorRef::try_tell).
    ///
    /// # Errors
    ///
    /// [`TellError::Full`] or [`TellError::Closed`], with the message.
    pub fn try_tell(self) -> Result<(), TellError<M>> {
        let cell = self.link.get().cell();
        match cell.queue.push(M::lane(), |at| self.message.told_at(at)) {
            Ok(()) => Ok(()),
            Err(make) => cell.settle(cell.queue.offer(made(make))).map_err(refused_tell),
        }
    }

    /// Sends the message in `delay`, counted from this call, without waiting for a reply. Unlike the other ends this one has
    /// begun when it returns.
    ///
    /// It is for those who are no actor, and for messages that are to reach the actor whichever its incarnation is then. An
    /// actor's timers on itself are [`Context::send_after`](crate::Context::send_after), which go with the incarnation.
    ///
    /// # Delivery
    ///
    /// Never early; then as a [`tell`](Request::tell), which waits for room. The timer does not keep the actor alive. If the
    /// actor ends before, or refuses the message when it comes, it is a dead letter. It is not handled after
    /// [`Timer::cancel`] has returned; no dead letter tells of it then.
    ///
    /// # Ordering
    ///
    /// The message takes its place in the mailbox when its time has come.
    ///
    /// # Costs
    ///
    /// A task with a tokio timer, until the message is accepted or the actor ends.
    ///
    /// # Examples
    ///
    /// ```
    /// # use actor_core::prelude::*;
    /// # struct Door;
    /// # #[actor]
    /// # impl Door {
    /// #     #[handler]
    /// #     fn close(&mut self) {}
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let system = System::new("house");
    /// # let door = system.spawn(Door);
    /// let closing = door.close().after(Duration::from_secs(30));
    /// closing.cancel(); // somebody is still in the room
    /// # system.shutdown().await;
    /// # }
    /// ```
    #[must_use = "dropping the timer does not cancel it; say `let _ =` if you never will"]
    pub fn after(self, delay: Duration) -> Timer
    where
        A: Actor,
    {
        after::after(self.link.get().cell(), self.message, delay)
    }

    /// Asks from a plain thread; see [`ActorRef::blocking_ask`](crate::ActorRef::blocking_ask).
    ///
    /// # Errors
    ///
    /// As awaiting the request.
    ///
    /// # Panics
    ///
    /// If it is called inside an async context.
    pub fn blocking(self) -> Result<M::Reply, AskError<M>> {
        let system = self.link.get().cell().core.system.clone();
        system.block_on(self.into_future())
    }
}

impl<'a, A, M: MessageOf<A>, L: Link<A>> IntoFuture for Request<'a, A, M, L> {
    type Output = Result<M::Reply, AskError<M>>;
    type IntoFuture = Ask<'a, A, M, L>;

    fn into_future(self) -> Ask<'a, A, M, L> {
        Ask::new(self.link, self.message, self.bound)
    }
}

fn admitted<A>(waited: Waited<A>) -> Result<(), Refused<A>> {
    match waited {
        Waited::Accepted => Ok(()),
        Waited::Closed(envelope, reason) => Err(Refused { envelope, closed: Some(reason) }),
    }
}
