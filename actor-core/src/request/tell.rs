//! The future of a tell: a message that is on its way into the mailbox, and nothing more.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{Held, admitted};
use crate::cell::Refused;
use crate::error::{Returned, TellError};
use crate::mailbox::queue::Waiting;
use crate::message::MessageOf;
use crate::reference::{Link, Strong};
use crate::rt::Arc;
use crate::timer::Token;

/// The future of a tell. It is ready as soon as the message is accepted.
#[must_use = "a tell is sent when it is awaited"]
pub struct Tell<'a, A, M: MessageOf<A>, L: Link<A> = Strong<A>> {
    link: Held<'a, L>,
    /// `None` once it has been offered.
    message: Option<M>,
    place: Option<Arc<Waiting<A>>>,
    /// Of the timer that sends it.
    token: Option<Arc<Token>>,
}

// The message and the link are only ever moved, never pinned.
impl<A, M: MessageOf<A>, L: Link<A>> Unpin for Tell<'_, A, M, L> {}

impl<'a, A, M: MessageOf<A>, L: Link<A>> Tell<'a, A, M, L> {
    pub(super) fn new(link: Held<'a, L>, message: M) -> Self {
        Self { link, message: Some(message), place: None, token: None }
    }

    /// The same for a timer, which may take the message back until it is handled.
    pub(super) fn revocable(mut self, token: Arc<Token>) -> Self {
        self.token = Some(token);
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

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let cell = this.link.get().cell();
        if let Some(place) = &this.place {
            let Poll::Ready(waited) = place.poll(cx) else { return Poll::Pending };
            this.place = None;
            return Poll::Ready(admitted(waited).map_err(refused_tell));
        }
        let message = this.message.take().expect("a tell was polled after it had finished");
        let token = this.token.take();
        match cell.queue.offer_or_wait(M::lane(), || message.told(token), cx) {
            Ok(offer) => Poll::Ready(cell.settle(offer).map_err(refused_tell)),
            Err(place) => {
                this.place = Some(place);
                Poll::Pending
            }
        }
    }
}

impl<A, M: MessageOf<A>, L: Link<A>> Drop for Tell<'_, A, M, L> {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            drop(self.link.get().cell().queue.leave(&place));
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
