//! Messages and who handles them: [`Handler`], and the same bound turned round, [`MessageOf`].

use std::future::Future;
use std::mem::MaybeUninit;
use std::time::Duration;

use crate::actor::Actor;
use crate::context::Context;
use crate::mailbox::Lane;
use crate::mailbox::envelope::Envelope;
use crate::reference::Link;
use crate::reply::Replier;
use crate::request::inline::{Place, Visit};
use crate::request::{Request, Tell};
use crate::rt::Arc;
use crate::timer::Token;

/// Says that an actor understands messages of type `M`, and what it answers.
///
/// Any `Send + 'static` type is a message and any `Send + 'static` type is a reply; neither needs a derive or a marker.
/// A reply that is an `Err` is a reply like any other: to crash, panic or call [`Context::fail`].
///
/// `#[actor]` and `#[handlers]` write this from plain methods.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not handle `{M}`",
    label = "`{Self}` has no handler for `{M}`",
    note = "write `impl Handler<{M}> for {Self}`; a `#[handler]` method has a message of its own"
)]
pub trait Handler<M: Send + 'static>: Actor {
    /// What the asker gets.
    type Reply: Send + 'static;

    /// The lane of the mailbox that these messages travel in, however they are sent. `#[handler(lane = high)]`.
    const LANE: Lane = Lane::Normal;

    /// What becomes of an ask whose asker has gone before the handler starts. `#[handler(always_run)]` is
    /// [`Abandoned::Run`].
    const ABANDONED: Abandoned = Abandoned::Skip;

    /// Whether an asker may run the handler itself, on its own thread, instead of waking the actor: `#[handler(inline)]`. For
    /// handlers that are short and never wait.
    ///
    /// It is done where nobody could tell but by the clock: the asker is in the actor's own runtime, the actor has started, rests
    /// and has nothing queued nor any order to end, the asker has something left of tokio's cooperative budget, and at most 16
    /// such handlers are under way on its thread, one inside another. Else the message is queued like any other. So is one that is
    /// told, always, and every one for an actor under [`Child::replace_stuck`], whose handlers must not hold up a successor.
    ///
    /// It costs two atomic swaps, and no allocation. What is different from a handler that the actor runs:
    ///
    /// - A timeout of the asker, or a `select!` around the ask, cannot come before the handler's end.
    /// - It sees the task-locals of the asker, and runs inside the asker's tracing span.
    /// - It takes the asker's time: a `join!` of asks to several actors does them one after another. If the asker is an actor, a stop
    ///   or a kill of it acts after that, too, and one that blocks makes its asker late.
    /// - It runs in the asker's tokio context: what works on a worker thread only, as `block_in_place` does, may panic elsewhere.
    /// - The end of a runtime waits for handlers that are under way like this. One must not end its own actor's runtime.
    ///
    /// A kill that comes meanwhile acts when the handler returns, as with any handler that does not await. A panic ends the
    /// incarnation, and the asker is told, as ever; it does not reach the asker's own code.
    ///
    /// # Panics
    ///
    /// A handler that says `true` and waits is dropped at its first await, as if it had panicked there.
    ///
    /// [`Child::replace_stuck`]: crate::Child::replace_stuck
    const INLINE: bool = false;

    /// Handles one message with exclusive access to the state. It may await anything: nothing else of this actor runs
    /// meanwhile.
    ///
    /// # Cancel safety
    ///
    /// The future is dropped at an await if the actor is killed, and only then: an asker that goes away or times out
    /// does not cut it short.
    ///
    /// # Panics
    ///
    /// A panic ends the incarnation with [`StopReason::Panicked`](crate::StopReason::Panicked); the message is consumed.
    fn handle(&mut self, message: M, ctx: &mut Context<Self>) -> impl Future<Output = Self::Reply> + Send;

    /// How long an ask for this waits that does not say so itself, instead of what holds for the actor or the system.
    /// `#[handler(timeout = Duration::from_secs(2))]`.
    ///
    /// It is a safety net like theirs: it may fire 200 ms late, and it does not travel. [`Request::timeout`] wins over it.
    ///
    /// [`Request::timeout`]: crate::Request::timeout
    fn ask_timeout() -> Option<Duration> {
        None
    }

    /// Takes the reply of a message that was told, not asked, or that was handled although its asker had gone. Dropped by
    /// default; the macros make an `Err` here a counted `warn` event.
    fn unclaimed(reply: Self::Reply, ctx: &mut Context<Self>) {
        let _ = (reply, ctx);
    }
}

/// What becomes of an ask whose asker has gone, that is whose future was dropped, while it was queued.
///
/// This is not about a timeout of the ask itself. One that comes in the phases [`Admission`](crate::Phase::Admission) and
/// [`Queued`](crate::Phase::Queued) promises that the message will never be handled; it takes the message back, whatever the
/// handler says here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Abandoned {
    /// It is skipped and counted: an overloaded actor does not work for those who have given up.
    #[default]
    Skip,
    /// It is handled all the same, as if it had been told: for what must be done once it was accepted, whoever is still there
    /// to hear of it. The reply goes to [`Handler::unclaimed`].
    Run,
}

/// A message that the actor `A` handles. Implemented for every `M` with `A: Handler<M>`; never by hand.
///
/// The references ask for this rather than for `A: Handler<M>` because then the compiler's error is the one below,
/// also for an actor with a single handler.
#[diagnostic::on_unimplemented(
    message = "`{A}` does not handle `{Self}`",
    label = "`{A}` has no handler for this message",
    note = "add a `#[handler]` method to `{A}`, or write `impl Handler<{Self}> for {A}`"
)]
pub trait MessageOf<A>: Send + Sized + 'static {
    /// What the actor answers.
    type Reply: Send + 'static;

    #[doc(hidden)]
    fn ask_timeout() -> Option<Duration>;

    #[doc(hidden)]
    fn lane() -> Lane;

    #[doc(hidden)]
    fn is_inline() -> bool;

    #[doc(hidden)]
    fn visit(self, place: Place<'_, A>) -> Visit<Self, Self::Reply>;

    #[doc(hidden)]
    fn told(self, timer: Option<Arc<Token>>) -> Envelope<A>;

    #[doc(hidden)]
    fn noticed(self, epoch: u64, token: Arc<Token>) -> Envelope<A>;

    #[doc(hidden)]
    fn told_at(self, at: &mut MaybeUninit<Envelope<A>>) -> &mut Envelope<A>;

    #[doc(hidden)]
    fn asked_at(replier: Replier<Self, Self::Reply>, at: &mut MaybeUninit<Envelope<A>>) -> &mut Envelope<A>;
}

#[diagnostic::do_not_recommend]
impl<A: Handler<M>, M: Send + 'static> MessageOf<A> for M {
    type Reply = A::Reply;

    fn ask_timeout() -> Option<Duration> {
        A::ask_timeout()
    }

    fn lane() -> Lane {
        A::LANE
    }

    #[inline]
    fn is_inline() -> bool {
        A::INLINE
    }

    #[inline]
    fn visit(self, place: Place<'_, A>) -> Visit<M, A::Reply> {
        place.visit(self)
    }

    fn told(self, timer: Option<Arc<Token>>) -> Envelope<A> {
        Envelope::told(self, timer)
    }

    fn noticed(self, epoch: u64, token: Arc<Token>) -> Envelope<A> {
        Envelope::notice(self, Some(epoch), Some(token))
    }

    #[inline]
    fn told_at(self, at: &mut MaybeUninit<Envelope<A>>) -> &mut Envelope<A> {
        Envelope::told_at(self, at)
    }

    #[inline]
    fn asked_at(replier: Replier<Self, Self::Reply>, at: &mut MaybeUninit<Envelope<A>>) -> &mut Envelope<A> {
        Envelope::asked_at(replier, at)
    }
}

/// What sending a message `M` to the actor `A` makes: a [`Request`] and a [`Tell`], always. It is implemented for every
/// reply.
///
/// [`ActorRef::ask`](crate::ActorRef::ask) and `tell` take their results' types from here. A message that the actor does
/// not handle has no reply, so it has no request either, and the missing handler is one error, at the message. With the
/// types named outright a second one follows, that a request cannot be awaited, whose advice is to remove the `.await`.
#[doc(hidden)]
pub trait Sending<A, M> {
    type Request<'a, L: Link<A>>;
    type Tell<'a, L: Link<A>>;
}

impl<A, M: MessageOf<A>, R> Sending<A, M> for R {
    type Request<'a, L: Link<A>> = Request<'a, A, M, L>;
    type Tell<'a, L: Link<A>> = Tell<'a, A, M, L>;
}
