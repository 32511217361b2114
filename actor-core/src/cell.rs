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
//! Invariant: the stage is `Up`, with a ladder, exactly while there is an incarnation; one that was replaced, since it does not give its
//! thread back, is none any more, and its epoch tells it apart from its successor. Invariant: the alarm of the queue and the rung
//! of the ladder change under the lock of the state, so that a late order never reaches a successor.
//! Lock order: state, then queue or the watchdog's agenda; never a waker, a message or a callback under any of them.

use std::mem::{Discriminant, discriminant};
use std::time::Duration;

use crate::actor::Actor;
use crate::dead_letter::LetterReason;
use crate::event::Event;
use crate::identity::{ActorId, Label};
use crate::lifecycle::{Ladder, Leftovers, Order, Rung, Shutdown, Status};
use crate::mailbox::Mailbox;
use crate::mailbox::queue::{Called, Queue};
use crate::reason::{Reason, StopReason};
use crate::rt::atomic::Ordering;
use crate::rt::{Arc, Moment, Weak};
use crate::system::System;
use crate::watch::Down;
use crate::watchdog::Appointment;

mod core;
mod life;
mod mail;
mod terms;
mod waiting;

pub(crate) use self::core::{Core, Which};
use self::core::{EndBegun, Stage, Stand, State};
pub(crate) use self::mail::Refused;
pub(crate) use self::terms::Stuck;
use self::waiting::{Waiters, Woken};

/// What a new logical actor is given.
pub(crate) struct Birth {
    pub(crate) id: ActorId,
    pub(crate) label: Label,
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
    owner: Weak<Owner<A>>,
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
    pub(crate) fn create(system: System, birth: Birth) -> Arc<Owner<A>> {
        let owner = Arc::new_cyclic(|owner: &Weak<Owner<A>>| {
            let (queue, owner) = (Queue::new(birth.mailbox), owner.clone());
            Owner { cell: Arc::new(Self { core: Core::new(system, birth), queue, owner }) }
        });
        let core = &owner.cell.core;
        core.set_number(core.system.enter(&owner.cell));
        owner
    }
}

impl<A> Cell<A> {
    /// One more owner, unless the last one has gone.
    pub(crate) fn upgrade(&self) -> Option<Arc<Owner<A>>> {
        self.owner.upgrade()
    }

    /// Wants something of an incarnation: of the one there is, or of that one only.
    pub(crate) fn order(&self, which: Which, order: Order) {
        let refuse = match &order {
            Order::Drain => Some(Reason::default()),
            Order::Stop { reason, .. } => Some(reason.clone().into()),
            Order::End { .. } => Some(StopReason::Shutdown.into()),
            Order::Halt { .. } | Order::Kill | Order::Expire => None,
        };
        self.change_ladder(which, refuse, |ladder| ladder.order(order, Moment::now()));
    }

    /// An order to stop that leaves the time of the actor's own policy.
    pub(crate) fn stop(&self, which: Which) {
        self.order(which, Order::Stop { reason: StopReason::Normal, policy: self.core.policy() });
    }

    /// The incarnation ends by itself. Its mail stays for a successor and goes on being accepted.
    pub(crate) fn end(&self, which: Which, reason: StopReason) {
        self.change_ladder(which, None, |ladder| ladder.end(reason, self.core.policy(), Moment::now()));
    }

    /// Changes the ladder, if there is such an incarnation, and makes the run loop, the watchdog and those who wait see
    /// it. Returns what `change` does.
    pub(crate) fn change_ladder<T>(
        &self,
        which: Which,
        refuse: Option<Reason>,
        change: impl FnOnce(&mut Ladder) -> T,
    ) -> Option<T> {
        let mut state = self.core.state.lock();
        let stand = self.core.stand(&mut state, which)?;
        let before = Seen::of(&stand.ladder);
        let changed = change(&mut stand.ladder);
        let woken = self.publish(&mut state, before, refuse);
        drop(state);
        woken.wake();
        Some(changed)
    }

    /// Goes down the ladder if its time is over; the appointment that was made for this is.
    pub(crate) fn escalate(&self, appointment: Appointment, now: Moment) {
        let core = &self.core;
        let mut state = core.state.lock();
        let Some(stand) = core.stand(&mut state, Which::Current) else { return };
        stand.appointment = stand.appointment.filter(|current| *current != appointment);
        let before = Seen::of(&stand.ladder);
        let stuck = stand.ladder.overdue(core.policy(), now) && stand.ladder.rung() == Rung::Stuck;
        if stuck && core.stuck() == Stuck::Replace && !stand.ladder.is_for_good() {
            let epoch = core.epoch();
            // Under the lock: a thread that comes back now has either ended its incarnation itself, or finds that it is
            // over, drops its state and takes the note away.
            core.system.note_replaced(core.id, epoch, core.path().clone());
            let left = self.leave_ladder(&mut state, None);
            drop(state);
            core.system.emit(Event::Stuck { actor: core.subject(), epoch });
            if let Some(left) = left {
                self.left(left);
            }
            return;
        }
        let refuse = stuck.then(|| stand.ladder.reason().clone().into());
        let woken = self.publish(&mut state, before, refuse);
        let letters = if stuck { self.queue.take_items() } else { Vec::new() };
        drop(state);
        woken.wake();
        if stuck {
            core.system.emit(Event::Stuck { actor: core.subject(), epoch: core.epoch() });
            self.report(letters, &LetterReason::Stuck);
        }
    }

    /// Makes a change of the ladder visible, while its lock is held; the caller wakes once it has let go.
    fn publish(&self, state: &mut State, before: Seen, refuse: Option<Reason>) -> Woken {
        let core = &self.core;
        let Stage::Up(stand) = &mut state.stage else { return Woken::default() };
        let now = Seen::of(&stand.ladder);
        match (now.until, stand.appointment) {
            // What is later than before can wait for the appointment: the ladder is looked at then, and again.
            (Some(at), Some(_)) if before.until.is_some_and(|before| before <= at) => {}
            (Some(at), former) => {
                stand.appointment = Some(core.system.watchdog().look_at(at, core.number(), former));
            }
            // It is busy with its children, and soon wants another.
            (None, _) if now.rung != Rung::Running => {}
            (None, None) => {}
            (None, Some(former)) => {
                core.system.watchdog().withdraw(former);
                stand.appointment = None;
            }
        }
        let called = if now.rung != before.rung || refuse.is_some() {
            self.queue.raise(now.rung, refuse)
        } else {
            Called::default()
        };
        let changed = now.status != before.status;
        Woken { called, waiters: if changed { std::mem::take(&mut state.waiters) } else { Waiters::Nobody } }
    }

    /// The next incarnation begins. `None` if the logical actor has ended.
    pub(crate) fn begin(&self) -> Option<u64> {
        let core = &self.core;
        let mut state = core.state.lock();
        let epoch = core.epoch() + 1;
        if !self.queue.reopen(epoch) {
            return None;
        }
        debug_assert!(
            !matches!(state.stage, Stage::Up(_)),
            "an incarnation begins before the one before it has ended"
        );
        let mut ladder = Ladder::new();
        let before = Seen::of(&ladder);
        ladder.starting(Moment::now());
        let former = std::mem::replace(&mut state.stage, Stage::Up(Stand { ladder, appointment: None }));
        core.epoch.store(epoch, Ordering::Relaxed);
        let woken = self.publish(&mut state, before, None);
        let waiters = std::mem::take(&mut state.waiters);
        drop(state);
        drop(former);
        woken.wake();
        waiters.wake();
        Some(epoch)
    }

    /// The incarnation is over, and its state is dropped. What follows is the guardian's to say, unless it was replaced.
    pub(crate) fn ended(&self, epoch: u64) {
        let mut state = self.core.state.lock();
        if self.core.stand(&mut state, Which::Epoch(epoch)).is_some() {
            let left = self.leave_ladder(&mut state, None);
            // In the same go if nobody decides.
            let begun = left.as_ref().filter(|left| left.guardian.is_none()).and_then(|_| state.begin_end());
            drop(state);
            let Some(left) = left else { return };
            match begun {
                None => self.left(left),
                Some(begun) => {
                    self.note_stop(&left.ladder);
                    self.finish_begun(begun, left.reason);
                }
            }
        }
    }

    fn note_stop(&self, ladder: &Ladder) {
        if let Some(since) = ladder.since() {
            self.core.system.note_stop(&self.core, ladder.overran(), since);
        }
    }

    /// The incarnation that stood there is no more the actor's.
    fn left(&self, Left { ladder, reason, guardian }: Left) {
        self.note_stop(&ladder);
        let Some(guardian) = guardian else {
            self.finish_for(reason);
            return;
        };
        if ladder.leftovers() == Leftovers::Report {
            let letters = self.queue.take_items();
            self.report(letters, &LetterReason::Stopped(reason.get().clone()));
        }
        self.core.wake_waiting();
        if !guardian(reason.get().clone()) {
            self.finish_for(reason);
        }
    }

    /// The run loop is gone without having said so: its runtime has ended, or code of the framework has panicked.
    pub(crate) fn lost(&self, epoch: u64) {
        let mut state = self.core.state.lock();
        if self.core.stand(&mut state, Which::Epoch(epoch)).is_none() {
            drop(state);
            self.core.system.note_returned(self.core.id, epoch);
            return;
        }
        let left = self.leave_ladder(&mut state, Some(StopReason::Killed.into()));
        drop(state);
        match left.and_then(|left| left.guardian) {
            // With the runtime gone, there is nobody to decide.
            Some(guardian) if std::thread::panicking() && guardian(StopReason::Killed) => {
                self.core.wake_waiting();
            }
            _ => self.finish(StopReason::Killed),
        }
    }

    /// There is no incarnation any more: the actor stands still between two of them, or before its end. `reason` overrides
    /// that of the ladder.
    fn leave_ladder(&self, state: &mut State, reason: Option<Reason>) -> Option<Left> {
        let Stage::Up(stand) = &state.stage else { return None };
        let reason = reason.unwrap_or_else(|| stand.ladder.kept_reason());
        let guardian = state.guardian();
        let former = std::mem::replace(&mut state.stage, Stage::Resting(reason.clone()));
        let Stage::Up(Stand { ladder, appointment }) = former else { return None };
        if let Some(appointment) = appointment {
            self.core.system.watchdog().withdraw(appointment);
        }
        Some(Left { ladder, reason, guardian })
    }

    /// Ends the logical actor: name free, leftovers reported, watchers told, `stopped()` resolved, in this order.
    pub(crate) fn finish(&self, reason: StopReason) {
        self.finish_for(reason.into());
    }

    fn finish_for(&self, reason: Reason) {
        let begun = self.core.state.lock().begin_end();
        if let Some(begun) = begun {
            self.finish_begun(begun, reason);
        }
    }

    fn finish_begun(&self, EndBegun { guardian, names }: EndBegun, reason: Reason) {
        let core = &self.core;
        drop(guardian);
        let letters = self.queue.close(reason.clone());
        for name in names {
            core.system.registry().remove(&name, core.id);
        }
        core.system.leave(core);
        if !letters.is_empty() {
            self.report(letters, &LetterReason::Stopped(reason.get().clone()));
        }
        if core.epoch() > 0 {
            // Otherwise it has never been.
            core.system.note_end();
            core.system
                .emit_quietly(|| Event::Stopped { actor: core.subject(), reason: reason.get().clone() });
        }
        let (watchers, waiters, former) = core.state.lock().tell(&reason);
        drop(former);
        if watchers.is_empty() {
            waiters.wake();
            return;
        }
        for watcher in watchers.into_values() {
            watcher(Down { id: core.id, path: core.path().clone(), reason: reason.get().clone() });
        }
        core.state.lock().stage = Stage::Ended(reason);
        core.wake_waiting();
    }
}

/// What an incarnation has left to its logical actor.
struct Left {
    ladder: Ladder,
    reason: Reason,
    guardian: Option<Arc<Guardian>>,
}

/// What others can see of a ladder.
#[derive(Clone, Copy)]
struct Seen {
    rung: Rung,
    until: Option<Moment>,
    status: Discriminant<Status>,
}

impl Seen {
    fn of(ladder: &Ladder) -> Self {
        let status = discriminant(&ladder.status());
        Self { rung: ladder.rung(), until: ladder.until(), status }
    }
}
