//! What happens to actors, for whoever wants to know: the event stream and the log.
//!
//! Every event goes to the log through `tracing`, and to each [`Events`] subscription. Nobody who sends waits for a
//! subscriber: one that falls behind finds [`Event::Lagged`] where it missed something.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use tracing::Level;
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};

use crate::dead_letter::DeadLetter;
use crate::fence::fence;
use crate::identity::{ActorId, Path};
use crate::reason::{GaveUp, Panic, StopReason};
use crate::rt::atomic::{AtomicUsize, Ordering};
use crate::rt::{Arc, Mutex, Notify, Weak};

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
    /// A handler has not given its thread back for so long, and still does not: it computes, or waits without an `await`.
    ///
    /// It comes while that goes on, once for each time that the handler has its thread. Nothing is done about it: the actor's own messages wait, and so may
    /// whatever else that thread would run. Only a [`kill`](crate::ActorRef::kill) after which it still does not give its
    /// thread back makes it [`Stuck`](Event::Stuck).
    Blocking {
        /// Which actor.
        actor: Subject,
        /// Which incarnation.
        epoch: u64,
        /// The type of the message.
        message_type: &'static str,
        /// How long at least.
        elapsed: Duration,
    },
    /// A handler has been under way for so long since it first waited, and still is: its actor's other messages wait for it.
    ///
    /// It comes while that goes on, once for a message. Nothing is done about it.
    Waiting {
        /// Which actor.
        actor: Subject,
        /// Which incarnation.
        epoch: u64,
        /// The type of the message.
        message_type: &'static str,
        /// How long at least.
        elapsed: Duration,
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
        /// Where it was caught: `on_stop`, `drop`, `task` or `timer`.
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
            Self::Blocking { actor, message_type, elapsed, .. } => {
                write!(f, "{actor} has not given its thread back for {elapsed:?}, handling {message_type}")
            }
            Self::Waiting { actor, message_type, elapsed, .. } => {
                write!(f, "{actor} has been handling {message_type} for {elapsed:?}, and waits")
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
///
/// A list of its own and not a broadcast channel, because events may carry messages, whose destructors are foreign code:
/// nothing here is dropped under a lock.
#[derive(Default)]
pub(crate) struct Bus {
    subscribers: Mutex<Vec<Weak<Subscription>>>,
    /// How many there are, to be asked without the lock.
    count: AtomicUsize,
}

impl Bus {
    pub(crate) fn has_subscribers(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn subscribe(&self) -> Events {
        self.subscribe_within(BACKLOG)
    }

    /// A stream that keeps so many events for a subscriber that does not read them.
    pub(crate) fn subscribe_within(&self, backlog: usize) -> Events {
        let subscription =
            Arc::new(Subscription { most: backlog, backlog: Mutex::default(), filled: Notify::new() });
        let mut subscribers = self.subscribers.lock();
        subscribers.retain(|other| other.strong_count() > 0);
        subscribers.push(Arc::downgrade(&subscription));
        self.count.store(subscribers.len(), Ordering::Relaxed);
        Events(subscription)
    }

    /// Those who still listen; the others are forgotten.
    fn living(&self) -> Vec<Arc<Subscription>> {
        let mut subscribers = self.subscribers.lock();
        let living: Vec<_> = subscribers.iter().filter_map(Weak::upgrade).collect();
        if living.len() < subscribers.len() {
            subscribers.retain(|other| other.strong_count() > 0);
            self.count.store(subscribers.len(), Ordering::Relaxed);
        }
        living
    }

    /// Whether an event that the log has at this level reaches anybody. The log may still not want it.
    pub(crate) fn wants(&self, level: Level) -> bool {
        self.has_subscribers() || level <= STATIC_MAX_LEVEL && level <= LevelFilter::current()
    }

    pub(crate) fn emit(&self, event: Event) {
        // Subscribers of the log, and the errors that they print, are foreign code.
        let _ = fence(|| log(&event));
        if self.has_subscribers() {
            for subscriber in self.living() {
                subscriber.push(event.clone());
            }
        }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        for subscriber in self.living() {
            subscriber.close();
        }
    }
}

/// What one subscriber has not read yet.
#[derive(Debug)]
struct Subscription {
    most: usize,
    backlog: Mutex<Backlog>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Backlog {
    events: VecDeque<Event>,
    missed: u64,
    closed: bool,
}

impl Subscription {
    fn push(&self, event: Event) {
        let mut backlog = self.backlog.lock();
        let oldest = if backlog.events.len() < self.most { None } else { backlog.events.pop_front() };
        backlog.missed += u64::from(oldest.is_some());
        backlog.events.push_back(event);
        drop(backlog);
        drop(oldest);
        self.filled.notify_one();
    }

    fn close(&self) {
        self.backlog.lock().closed = true;
        self.filled.notify_one();
    }

    /// The next event, or `None` if there is none yet; in an `Err` there is none any more.
    fn pop(&self) -> Result<Option<Event>, Gone> {
        let mut backlog = self.backlog.lock();
        if backlog.missed > 0 {
            return Ok(Some(Event::Lagged(std::mem::take(&mut backlog.missed))));
        }
        let event = backlog.events.pop_front();
        if event.is_none() && backlog.closed { Err(Gone) } else { Ok(event) }
    }
}

/// The system is gone.
struct Gone;

/// The level of what happens all the time: that actors start and stop.
pub(crate) const QUIET: Level = Level::DEBUG;

/// That of dead letters.
pub(crate) const LETTERS: Level = Level::INFO;

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
        Event::Blocking { actor, epoch, message_type, elapsed } => {
            tracing::warn!(actor = %actor.path, id = %actor.id, epoch, message_type, ?elapsed, "handler blocks its thread");
        }
        Event::Waiting { actor, epoch, message_type, elapsed } => {
            tracing::warn!(actor = %actor.path, id = %actor.id, epoch, message_type, ?elapsed, "handler is under way for long");
        }
        Event::Unclaimed { actor, message_type, error } => {
            tracing::warn!(actor = %actor.path, id = %actor.id, message_type, error, "nobody waits for this error");
        }
        Event::DeadLetter(letter) => {
            tracing::event!(LETTERS, actor = %letter.actor.path, id = %letter.actor.id, message_type = letter.message_type, reason = %letter.reason, "dead letter");
        }
        Event::Started { actor, epoch } => {
            tracing::event!(QUIET, actor = %actor.path, id = %actor.id, epoch, "actor started")
        }
        Event::Stopped { actor, reason } => {
            tracing::event!(QUIET, actor = %actor.path, id = %actor.id, %reason, "actor stopped")
        }
        Event::Lagged(_) => {}
    }
}

/// A subscription to the events of a system, from the moment it was made.
#[derive(Debug)]
pub struct Events(Arc<Subscription>);

impl Events {
    /// The next event; `None` once the system is gone and all has been read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no event.
    pub async fn recv(&mut self) -> Option<Event> {
        loop {
            match self.0.pop() {
                Ok(None) => self.0.filled.notified().await,
                Ok(event) => return event,
                Err(Gone) => return None,
            }
        }
    }

    /// The next event if there is one now.
    pub fn try_recv(&mut self) -> Option<Event> {
        self.0.pop().ok().flatten()
    }
}
