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
//! Invariant: the ladder is `Some` exactly while there is an incarnation; one that was replaced, since it does not give its
//! thread back, is none any more, and its epoch tells it apart from its successor. Invariant: the alarm of the queue and the rung
//! of the ladder change under the ladder's lock, so that a late order never reaches a successor.
//! Lock order: ladder, then queue or life; never a waker, a message or a callback under any of them.

use std::task::Waker;
use std::time::Duration;

use crate::actor::Actor;
use crate::dead_letter::LetterReason;
use crate::erased::Life;
use crate::event::Event;
use crate::fence;
use crate::identity::{ActorId, Path};
use crate::lifecycle::{Ladder, Leftovers, Order, Rung, Shutdown, Status};
use crate::mailbox::Mailbox;
use crate::mailbox::queue::Queue;
use crate::reason::StopReason;
use crate::rt::atomic::Ordering;
use crate::rt::{Arc, Instant, Notify, OnceLock, Weak};
use crate::system::System;
use crate::watch::Down;

mod core;
mod mail;

use self::core::Stand;
pub(crate) use self::core::{Core, Stuck, Which};
pub(crate) use self::mail::Refused;

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
    pub(crate) stuck: Stuck,
    pub(crate) ask_timeout: Duration,
    /// Told of the end of every incarnation; it decides what follows. Without one, the actor ends.
    pub(crate) guardian: Option<Guardian>,
}

/// Whether somebody is going to decide what follows; if not, the actor ends.
pub(crate) type Guardian = Box<dyn Fn(StopReason) -> bool + Send + Sync>;

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
        self.cell.order(Which::Current, Order::Drain);
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

    /// Wants something of an incarnation: of the one there is, or of that one only.
    pub(crate) fn order(&self, which: Which, order: Order) {
        let refuse = match &order {
            Order::Drain => Some(StopReason::Normal),
            Order::Stop { reason, .. } => Some(reason.clone()),
            Order::End { .. } => Some(StopReason::Shutdown),
            Order::Halt { .. } | Order::Kill | Order::Expire => None,
        };
        self.change_ladder(which, refuse, |ladder, now| ladder.order(order, now));
    }

    /// An order to stop that leaves the time of the actor's own policy.
    pub(crate) fn stop(&self, which: Which) {
        self.order(which, Order::Stop { reason: StopReason::Normal, policy: self.core.policy });
    }

    /// The incarnation ends by itself. Its mail stays for a successor and goes on being accepted.
    pub(crate) fn end(&self, which: Which, reason: StopReason) {
        self.change_ladder(which, None, |ladder, now| ladder.end(reason, now));
    }

    /// Changes the ladder, if there is such an incarnation, and makes the run loop, the watchdog and those who wait see
    /// it.
    pub(crate) fn change_ladder(
        &self,
        which: Which,
        refuse: Option<StopReason>,
        change: impl FnOnce(&mut Ladder, Instant),
    ) {
        let mut slot = self.core.ladder.lock();
        let Some(stand) = slot.as_mut().filter(|stand| which.is(stand.epoch)) else { return };
        change(&mut stand.ladder, Instant::now());
        let woken = self.publish(stand, refuse);
        drop(slot);
        woken.wake();
    }

    pub(crate) fn escalate(&self, now: Instant) {
        let mut slot = self.core.ladder.lock();
        let Some(stand) = slot.as_mut() else { return };
        // Its appointment is over.
        stand.appointment = None;
        let stuck = stand.ladder.overdue(now) && stand.ladder.rung() == Rung::Stuck;
        if stuck && self.core.stuck == Stuck::Replace && !stand.ladder.is_for_good() {
            let (core, epoch) = (&self.core, stand.epoch);
            // Under the lock: a thread that comes back now has either ended its incarnation itself, or finds that it is
            // over, drops its state and takes the note away.
            core.system.note_replaced(core.id, epoch, core.path.clone());
            let ladder = slot.take().map(|stand| stand.ladder);
            drop(slot);
            core.system.emit(Event::Stuck { actor: core.subject(), epoch });
            if let Some(ladder) = ladder {
                self.left(&ladder);
            }
            return;
        }
        let refuse = stuck.then(|| stand.ladder.reason().clone());
        let woken = self.publish(stand, refuse);
        let letters = if stuck { self.queue.take_items() } else { Vec::new() };
        drop(slot);
        woken.wake();
        if stuck {
            let core = &self.core;
            core.system.emit(Event::Stuck { actor: core.subject(), epoch: core.epoch() });
            self.report(letters, &LetterReason::Stuck);
        }
    }

    /// Makes a change of the ladder visible, while its lock is held; the caller wakes once it has let go.
    fn publish(&self, stand: &mut Stand, refuse: Option<StopReason>) -> Woken<'_> {
        let core = &self.core;
        if stand.ladder.until() != stand.looked_at {
            stand.looked_at = stand.ladder.until();
            let former = stand.appointment.take();
            stand.appointment = match (stand.looked_at, former) {
                (Some(at), former) => Some(core.system.watchdog().look_at(at, core.this.clone(), former)),
                (None, Some(former)) => {
                    core.system.watchdog().withdraw(former);
                    None
                }
                (None, None) => None,
            };
        }
        core.life.lock().status = stand.ladder.status();
        Woken { wakers: self.queue.raise(stand.ladder.rung(), refuse), changed: &core.changed }
    }

    /// The next incarnation begins. `None` if the logical actor has ended.
    pub(crate) fn begin(&self) -> Option<u64> {
        let mut slot = self.core.ladder.lock();
        let epoch = self.core.epoch() + 1;
        if !self.queue.reopen(epoch) {
            return None;
        }
        debug_assert!(slot.is_none(), "an incarnation begins before the one before it has ended");
        let mut ladder = Ladder::new(self.core.policy);
        ladder.starting(Instant::now());
        let stand = slot.insert(Stand { epoch, ladder, appointment: None, looked_at: None });
        let woken = self.publish(stand, None);
        self.core.epoch.store(epoch, Ordering::Relaxed);
        drop(slot);
        woken.wake();
        Some(epoch)
    }

    /// The incarnation is over, and its state is dropped. What follows is the guardian's to say, unless it was replaced.
    pub(crate) fn ended(&self, epoch: u64) {
        if let Some(ladder) = self.leave_ladder(epoch) {
            self.left(&ladder);
        }
    }

    /// The incarnation that stood on `ladder` is no more the actor's.
    fn left(&self, ladder: &Ladder) {
        if let Some(since) = ladder.since() {
            self.core.system.note_stop(&self.core.path, ladder.overran(), since);
        }
        let reason = ladder.reason().clone();
        let Some(guardian) = self.rest(&reason) else {
            self.finish(reason);
            return;
        };
        if ladder.leftovers() == Leftovers::Report {
            let letters = self.queue.take_items();
            self.report(letters, &LetterReason::Stopped(reason.clone()));
        }
        fence::wake_all(&self.core.changed);
        if !guardian(reason.clone()) {
            self.finish(reason);
        }
    }

    /// The run loop is gone without having said so: its runtime has ended, or code of the framework has panicked.
    pub(crate) fn lost(&self, epoch: u64) {
        if self.leave_ladder(epoch).is_none() {
            self.core.system.note_returned(self.core.id, epoch);
            return;
        }
        let reason = StopReason::Killed;
        match self.rest(&reason) {
            // With the runtime gone, there is nobody to decide.
            Some(guardian) if std::thread::panicking() && guardian(reason.clone()) => {
                fence::wake_all(&self.core.changed);
            }
            _ => self.finish(reason),
        }
    }

    /// There is no incarnation any more. `None` if it was replaced before.
    fn leave_ladder(&self, epoch: u64) -> Option<Ladder> {
        let mut slot = self.core.ladder.lock();
        slot.as_ref().filter(|stand| stand.epoch == epoch)?;
        let Stand { ladder, appointment, .. } = slot.take()?;
        drop(slot);
        if let Some(appointment) = appointment {
            self.core.system.watchdog().withdraw(appointment);
        }
        Some(ladder)
    }

    /// Stands still between two incarnations, or before the end.
    fn rest(&self, reason: &StopReason) -> Option<Arc<Guardian>> {
        let mut life = self.core.life.lock();
        life.status = Status::Restarting;
        let former = life.last.replace(reason.clone());
        let guardian = life.guardian.clone();
        drop(life);
        drop(former);
        guardian
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
        if core.epoch() > 0 {
            // Otherwise it has never been.
            core.system.note_end();
            core.system.emit(Event::Stopped { actor: core.subject(), reason: reason.clone() });
        }
        let watchers = {
            let mut life = core.life.lock();
            life.ended = Some(reason.clone());
            std::mem::take(&mut life.watchers)
        };
        for watcher in watchers.into_values() {
            watcher(Down { id: core.id, path: core.path.clone(), reason: reason.clone() });
        }
        core.life.lock().status = Status::Stopped(reason);
        fence::wake_all(&core.changed);
    }
}

/// Those who are to be woken once a lock has been let go.
#[must_use]
struct Woken<'a> {
    wakers: Vec<Waker>,
    changed: &'a Notify,
}

impl Woken<'_> {
    fn wake(self) {
        self.wakers.into_iter().for_each(fence::wake);
        fence::wake_all(self.changed);
    }
}

impl<A: Actor> Life for Cell<A> {
    fn core(&self) -> &Core {
        &self.core
    }

    fn order(&self, order: Order) {
        Cell::order(self, Which::Current, order);
    }

    fn escalate(&self, now: Instant) {
        Cell::escalate(self, now);
    }

    fn end(&self, reason: StopReason) {
        Cell::end(self, Which::Current, reason);
    }

    fn finish(&self, reason: StopReason) {
        Cell::finish(self, reason);
    }

    fn is_owned(&self) -> bool {
        self.owner.get().is_some_and(|owner| owner.strong_count() > 0)
    }

    fn queued(&self) -> usize {
        self.queue.len()
    }

    #[cfg(feature = "testing")]
    fn is_idle(&self) -> bool {
        self.queue.is_idle()
    }
}
