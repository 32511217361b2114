//! Senders that wait for room, each in the line of its message's lane.
//!
//! Room that is free for both goes to whoever came first, whichever the lane: so a flood of high messages, which would be
//! served first, does not keep a normal sender outside for ever.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use super::outcome::Waited;
use crate::mailbox::Lane;
use crate::mailbox::envelope::Envelope;
use crate::reason::StopReason;
use crate::rt::{Arc, Mutex};

/// A sender's place in the line. It holds the message, so that the message moves up without its sender being polled.
pub(crate) struct Waiting<A>(Mutex<Place<A>>);

enum Place<A> {
    InLine(Envelope<A>, Waker),
    Accepted,
    Refused(Envelope<A>, StopReason),
    Left,
}

/// Made for the first who waits: most actors have room for everybody.
pub(super) struct Line<A>(Option<Box<Lines<A>>>);

/// Each place with the number of its arrival.
struct Lines<A> {
    normal: VecDeque<(u64, Arc<Waiting<A>>)>,
    high: VecDeque<(u64, Arc<Waiting<A>>)>,
    next: u64,
}

impl<A> Waiting<A> {
    pub(super) fn new(envelope: Envelope<A>, waker: Waker) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Place::InLine(envelope, waker))))
    }

    /// For the sender: what has become of its message.
    pub(crate) fn poll(&self, cx: &Context<'_>) -> Poll<Waited<A>> {
        // Wakers are foreign code: cloned before the lock, dropped after it.
        let waker = cx.waker().clone();
        let mut place = self.0.lock();
        if let Place::InLine(_, kept) = &mut *place {
            let former = std::mem::replace(kept, waker);
            drop(place);
            drop(former);
            return Poll::Pending;
        }
        match std::mem::replace(&mut *place, Place::Left) {
            Place::Refused(envelope, reason) => Poll::Ready(Waited::Closed(envelope, reason)),
            Place::InLine(..) | Place::Accepted | Place::Left => Poll::Ready(Waited::Accepted),
        }
    }

    /// The message moves up. To be called once, in line; the waker once no lock is held.
    pub(super) fn admit(&self) -> Option<(Envelope<A>, Waker)> {
        match std::mem::replace(&mut *self.0.lock(), Place::Accepted) {
            Place::InLine(envelope, waker) => Some((envelope, waker)),
            _ => {
                debug_assert!(false, "only those in line stand in the line");
                None
            }
        }
    }

    /// The sender gets the message back. As above.
    pub(super) fn refuse(&self, reason: &StopReason) -> Option<Waker> {
        let mut place = self.0.lock();
        let Place::InLine(envelope, waker) = std::mem::replace(&mut *place, Place::Left) else { return None };
        *place = Place::Refused(envelope, reason.clone());
        Some(waker)
    }

    /// The sender has gone. `Some` holds what had not been accepted.
    pub(super) fn leave(&self) -> Option<Envelope<A>> {
        match std::mem::replace(&mut *self.0.lock(), Place::Left) {
            Place::InLine(envelope, _) | Place::Refused(envelope, _) => Some(envelope),
            Place::Accepted | Place::Left => None,
        }
    }
}

impl<A> Line<A> {
    pub(super) fn new() -> Self {
        Self(None)
    }

    pub(super) fn is_empty(&self, lane: Lane) -> bool {
        self.0.as_ref().is_none_or(|lines| match lane {
            Lane::Normal => lines.normal.is_empty(),
            Lane::High => lines.high.is_empty(),
        })
    }

    pub(super) fn push(&mut self, lane: Lane, place: Arc<Waiting<A>>) {
        let new = || Box::new(Lines { normal: VecDeque::new(), high: VecDeque::new(), next: 0 });
        let lines = self.0.get_or_insert_with(new);
        let number = lines.next;
        lines.next += 1;
        match lane {
            Lane::Normal => lines.normal.push_back((number, place)),
            Lane::High => lines.high.push_back((number, place)),
        }
    }

    /// Whoever came first of those whose lane has room.
    pub(super) fn pop(&mut self, has_room: impl Fn(Lane) -> bool) -> Option<Arc<Waiting<A>>> {
        let first = |line: &VecDeque<(u64, _)>, lane| {
            line.front().map(|(number, _)| *number).filter(|_| has_room(lane))
        };
        let Lines { normal, high, .. } = &mut **self.0.as_mut()?;
        let line = match (first(normal, Lane::Normal), first(high, Lane::High)) {
            (Some(at_normal), Some(at_high)) if at_high < at_normal => high,
            (Some(_), _) => normal,
            (None, Some(_)) => high,
            (None, None) => return None,
        };
        line.pop_front().map(|(_, place)| place)
    }

    /// Takes a place out, if it is still there.
    pub(super) fn remove(&mut self, place: &Arc<Waiting<A>>) {
        let Some(lines) = &mut self.0 else { return };
        for line in [&mut lines.normal, &mut lines.high] {
            if let Some(at) = line.iter().position(|(_, other)| Arc::ptr_eq(other, place)) {
                line.remove(at);
            }
        }
    }

    /// Sends everybody away. The wakers are to be called once no lock is held.
    pub(super) fn turn_away(&mut self, reason: &StopReason) -> Vec<Waker> {
        let Some(lines) = self.0.take() else { return Vec::new() };
        let all = lines.normal.into_iter().chain(lines.high);
        all.filter_map(|(_, place)| place.refuse(reason)).collect()
    }
}
