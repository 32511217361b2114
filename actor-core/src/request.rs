//! One request with several ends: `.await` asks, `.tell()` and `.try_tell()` send without waiting for the reply.
//!
//! The futures are named types and nothing in them is boxed. They borrow the reference; [`Request::owned`] ends that.

use std::future::IntoFuture;
use std::marker::PhantomData;
use std::time::Duration;

use self::tell::refused_tell;
use crate::cell::Refused;
use crate::error::{AskError, TellError};
use crate::mailbox::queue::Waited;
use crate::message::MessageOf;
use crate::reference::{Link, Strong};

mod ask;
mod tell;

pub use self::ask::Ask;
pub use self::tell::Tell;

/// A message for an actor that is not sent yet. Await it to ask.
#[must_use = "a request does nothing by itself: `.await` it to ask, or `.tell().await` it to send it only"]
pub struct Request<'a, A, M, L: Clone = Strong<A>> {
    link: Held<'a, L>,
    message: M,
    timeout: Option<Duration>,
    actor: PhantomData<fn() -> A>,
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
    pub(crate) fn new(link: &'a L, message: M) -> Self {
        Self { link: Held::Borrowed(link), message, timeout: None, actor: PhantomData }
    }
}

impl<'a, A, M: MessageOf<A>, L: Link<A>> Request<'a, A, M, L> {
    /// Waits for the reply for exactly `timeout`, counted from the first poll, instead of the default.
    ///
    /// # Panics
    ///
    /// When it is polled outside a tokio runtime with a clock. Nothing has been sent then.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same request with a hold of its own on the actor, so that it can be moved into a task.
    pub fn owned<'b>(self) -> Request<'b, A, M, L> {
        Request { link: self.link.owned(), message: self.message, timeout: self.timeout, actor: self.actor }
    }

    /// Sends the message without waiting for a reply; see [`ActorRef::tell`](crate::ActorRef::tell).
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
        cell.settle(cell.queue.offer(self.message.told())).map_err(refused_tell)
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
        Ask::new(self.link, self.message, self.timeout)
    }
}

fn admitted<A>(waited: Waited<A>) -> Result<(), Refused<A>> {
    match waited {
        Waited::Accepted => Ok(()),
        Waited::Closed(envelope, reason) => Err(Refused { envelope, closed: Some(reason) }),
    }
}
