//! The part of a logical actor that does not know the actor's type: who it is, how it stands, who watches it.

use std::collections::HashMap;
use std::time::Duration;

use super::{Birth, Guardian, Watcher};
use crate::erased::Life;
use crate::event::{Event, Subject};
use crate::identity::{ActorId, Path};
#[cfg(feature = "testing")]
use crate::incarnation::Incarnation;
use crate::lifecycle::{Ladder, Rung, Shutdown, Status};
use crate::reason::{Panic, StopReason};
use crate::rt::atomic::{AtomicU64, Ordering};
use crate::rt::{Arc, Instant, Mutex, Notify, Weak};
use crate::system::System;
use crate::watch::{Down, WatchKey};
use crate::watchdog::Appointment;

pub(crate) struct Core {
    pub(crate) id: ActorId,
    pub(crate) path: Path,
    pub(crate) parent: Option<ActorId>,
    pub(crate) actor_type: String,
    pub(crate) system: System,
    pub(crate) policy: Shutdown,
    pub(super) stuck: Stuck,
    pub(crate) ask_timeout: Duration,
    pub(super) epoch: AtomicU64,
    pub(super) ladder: Mutex<Option<Stand>>,
    /// Messages that have been handled, over all incarnations.
    handled: AtomicU64,
    pub(super) life: Mutex<Lasting>,
    /// Called at every change of status.
    pub(super) changed: Notify,
    pub(super) this: Weak<dyn Life>,
    #[cfg(feature = "testing")]
    incarnation: Mutex<Weak<Incarnation>>,
}

/// What follows if an incarnation does not give its thread back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// No successor starts before the thread is back.
    Wait,
    /// It counts as ended.
    Replace,
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

/// An incarnation's place on the stop ladder.
pub(super) struct Stand {
    pub(super) epoch: u64,
    pub(super) ladder: Ladder,
    /// When the watchdog is going to look, and what to tell it when that changes.
    pub(super) looked_at: Option<Instant>,
    pub(super) appointment: Option<Appointment>,
}

/// What a restart leaves alone.
pub(super) struct Lasting {
    pub(super) status: Status,
    pub(super) guardian: Option<Arc<Guardian>>,
    pub(super) watchers: HashMap<WatchKey, Watcher>,
    /// Why the last incarnation ended.
    pub(super) last: Option<StopReason>,
    pub(super) names: Vec<String>,
    /// The logical end has begun.
    pub(super) finishing: bool,
    /// Set when the watchers are told; whoever watches from then on is told at once.
    pub(super) ended: Option<StopReason>,
}

impl Core {
    pub(super) fn new(system: &System, birth: Birth, this: Weak<dyn Life>) -> Self {
        Self {
            id: birth.id,
            path: birth.path,
            parent: birth.parent,
            actor_type: birth.actor_type,
            system: system.without_guard(),
            policy: birth.policy,
            stuck: birth.stuck,
            ask_timeout: birth.ask_timeout,
            epoch: AtomicU64::new(0),
            handled: AtomicU64::new(0),
            ladder: Mutex::new(None),
            life: Mutex::new(Lasting {
                status: Status::Starting,
                guardian: birth.guardian.map(Arc::new),
                watchers: HashMap::new(),
                last: None,
                names: Vec::new(),
                finishing: false,
                ended: None,
            }),
            changed: Notify::new(),
            this,
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

    pub(crate) fn is_named(&self) -> bool {
        !self.life.lock().names.is_empty()
    }

    /// A panic of foreign code was contained, at this place.
    pub(crate) fn contained(&self, place: &'static str, panic: Panic) {
        self.system.emit(Event::Panicked { actor: self.subject(), place, panic });
    }

    pub(crate) fn subject(&self) -> Subject {
        Subject { id: self.id, path: self.path.clone() }
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    pub(crate) fn rung(&self) -> Option<Rung> {
        self.ladder.lock().as_ref().map(|stand| stand.ladder.rung())
    }

    /// The reason that the ladder holds for the end of the incarnation `epoch`. One that was replaced was killed.
    pub(crate) fn ending_reason(&self, epoch: u64) -> StopReason {
        self.ladder_of(epoch, |ladder| ladder.reason().clone()).unwrap_or(StopReason::Killed)
    }

    /// Where the incarnation `epoch` stands.
    pub(crate) fn rung_of(&self, epoch: u64) -> Rung {
        self.ladder_of(epoch, Ladder::rung).unwrap_or(Rung::Stuck)
    }

    /// Whether the incarnation `epoch`, whose run loop asks, has a successor already.
    pub(crate) fn was_replaced(&self, epoch: u64) -> bool {
        self.ladder_of(epoch, |_| ()).is_none()
    }

    fn ladder_of<T>(&self, epoch: u64, look: impl FnOnce(&Ladder) -> T) -> Option<T> {
        self.ladder.lock().as_ref().filter(|stand| stand.epoch == epoch).map(|stand| look(&stand.ladder))
    }

    /// Why the last incarnation ended, if one has.
    pub(crate) fn last_reason(&self) -> Option<StopReason> {
        self.life.lock().last.clone()
    }

    /// Called by the run loop only, so that a load and a store are enough; one that was replaced may cost a count.
    pub(crate) fn count_handled(&self) {
        self.handled.store(self.handled.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    #[cfg(feature = "testing")]
    pub(crate) fn handled(&self) -> u64 {
        self.handled.load(Ordering::Relaxed)
    }

    /// Whether the logical end has begun.
    pub(crate) fn is_finishing(&self) -> bool {
        self.life.lock().finishing
    }

    pub(crate) fn status(&self) -> Status {
        self.life.lock().status.clone()
    }

    /// The actor has one name more, to be freed at its end. `false` if it has ended.
    pub(crate) fn add_name(&self, name: String) -> bool {
        let mut life = self.life.lock();
        if !life.finishing {
            life.names.push(name);
        }
        !life.finishing
    }

    /// Calls `watcher` once, at the logical end or now if that is past.
    pub(crate) fn watch(&self, key: WatchKey, watcher: Watcher) {
        let mut life = self.life.lock();
        let ended = life.ended.clone();
        match ended {
            None => {
                life.watchers.insert(key, watcher);
            }
            Some(reason) => {
                drop(life);
                watcher(Down { id: self.id, path: self.path.clone(), reason });
            }
        }
    }

    /// Whether there was one.
    pub(crate) fn unwatch(&self, key: WatchKey) -> bool {
        let watcher = self.life.lock().watchers.remove(&key);
        watcher.is_some()
    }

    /// Waits until the status answers `settled` with something.
    pub(crate) async fn wait_for<T>(&self, mut settled: impl FnMut(&Status) -> Option<T>) -> T {
        let mut changed = std::pin::pin!(self.changed.notified());
        loop {
            // Listening begins before looking, so that no change falls between the two.
            changed.as_mut().enable();
            let found = settled(&self.life.lock().status);
            if let Some(found) = found {
                return found;
            }
            changed.as_mut().await;
            changed.set(self.changed.notified());
        }
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
        let mut life = self.life.lock();
        let guardian = life.guardian.take();
        let ended = matches!(life.status, Status::Restarting);
        drop(life);
        drop(guardian);
        ended
    }
}
