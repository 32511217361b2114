//! What happens to actors, for whoever wants to know: the event stream and the log.
//!
//! Every event goes to the log through `tracing`, and to each [`Events`] subscription. Nobody who sends waits for a
//! subscriber: one that falls behind finds [`Event::Lagged`] where it missed something.

use std::fmt;
use std::time::Duration;

use crate::dead_letter::DeadLetter;
use crate::identity::{ActorId, Path};
use crate::reason::{GaveUp, Panic, StopReason};
use crate::rt::broadcast;

/// How many events a subscriber may fall behind: enough for the end of a large tree, some 100 KiB.
const BACKLOG: usize = 1_024;

/// Which actor an event is about.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Subject {
    /// Its id.
    pub id: ActorId,
    /// Its path.
    pub path: Path,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.path, self.id)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.fmt(f)
    }
}

/// Something that happened to an actor.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// An incarnation lives: its `on_start` has succeeded.
    Started {
        /// Which actor.
        actor: Subject,
        /// 1 for the first incarnation, one more after each restart.
        epoch: u64,
    },
    /// An incarnation ended by a failure of its own.
    Crashed {
        /// Which actor.
        actor: Subject,
        /// Which incarnation.
        epoch: u64,
        /// What went wrong.
        reason: StopReason,
    },
    /// A supervisor is going to start the next incarnation.
    Restarting {
        /// Which actor.
        actor: Subject,
        /// Why the last incarnation ended.
        reason: StopReason,
        /// How long it waits before.
        delay: Duration,
    },
    /// A logical actor has ended, for good.
    Stopped {
        /// Which actor.
        actor: Subject,
        /// Why.
        reason: StopReason,
    },
    /// A killed handler does not give its thread back. Its mail is reported and everybody else goes on without it.
    Stuck {
        /// Which actor.
        actor: Subject,
        /// Which incarnation.
        epoch: u64,
    },
    /// A supervisor restarted too often and ends.
    GaveUp {
        /// The supervisor.
        actor: Subject,
        /// Whose failure was one too many.
        cause: GaveUp,
    },
    /// A panic in a destructor, in `on_stop` or in a task that an actor had spawned.
    Panicked {
        /// Which actor.
        actor: Subject,
        /// Where it was caught: `on_stop`, `drop` or `task`.
        place: &'static str,
        /// The panic.
        panic: Panic,
    },
    /// A handler answered a tell with an `Err` that nobody waits for.
    Unclaimed {
        /// Which actor.
        actor: Subject,
        /// The type of the message.
        message_type: &'static str,
        /// The error, as text.
        error: String,
    },
    /// A message was accepted, or dropped by its mailbox's policy, and will not be handled.
    DeadLetter(DeadLetter),
    /// This subscriber was too slow and has missed so many events.
    Lagged(u64),
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started { actor, epoch: 1 } => write!(f, "{actor} started"),
            Self::Started { actor, epoch } => write!(f, "{actor} started again (epoch {epoch})"),
            Self::Crashed { actor, reason, .. } => write!(f, "{actor} crashed: {reason}"),
            Self::Restarting { actor, delay: Duration::ZERO, reason } => {
                write!(f, "{actor} is restarting, having ended: {reason}")
            }
            Self::Restarting { actor, delay, reason } => {
                write!(f, "{actor} is restarting in {delay:?}, having ended: {reason}")
            }
            Self::Stopped { actor, reason } => write!(f, "{actor} stopped: {reason}"),
            Self::Stuck { actor, .. } => {
                write!(f, "{actor} is stuck: its handler does not give its thread back")
            }
            Self::GaveUp { actor, cause } => write!(f, "{actor} {cause}"),
            Self::Panicked { actor, place, panic } => write!(f, "{actor} {panic} (in {place})"),
            Self::Unclaimed { actor, message_type, error } => {
                write!(f, "{actor} answered {message_type} with an error that nobody waits for: {error}")
            }
            Self::DeadLetter(letter) => letter.fmt(f),
            Self::Lagged(missed) => write!(f, "{missed} events were missed"),
        }
    }
}

/// Where events come from.
pub(crate) struct Bus(broadcast::Sender<Event>);

impl Bus {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }

    pub(crate) fn has_subscribers(&self) -> bool {
        self.0.receiver_count() > 0
    }

    pub(crate) fn subscribe(&self) -> Events {
        Events(self.0.subscribe())
    }

    pub(crate) fn emit(&self, event: Event) {
        log(&event);
        // Nobody listening is no failure.
        let _ = self.0.send(event);
    }
}

/// One level for each kind: what a person must look at is `error`, what was repaired `warn`, the rest `info` or below.
fn log(event: &Event) {
    match event {
        Event::Crashed { actor, epoch, reason } => {
            let message_type = match reason {
                StopReason::Panicked(panic) => panic.message_type,
                _ => None,
            };
            tracing::error!(actor = %actor.path, id = %actor.id, epoch, message_type, %reason, "actor crashed");
        }
        Event::Stuck { actor, epoch } => {
            tracing::error!(actor = %actor.path, id = %actor.id, epoch, "actor is stuck: its handler does not give its thread back");
        }
        Event::GaveUp { actor, cause } => {
            tracing::error!(actor = %actor.path, id = %actor.id, %cause, "supervisor gave up");
        }
        Event::Panicked { actor, place, panic } => {
            tracing::error!(actor = %actor.path, id = %actor.id, place, %panic, "panic was contained");
        }
        Event::Restarting { actor, reason, delay } => {
            tracing::warn!(actor = %actor.path, id = %actor.id, %reason, ?delay, "actor is restarting");
        }
        Event::Unclaimed { actor, message_type, error } => {
            tracing::warn!(actor = %actor.path, id = %actor.id, message_type, error, "nobody waits for this error");
        }
        Event::DeadLetter(letter) => {
            tracing::info!(actor = %letter.actor.path, id = %letter.actor.id, message_type = letter.message_type, reason = %letter.reason, "dead letter");
        }
        Event::Started { actor, epoch } => {
            tracing::debug!(actor = %actor.path, id = %actor.id, epoch, "actor started")
        }
        Event::Stopped { actor, reason } => {
            tracing::debug!(actor = %actor.path, id = %actor.id, %reason, "actor stopped")
        }
        Event::Lagged(_) => {}
    }
}

/// A subscription to the events of a system, from the moment it was made.
#[derive(Debug)]
pub struct Events(broadcast::Receiver<Event>);

impl Events {
    /// The next event; `None` once the system is gone and all has been read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no event.
    pub async fn recv(&mut self) -> Option<Event> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(Event::Lagged(missed)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// The next event if there is one now.
    pub fn try_recv(&mut self) -> Option<Event> {
        match self.0.try_recv() {
            Ok(event) => Some(event),
            Err(broadcast::error::TryRecvError::Lagged(missed)) => Some(Event::Lagged(missed)),
            Err(broadcast::error::TryRecvError::Empty | broadcast::error::TryRecvError::Closed) => None,
        }
    }
}
