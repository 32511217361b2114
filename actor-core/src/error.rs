//! What can go wrong between a sender and an actor, and whether the actor saw the message.
//!
//! One type for each operation. All of them are `Send + Sync + 'static` whatever the message is, and none needs the
//! message to be `Debug`: a message that comes back is wrapped in [`Returned`].

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::identity::short_type_name;
use crate::reason::{Panic, StopReason};
use crate::rt::Mutex;

/// A message that comes back to its sender, because the actor will never see it.
///
/// Its `Debug` shows the type and hides the content.
pub struct Returned<M>(Mutex<M>);

impl<M> Returned<M> {
    pub(crate) fn new(message: M) -> Self {
        // A lock around the message makes the error `Sync` when the message is not, at no cost that matters here.
        Self(Mutex::new(message))
    }

    /// The message itself.
    #[must_use]
    pub fn into_inner(self) -> M {
        self.0.into_inner()
    }
}

impl<M> fmt::Debug for Returned<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(..)", short_type_name::<M>())
    }
}

/// Why a tell was not accepted. The message was not seen by the actor and is in the error.
#[non_exhaustive]
pub enum TellError<M> {
    /// The mailbox has no room: from `try_tell`, or from a mailbox with [`Overflow::Fail`](crate::Overflow::Fail).
    Full(Returned<M>),
    /// The actor accepts no more mail.
    Closed(Returned<M>, StopReason),
}

impl<M> TellError<M> {
    /// The message, back.
    #[must_use]
    pub fn into_message(self) -> M {
        match self {
            Self::Full(message) | Self::Closed(message, _) => message.into_inner(),
        }
    }
}

impl<M> fmt::Debug for TellError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(message) => f.debug_tuple("Full").field(message).finish(),
            Self::Closed(message, reason) => f.debug_tuple("Closed").field(message).field(reason).finish(),
        }
    }
}

impl<M> fmt::Display for TellError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = short_type_name::<M>();
        match self {
            Self::Full(_) => write!(f, "{message} was not sent: the mailbox is full"),
            Self::Closed(_, reason) => write!(f, "{message} was not sent: the actor has stopped: {reason}"),
        }
    }
}

impl<M> Error for TellError<M> {}

/// Why an ask has no reply.
#[non_exhaustive]
pub enum AskError<M> {
    /// The actor did not see the message and never will; here it is.
    Undelivered(Returned<M>, Undelivered),
    /// A handler took the message and did not answer. Whatever it had done by then is done.
    Unanswered(Unanswered),
    /// The time was over. In the phases `Admission` and `Queued` the message will never be handled; in `Running` the
    /// handler goes on.
    Timeout {
        /// How far the message had come.
        phase: Phase,
        /// The timeout that was in force.
        after: Duration,
    },
}

/// Why a message never reached its handler.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Undelivered {
    /// The actor accepts no more mail, or ended with this message still in its mailbox.
    Closed(StopReason),
    /// The mailbox had no room, and its policy is to fail.
    Full,
    /// The mailbox had no room, and its policy chose this message to be dropped.
    Overflow,
}

/// Why a handler that took a message did not answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Unanswered {
    /// The handler panicked.
    Panicked(Panic),
    /// The handler was cut short: the actor was killed, or its runtime ended.
    Killed,
}

/// How far a message had come when its asker's time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It was waiting for room in the mailbox, or the time was over before it could be sent.
    Admission,
    /// It was waiting in the mailbox.
    Queued,
    /// Its handler had started.
    Running,
}

impl<M> AskError<M> {
    /// Whether it is certain that no handler has seen the message, nor ever will: then asking again does nothing twice.
    #[must_use]
    pub fn is_unhandled(&self) -> bool {
        match self {
            Self::Undelivered(..) => true,
            Self::Unanswered(_) => false,
            Self::Timeout { phase, .. } => *phase != Phase::Running,
        }
    }

    /// The message, back, if the actor did not see it.
    #[must_use]
    pub fn into_message(self) -> Option<M> {
        match self {
            Self::Undelivered(message, _) => Some(message.into_inner()),
            Self::Unanswered(_) | Self::Timeout { .. } => None,
        }
    }
}

impl<M> fmt::Debug for AskError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undelivered(message, why) => {
                f.debug_tuple("Undelivered").field(message).field(why).finish()
            }
            Self::Unanswered(why) => f.debug_tuple("Unanswered").field(why).finish(),
            Self::Timeout { phase, after } => {
                f.debug_struct("Timeout").field("phase", phase).field("after", after).finish()
            }
        }
    }
}

impl<M> fmt::Display for AskError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = short_type_name::<M>();
        match self {
            Self::Undelivered(_, why) => write!(f, "{message} was not delivered: {why}"),
            Self::Unanswered(why) => write!(f, "{message} was not answered: {why}"),
            Self::Timeout { phase, after } => write!(f, "no answer to {message} within {after:?}: {phase}"),
        }
    }
}

impl<M> Error for AskError<M> {}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(reason) => write!(f, "the actor has stopped: {reason}"),
            Self::Full => f.write_str("the mailbox is full"),
            Self::Overflow => f.write_str("the mailbox overflowed and dropped it"),
        }
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(panic) => write!(f, "the handler {panic}"),
            Self::Killed => f.write_str("the handler was cut short"),
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Admission => "it was not in the mailbox yet and will not be handled",
            Self::Queued => "it waited in the mailbox and will not be handled",
            Self::Running => "its handler has started and goes on",
        })
    }
}
