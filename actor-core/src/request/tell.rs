//! The future of a tell: a message that is on its way into the mailbox, and nothing more.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::coop::poll_proceed;

use super::{Held, admitted};
use crate::cell::{Cell, Refused};
use crate::error::{Returned, TellError};
use crate::mailbox::envelope::Envelope;
use crate::mailbox::queue::Waiting;
use crate::message::MessageOf;
use crate::raw::made;
use crate::reference::{Link, Strong};
use crate::rt::Arc;
use crate::timer::Token;

/// How much of tokio's cooperative budget it takes where it goes through the lock, as when a block is used up: so all of it goes in
/// a thousand tells or so, or in 32 that all go there.
const UNITS: u8 = 4;

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
    /// It is accepted, and others are to have the thread now.
    Accepted,
    InLine(InLine<A>),
    Over,
}

/// Leaves the line when it goes. Not the future itself does so: most of them never stand in one.
struct InLine<A> {
    place: Arc<Waiting<A>>,
    cell: Arc<Cell<A>>,
}

impl<A> Drop for InLine<A> {
    fn drop(&mut self) {
        drop(self.cell.queue.leave(&self.place));
    }
}

// The message and the link are only ever moved, never pinned.
impl<A, M: MessageOf<A>, L: Link<A>> Unpin for Tell<'_, A, M, L> {}

impl<'a, A, M: MessageOf<A>, L: Link<A>> Tell<'a, A, M, L> {
    #[inline]
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

    /// Always in its caller's code: so a message is never moved to be told.
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Step::Unsent(_) = this.step else { return this.poll_slowly(cx) };
        let Step::Unsent(message) = std::mem::replace(&mut this.step, Step::Over) else { unreachable!() };
        match this.link.get().cell().queue.push(M::lane(), |at| message.told_at(at)) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(make) => {
                let envelope = made(make);
                this.offer(envelope, cx)
            }
        }
    }
}

impl<A, M: MessageOf<A>, L: Link<A>> Tell<'_, A, M, L> {
    /// What is rarer than a message that finds room.
    #[cold]
    fn poll_slowly(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TellError<M>>> {
        match std::mem::replace(&mut self.step, Step::Over) {
            Step::Unsent(message) => self.offer(message.told(None), cx),
            Step::Revocable(message, token) => self.offer(message.told(Some(token)), cx),
            Step::Accepted => Poll::Ready(Ok(())),
            Step::InLine(line) => {
                let waited = line.place.poll(cx);
                if waited.is_pending() {
                    self.step = Step::InLine(line);
                }
                waited.map(|waited| admitted(waited).map_err(refused_tell))
            }
            Step::Over => panic!("a tell was polled after it had finished"),
        }
    }

    /// At the latest when a block of the mailbox is used up. Who tells all the time gives way there now and then, so that those
    /// who are told come to their turn; after the message has its place, so that nobody comes before it.
    #[cold]
    fn offer(&mut self, envelope: Envelope<A>, cx: &mut Context<'_>) -> Poll<Result<(), TellError<M>>> {
        let cell = self.link.get().cell();
        match cell.queue.offer_or_wait(envelope, cx) {
            Ok(offer) => cell.settle(offer).map_err(refused_tell)?,
            Err(place) => {
                self.step = Step::InLine(InLine { place, cell: cell.clone() });
                return Poll::Pending;
            }
        }
        for _ in 0..UNITS {
            match poll_proceed(cx) {
                Poll::Ready(budget) => budget.made_progress(),
                Poll::Pending => {
                    self.step = Step::Accepted;
                    return Poll::Pending;
                }
            }
        }
        Poll::Ready(Ok(()))
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
