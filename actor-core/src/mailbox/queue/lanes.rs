//! What was accepted: two lanes, each first in first out, and the room that they share.
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

use std::collections::VecDeque;

use super::super::Lane;
use super::super::envelope::Envelope;

/// How many high messages may be taken in a row while normal mail waits: enough to let a burst of them pass at once, few
/// enough that a flood of them leaves every ninth turn to the rest.
const IN_A_ROW: u8 = 8;

/// One place in so many is added for the high lane alone: urgent mail is rare, or it is not urgent.
const OWN_SHARE: usize = 8;

pub(super) struct Lanes<A> {
    normal: VecDeque<Envelope<A>>,
    high: VecDeque<Envelope<A>>,
    charged: usize,
    /// High messages that were taken in a row while normal mail waited.
    in_a_row: u8,
    /// The room that both lanes share, and that of the high lane alone.
    shared: usize,
    own: usize,
}

impl<A> Lanes<A> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            normal: VecDeque::new(),
            high: VecDeque::new(),
            charged: 0,
            in_a_row: 0,
            shared: capacity,
            own: (capacity / OWN_SHARE).max(1),
        }
    }

    /// Whether a message in this lane can be accepted.
    pub(super) fn has_room(&self, lane: Lane) -> bool {
        let sharing = self.charged + self.high.len().saturating_sub(self.own);
        sharing < self.shared || lane == Lane::High && self.high.len() < self.own
    }

    /// Appends a message to its lane. A notice needs no room; for any other the caller has looked.
    #[inline]
    pub(super) fn push(&mut self, envelope: Envelope<A>) {
        match envelope.lane() {
            Lane::Normal => {
                self.charged += usize::from(!envelope.is_notice());
                self.normal.push_back(envelope);
            }
            Lane::High => self.high.push_back(envelope),
        }
    }

    /// The same for a message whose lane the caller knows, and that is no notice.
    #[inline]
    pub(super) fn push_message(&mut self, lane: Lane, message: Envelope<A>) {
        debug_assert!(message.lane() == lane && !message.is_notice());
        match lane {
            Lane::Normal => {
                self.charged += 1;
                self.normal.push_back(message);
            }
            Lane::High => self.high.push_back(message),
        }
    }

    /// The next message to handle.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Envelope<A>> {
        let normal_waits = !self.normal.is_empty();
        if normal_waits && self.in_a_row >= IN_A_ROW || self.high.is_empty() {
            self.in_a_row = 0;
            let envelope = self.normal.pop_front()?;
            self.charged -= usize::from(!envelope.is_notice());
            return Some(envelope);
        }
        self.in_a_row = if normal_waits { self.in_a_row + 1 } else { 0 };
        self.high.pop_front()
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
        self.in_a_row = 0;
        let mut all: Vec<_> = std::mem::take(&mut self.high).into();
        all.extend(std::mem::take(&mut self.normal));
        all
    }

    /// How many take room.
    pub(super) fn charged(&self) -> usize {
        self.charged + self.high.len()
    }

    #[cfg(feature = "testing")]
    pub(super) fn is_empty(&self) -> bool {
        self.normal.is_empty() && self.high.is_empty()
    }
}
