//! The queue that is used: what goes the common way takes one compare-and-swap, and everything else a lock.
//!
//! ```text
//!   tell, ask ──► normal lane: blocks of slots, no lock ──────────► run loop
//!        │  no room, shut, a new block                                 ▲
//!        └──► lock: high lane, line of those who wait, gate, alarm ────┘  if the word says so
//! ```
//!
//! The normal lane is [`Blocks`], whose word tells senders and the run loop whether they have to come to the lock. Whoever
//! holds the lock has the last word on both ways: it sets what the word says before it lets go. No foreign code runs under
//! the lock: wakers are called, and envelopes dropped, after it is released.
//!
//! Invariant: if somebody waits, there is no room in the lane of their message or the gate is not open. So room never goes to
//! a newcomer while an older sender waits for it.
//! Invariant: whenever the lock is free, the word's flags are those of [`Inner::flags`].
//!
//! Long because what is done with the lock and what is done without it must be read side by side.

use std::mem::MaybeUninit;
use std::task::{Context, Poll, Waker};

use super::control::Control;
use super::high::High;
use super::lanes::Room;
use super::line::Waiting;
use super::outcome::{Called, Next, Offer, wake};
use crate::fence;
use crate::lifecycle::Rung;
use crate::mailbox::envelope::Envelope;
use crate::mailbox::{Lane, Mailbox, Overflow};
use crate::raw::{Blocks, Flags, Guest, Lent, Popped, Taken, Taking};
use crate::reason::{Reason, StopReason};
use crate::rt::{Arc, Mutex, MutexGuard, come_again, relax};

pub(crate) struct Queue<A> {
    normal: Blocks<Envelope<A>>,
    inner: Mutex<Inner<A>>,
}

struct Inner<A> {
    high: High<A>,
    /// With the run loop's waker while a handler waits; at rest it is the lane's.
    control: Control<A>,
}

impl<A> Queue<A> {
    pub(crate) fn new(mailbox: Mailbox) -> Self {
        let inner = Inner { high: High::new(), control: Control::new(mailbox.overflow) };
        Self { normal: Blocks::new(mailbox.capacity), inner: Mutex::new(inner) }
    }

    fn room(&self) -> Room {
        Room { shared: self.normal.capacity() }
    }

    /// The common way: accepts what `make` makes where it is to lie, and does no more than that. Or gives `make` back: then
    /// [`Queue::offer`] or [`Queue::offer_or_wait`] has the answer.
    #[inline]
    pub(crate) fn push<F>(&self, lane: Lane, make: F) -> Result<(), F>
    where
        F: FnOnce(&mut MaybeUninit<Envelope<A>>) -> &mut Envelope<A>,
    {
        match lane {
            Lane::Normal => self.normal.push(make).map(wake),
            Lane::High => Err(make),
        }
    }

    /// Accepts `envelope` if there is room, never waiting.
    pub(crate) fn offer(&self, envelope: Envelope<A>) -> Offer<A> {
        let mut inner = self.inner.lock();
        let (offer, woken) = self.decide(&mut inner, envelope);
        self.let_go(inner, woken);
        offer
    }

    /// Accepts `envelope`, or puts it at the end of the line and hands out the place.
    pub(crate) fn offer_or_wait(
        &self,
        envelope: Envelope<A>,
        cx: &Context<'_>,
    ) -> Result<Offer<A>, Arc<Waiting<A>>> {
        // Foreign code, so before the lock.
        let waker = cx.waker().clone();
        let mut inner = self.inner.lock();
        let (offer, woken) = self.decide(&mut inner, envelope);
        let settled = match offer {
            Offer::Full(envelope) if inner.control.overflow == Overflow::Wait => {
                let lane = envelope.lane();
                let place = Waiting::new(envelope, waker);
                inner.control.line.push(lane, place.clone());
                Err(place)
            }
            settled => Ok(settled),
        };
        self.let_go(inner, woken);
        settled
    }

    /// Accepts an envelope or says why not. The flags are to be set afterwards.
    fn decide(&self, inner: &mut Inner<A>, envelope: Envelope<A>) -> (Offer<A>, Option<Waker>) {
        if let Some(reason) = inner.control.refusal() {
            return (Offer::Closed(envelope, reason.clone()), None);
        }
        // From here on nobody else is in the tail, and a run loop that makes room after we have looked comes to the lock.
        self.normal.hold();
        let lane = envelope.lane();
        let offer = if inner.control.line.is_empty(lane) && self.has_room(inner, lane) {
            Offer::Accepted
        } else {
            match inner.control.overflow {
                Overflow::Wait | Overflow::Fail => return (Offer::Full(envelope), None),
                Overflow::DropNewest => return (Offer::Dropped(envelope), None),
                Overflow::DropOldest => match self.evict_for(inner, lane) {
                    Some(evicted) => Offer::Evicted(evicted),
                    // The run loop may have taken it meanwhile.
                    None if self.has_room(inner, lane) => Offer::Accepted,
                    None => return (Offer::Dropped(envelope), None),
                },
            }
        };
        (offer, self.accept(inner, envelope))
    }

    fn has_room(&self, inner: &Inner<A>, lane: Lane) -> bool {
        self.room().is_there(lane, self.normal.charged(), inner.high.len())
    }

    /// As `Lanes::evict_for`.
    fn evict_for(&self, inner: &mut Inner<A>, lane: Lane) -> Option<Envelope<A>> {
        self.normal.evict().or_else(|| if lane == Lane::High { inner.high.pop() } else { None })
    }

    /// Appends an envelope to its lane. For any but a notice the caller has looked whether there is room.
    fn accept(&self, inner: &mut Inner<A>, envelope: Envelope<A>) -> Option<Waker> {
        match envelope.lane() {
            Lane::Normal => self.normal.push_held(envelope),
            Lane::High => {
                inner.high.push(envelope);
                None
            }
        }
    }

    /// Sets the flags, lets go of the lock, and wakes.
    fn let_go(&self, inner: MutexGuard<'_, Inner<A>>, woken: Option<Waker>) {
        let called = self.normal.set(inner.flags(self.room()));
        drop(inner);
        wake(woken);
        wake(called);
    }

    /// Leaves the line. `Some` holds the envelope if it had not been accepted.
    pub(crate) fn leave(&self, place: &Arc<Waiting<A>>) -> Option<Envelope<A>> {
        let mut inner = self.inner.lock();
        inner.control.line.remove(place);
        self.let_go(inner, None);
        place.leave()
    }

    /// Accepts a notice: it needs no room and waits for nobody. Once the actor has ended it is dropped.
    pub(crate) fn push_notice(&self, notice: Envelope<A>) {
        debug_assert!(notice.is_notice());
        let mut inner = self.inner.lock();
        if !inner.control.is_closed() {
            self.normal.hold();
            let woken = self.accept(&mut inner, notice);
            self.let_go(inner, woken);
        }
    }

    /// The next thing for the run loop to do; signals come before messages. `take` takes a message out itself: handed back
    /// instead, it would be moved once more for each type around it.
    #[inline]
    pub(crate) fn poll_next<T>(
        &self,
        epoch: u64,
        waker: &Waker,
        mut take: impl FnMut(Taking<'_, Envelope<A>>) -> T,
    ) -> Poll<Next<A, T>> {
        loop {
            let popped = self.normal.pop(epoch, waker, |taking| {
                if taking.is_held() { Err(taking.item()) } else { Ok(take(taking)) }
            });
            match popped {
                Popped::Item(Ok(taken)) => return Poll::Ready(Next::Message(taken)),
                Popped::Item(Err(envelope)) => {
                    // There is room now, and somebody may wait for it.
                    self.let_in(self.inner.lock());
                    return Poll::Ready(Next::Taken(envelope));
                }
                Popped::Idle => return Poll::Pending,
                Popped::Stale => return Poll::Ready(Next::Alarm),
                Popped::Unready => break,
                Popped::Called => match self.look(epoch) {
                    Look::Message(envelope) => return Poll::Ready(Next::Taken(envelope)),
                    Look::Alarm => return Poll::Ready(Next::Alarm),
                    Look::Drained => return Poll::Ready(Next::Drained),
                    Look::Nothing => {}
                    Look::Unready => break,
                },
            }
        }
        // A sender on another thread has a place and fills it just now.
        come_again(waker);
        Poll::Pending
    }

    /// Whether it is worth trying to.
    #[inline]
    pub(crate) fn may_be_entered(&self) -> bool {
        self.normal.may_be_entered()
    }

    /// Takes the place of a run loop that rests.
    #[inline]
    pub(crate) fn enter(&self) -> Option<Guest<'_, Envelope<A>>> {
        self.normal.enter()
    }

    /// See [`Blocks::lend`].
    pub(crate) fn lend(&self, epoch: u64, host: Lent<A>) {
        self.normal.lend(epoch, host);
    }

    /// See [`Blocks::take_back`].
    pub(crate) fn take_back(&self, host: &Lent<A>) {
        self.normal.take_back(host);
    }

    /// The run loop comes to the lock.
    #[cold]
    fn look(&self, epoch: u64) -> Look<A> {
        let mut inner = self.inner.lock();
        if inner.control.epoch != epoch || inner.control.alarm >= Rung::Stopping {
            return Look::Alarm;
        }
        let high_waits = !inner.high.is_empty();
        let mut turns = inner.high.turns();
        let found = if turns.is_high(high_waits, !self.normal.is_empty()) {
            inner.high.pop()
        } else {
            match self.normal.pop_held() {
                Taken::Item(envelope) => Some(envelope),
                Taken::Unready => return Look::Unready,
                Taken::Nothing => None,
            }
        };
        inner.high.set_turns(turns);
        let Some(envelope) = found else {
            if inner.control.alarm == Rung::Draining {
                return Look::Drained;
            }
            self.let_in(inner);
            return Look::Nothing;
        };
        self.let_in(inner);
        Look::Message(envelope)
    }

    /// How urgently the run loop is asked to end, now; it is woken when that changes.
    pub(crate) fn poll_alarm(&self, epoch: u64, cx: &Context<'_>) -> Rung {
        self.inner.lock().control.alarm_of(epoch, cx.waker())
    }

    /// Asks the run loop to end, never less urgently than before. With a reason to `refuse`, no mail is accepted from now on
    /// and senders in line get their messages back. The caller wakes what is returned once it holds no lock.
    pub(crate) fn raise(&self, rung: Rung, refuse: Option<Reason>) -> Called {
        let mut inner = self.inner.lock();
        let Called { own, line } = inner.control.raise(rung, refuse);
        // At rest it is the lane's waker that is the run loop's; the lock's may be an earlier one's.
        let resting = self.normal.set(inner.flags(self.room()));
        drop(inner);
        Called { own: resting.or(own), line }
    }

    /// A new incarnation begins: its alarm is off and its mail is accepted. `false` if the actor has ended.
    pub(crate) fn reopen(&self, epoch: u64) -> bool {
        let mut inner = self.inner.lock();
        if !inner.control.reopen(epoch) {
            return false;
        }
        self.normal.assign(epoch);
        self.let_go(inner, None);
        true
    }

    /// Takes what waits, the high lane in its order and then the normal one. Senders in line move up into the room.
    pub(crate) fn take_items(&self) -> Vec<Envelope<A>> {
        let mut inner = self.inner.lock();
        let items = self.take_all(&mut inner);
        let woken: Vec<_> = std::iter::from_fn(|| self.admit_first(&mut inner)).collect();
        self.let_go(inner, None);
        woken.into_iter().for_each(fence::wake);
        items
    }

    /// Closes for good, and hands out what was accepted and not handled. Senders in line get their messages back.
    pub(crate) fn close(&self, reason: Reason) -> Vec<Envelope<A>> {
        let mut inner = self.inner.lock();
        let refused = inner.control.close(reason);
        let items = self.take_all(&mut inner);
        self.normal.trim();
        self.let_go(inner, None);
        refused.into_iter().for_each(fence::wake);
        items
    }

    /// Takes everything out. Senders that have a place already are waited for: they need a few instructions.
    fn take_all(&self, inner: &mut Inner<A>) -> Vec<Envelope<A>> {
        self.normal.hold();
        let mut all = inner.high.take();
        // At once: a queue may be long.
        all.reserve_exact(self.normal.charged());
        let mut turn = 0;
        loop {
            match self.normal.pop_held() {
                Taken::Item(envelope) => all.push(envelope),
                Taken::Unready => {
                    relax(turn);
                    turn += 1;
                }
                Taken::Nothing => return all,
            }
        }
    }

    /// Messages that were accepted and wait to be handled; notices do not count.
    pub(crate) fn len(&self) -> usize {
        let inner = self.inner.lock();
        self.normal.charged() + inner.high.len()
    }

    #[cfg(test)]
    pub(super) fn slots(&self) -> u64 {
        self.normal.slots()
    }

    /// Gives its memory back if nothing is in it, and nothing was taken out since that were `taken` in all: its run loop rests, or a
    /// handler waits. `Some` if there is
    /// memory left: how many have been taken out by now.
    pub(crate) fn give_back(&self, taken: u64) -> Option<u64> {
        let now = self.normal.taken();
        let inner = self.inner.lock();
        if now == taken {
            // Whoever comes from now on makes a new block, under the lock.
            self.normal.hold();
            self.normal.trim();
        }
        let has_memory = self.normal.has_memory();
        self.let_go(inner, None);
        has_memory.then_some(now)
    }

    /// Why no mail is accepted; `None` while it is.
    pub(crate) fn refusal(&self) -> Option<StopReason> {
        self.inner.lock().control.refusal().cloned()
    }

    /// Whether the run loop is parked and nothing waits for it.
    #[cfg(feature = "testing")]
    pub(crate) fn is_idle(&self) -> bool {
        self.normal.is_idle() && self.normal.is_empty() && self.inner.lock().high.is_empty()
    }

    /// Lets in whoever is next in line, and lets go of the lock.
    #[cold]
    fn let_in(&self, mut inner: MutexGuard<'_, Inner<A>>) {
        let woken = self.admit_first(&mut inner);
        self.let_go(inner, None);
        wake(woken);
    }

    /// Lets in whoever is next in line, if there is room for them; the waker is to be called once the lock is released.
    fn admit_first(&self, inner: &mut Inner<A>) -> Option<Waker> {
        let (normal, high) = (self.normal.charged(), inner.high.len());
        let first = inner.control.line.pop(|lane| self.room().is_there(lane, normal, high))?;
        let (envelope, waker) = first.admit()?;
        // As somebody stood in line, others are kept from the tail, and the run loop is here or comes to the lock.
        let idle = self.accept(inner, envelope);
        debug_assert!(idle.is_none(), "it rested while somebody waited for room");
        Some(waker)
    }
}

/// What the run loop has found at the lock.
enum Look<A> {
    Message(Envelope<A>),
    Drained,
    Alarm,
    Nothing,
    Unready,
}

impl<A> Inner<A> {
    /// What senders and the run loop have to know.
    fn flags(&self, room: Room) -> Flags {
        let waits = !self.control.line.is_empty(Lane::Normal) || !self.control.line.is_empty(Lane::High);
        Flags {
            // High messages beyond their own room take it away from the normal lane.
            slow: waits || self.control.refusal().is_some() || self.high.len() > room.own(),
            look: waits
                || self.control.alarm > Rung::Running
                || !self.high.is_empty()
                || self.high.turns().owes(),
        }
    }
}
