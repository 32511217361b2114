//! Type erasure, all of it: what the system, a supervisor and the watchdog may do with an actor of any type.

use std::any::Any;

use crate::cell::{Core, Guardian};
use crate::incarnation::Started;
use crate::lifecycle::{Order, Shutdown};
use crate::reason::StopReason;
use crate::registry::NameTaken;
use crate::rt::{Arc, Instant};
use crate::supervision::{AutoShutdown, Directory, Restart, SpecError, Terms};
use crate::system::System;

/// A logical actor of any type.
pub(crate) trait Life: Send + Sync {
    fn core(&self) -> &Core;

    /// Wants something of the current incarnation. Without one it does nothing.
    fn order(&self, order: Order);

    /// Goes down the stop ladder if the time for it has come, and says when to look again.
    fn escalate(&self, now: Instant) -> Option<Instant>;

    /// Ends the logical actor, which has no incarnation any more. Only the first call does anything.
    fn finish(&self, reason: StopReason);

    /// Messages that wait to be handled.
    fn queued(&self) -> usize;

    /// Whether nothing waits for the actor and it waits for nothing but mail.
    #[cfg(feature = "testing")]
    fn is_idle(&self) -> bool;
}

/// A child's specification, for an actor of any type.
pub(crate) trait ChildSpec: Send + Sync {
    fn name(&self) -> &Arc<str>;

    /// What the plan has to know of it; `default` is the restart type of those that do not say.
    fn terms(&self, default: Restart) -> Terms;

    fn is_supervisor(&self) -> bool;

    fn shutdown(&self) -> Shutdown;

    /// Refuses what cannot work below a supervisor with this policy.
    fn check(&self, auto_shutdown: AutoShutdown) -> Result<(), SpecError>;

    /// Makes the logical actor, without an incarnation as yet.
    fn create(
        &self,
        system: &System,
        parent: &dyn Life,
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
