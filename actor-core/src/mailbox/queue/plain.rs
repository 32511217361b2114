//! The reference queue: a lock and two deques. The fast queue is tested against it.
//!
//! One lock guards all of it, and no foreign code runs inside: wakers are called, and envelopes dropped, after it is
//! released.
//!
//! Invariant: if somebody waits, there is no room in the lane of their message or the gate is not open. So room never goes to
//! a newcomer while an older sender waits for it.
//! Invariant: the waker of the run loop is stored before the loop is told that there is nothing to do, under the lock
//! that every push and every alarm takes; no wake-up is lost.

use std::mem::MaybeUninit;
use std::task::{Context, Poll, Waker};

use super::control::Control;
use super::lanes::Lanes;
use super::line::Waiting;
use super::outcome::{Called, Next, Offer, wake};
use crate::fence;
use crate::lifecycle::Rung;
use crate::mailbox::envelope::Envelope;
use crate::mailbox::{Lane, Mailbox, Overflow};
use crate::raw::Taking;
#[cfg(plain_queue)]
use crate::raw::{Guest, Lent};
use crate::reason::{Reason, StopReason};
use crate::rt::{Arc, Mutex};

pub(crate) struct Queue<A> {
    inner: Mutex<Inner<A>>,
}

struct Inner<A> {
    lanes: Lanes<A>,
    control: Control<A>,
    /// Whether the run loop is parked for lack of anything to do.
    idle: bool,
}

impl<A> Queue<A> {
    pub(crate) fn new(mailbox: Mailbox) -> Self {
        let inner = Inner {
            lanes: Lanes::new(mailbox.capacity),
            control: Control::new(mailbox.overflow),
            idle: false,
        };
        Self { inner: Mutex::new(inner) }
    }

    /// Accepts `envelope` if there is room, never waiting.
    pub(crate) fn offer(&self, envelope: Envelope<A>) -> Offer<A> {
        let mut inner = self.inner.lock();
        let (offer, waker) = inner.offer(envelope);
        drop(inner);
        wake(waker);
        offer
    }

    /// It has no common way.
    pub(crate) fn push<F>(&self, _lane: Lane, make: F) -> Result<(), F>
    where
        F: FnOnce(&mut MaybeUninit<Envelope<A>>) -> &mut Envelope<A>,
    {
        Err(make)
    }

    /// Accepts `envelope`, or puts it at the end of the line and hands out the place.
    pub(crate) fn offer_or_wait(
        &self,
        envelope: Envelope<A>,
        cx: &Context<'_>,
    ) -> Result<Offer<A>, Arc<Waiting<A>>> {
        let waker = cx.waker().clone();
        let mut inner = self.inner.lock();
        match inner.offer(envelope) {
            (Offer::Full(envelope), _) if inner.control.overflow == Overflow::Wait => {
                let lane = envelope.lane();
                let place = Waiting::new(envelope, waker);
                inner.control.line.push(lane, place.clone());
                Err(place)
            }
            (settled, waker) => {
                drop(inner);
                wake(waker);
                Ok(settled)
            }
        }
    }

    /// Leaves the line. `Some` holds the envelope if it had not been accepted.
    pub(crate) fn leave(&self, place: &Arc<Waiting<A>>) -> Option<Envelope<A>> {
        let mut inner = self.inner.lock();
        inner.control.line.remove(place);
        drop(inner);
        place.leave()
    }

    /// Accepts a notice: it needs no room and waits for nobody. Once the actor has ended it is dropped.
    pub(crate) fn push_notice(&self, notice: Envelope<A>) {
        debug_assert!(notice.is_notice());
        let mut inner = self.inner.lock();
        let refused = if inner.control.is_closed() {
            Some(notice)
        } else {
            inner.lanes.push(notice);
            None
        };
        let waker = if refused.is_none() { inner.control.waker.take() } else { None };
        drop(inner);
        drop(refused);
        wake(waker);
    }

    /// The next thing for the run loop to do; signals come before messages. A message goes to `take`, which runs under no
    /// lock; handed back instead, it would be moved once more for each type around it.
    pub(crate) fn poll_next<T>(
        &self,
        epoch: u64,
        waker: &Waker,
        _take: impl FnMut(Taking<'_, Envelope<A>>) -> T,
    ) -> Poll<Next<A, T>> {
        let mut inner = self.inner.lock();
        if inner.control.epoch != epoch {
            return Poll::Ready(Next::Alarm);
        }
        inner.idle = false;
        if inner.control.alarm >= Rung::Stopping {
            return Poll::Ready(Next::Alarm);
        }
        let Some(envelope) = inner.lanes.pop() else {
            if inner.control.alarm == Rung::Draining {
                return Poll::Ready(Next::Drained);
            }
            inner.control.keep_waker(waker);
            inner.idle = true;
            return Poll::Pending;
        };
        let woken = inner.admit();
        drop(inner);
        wake(woken);
        Poll::Ready(Next::Taken(envelope))
    }

    /// How urgently the run loop is asked to end, now; it is woken when that changes.
    pub(crate) fn poll_alarm(&self, epoch: u64, cx: &Context<'_>) -> Rung {
        self.inner.lock().control.alarm_of(epoch, cx.waker())
    }

    /// As [`Control::raise`].
    pub(crate) fn raise(&self, rung: Rung, refuse: Option<Reason>) -> Called {
        self.inner.lock().control.raise(rung, refuse)
    }

    /// A new incarnation begins: its alarm is off and its mail is accepted. `false` if the actor has ended.
    pub(crate) fn reopen(&self, epoch: u64) -> bool {
        self.inner.lock().control.reopen(epoch)
    }

    /// Takes what waits to be handled, the high lane in its order and then the normal one. Senders in line move up into the
    /// room.
    pub(crate) fn take_items(&self) -> Vec<Envelope<A>> {
        let mut inner = self.inner.lock();
        let items = inner.lanes.take();
        let woken: Vec<_> = std::iter::from_fn(|| inner.admit()).collect();
        drop(inner);
        woken.into_iter().for_each(fence::wake);
        items
    }

    /// Closes for good, and hands out what was accepted and not handled. Senders in line get their messages back.
    pub(crate) fn close(&self, reason: Reason) -> Vec<Envelope<A>> {
        let mut inner = self.inner.lock();
        let refused = inner.control.close(reason);
        let items = inner.lanes.take();
        drop(inner);
        refused.into_iter().for_each(fence::wake);
        items
    }

    /// Messages that were accepted and wait to be handled; notices do not count.
    pub(crate) fn len(&self) -> usize {
        self.inner.lock().lanes.charged()
    }

    /// Keeps its memory.
    #[cfg(plain_queue)]
    pub(crate) fn give_back(&self, _taken: u64) -> Option<u64> {
        None
    }

    /// Why no mail is accepted; `None` while it is.
    pub(crate) fn refusal(&self) -> Option<StopReason> {
        self.inner.lock().control.refusal().cloned()
    }

    /// Whether the run loop is parked and nothing waits for it.
    #[cfg(all(plain_queue, feature = "testing"))]
    pub(crate) fn is_idle(&self) -> bool {
        let inner = self.inner.lock();
        inner.idle && inner.lanes.is_empty()
    }
}

impl<A> Inner<A> {
    /// Accepts an envelope or says why not. Whoever is to be woken is woken once the lock is released.
    fn offer(&mut self, envelope: Envelope<A>) -> (Offer<A>, Option<Waker>) {
        if let Some(reason) = self.control.refusal() {
            return (Offer::Closed(envelope, reason.clone()), None);
        }
        let lane = envelope.lane();
        let offer = if self.lanes.has_room(lane) {
            debug_assert!(self.control.line.is_empty(lane), "a newcomer found room while others wait for it");
            Offer::Accepted
        } else {
            match self.control.overflow {
                Overflow::Wait | Overflow::Fail => return (Offer::Full(envelope), None),
                Overflow::DropNewest => return (Offer::Dropped(envelope), None),
                Overflow::DropOldest => match self.lanes.evict_for(lane) {
                    Some(evicted) => Offer::Evicted(evicted),
                    None => return (Offer::Dropped(envelope), None),
                },
            }
        };
        self.lanes.push(envelope);
        (offer, self.control.waker.take())
    }

    /// Lets in whoever is next in line, if there is room for them; the waker is to be called once the lock is released.
    fn admit(&mut self) -> Option<Waker> {
        let first = self.control.line.pop(|lane| self.lanes.has_room(lane))?;
        let (envelope, waker) = first.admit()?;
        self.lanes.push(envelope);
        Some(waker)
    }
}

/// Here nobody takes the place of the run loop.
#[cfg(plain_queue)]
impl<A> Queue<A> {
    pub(crate) fn may_be_entered(&self) -> bool {
        false
    }

    pub(crate) fn enter(&self) -> Option<Guest<'_, Envelope<A>>> {
        None
    }

    pub(crate) fn lend(&self, _epoch: u64, _host: Lent<A>) {}

    pub(crate) fn take_back(&self, _host: &Lent<A>) {}
}
