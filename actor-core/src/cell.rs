//! The logical actor: what stays when an incarnation goes.
//!
//! ```text
//!   ActorRef ──► Owner ──► Cell ◄── WeakActorRef, Context, run loop, watchdog, system
//!   (counts)               ├ Core   id, path, epoch, ladder, watchers, status
//!                          └ Queue  the mailbox
//! ```
//!
//! Owners are counted by the `Arc<Owner>`; when the last one goes, the cell is told to drain. Everybody else holds the
//! cell itself, which keeps memory but not life.
//!
//! Invariant: the ladder is `Some` exactly while there is an incarnation. Invariant: the alarm of the queue and the rung
//! of the ladder change under the ladder's lock, so that a late order never reaches a successor.
//! Lock order: ladder, then queue or life; never a waker, a message or a callback under any of them.

use std::task::Waker;
use std::time::Duration;

use crate::actor::Actor;
use crate::dead_letter::LetterReason;
use crate::erased::Life;
use crate::error::Undelivered;
use crate::event::Event;
use crate::identity::{ActorId, Path};
use crate::lifecycle::{Ladder, Leftovers, Order, Rung, Shutdown, Status};
use crate::mailbox::Mailbox;
use crate::mailbox::envelope::Envelope;
use crate::mailbox::queue::{Offer, Queue};
use crate::reason::StopReason;
use crate::rt::atomic::Ordering;
use crate::rt::{Arc, Instant, Notify, OnceLock, Weak};
use crate::system::System;
use crate::watch::Down;

mod core;

pub(crate) use self::core::Core;

/// What a new logical actor is given.
pub(crate) struct Birth {
    pub(crate) id: ActorId,
    pub(crate) path: Path,
    /// What people are shown as the actor's type.
    pub(crate) actor_type: String,
    pub(crate) parent: Option<ActorId>,
    pub(crate) mailbox: Mailbox,
    /// How long a stop may take that does not say so itself.
    pub(crate) policy: Shutdown,
    pub(crate) ask_timeout: Duration,
    /// Told of the end of every incarnation; it decides what follows. Without one, the actor ends.
    pub(crate) guardian: Option<Guardian>,
}

pub(crate) type Guardian = Box<dyn Fn(StopReason) + Send + Sync>;

pub(crate) type Watcher = Box<dyn FnOnce(Down) + Send>;

/// One logical actor. `pub` only because it stands in a sealed trait; nobody outside can name it.
pub struct Cell<A> {
    pub(crate) core: Core,
    pub(crate) queue: Queue<A>,
    owner: OnceLock<Weak<Owner<A>>>,
}

/// What strong references share. Its drop is the moment when the last owner has gone.
pub(crate) struct Owner<A> {
    pub(crate) cell: Arc<Cell<A>>,
}

impl<A> Drop for Owner<A> {
    fn drop(&mut self) {
        self.cell.order(Order::Drain);
    }
}

impl<A: Actor> Cell<A> {
    /// A logical actor without an incarnation, entered in its system.
    pub(crate) fn create(system: &System, birth: Birth) -> Arc<Owner<A>> {
        let cell = Arc::new_cyclic(|this: &Weak<Self>| Self {
            queue: Queue::new(birth.mailbox),
            core: Core::new(system, birth, this.clone()),
            owner: OnceLock::new(),
        });
        let owner = Arc::new(Owner { cell });
        let _ = owner.cell.owner.set(Arc::downgrade(&owner));
        system.enter(&owner.cell);
        owner
    }
}

impl<A> Cell<A> {
    /// One more owner, unless the last one has gone.
    pub(crate) fn upgrade(&self) -> Option<Arc<Owner<A>>> {
        self.owner.get()?.upgrade()
    }

    pub(crate) fn order(&self, order: Order) {
        let refuse = match &order {
            Order::Drain => Some(StopReason::Normal),
            Order::Stop { reason, .. } => Some(reason.clone()),
            Order::Halt { .. } | Order::Kill | Order::Expire => None,
        };
        self.change_ladder(refuse, |ladder, now| ladder.order(order, now));
    }

    /// The incarnation ends by itself. Its mail stays for a successor and goes on being accepted.
    pub(crate) fn end(&self, reason: StopReason) {
        self.change_ladder(None, |ladder, now| ladder.end(reason, now));
    }

    /// Changes the ladder, if there is an incarnation, and makes the run loop, the watchdog and those who wait see it.
    pub(crate) fn change_ladder(
        &self,
        refuse: Option<StopReason>,
        change: impl FnOnce(&mut Ladder, Instant),
    ) {
        let until = {
            let mut slot = self.core.ladder.lock();
            let Some(ladder) = slot.as_mut() else { return };
            change(ladder, Instant::now());
            let woken = self.publish(ladder, refuse);
            let until = ladder.until();
            drop(slot);
            woken.wake();
            until
        };
        if let Some(until) = until {
            self.core.system.watchdog().look_at(until, self.core.this.clone());
        }
    }

    pub(crate) fn escalate(&self, now: Instant) -> Option<Instant> {
        let mut slot = self.core.ladder.lock();
        let ladder = slot.as_mut()?;
        if !ladder.overdue(now) {
            return ladder.until();
        }
        let until = ladder.until();
        let stuck = ladder.rung() == Rung::Stuck;
        let refuse = stuck.then(|| ladder.reason().clone());
        let woken = self.publish(ladder, refuse);
        let letters = if stuck { self.queue.take_items() } else { Vec::new() };
        drop(slot);
        woken.wake();
        if stuck {
            let core = &self.core;
            core.system.note_stuck(&core.path);
            core.system.emit(Event::Stuck { actor: core.subject(), epoch: core.epoch() });
            self.report(letters, &LetterReason::Stuck);
        }
        until
    }

    /// Makes a change of the ladder visible, while its lock is held; the caller wakes once it has let go.
    fn publish(&self, ladder: &Ladder, refuse: Option<StopReason>) -> Woken<'_> {
        self.core.life.lock().status = ladder.status();
        Woken { wakers: self.queue.raise(ladder.rung(), refuse), changed: &self.core.changed }
    }

    /// The next incarnation begins. `None` if the logical actor has ended.
    pub(crate) fn begin(&self) -> Option<u64> {
        let mut slot = self.core.ladder.lock();
        if !self.queue.reopen() {
            return None;
        }
        let ladder = slot.insert(Ladder::new(self.core.policy));
        let woken = self.publish(ladder, None);
        let epoch = self.core.epoch.fetch_add(1, Ordering::Relaxed) + 1;
        drop(slot);
        woken.wake();
        Some(epoch)
    }

    /// The incarnation is over: its state is dropped. What follows is the guardian's to say.
    pub(crate) fn ended(&self) {
        let Some(ladder) = self.core.ladder.lock().take() else { return };
        let reason = ladder.reason().clone();
        if let Some(since) = ladder.since() {
            self.core.system.note_stop(&self.core.path, ladder.overran(), since);
        }
        if ladder.leftovers() == Leftovers::Report {
            let letters = self.queue.take_items();
            self.report(letters, &LetterReason::Stopped(reason.clone()));
        }
        let guardian = {
            let mut life = self.core.life.lock();
            life.status = Status::Restarting;
            life.last = Some(reason.clone());
            life.guardian.clone()
        };
        match guardian {
            Some(guardian) => {
                self.core.changed.notify_waiters();
                guardian(reason);
            }
            None => self.finish(reason),
        }
    }

    /// Ends the logical actor: name free, leftovers reported, watchers told, `stopped()` resolved, in this order.
    pub(crate) fn finish(&self, reason: StopReason) {
        let core = &self.core;
        let names = {
            let mut life = core.life.lock();
            if std::mem::replace(&mut life.finishing, true) {
                return;
            }
            life.guardian = None;
            std::mem::take(&mut life.names)
        };
        let letters = self.queue.close(reason.clone());
        for name in names {
            core.system.registry().remove(&name, core.id);
        }
        core.system.leave(core.id);
        self.report(letters, &LetterReason::Stopped(reason.clone()));
        core.system.emit(Event::Stopped { actor: core.subject(), reason: reason.clone() });
        let watchers = {
            let mut life = core.life.lock();
            life.ended = Some(reason.clone());
            std::mem::take(&mut life.watchers)
        };
        for watcher in watchers.into_values() {
            watcher(Down { id: core.id, path: core.path.clone(), reason: reason.clone() });
        }
        core.life.lock().status = Status::Stopped(reason);
        core.changed.notify_waiters();
    }

    /// Carries out what the queue has decided about an envelope. An `Err` gives it back, with the reason if the actor
    /// accepts no mail at all.
    pub(crate) fn settle(&self, offer: Offer<A>) -> Result<(), Refused<A>> {
        match offer {
            Offer::Accepted => Ok(()),
            Offer::Evicted(envelope) | Offer::Dropped(envelope) => {
                self.report(vec![envelope], &LetterReason::Overflow);
                Ok(())
            }
            Offer::Full(envelope) => Err(Refused { envelope, closed: None }),
            Offer::Closed(envelope, reason) => Err(Refused { envelope, closed: Some(reason) }),
        }
    }

    /// What the last incarnation has left behind becomes dead letters.
    pub(crate) fn discard_mail(&self) {
        if let Some(reason) = self.core.last_reason() {
            let letters = self.queue.take_items();
            self.report(letters, &LetterReason::Stopped(reason));
        }
    }

    /// Hands envelopes that nobody will handle to their askers and to the dead letters.
    pub(crate) fn report(&self, envelopes: Vec<Envelope<A>>, reason: &LetterReason) {
        for envelope in envelopes {
            if envelope.is_notice() {
                continue;
            }
            let message_type = envelope.message_type();
            let why = match reason {
                LetterReason::Overflow => Undelivered::Overflow,
                LetterReason::Stopped(reason) => Undelivered::Closed(reason.clone()),
                LetterReason::Panicked | LetterReason::Killed | LetterReason::Stuck => {
                    Undelivered::Closed(StopReason::Killed)
                }
            };
            let payload = envelope.bounce(why);
            self.core.system.dead_letter(self.core.subject(), message_type, reason.clone(), payload);
        }
    }
}

/// An envelope that was not accepted: there was no room, or the actor is closed.
pub(crate) struct Refused<A> {
    pub(crate) envelope: Envelope<A>,
    pub(crate) closed: Option<StopReason>,
}

/// Those who are to be woken once a lock has been let go.
#[must_use]
struct Woken<'a> {
    wakers: Vec<Waker>,
    changed: &'a Notify,
}

impl Woken<'_> {
    fn wake(self) {
        self.wakers.into_iter().for_each(Waker::wake);
        self.changed.notify_waiters();
    }
}

impl<A: Actor> Life for Cell<A> {
    fn core(&self) -> &Core {
        &self.core
    }

    fn order(&self, order: Order) {
        Cell::order(self, order);
    }

    fn escalate(&self, now: Instant) -> Option<Instant> {
        Cell::escalate(self, now)
    }

    fn end(&self, reason: StopReason) {
        Cell::end(self, reason);
    }

    fn finish(&self, reason: StopReason) {
        Cell::finish(self, reason);
    }

    fn queued(&self) -> usize {
        self.queue.len()
    }

    #[cfg(feature = "testing")]
    fn is_idle(&self) -> bool {
        self.queue.is_idle()
    }
}
