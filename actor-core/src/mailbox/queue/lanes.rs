//! Two lanes, each first in first out: the room that they share, whose turn it is, and the deques of the plain queue.
//!
//! ```text
//!   high    [ own room | ... ]──┐  up to 8 in a row
//!                      shared   ├──► run loop
//!   normal  [ ................ ]┘  then one of these, if there is one
//! ```
//!
//! High messages fill the room of their own first, and share the rest. So a flood of normal mail never keeps a high message
//! out altogether, and what waits is never more than the capacity and an eighth of it.
//!
//! Invariant: `charged` counts what takes room in the normal lane, which is all but the notices; there are none in the high
//! lane.

#[cfg(any(test, plain_queue))]
use std::collections::VecDeque;

use crate::mailbox::Lane;
#[cfg(any(test, plain_queue))]
use crate::mailbox::envelope::Envelope;

/// How many high messages may be taken in a row while normal mail waits: enough to let a burst of them pass at once, few
/// enough that a flood of them leaves every ninth turn to the rest.
const IN_A_ROW: u8 = 8;

/// One place in so many is added for the high lane alone: urgent mail is rare, or it is not urgent.
const OWN_SHARE: usize = 8;

/// The room of both lanes.
#[derive(Clone, Copy)]
pub(super) struct Room {
    /// Without what is the high lane's own.
    pub(super) shared: usize,
}

impl Room {
    /// What is the high lane's own.
    pub(super) fn own(self) -> usize {
        (self.shared / OWN_SHARE).max(1)
    }

    /// Whether one more can be accepted in `lane`, with so many in both.
    pub(super) fn is_there(self, lane: Lane, normal: usize, high: usize) -> bool {
        let sharing = normal + high.saturating_sub(self.own());
        sharing < self.shared || lane == Lane::High && high < self.own()
    }
}

/// High messages that were taken in a row while normal mail waited.
#[derive(Clone, Copy, Default)]
pub(super) struct Turns(u8);

impl Turns {
    /// Whether a high message is next, or else a normal one. That is how it will be.
    pub(super) fn is_high(&mut self, high_waits: bool, normal_waits: bool) -> bool {
        let is_high = high_waits && !(normal_waits && self.0 >= IN_A_ROW);
        self.0 = if is_high && normal_waits { self.0 + 1 } else { 0 };
        is_high
    }

    /// Whether the normal lane has a claim to a turn.
    pub(super) fn owes(&self) -> bool {
        self.0 > 0
    }
}

#[cfg(any(test, plain_queue))]
pub(super) struct Lanes<A> {
    normal: VecDeque<Envelope<A>>,
    high: VecDeque<Envelope<A>>,
    charged: usize,
    turns: Turns,
    room: Room,
}

#[cfg(any(test, plain_queue))]
impl<A> Lanes<A> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            normal: VecDeque::new(),
            high: VecDeque::new(),
            charged: 0,
            turns: Turns::default(),
            room: Room { shared: capacity },
        }
    }

    /// Whether a message in this lane can be accepted.
    pub(super) fn has_room(&self, lane: Lane) -> bool {
        self.room.is_there(lane, self.charged, self.high.len())
    }

    /// Appends a message to its lane. A notice needs no room; for any other the caller has looked.
    pub(super) fn push(&mut self, envelope: Envelope<A>) {
        match envelope.lane() {
            Lane::Normal => {
                self.charged += usize::from(!envelope.is_notice());
                self.normal.push_back(envelope);
            }
            Lane::High => self.high.push_back(envelope),
        }
    }

    /// The next message to handle.
    pub(super) fn pop(&mut self) -> Option<Envelope<A>> {
        if self.turns.is_high(!self.high.is_empty(), !self.normal.is_empty()) {
            return self.high.pop_front();
        }
        let envelope = self.normal.pop_front()?;
        self.charged -= usize::from(!envelope.is_notice());
        Some(envelope)
    }

    /// Takes out what has to go for a newcomer: the normal message that has waited longest. A high message pushes out a high
    /// one only if there is no other; a normal one never does, so that it may be the newcomer itself that has to go.
    pub(super) fn evict_for(&mut self, lane: Lane) -> Option<Envelope<A>> {
        let oldest = self.normal.iter().position(|envelope| !envelope.is_notice());
        if let Some(evicted) = oldest.and_then(|at| self.normal.remove(at)) {
            self.charged -= 1;
            return Some(evicted);
        }
        if lane == Lane::High { self.high.pop_front() } else { None }
    }

    /// Takes everything out: the high lane in its order, then the normal one in its.
    pub(super) fn take(&mut self) -> Vec<Envelope<A>> {
        self.charged = 0;
        self.turns = Turns::default();
        let mut all: Vec<_> = std::mem::take(&mut self.high).into();
        all.extend(std::mem::take(&mut self.normal));
        all
    }

    /// How many take room.
    pub(super) fn charged(&self) -> usize {
        self.charged + self.high.len()
    }

    #[cfg(all(plain_queue, feature = "testing"))]
    pub(super) fn is_empty(&self) -> bool {
        self.normal.is_empty() && self.high.is_empty()
    }
}
