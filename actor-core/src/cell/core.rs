//! The part of a logical actor that does not know the actor's type: who it is, how it stands, who watches it.

use std::collections::HashMap;

use super::terms::Terms;
use super::waiting::{Wait, Waiters};
use super::{Birth, Guardian, Watcher};
use crate::event::{Event, Subject};
use crate::identity::{ActorId, Label, Path};
#[cfg(feature = "testing")]
use crate::incarnation::Incarnation;
use crate::lifecycle::{Ladder, Rung, Status};
use crate::reason::{Panic, Reason, StopReason};
use crate::roll::Number;
#[cfg(feature = "testing")]
use crate::rt::Weak;
use crate::rt::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use crate::rt::{Arc, Mutex};
use crate::stats::Counts;
use crate::system::System;
use crate::watch::{Down, WatchKey};
use crate::watchdog::Appointment;

pub(crate) struct Core {
    pub(crate) id: ActorId,
    label: Label,
    pub(crate) system: System,
    /// `None`: as most actors have them.
    pub(super) terms: Option<Box<Terms>>,
    /// The system keeps a strong reference to it.
    kept: AtomicBool,
    /// Its mailbox has memory, and the system's [`Rests`](crate::rest::Rests) are going to look at it.
    has_memory: AtomicBool,
    /// Its place on the system's roll.
    number: AtomicU32,
    /// Changes under the lock of the state.
    pub(super) epoch: AtomicU64,
    pub(crate) counts: Counts,
    pub(super) state: Mutex<State>,
    #[cfg(feature = "testing")]
    incarnation: Mutex<Weak<Incarnation>>,
}

/// Whom an order is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    /// Whichever incarnation there is.
    Current,
    /// This one, unless it was replaced.
    Epoch(u64),
}

impl Which {
    pub(super) fn is(self, current: u64) -> bool {
        match self {
            Self::Current => true,
            Self::Epoch(epoch) => epoch == current,
        }
    }
}

/// How a logical actor stands.
pub(super) struct State {
    pub(super) stage: Stage,
    /// The logical end has begun.
    pub(super) finishing: bool,
    next_key: u32,
    /// Those who wait for a change of status.
    pub(super) waiters: Waiters,
    /// What only some actors have.
    pub(super) ties: Option<Box<Ties>>,
}

pub(super) enum Stage {
    /// Before the first incarnation.
    Unborn,
    Up(Stand),
    /// Between two incarnations, or before the end. The reason, from here on, is why the last one ended.
    Resting(Reason),
    /// The watchers are being told; whoever watches from then on is told at once.
    Telling(Reason),
    Ended(Reason),
}

/// An incarnation's place on the stop ladder.
pub(super) struct Stand {
    pub(super) ladder: Ladder,
    /// When the watchdog is going to look: not later than the ladder wants.
    pub(super) appointment: Option<Appointment>,
}

/// Who has to do with an actor beyond its references. A restart leaves them alone.
#[derive(Default)]
pub(super) struct Ties {
    pub(super) guardian: Option<Arc<Guardian>>,
    pub(super) watchers: Watchers,
    pub(super) names: Vec<String>,
}

/// What the logical end lets go of first.
#[derive(Default)]
pub(super) struct EndBegun {
    pub(super) guardian: Option<Arc<Guardian>>,
    pub(super) names: Vec<String>,
}

pub(super) type Watchers = HashMap<WatchKey, Watcher>;

impl State {
    fn new(ties: Option<Box<Ties>>) -> Self {
        Self { stage: Stage::Unborn, finishing: false, next_key: 0, waiters: Waiters::Nobody, ties }
    }

    /// For somebody who waits.
    pub(super) fn next_key(&mut self) -> u32 {
        self.next_key = self.next_key.wrapping_add(1);
        self.next_key
    }

    pub(super) fn ties(&mut self) -> &mut Ties {
        self.ties.get_or_insert_default()
    }

    pub(super) fn guardian(&self) -> Option<Arc<Guardian>> {
        self.ties.as_ref()?.guardian.clone()
    }

    /// Begins the logical end, if it has not begun.
    pub(super) fn begin_end(&mut self) -> Option<EndBegun> {
        if std::mem::replace(&mut self.finishing, true) {
            return None;
        }
        Some(match &mut self.ties {
            None => EndBegun::default(),
            Some(ties) => EndBegun { guardian: ties.guardian.take(), names: std::mem::take(&mut ties.names) },
        })
    }

    /// The watchers, who are to be told now, and the former stage, to be dropped outside the lock. Without watchers the end has
    /// come with that, and whoever waits is to be woken.
    pub(super) fn tell(&mut self, reason: &Reason) -> (Watchers, Waiters, Stage) {
        let watchers = self.ties.as_mut().map(|ties| std::mem::take(&mut ties.watchers)).unwrap_or_default();
        let reason = reason.clone();
        let (waiters, stage) = if watchers.is_empty() {
            (std::mem::take(&mut self.waiters), Stage::Ended(reason))
        } else {
            (Waiters::Nobody, Stage::Telling(reason))
        };
        (watchers, waiters, std::mem::replace(&mut self.stage, stage))
    }

    pub(super) fn status(&self) -> Status {
        match &self.stage {
            Stage::Unborn => Status::Starting,
            Stage::Up(stand) => stand.ladder.status(),
            Stage::Resting(_) | Stage::Telling(_) => Status::Restarting,
            Stage::Ended(reason) => Status::Stopped(reason.get().clone()),
        }
    }
}

impl Core {
    pub(super) fn new(system: System, birth: Birth) -> Self {
        let terms = Terms::of(&system, &birth);
        let ties = birth.guardian.map(|guardian| {
            let guardian = Some(Arc::new(guardian));
            Box::new(Ties { guardian, ..Ties::default() })
        });
        Self {
            id: birth.id,
            label: birth.label,
            system,
            terms,
            kept: AtomicBool::new(false),
            has_memory: AtomicBool::new(false),
            number: AtomicU32::new(0),
            epoch: AtomicU64::new(0),
            counts: Counts::default(),
            state: Mutex::new(State::new(ties)),
            #[cfg(feature = "testing")]
            incarnation: Mutex::new(Weak::new()),
        }
    }

    #[cfg(feature = "testing")]
    pub(crate) fn note_incarnation(&self, incarnation: &Arc<Incarnation>) {
        *self.incarnation.lock() = Arc::downgrade(incarnation);
    }

    /// Whether something may yet come to the current incarnation by itself.
    #[cfg(feature = "testing")]
    pub(crate) fn expects_something(&self) -> bool {
        let incarnation = self.incarnation.lock().upgrade();
        incarnation.is_some_and(|incarnation| incarnation.expects_something())
    }

    /// Set once, when the actor is entered in its system, before anybody else knows of it.
    pub(crate) fn set_number(&self, number: Number) {
        self.number.store(number.to_u32(), Ordering::Relaxed);
    }

    pub(crate) fn number(&self) -> Number {
        Number::from_u32(self.number.load(Ordering::Relaxed))
    }

    pub(crate) fn path(&self) -> &Path {
        self.label.path(self.id)
    }

    pub(crate) fn actor_type(&self) -> String {
        self.label.actor_type()
    }

    pub(crate) fn parent(&self) -> Option<ActorId> {
        self.label.parent()
    }

    pub(crate) fn is_named(&self) -> bool {
        self.state.lock().ties.as_ref().is_some_and(|ties| !ties.names.is_empty())
    }

    /// The system is about to keep a reference, which is to go when the actor ends. Whether it has ended is to be asked after
    /// that.
    pub(crate) fn note_kept(&self) {
        self.kept.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.kept.load(Ordering::Relaxed)
    }

    /// Whether that is new.
    pub(super) fn note_memory(&self) -> bool {
        !self.has_memory.load(Ordering::Relaxed) && !self.has_memory.swap(true, Ordering::Relaxed)
    }

    /// Whether it was noted.
    pub(super) fn forget_memory(&self) -> bool {
        self.has_memory.swap(false, Ordering::Relaxed)
    }

    /// A panic of foreign code was contained, at this place.
    pub(crate) fn contained(&self, place: &'static str, panic: Panic) {
        self.system.emit(Event::Panicked { actor: self.subject(), place, panic });
    }

    /// A handler of the current incarnation is slow.
    pub(crate) fn report_slow(&self, event: impl FnOnce(Subject, u64) -> Event) {
        self.system.note_slow(event(self.subject(), self.epoch()));
    }

    pub(crate) fn subject(&self) -> Subject {
        Subject { id: self.id, path: self.path().clone() }
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    pub(crate) fn rung(&self) -> Option<Rung> {
        self.look(Which::Current, Ladder::rung)
    }

    /// The reason that the ladder holds for the end of the incarnation `epoch`. One that was replaced was killed.
    pub(crate) fn ending_reason(&self, epoch: u64) -> StopReason {
        self.look(Which::Epoch(epoch), |ladder| ladder.reason().clone()).unwrap_or(StopReason::Killed)
    }

    /// Whether that incarnation is there is settled under the lock.
    pub(super) fn stand<'a>(&self, state: &'a mut State, which: Which) -> Option<&'a mut Stand> {
        match &mut state.stage {
            Stage::Up(stand) if which.is(self.epoch()) => Some(stand),
            _ => None,
        }
    }

    fn look<T>(&self, which: Which, look: impl FnOnce(&Ladder) -> T) -> Option<T> {
        let mut state = self.state.lock();
        self.stand(&mut state, which).map(|stand| look(&stand.ladder))
    }

    /// Why the last incarnation ended, if there is none now and one has.
    pub(crate) fn last_reason(&self) -> Option<StopReason> {
        match &self.state.lock().stage {
            Stage::Unborn | Stage::Up(_) => None,
            Stage::Resting(reason) | Stage::Telling(reason) | Stage::Ended(reason) => {
                Some(reason.get().clone())
            }
        }
    }

    /// Whether the logical end has begun.
    pub(crate) fn is_finishing(&self) -> bool {
        self.state.lock().finishing
    }

    pub(crate) fn status(&self) -> Status {
        self.state.lock().status()
    }

    /// The actor has one name more, to be freed at its end. `false` if it has ended.
    pub(crate) fn add_name(&self, name: String) -> bool {
        let mut state = self.state.lock();
        if !state.finishing {
            state.ties().names.push(name);
        }
        !state.finishing
    }

    /// Calls `watcher` once, at the logical end or now if that is past.
    pub(crate) fn watch(&self, key: WatchKey, watcher: Watcher) {
        let mut state = self.state.lock();
        let ended = match &state.stage {
            Stage::Telling(reason) | Stage::Ended(reason) => Some(reason.get().clone()),
            _ => None,
        };
        match ended {
            None => {
                state.ties().watchers.insert(key, watcher);
            }
            Some(reason) => {
                drop(state);
                watcher(Down { id: self.id, path: self.path().clone(), reason });
            }
        }
    }

    /// Whether there was one.
    pub(crate) fn unwatch(&self, key: WatchKey) -> bool {
        let watcher = self.state.lock().ties.as_mut().and_then(|ties| ties.watchers.remove(&key));
        watcher.is_some()
    }

    /// Wakes whoever waits for a change.
    pub(super) fn wake_waiting(&self) {
        let waiters = std::mem::take(&mut self.state.lock().waiters);
        waiters.wake();
    }

    /// Waits until the status answers `settled` with something.
    pub(crate) fn wait_for<T, F>(&self, settled: F) -> impl Future<Output = T> + use<'_, T, F>
    where
        F: FnMut(&Status) -> Option<T> + Unpin,
    {
        Wait::new(self, settled)
    }

    /// Waits for the logical end.
    pub(crate) async fn stopped(&self) -> StopReason {
        self.wait_for(|status| match status {
            Status::Stopped(reason) => Some(reason.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until there is no incarnation, or none that gives its thread back.
    pub(crate) async fn gone(&self) {
        self.wait_for(|status| {
            matches!(status, Status::Stopped(_) | Status::Restarting | Status::Stuck).then_some(())
        })
        .await;
    }

    /// Waits for the logical end, or for an incarnation that does not give its thread back.
    pub(crate) async fn stopped_or_stuck(&self) {
        self.wait_for(|status| matches!(status, Status::Stopped(_) | Status::Stuck).then_some(())).await;
    }

    /// Nobody decides about this actor any more: when its incarnation ends, it ends. Returns whether the last one has
    /// ended already, so that the caller must finish the actor.
    #[must_use]
    pub(crate) fn abandon(&self) -> bool {
        let mut state = self.state.lock();
        let guardian = state.ties.as_mut().and_then(|ties| ties.guardian.take());
        let ended = matches!(state.status(), Status::Restarting);
        drop(state);
        drop(guardian);
        ended
    }
}
