//! Watching: hearing once, by message, that another actor has ended for good.

use crate::identity::{ActorId, Path};
use crate::reason::StopReason;

/// A watched actor has ended. It arrives through `Handler<Down>`.
///
/// Exactly one comes for each [`Context::watch`](crate::Context::watch): at once if the actor had ended before, never
/// for a restart, never after [`Context::unwatch`](crate::Context::unwatch) has returned. When it arrives, the names
/// of the actor are free. It stands in the queue behind everything that the actor had sent to the watcher.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Down {
    /// Which actor.
    pub id: ActorId,
    /// Where it stood.
    pub path: Path,
    /// Why it ended.
    pub reason: StopReason,
}

/// One watch: who holds it, and which incarnation of the holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WatchKey {
    pub(crate) holder: ActorId,
    pub(crate) epoch: u64,
}
