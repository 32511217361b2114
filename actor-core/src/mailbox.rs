//! The mailbox: where messages wait for their actor.
//!
//! [`Mailbox`] is what a user chooses: how many messages may wait, and what happens when that is not enough. The queue
//! behind it is in [`queue`]; everybody else in this crate talks to that file only, so that its reference can take its
//! place.
//!
//! ```text
//!   tell ──► gate ──► [ high lane   ] ──► run loop ──► handler
//!              │  └──► [ normal lane ] ──┘
//!              │           ▲
//!              └► waiting ─┘ moves up by itself as soon as a message leaves
//!   orders (drain, stop, kill) pass beside all of it
//! ```
//!
//! Guarantees: first in, first out in each lane; a sender that waits keeps its place; what was accepted leaves through the handler or
//! through the caller of [`queue::Queue::close`], never by itself; orders are seen before the next message and are never
//! refused.

pub(crate) mod envelope;
pub(crate) mod queue;

/// How many messages wait for an actor unless it says otherwise. Large enough that a burst does not stall its senders,
/// small enough that a stuck actor is noticed by them before memory is.
pub(crate) const DEFAULT_CAPACITY: usize = 1_024;

/// How many messages may wait for an actor, and what happens to one that finds no room.
///
/// The default is `Mailbox::bounded(1_024)` with [`Overflow::Wait`]. Both lanes share that room, and [`Lane::High`] has some
/// of its own beside it.
///
/// # Examples
///
/// ```
/// use actor_core::{Mailbox, Overflow};
///
/// let samples = Mailbox::bounded(64).overflow(Overflow::DropOldest);
/// assert_eq!(samples.capacity(), Some(64));
/// assert_eq!(Mailbox::unbounded().capacity(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Mailbox {
    capacity: usize,
    overflow: Overflow,
}

impl Mailbox {
    /// Room for `capacity` messages, and for an eighth as many high ones, one at least.
    ///
    /// # Panics
    ///
    /// If `capacity` is 0: such an actor could never be told anything.
    #[track_caller]
    pub const fn bounded(capacity: usize) -> Self {
        assert!(capacity > 0, "a mailbox needs room for at least one message");
        Self { capacity, overflow: Overflow::Wait }
    }

    /// No limit: a sender that is faster than the actor fills the memory. Right for an actor whose senders are limited
    /// by something else.
    pub const fn unbounded() -> Self {
        Self { capacity: usize::MAX, overflow: Overflow::Wait }
    }

    /// What happens to a message that finds no room.
    pub const fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How many messages may wait, without the own room of the high lane; `None` if there is no limit.
    #[must_use]
    pub const fn capacity(&self) -> Option<usize> {
        if self.capacity == usize::MAX { None } else { Some(self.capacity) }
    }
}

impl Default for Mailbox {
    fn default() -> Self {
        Self::bounded(DEFAULT_CAPACITY)
    }
}

/// The lane of a mailbox that a message travels in. Its [handler](crate::Handler::LANE) says which, so it is the same however
/// the message is sent.
///
/// # Ordering
///
/// Each lane is first in, first out. High messages are taken first, but at most 8 in a row while normal mail waits; one whose
/// asker has gone has its turn like any other. `Down` and the ticks of timers travel in the normal lane. Orders (`stop`,
/// `kill` and what a supervisor wants) need no lane: they come before every message.
///
/// # Room
///
/// Both lanes share the mailbox's capacity. The high lane has an eighth as much beside it, one place at least, which it fills
/// first. So normal mail cannot keep high mail out. Where senders wait, shared room goes to whoever came first, so high mail
/// cannot keep normal mail out either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[doc(alias = "priority")]
#[non_exhaustive]
pub enum Lane {
    /// For everything that has no reason to go first.
    #[default]
    Normal,
    /// For what must not wait behind a backlog: a cancellation, a question after the actor's health.
    High,
}

/// What happens to a message that finds no room in its lane. Every message that is dropped is reported as a dead letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// Its sender waits, in order of arrival, until there is room. `try_tell` fails with `Full` instead.
    #[default]
    Wait,
    /// The send fails with `Full`, and the sender has its message back.
    Fail,
    /// The message is dropped; a tell succeeds all the same, an ask fails with `Undelivered`.
    DropNewest,
    /// The normal message that has waited longest is dropped to make room; if it was an ask, its asker hears of it. Where
    /// only high ones are left, the oldest of them goes for another high one, and a normal newcomer is dropped itself.
    DropOldest,
}
