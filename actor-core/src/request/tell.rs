//! The future of a tell: a message that is on its way into the mailbox, and nothing more.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{Held, admitted};
use crate::cell::Refused;
use crate::error::{Returned, TellError};
use crate::mailbox::envelope::Envelope;
use crate::mailbox::queue::Waiting;
use crate::message::MessageOf;
use crate::reference::{Link, Strong};
use crate::rt::Arc;
use crate::timer::Token;

/// The future of a tell. It is ready as soon as the message is accepted.
#[must_use = "a tell is sent when it is awaited"]
pub struct Tell<'a, A, M: MessageOf<A>, L: Link<A> = Strong<A>> {
    link: Held<'a, L>,
    step: Step<A, M>,
}

enum Step<A, M> {
    Unsent(M),
    /// The same for a timer, which may take the message back until it is handled.
    Revocable(M, Arc<Token>),
    InLine(Arc<Waiting<A>>),
    Over,
}

// The message and the link are only ever moved, never pinned.
impl<A, M: MessageOf<A>, L: Link<A>> Unpin for Tell<'_, A, M, L> {}

impl<'a, A, M: MessageOf<A>, L: Link<A>> Tell<'a, A, M, L> {
    pub(super) fn new(link: Held<'a, L>, message: M) -> Self {
        Self { link, step: Step::Unsent(message) }
    }

    /// With a token that can take the message back. For one that is not sent yet.
    pub(super) fn revocable(mut self, token: Arc<Token>) -> Self {
        self.step = match std::mem::replace(&mut self.step, Step::Over) {
            Step::Unsent(message) => Step::Revocable(message, token),
            other => other,
        };
        self
    }

    /// Tells from a plain thread: it blocks until there is room; see [`ActorRef::blocking_tell`].
    ///
    /// # Errors
    ///
    /// As awaiting the tell.
    ///
    /// # Panics
    ///
    /// If it is called inside an async context.
    ///
    /// [`ActorRef::blocking_tell`]: crate::ActorRef::blocking_tell
    pub fn blocking(self) -> Result<(), TellError<M>> {
        let system = self.link.get().cell().core.system.clone();
        system.block_on(self)
    }
}

impl<A, M: MessageOf<A>, L: Link<A>> Future for Tell<'_, A, M, L> {
    type Output = Result<(), TellError<M>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let queue = &this.link.get().cell().queue;
        match std::mem::replace(&mut this.step, Step::Over) {
            Step::Unsent(message) => match queue.push(M::lane(), || message.told(None)) {
                Ok(()) => Poll::Ready(Ok(())),
                Err(make) => {
                    let envelope = make();
                    this.offer(envelope, cx)
                }
            },
            Step::Revocable(message, token) => this.offer(message.told(Some(token)), cx),
            Step::InLine(place) => this.look_after(place, cx),
            Step::Over => panic!("a tell was polled after it had finished"),
        }
    }
}

impl<A, M: MessageOf<A>, L: Link<A>> Tell<'_, A, M, L> {
    #[cold]
    fn offer(&mut self, envelope: Envelope<A>, cx: &Context<'_>) -> Poll<Result<(), TellError<M>>> {
        let cell = self.link.get().cell();
        match cell.queue.offer_or_wait(envelope, cx) {
            Ok(offer) => Poll::Ready(cell.settle(offer).map_err(refused_tell)),
            Err(place) => {
                self.step = Step::InLine(place);
                Poll::Pending
            }
        }
    }

    #[cold]
    fn look_after(&mut self, place: Arc<Waiting<A>>, cx: &Context<'_>) -> Poll<Result<(), TellError<M>>> {
        match place.poll(cx) {
            Poll::Ready(waited) => Poll::Ready(admitted(waited).map_err(refused_tell)),
            Poll::Pending => {
                self.step = Step::InLine(place);
                Poll::Pending
            }
        }
    }
}

impl<A, M: MessageOf<A>, L: Link<A>> Drop for Tell<'_, A, M, L> {
    #[inline]
    fn drop(&mut self) {
        if let Step::InLine(place) = &self.step {
            drop(self.link.get().cell().queue.leave(place));
        }
    }
}

pub(super) fn refused_tell<A, M: MessageOf<A>>(refused: Refused<A>) -> TellError<M> {
    let own = refused.envelope.into_message::<M, M::Reply>();
    let (message, _) = own.expect("a refused envelope is the sender's own");
    match refused.closed {
        None => TellError::Full(Returned::new(message)),
        Some(reason) => TellError::Closed(Returned::new(message), reason),
    }
}
