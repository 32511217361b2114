//! Watching: hearing once, by message, that another actor has ended for good.

use thiserror::Error;

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

/// What stands behind somebody who is told of an actor's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum WatchKey {
    /// A watch: who holds it, and which incarnation of the holder.
    Watch { holder: ActorId, epoch: u64 },
    /// A link with this logical actor.
    Link { peer: ActorId },
}

/// A linked actor has ended otherwise than with `Normal`, and took this one with it. It is the error in
/// [`StopReason::Failed`].
#[derive(Clone, Debug, Error)]
#[error("linked to {path}, which {reason}")]
#[non_exhaustive]
pub struct LinkBroken {
    /// Where the other one stood.
    pub path: Path,
    /// Why it ended.
    pub reason: StopReason,
}
