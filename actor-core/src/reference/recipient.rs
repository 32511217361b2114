//! A reference that knows the message and not the actor.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::ActorRef;
use crate::actor::Actor;
use crate::error::TellError;
use crate::identity::{ActorId, Path};
use crate::message::MessageOf;
use crate::rt::Arc;

/// A strong reference to some actor that handles `M`.
///
/// It belongs to the logical actor as an [`ActorRef`] does: it owns, and it is valid over restarts.
///
/// # Costs
///
/// Two pointers; `clone` is one atomic increment. A `tell` that finds no room allocates its wait.
pub struct Recipient<M>(Arc<dyn Receive<M>>);

trait Receive<M>: Send + Sync {
    fn id(&self) -> ActorId;
    fn path(&self) -> &Path;
    fn try_tell(&self, message: M) -> Result<(), TellError<M>>;
    fn waiting_tell(&self, message: M)
    -> Pin<Box<dyn Future<Output = Result<(), TellError<M>>> + Send + '_>>;
}

impl<A: Actor, M: MessageOf<A>> Receive<M> for ActorRef<A> {
    fn id(&self) -> ActorId {
        ActorRef::id(self)
    }

    fn path(&self) -> &Path {
        ActorRef::path(self)
    }

    fn try_tell(&self, message: M) -> Result<(), TellError<M>> {
        ActorRef::try_tell(self, message)
    }

    fn waiting_tell(
        &self,
        message: M,
    ) -> Pin<Box<dyn Future<Output = Result<(), TellError<M>>> + Send + '_>> {
        Box::pin(self.tell(message))
    }
}

impl<M: Send + 'static> Recipient<M> {
    pub(crate) fn new<A: Actor>(actor: ActorRef<A>) -> Self
    where
        M: MessageOf<A>,
    {
        Self(Arc::new(actor))
    }

    /// The id of the logical actor.
    #[must_use]
    pub fn id(&self) -> ActorId {
        self.0.id()
    }

    /// Where the actor stands in the tree.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Sends `message`, waiting for room.
    ///
    /// # Cancel safety
    ///
    /// As [`ActorRef::tell`].
    ///
    /// # Errors
    ///
    /// As [`ActorRef::tell`].
    pub async fn tell(&self, message: M) -> Result<(), TellError<M>> {
        match self.0.try_tell(message) {
            // There is no room, or others wait: stand in line behind them.
            Err(TellError::Full(message)) => self.0.waiting_tell(message.into_inner()).await,
            settled => settled,
        }
    }

    /// Sends `message` if there is room now.
    ///
    /// # Errors
    ///
    /// As [`ActorRef::try_tell`].
    pub fn try_tell(&self, message: M) -> Result<(), TellError<M>> {
        self.0.try_tell(message)
    }
}

impl<M> Clone for Recipient<M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<M> fmt::Debug for Recipient<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({}{})", self.0.path(), self.0.id())
    }
}

impl<M> PartialEq for Recipient<M> {
    fn eq(&self, other: &Self) -> bool {
        self.0.id() == other.0.id()
    }
}

impl<M> Eq for Recipient<M> {}
