//! What lies in a mailbox: one message of any type, with what is to happen to its reply.
//!
//! Here is what each kind of mail does; how its type is forgotten, and remembered by a table of functions, is in
//! [`raw`](crate::raw).

use std::any::{Any, type_name};
use std::future::Future;
use std::mem::MaybeUninit;

use crate::context::Context;
use crate::dead_letter::Sender;
use crate::error::Undelivered;
use crate::mailbox::Lane;
use crate::message::{Abandoned, Handler};
use crate::reply::{Claim, Replier};
use crate::rt::{Arc, Instant};
use crate::timer::Token;
use crate::watch::Down;

/// A message whose type only its handler and its sender know.
///
/// Dropping one loses the message: whoever takes one out of a queue handles it or hands it to the dead letters.
pub use crate::raw::Parcel as Envelope;

impl<A> Envelope<A> {
    /// With a `token`, for a timer that can take it back until it is handled.
    #[inline]
    pub(crate) fn told<M: Send + 'static>(message: M, token: Option<Arc<Token>>) -> Self
    where
        A: Handler<M>,
    {
        match token {
            None => Self::new(Told(message)),
            Some(token) => Self::new(Revocable { told: Told(message), token }),
        }
    }

    /// The same without a token, made where it is to lie.
    #[inline]
    pub(crate) fn told_at<M: Send + 'static>(message: M, at: &mut MaybeUninit<Self>) -> &mut Self
    where
        A: Handler<M>,
    {
        Self::new_at(Told(message), at)
    }

    /// Made where it is to lie.
    #[inline]
    pub(crate) fn asked_at<M: Send + 'static>(
        replier: Replier<M, A::Reply>,
        at: &mut MaybeUninit<Self>,
    ) -> &mut Self
    where
        A: Handler<M>,
    {
        Self::new_at(Asked(replier), at)
    }

    pub(crate) fn down(down: Down, epoch: u64) -> Self
    where
        A: Handler<Down>,
    {
        Self::new(DownNotice { down, epoch })
    }

    /// For one incarnation only, or for whichever there is; a `token` can take it back.
    pub(crate) fn notice<M: Send + 'static>(message: M, epoch: Option<u64>, token: Option<Arc<Token>>) -> Self
    where
        A: Handler<M>,
    {
        Self::new(Notice { message, epoch, token })
    }

    /// The message, if it was told and is of this type.
    #[cfg(test)]
    pub(crate) fn open_told<M: Send + 'static>(self) -> Result<M, Self> {
        self.open::<Told<M>>().map(|told| told.0)
    }

    /// The message itself, and the way back to its asker if there is one: for a sender that takes it back, and for a stand-in
    /// that handles it. `None` if it is of another type, or a notice.
    pub(crate) fn into_message<M, R>(self) -> Option<(M, Option<Replier<M, R>>)>
    where
        M: Send + 'static,
        R: Send + 'static,
    {
        let parcel = match self.open::<Told<M>>() {
            Ok(told) => return Some((told.0, None)),
            Err(parcel) => parcel,
        };
        match parcel.open::<Asked<M, R>>() {
            Ok(Asked(mut replier)) => Some((replier.take_message()?, Some(replier))),
            Err(parcel) => Some((parcel.open::<Revocable<Told<M>>>().ok()?.told.0, None)),
        }
    }
}

/// What is to be done with a message whose turn has come.
pub(crate) enum Turn {
    /// Handle it. Should it be lost on the way, its sender hears of it or does not.
    Handle(Sender),
    /// Its asker has given up: skip it, and count that.
    Skip,
    /// Its timer has been cancelled: forget it.
    Forget,
}

/// What is to be said of a message that will not be handled.
pub(crate) enum Bounced {
    /// A dead letter, with the message unless somebody has it back.
    Letter(Option<Box<dyn Any + Send>>),
    /// Nothing: the framework sent it, or it was taken back.
    Nothing,
}

/// One kind of mail. What is the same for all of a type is no method.
pub(crate) trait Deliver<A>: Send + Sized + 'static {
    const LANE: Lane = Lane::Normal;

    const NOTICE: bool = false;

    fn message_type() -> &'static str;

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn claim(&mut self) -> Turn {
        Turn::Handle(Sender::Unaware)
    }

    fn handle<'a>(self, actor: &'a mut A, ctx: &'a mut Context<A>) -> impl Future<Output = ()> + Send + 'a;

    fn bounce(self, why: Undelivered) -> Bounced;
}

/// A message whose sender does not wait for the reply.
struct Told<M>(M);

impl<A: Handler<M>, M: Send + 'static> Deliver<A> for Told<M> {
    const LANE: Lane = A::LANE;

    fn message_type() -> &'static str {
        type_name::<M>()
    }

    async fn handle<'a>(self, actor: &'a mut A, ctx: &'a mut Context<A>) {
        let reply = actor.handle(self.0, ctx).await;
        A::unclaimed(reply, ctx);
    }

    fn bounce(self, _why: Undelivered) -> Bounced {
        Bounced::Letter(Some(Box::new(self.0)))
    }
}

/// A message whose sender waits for the reply. It lies in the slot that both share.
struct Asked<M: Send + 'static, R: Send + 'static>(Replier<M, R>);

impl<A: Handler<M>, M: Send + 'static> Deliver<A> for Asked<M, A::Reply> {
    const LANE: Lane = A::LANE;

    fn message_type() -> &'static str {
        type_name::<M>()
    }

    fn deadline(&self) -> Option<Instant> {
        self.0.deadline()
    }

    fn claim(&mut self) -> Turn {
        match self.0.claim() {
            Claim::Wanted => Turn::Handle(Sender::Told),
            Claim::Abandoned if A::ABANDONED == Abandoned::Run => Turn::Handle(Sender::Unaware),
            Claim::Abandoned | Claim::Withdrawn => Turn::Skip,
        }
    }

    async fn handle<'a>(self, actor: &'a mut A, ctx: &'a mut Context<A>) {
        let Self(mut replier) = self;
        let Some(message) = replier.take_message() else { return };
        let reply = actor.handle(message, ctx).await;
        if let Some(reply) = replier.answer(reply) {
            A::unclaimed(reply, ctx);
        }
    }

    fn bounce(self, why: Undelivered) -> Bounced {
        let left = self.0.bounce(why);
        Bounced::Letter(left.map(|message| Box::new(message) as _))
    }
}

/// The end of a watched actor, on its way to the incarnation that watches.
struct DownNotice {
    down: Down,
    epoch: u64,
}

impl<A: Handler<Down>> Deliver<A> for DownNotice {
    const NOTICE: bool = true;

    fn message_type() -> &'static str {
        type_name::<Down>()
    }

    async fn handle<'a>(self, actor: &'a mut A, ctx: &'a mut Context<A>) {
        // Unwatched, or watched by an incarnation that is gone: nobody is to see it any more.
        if ctx.epoch() == self.epoch && ctx.incarnation().forget_watch(self.down.id) {
            let reply = actor.handle(self.down, ctx).await;
            A::unclaimed(reply, ctx);
        }
    }

    fn bounce(self, _why: Undelivered) -> Bounced {
        Bounced::Nothing
    }
}

/// A message that the framework itself sends to one incarnation: a timer's tick, a child's end.
struct Notice<M> {
    message: M,
    epoch: Option<u64>,
    token: Option<Arc<Token>>,
}

impl<A: Handler<M>, M: Send + 'static> Deliver<A> for Notice<M> {
    const NOTICE: bool = true;

    fn message_type() -> &'static str {
        type_name::<M>()
    }

    async fn handle<'a>(self, actor: &'a mut A, ctx: &'a mut Context<A>) {
        let wanted = self.token.is_none_or(|token| token.spend());
        if wanted && self.epoch.is_none_or(|epoch| epoch == ctx.epoch()) {
            let reply = actor.handle(self.message, ctx).await;
            A::unclaimed(reply, ctx);
        }
    }

    fn bounce(self, _why: Undelivered) -> Bounced {
        Bounced::Nothing
    }
}

/// Any other message that a timer has sent and may take back.
struct Revocable<D> {
    told: D,
    token: Arc<Token>,
}

impl<A: 'static, D: Deliver<A>> Deliver<A> for Revocable<D> {
    const LANE: Lane = D::LANE;

    fn message_type() -> &'static str {
        D::message_type()
    }

    fn claim(&mut self) -> Turn {
        if self.token.spend() { self.told.claim() } else { Turn::Forget }
    }

    fn handle<'a>(self, actor: &'a mut A, ctx: &'a mut Context<A>) -> impl Future<Output = ()> + Send + 'a {
        self.told.handle(actor, ctx)
    }

    fn bounce(self, why: Undelivered) -> Bounced {
        if self.token.spend() { self.told.bounce(why) } else { Bounced::Nothing }
    }
}
