//! Dead letters: messages that were accepted, or dropped by policy, and that nobody will handle.

use std::any::Any;
use std::fmt;

use crate::event::Subject;
use crate::reason::StopReason;
use crate::rt::{Arc, Mutex};

/// A message that nobody will handle. It comes as [`Event::DeadLetter`](crate::Event::DeadLetter).
///
/// The letter of a tell carries the message; that of an ask does not if its asker waits, since the asker has it back then.
#[derive(Clone)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Whom it was for.
    pub actor: Subject,
    /// The type of the message.
    pub message_type: &'static str,
    /// Why it is dead.
    pub reason: LetterReason,
    sender: Sender,
    payload: Option<Payload>,
}

/// What its sender knows of the loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    /// It has asked, and was told.
    Told,
    /// It has told, or it has gone: the letter is all there is.
    Unaware,
    /// The clock has sent it.
    Clock,
}

/// The message, for the first who takes it.
type Payload = Arc<Mutex<Option<Box<dyn Any + Send>>>>;

/// Why a message will not be handled.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LetterReason {
    /// The actor ended first.
    Stopped(StopReason),
    /// The mailbox was full, and its policy chose this message.
    Overflow,
    /// Its handler panicked: the message is consumed.
    Panicked,
    /// Its handler was cut short by a kill.
    Killed,
    /// The actor is stuck.
    Stuck,
}

impl DeadLetter {
    pub(crate) fn new(
        actor: Subject,
        message_type: &'static str,
        reason: LetterReason,
        sender: Sender,
        payload: Option<Box<dyn Any + Send>>,
    ) -> Self {
        Self {
            actor,
            message_type,
            reason,
            sender,
            payload: payload.map(|payload| Arc::new(Mutex::new(Some(payload)))),
        }
    }

    /// Whether the message was asked. Then its asker has been told; of any other message, the letter is all there is.
    #[must_use]
    pub fn was_asked(&self) -> bool {
        self.sender == Sender::Told
    }

    /// Whether somebody has sent it who does not know that it is lost.
    #[cfg(feature = "testing")]
    pub(crate) fn is_unnoticed(&self) -> bool {
        self.sender == Sender::Unaware
    }

    /// The message itself, if it was told and is an `M`. Only the first caller of all subscribers gets it.
    #[must_use]
    pub fn take<M: 'static>(&self) -> Option<M> {
        let mut slot = self.payload.as_ref()?.lock();
        match slot.take()?.downcast::<M>() {
            Ok(message) => Some(*message),
            Err(other) => {
                *slot = Some(other);
                None
            }
        }
    }
}

impl fmt::Debug for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetter")
            .field("actor", &self.actor)
            .field("message_type", &self.message_type)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dead letter for {}: {}: {}", self.actor, self.message_type, self.reason)
    }
}

impl fmt::Display for LetterReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped(reason) => write!(f, "the actor ended first: {reason}"),
            Self::Overflow => f.write_str("the mailbox was full"),
            Self::Panicked => f.write_str("its handler panicked"),
            Self::Killed => f.write_str("its handler was cut short"),
            Self::Stuck => f.write_str("the actor is stuck"),
        }
    }
}
