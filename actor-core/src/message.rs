//! Messages and who handles them: [`Handler`], and the same bound turned round, [`MessageOf`].

use std::future::Future;

use crate::actor::Actor;
use crate::context::Context;
use crate::mailbox::envelope::Envelope;
use crate::reference::Link;
use crate::reply::Replier;
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

    /// Takes the reply of a message that was told, not asked. Dropped by default; the macros make an `Err` here a
    /// counted `warn` event.
    fn unclaimed(reply: Self::Reply, ctx: &mut Context<Self>) {
        let _ = (reply, ctx);
    }
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
    fn told(self) -> Envelope<A>;

    #[doc(hidden)]
    fn noticed(self, epoch: u64, token: Arc<Token>) -> Envelope<A>;

    #[doc(hidden)]
    fn asked(self, replier: Replier<Self, Self::Reply>) -> Envelope<A>;
}

#[diagnostic::do_not_recommend]
impl<A: Handler<M>, M: Send + 'static> MessageOf<A> for M {
    type Reply = A::Reply;

    fn told(self) -> Envelope<A> {
        Envelope::told(self)
    }

    fn noticed(self, epoch: u64, token: Arc<Token>) -> Envelope<A> {
        Envelope::notice(self, Some(epoch), Some(token))
    }

    fn asked(self, replier: Replier<Self, Self::Reply>) -> Envelope<A> {
        Envelope::asked(self, replier)
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
