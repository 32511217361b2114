//! What lies in a mailbox: one message of any type, with what is to happen to its reply.

use std::any::{Any, type_name};
use std::future::Future;
use std::pin::Pin;

use crate::context::Context;
use crate::error::Undelivered;
use crate::message::Handler;
use crate::reply::Replier;
use crate::rt::Arc;
use crate::timer::Token;
use crate::watch::Down;

pub(crate) type Handling<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A message whose type only its handler and its sender know.
///
/// Dropping one loses the message: whoever takes one out of a queue handles it or hands it to the dead letters.
pub struct Envelope<A>(Box<dyn Deliver<A>>);

impl<A> Envelope<A> {
    pub(crate) fn told<M: Send + 'static>(message: M) -> Self
    where
        A: Handler<M>,
    {
        Self(Box::new(Told(message)))
    }

    pub(crate) fn asked<M: Send + 'static>(message: M, replier: Replier<M, A::Reply>) -> Self
    where
        A: Handler<M>,
    {
        Self(Box::new(Asked { message, replier }))
    }

    pub(crate) fn down(down: Down, epoch: u64) -> Self
    where
        A: Handler<Down>,
    {
        Self(Box::new(DownNotice { down, epoch }))
    }

    /// For one incarnation only, or for whichever there is; a `token` can take it back.
    pub(crate) fn notice<M: Send + 'static>(message: M, epoch: Option<u64>, token: Option<Arc<Token>>) -> Self
    where
        A: Handler<M>,
    {
        Self(Box::new(Notice { message, epoch, token }))
    }

    pub(crate) fn message_type(&self) -> &'static str {
        self.0.message_type()
    }

    /// Settles that the message is going to be handled now. `false`: its asker has given up, so it must be skipped.
    #[must_use]
    pub(crate) fn claim(&mut self) -> bool {
        self.0.claim()
    }

    /// The handler's work and the delivery of its reply, to be called once [`Envelope::claim`] has said yes.
    pub(crate) fn handle<'a>(self, actor: &'a mut A, ctx: &'a mut Context<A>) -> Handling<'a> {
        self.0.handle(actor, ctx)
    }

    /// The message will not be handled. An asker gets it back; else it is returned, for the dead letter to carry.
    pub(crate) fn bounce(self, why: Undelivered) -> Option<Box<dyn Any + Send>> {
        self.0.bounce(why)
    }

    /// Whether somebody waits for the reply, and hears if there is none.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.is_asked()
    }

    /// Notices (`Down`, timer ticks) come from the framework: they need no room and are no dead letters.
    pub(crate) fn is_notice(&self) -> bool {
        self.0.is_notice()
    }

    /// The message of a tell that its sender takes back.
    pub(crate) fn into_told<M: 'static>(self) -> Option<M> {
        self.0.into_any().downcast::<Told<M>>().ok().map(|told| told.0)
    }

    /// The message of an ask that its asker takes back.
    pub(crate) fn into_asked<M: Send + 'static, R: Send + 'static>(self) -> Option<M> {
        self.0.into_any().downcast::<Asked<M, R>>().ok().map(|asked| asked.into_message())
    }
}

trait Deliver<A>: Send {
    fn message_type(&self) -> &'static str;

    fn claim(&mut self) -> bool {
        true
    }

    fn handle<'a>(self: Box<Self>, actor: &'a mut A, ctx: &'a mut Context<A>) -> Handling<'a>;

    fn bounce(self: Box<Self>, why: Undelivered) -> Option<Box<dyn Any + Send>>;

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send>;

    fn is_notice(&self) -> bool {
        false
    }

    fn is_asked(&self) -> bool {
        false
    }
}

/// A message whose sender does not wait for the reply.
struct Told<M>(M);

impl<A: Handler<M>, M: Send + 'static> Deliver<A> for Told<M> {
    fn message_type(&self) -> &'static str {
        type_name::<M>()
    }

    fn handle<'a>(self: Box<Self>, actor: &'a mut A, ctx: &'a mut Context<A>) -> Handling<'a> {
        Box::pin(async move {
            let reply = actor.handle(self.0, ctx).await;
            A::unclaimed(reply, ctx);
        })
    }

    fn bounce(self: Box<Self>, _why: Undelivered) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(self.0))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

/// A message whose sender waits for the reply.
struct Asked<M: Send + 'static, R: Send + 'static> {
    message: M,
    replier: Replier<M, R>,
}

impl<M: Send + 'static, R: Send + 'static> Asked<M, R> {
    fn into_message(self) -> M {
        self.replier.withdraw();
        self.message
    }
}

impl<A: Handler<M>, M: Send + 'static> Deliver<A> for Asked<M, A::Reply> {
    fn message_type(&self) -> &'static str {
        type_name::<M>()
    }

    fn claim(&mut self) -> bool {
        self.replier.claim()
    }

    fn handle<'a>(self: Box<Self>, actor: &'a mut A, ctx: &'a mut Context<A>) -> Handling<'a> {
        Box::pin(async move {
            let Self { message, replier } = *self;
            replier.answer(actor.handle(message, ctx).await);
        })
    }

    fn bounce(self: Box<Self>, why: Undelivered) -> Option<Box<dyn Any + Send>> {
        self.replier.bounce(self.message, why);
        None
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }

    fn is_asked(&self) -> bool {
        true
    }
}

/// The end of a watched actor, on its way to the incarnation that watches.
struct DownNotice {
    down: Down,
    epoch: u64,
}

impl<A: Handler<Down>> Deliver<A> for DownNotice {
    fn message_type(&self) -> &'static str {
        type_name::<Down>()
    }

    fn handle<'a>(self: Box<Self>, actor: &'a mut A, ctx: &'a mut Context<A>) -> Handling<'a> {
        Box::pin(async move {
            // Unwatched, or watched by an incarnation that is gone: nobody is to see it any more.
            if ctx.epoch() == self.epoch && ctx.incarnation().forget_watch(self.down.id) {
                let reply = actor.handle(self.down, ctx).await;
                A::unclaimed(reply, ctx);
            }
        })
    }

    fn bounce(self: Box<Self>, _why: Undelivered) -> Option<Box<dyn Any + Send>> {
        None
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }

    fn is_notice(&self) -> bool {
        true
    }
}

/// A message that the framework itself sends to one incarnation: a timer's tick, a child's end.
struct Notice<M> {
    message: M,
    epoch: Option<u64>,
    token: Option<Arc<Token>>,
}

impl<A: Handler<M>, M: Send + 'static> Deliver<A> for Notice<M> {
    fn message_type(&self) -> &'static str {
        type_name::<M>()
    }

    fn handle<'a>(self: Box<Self>, actor: &'a mut A, ctx: &'a mut Context<A>) -> Handling<'a> {
        Box::pin(async move {
            let wanted = self.token.is_none_or(|token| token.spend());
            if wanted && self.epoch.is_none_or(|epoch| epoch == ctx.epoch()) {
                let reply = actor.handle(self.message, ctx).await;
                A::unclaimed(reply, ctx);
            }
        })
    }

    fn bounce(self: Box<Self>, _why: Undelivered) -> Option<Box<dyn Any + Send>> {
        None
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }

    fn is_notice(&self) -> bool {
        true
    }
}
