//! What a queue says: to senders, to those in line, to the run loop.

use std::task::Waker;

use crate::fence;
use crate::mailbox::envelope::Envelope;
use crate::reason::StopReason;

/// What became of an envelope that was offered.
pub(crate) enum Offer<A> {
    Accepted,
    /// Accepted, and this older one had to go.
    Evicted(Envelope<A>),
    /// Dropped by [`Overflow::DropNewest`], or by [`Overflow::DropOldest`] if there is none that may go in its place.
    Dropped(Envelope<A>),
    /// There is no room, and the policy is to say so or to wait.
    Full(Envelope<A>),
    Closed(Envelope<A>, StopReason),
}

/// What a sender that waits may find.
pub(crate) enum Waited<A> {
    Accepted,
    Closed(Envelope<A>, StopReason),
}

/// What the run loop is to do next.
pub(crate) enum Next<A, T> {
    /// What the caller has made of the next message, which still lay in the queue.
    Message(T),
    /// The next message, which has been taken out: that is rarer.
    Taken(Envelope<A>),
    /// Asked to drain, and nothing is left.
    Drained,
    /// Asked to end without handling the rest.
    Alarm,
}

/// Who is to be woken, once no lock is held.
#[derive(Default)]
#[must_use]
pub(crate) struct Called {
    /// The run loop.
    pub(crate) own: Option<Waker>,
    /// Senders that stood in line.
    pub(crate) line: Vec<Waker>,
}

impl Called {
    pub(crate) fn wake(self) {
        wake(self.own);
        self.line.into_iter().for_each(fence::wake);
    }
}

/// To be called once no lock is held.
pub(super) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        fence::wake(waker);
    }
}
