//! Live administration: what can be asked of a running supervisor, and what it says.

use std::time::Duration;

use thiserror::Error;

use super::child::Restart;
use super::intensity::Intensity;
use super::{AutoShutdown, SpecError};
use crate::error::AskError;
use crate::identity::ActorId;
use crate::reason::StopReason;
use crate::rt::{Arc, oneshot};

/// Why an administrative call on a supervisor failed.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum AdminError {
    /// A child of that name is there already.
    #[error("a child named `{name}` is there already")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// There is no child of that name.
    #[error("there is no child named `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The call is for a child that has ended, and this one runs.
    #[error("child `{name}` is running: terminate it first")]
    Running {
        /// The name.
        name: String,
    },
    /// The call is for a child that has ended, and this one is coming back.
    #[error("child `{name}` is restarting: terminate it first")]
    Restarting {
        /// The name.
        name: String,
    },
    /// The specification cannot work.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The child did not come up.
    #[error("child `{name}` {reason}")]
    NotStarted {
        /// The name.
        name: String,
        /// How it ended instead.
        reason: StopReason,
    },
    /// There is no room for another child.
    #[error("the supervisor has its most children, {max}, already")]
    Full {
        /// How many it may have.
        max: usize,
    },
    /// The supervisor has stopped, or stopped meanwhile; or its system is shutting down, and nobody is started any more.
    #[error("the supervisor has stopped, or is going to, as its system is shutting down")]
    Closed,
    /// The supervisor did not answer in time: its runtime is too busy to run it, since it waits for nobody.
    #[error("the supervisor did not answer within {after:?}: is a thread of the runtime blocked?")]
    TimedOut {
        /// How long was waited.
        after: Duration,
    },
}

impl AdminError {
    /// Why an ask of a supervisor failed.
    pub(super) fn of<M>(error: AskError<M>) -> Self {
        match error {
            AskError::Timeout { after, .. } => Self::TimedOut { after },
            _ => Self::Closed,
        }
    }
}

/// A child of a running supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChildInfo {
    /// Its name below the supervisor.
    pub name: Arc<str>,
    /// The id of its logical actor, unless that has ended.
    pub id: Option<ActorId>,
    /// What it is doing.
    pub status: ChildStatus,
    /// When it is started again.
    pub restart: Restart,
    /// What it is.
    pub kind: ChildKind,
}

/// What a child is doing, as its supervisor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChildStatus {
    /// Its first incarnation is starting, or its turn has not come yet.
    Starting,
    /// It runs.
    Running,
    /// It is being restarted, or backs off, or waits for its group.
    Restarting,
    /// It is being ended for good.
    Stopping,
    /// It has ended for good; its specification is kept.
    Stopped,
}

impl ChildStatus {
    fn is_active(self) -> bool {
        !matches!(self, Self::Restarting | Self::Stopped)
    }
}

/// What a child is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChildKind {
    /// An actor of the user's.
    Worker,
    /// A supervisor.
    Supervisor,
}

/// How many children a supervisor has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChildCount {
    /// Specifications, whether their actors run or not.
    pub specs: usize,
    /// Children that have an incarnation: those that are coming back, or have ended, are not among them.
    pub active: usize,
    /// Specifications of workers.
    pub workers: usize,
    /// Specifications of supervisors.
    pub supervisors: usize,
}

impl ChildCount {
    pub(super) fn of(children: &[ChildInfo]) -> Self {
        let count = |kind| children.iter().filter(|child| child.kind == kind).count();
        Self {
            specs: children.len(),
            active: children.iter().filter(|child| child.status.is_active()).count(),
            workers: count(ChildKind::Worker),
            supervisors: count(ChildKind::Supervisor),
        }
    }
}

/// What to change of a running supervisor. What is not said stays.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Reconfigure {
    pub(super) intensity: Option<Intensity>,
    pub(super) auto_shutdown: Option<AutoShutdown>,
    pub(super) restart: Vec<(String, Restart)>,
    /// Only say whether it could be done.
    pub(super) probe: bool,
}

impl Reconfigure {
    /// Changes nothing as yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another limit of restarts. Those that were made still count.
    pub fn intensity(mut self, max_restarts: u32, within: Duration) -> Self {
        self.intensity = Some(Intensity { max_restarts, within });
        self
    }

    /// Another rule for significant children, for ends that come from now on.
    pub fn auto_shutdown(mut self, auto_shutdown: AutoShutdown) -> Self {
        self.auto_shutdown = Some(auto_shutdown);
        self
    }

    /// Another restart type for the child called `name`, for ends that come from now on.
    pub fn restart(mut self, name: impl Into<String>, restart: Restart) -> Self {
        self.restart.push((name.into(), restart));
        self
    }
}

/// Who waits for a call to be carried out.
pub(super) type Reply<T> = oneshot::Sender<Result<T, AdminError>>;
