//! Senders that wait for room, each in the line of its message's lane.
//!
//! Room that is free for both goes to whoever came first, whichever the lane: so a flood of high messages, which would be
//! served first, does not keep a normal sender outside for ever.

use std::collections::VecDeque;
use std::task::Waker;

use super::super::Lane;
use super::super::envelope::Envelope;
use crate::reason::StopReason;
use crate::rt::{Arc, Mutex};

/// A sender's place in the line. It holds the message, so that the message moves up without its sender being polled.
pub(crate) struct Waiting<A>(pub(super) Mutex<Place<A>>);

pub(super) enum Place<A> {
    InLine(Envelope<A>, Waker),
    Accepted,
    Refused(Envelope<A>, StopReason),
    Left,
}

/// Each place with the number of its arrival.
pub(super) struct Line<A> {
    normal: VecDeque<(u64, Arc<Waiting<A>>)>,
    high: VecDeque<(u64, Arc<Waiting<A>>)>,
    next: u64,
}

impl<A> Waiting<A> {
    pub(super) fn new(envelope: Envelope<A>, waker: Waker) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Place::InLine(envelope, waker))))
    }
}

impl<A> Line<A> {
    pub(super) fn new() -> Self {
        Self { normal: VecDeque::new(), high: VecDeque::new(), next: 0 }
    }

    pub(super) fn is_empty(&self, lane: Lane) -> bool {
        match lane {
            Lane::Normal => self.normal.is_empty(),
            Lane::High => self.high.is_empty(),
        }
    }

    pub(super) fn push(&mut self, lane: Lane, place: Arc<Waiting<A>>) {
        let number = self.next;
        self.next += 1;
        match lane {
            Lane::Normal => self.normal.push_back((number, place)),
            Lane::High => self.high.push_back((number, place)),
        }
    }

    /// Whoever came first of those whose lane has room.
    pub(super) fn pop(&mut self, has_room: impl Fn(Lane) -> bool) -> Option<Arc<Waiting<A>>> {
        let first = |line: &VecDeque<(u64, _)>, lane| {
            line.front().map(|(number, _)| *number).filter(|_| has_room(lane))
        };
        let line = match (first(&self.normal, Lane::Normal), first(&self.high, Lane::High)) {
            (Some(normal), Some(high)) if high < normal => &mut self.high,
            (Some(_), _) => &mut self.normal,
            (None, Some(_)) => &mut self.high,
            (None, None) => return None,
        };
        line.pop_front().map(|(_, place)| place)
    }

    /// Takes a place out, if it is still there.
    pub(super) fn remove(&mut self, place: &Arc<Waiting<A>>) {
        for line in [&mut self.normal, &mut self.high] {
            if let Some(at) = line.iter().position(|(_, other)| Arc::ptr_eq(other, place)) {
                line.remove(at);
            }
        }
    }

    /// Sends everybody away.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Arc<Waiting<A>>> + use<'_, A> {
        self.normal.drain(..).chain(self.high.drain(..)).map(|(_, place)| place)
    }
}
