//! Type erasure, all of it: what the system, a supervisor and the watchdog may do with an actor of any type.

use std::any::Any;

use crate::cell::{Core, Guardian, Watcher};
use crate::identity::ActorId;
use crate::incarnation::Started;
use crate::lifecycle::{Order, Shutdown};
use crate::reason::StopReason;
use crate::registry::NameTaken;
use crate::rt::{Arc, Moment};
use crate::supervision::{AutoShutdown, Directory, Restart, SpecError, Terms};
use crate::system::System;
use crate::watch::{Down, LinkBroken, WatchKey};
use crate::watchdog::Appointment;

/// A logical actor of any type.
pub(crate) trait Life: Send + Sync {
    fn core(&self) -> &Core;

    /// Wants something of the current incarnation. Without one it does nothing.
    fn order(&self, order: Order);

    /// Goes down the stop ladder if the time for it has come, and has the watchdog look again.
    fn escalate(&self, appointment: Appointment, now: Moment);

    /// The incarnation ends by itself, for this reason.
    fn end(&self, reason: StopReason);

    /// Ends the logical actor, which has no incarnation any more. Only the first call does anything.
    fn finish(&self, reason: StopReason);

    /// Gives the memory of its mailbox back if it has rested since it had taken so many messages. `Some` if it is to be looked at
    /// again: how many it has taken by now.
    fn rest(&self, taken: u64) -> Option<u64>;

    /// Whether a strong reference to it is left.
    fn is_owned(&self) -> bool;

    /// Messages that wait to be handled.
    fn queued(&self) -> usize;

    /// Whether nothing waits for the actor and it waits for nothing but mail.
    #[cfg(feature = "testing")]
    fn is_idle(&self) -> bool;
}

/// Makes each of two actors end when the other does, unless that ends with `Normal`.
pub(crate) fn link(one: Arc<dyn Life>, other: Arc<dyn Life>) {
    let (one_id, other_id) = (one.core().id, other.core().id);
    if one_id == other_id {
        return;
    }
    one.core().watch(WatchKey::Link { peer: other_id }, fires_at(&other, one_id));
    other.core().watch(WatchKey::Link { peer: one_id }, fires_at(&one, other_id));
}

/// What the end of one actor does to `peer`. It holds no memory: two linked actors must not keep each other's cells.
fn fires_at(peer: &Arc<dyn Life>, ended: ActorId) -> Watcher {
    let peer = Arc::downgrade(peer);
    Box::new(move |Down { path, reason, .. }| {
        let Some(peer) = peer.upgrade() else { return };
        if !peer.core().unwatch(WatchKey::Link { peer: ended }) {
            // Undone meanwhile, or both end at the same time.
            return;
        }
        match reason {
            StopReason::Normal => {}
            StopReason::Shutdown => peer.order(Order::Stop { reason, policy: peer.core().policy() }),
            reason => peer.end(StopReason::Failed(Arc::new(LinkBroken { path, reason }))),
        }
    })
}

/// A child's specification, for an actor of any type.
pub(crate) trait ChildSpec: Send + Sync {
    fn name(&self) -> &Arc<str>;

    /// What the plan has to know of it; `default` is the restart type of those that do not say.
    fn terms(&self, default: Restart) -> Terms;

    fn is_supervisor(&self) -> bool;

    fn shutdown(&self) -> Shutdown;

    /// Refuses what cannot work below a supervisor with this policy.
    fn check(&self, auto_shutdown: AutoShutdown, default: Restart) -> Result<(), SpecError>;

    /// Makes the logical actor, without an incarnation as yet.
    fn create(
        &self,
        system: &System,
        parent: &dyn Life,
        restart: Restart,
        guardian: Guardian,
    ) -> Result<Box<dyn ChildActor>, NameTaken>;
}

/// A child's logical actor, of any type.
pub(crate) trait ChildActor: Send + Sync {
    fn life(&self) -> Arc<dyn Life>;

    /// Starts the next incarnation. `false` if the actor has ended.
    fn launch(&self, started: Started) -> bool;

    /// A strong reference of the actor's own type.
    fn reference(&self) -> Box<dyn Any + Send + Sync>;

    /// Its children, if it is a supervisor.
    fn below(&self) -> Option<Arc<Directory>>;
}
