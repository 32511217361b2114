//! What a supervisor is made from, again and again: its children's specifications and its rules, checked as a whole.

use std::collections::HashSet;

use thiserror::Error;

use super::keeper::Keeper;
use super::{AutoShutdown, Child, Directory, Intensity, Restart, Strategy};
use crate::cell::{Birth, Cell, Stuck};
use crate::erased::ChildSpec;
use crate::identity::{ActorId, Label, Path, TypeName};
use crate::lifecycle::Shutdown;
use crate::mailbox::Mailbox;
use crate::reason::StopReason;
use crate::reference::ActorRef;
use crate::rt::{Arc, oneshot};
use crate::run::launch;
use crate::system::{System, launch_unless_closing};

/// Everything that an incarnation of a supervisor is made from.
#[derive(Clone)]
pub(crate) struct Blueprint {
    pub(super) strategy: Strategy,
    pub(super) auto_shutdown: AutoShutdown,
    pub(super) intensity: Intensity,
    pub(super) children: Vec<Arc<dyn ChildSpec>>,
    pub(super) dynamic: bool,
    /// The most children it may have.
    pub(super) max_children: usize,
    pub(super) directory: Arc<Directory>,
}

/// A specification that cannot work.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpecError {
    /// Two children of one supervisor have the same name.
    #[error("two children are named `{name}`: names are unique below one supervisor")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A window of no length counts nothing.
    #[error(
        "the intensity's window is zero: give it a length, such as `intensity(3, Duration::from_secs(5))`"
    )]
    ZeroWindow,
    /// A `Permanent` child never ends for good, so its end can decide nothing.
    #[error(
        "child `{name}` is significant and `Permanent`, which never ends for good: make it `Transient` or `Temporary`"
    )]
    SignificantPermanent {
        /// The name of the child.
        name: String,
    },
    /// A significant child means nothing to a supervisor that does not look.
    #[error(
        "child `{name}` is significant, but its supervisor has `AutoShutdown::Never`: choose `Any` or `All`"
    )]
    SignificantWithoutAutoShutdown {
        /// The name of the child.
        name: String,
    },
    /// A worker that may take as long as it likes to stop would hold up its supervisor for ever.
    #[error(
        "child `{name}` is a worker with `Shutdown::Unlimited`: give it `Shutdown::After`; `Unlimited` is for supervisors"
    )]
    UnlimitedWorker {
        /// The name of the child.
        name: String,
    },
}

/// Why a supervisor did not start.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum SupervisorError {
    /// The specification cannot work; nothing was started.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// A child did not start. Those before it have been stopped again, in reverse.
    #[error("{path} {reason}")]
    NotStarted {
        /// The path of the supervisor.
        path: Path,
        /// The cause, with the child's name.
        reason: StopReason,
    },
}

impl Blueprint {
    pub(super) fn new(strategy: Strategy, dynamic: bool) -> Self {
        Self {
            strategy,
            auto_shutdown: AutoShutdown::default(),
            intensity: Intensity::default(),
            children: Vec::new(),
            dynamic,
            max_children: usize::MAX,
            directory: Arc::default(),
        }
    }

    /// The restart type of children that do not say.
    pub(super) fn default_restart(&self) -> Restart {
        if self.dynamic { Restart::Temporary } else { Restart::Permanent }
    }

    /// What people are shown as the type of the supervisor.
    pub(super) fn kind(&self) -> TypeName {
        if self.dynamic { || "DynamicSupervisor" } else { || "Supervisor" }
    }

    /// Refuses what cannot work, at every level of the tree.
    pub(super) fn check(&self) -> Result<(), SpecError> {
        if self.intensity.within.is_zero() {
            return Err(SpecError::ZeroWindow);
        }
        let mut names = HashSet::new();
        for child in &self.children {
            if !names.insert(child.name()) {
                return Err(SpecError::DuplicateName { name: child.name().to_string() });
            }
            child.check(self.auto_shutdown, self.default_restart())?;
        }
        Ok(())
    }

    pub(super) fn into_child(self, name: &str) -> Child<Keeper> {
        Child::nested(name, self)
    }

    pub(super) async fn start(
        self,
        system: &System,
        name: Option<String>,
    ) -> Result<ActorRef<Keeper>, SupervisorError> {
        self.check()?;
        let id = ActorId::next();
        let path = Path::top(&name.unwrap_or_else(|| format!("supervisor-{}", id.serial())));
        let birth = Birth {
            id,
            label: Label::named(path.clone(), self.kind()),
            mailbox: Mailbox::unbounded(),
            policy: Shutdown::Unlimited,
            stuck: Stuck::Wait,
            ask_timeout: system.ask_timeout(),
            guardian: None,
        };
        let keeper: ActorRef<Keeper> = ActorRef::from_owner(Cell::create(system.without_guard(), birth));
        system.keep(keeper.clone());
        let (started, outcome) = oneshot::channel();
        let made = async move { Ok(Keeper::new(self)) };
        launch_unless_closing(keeper.local_cell(), || {
            launch(keeper.local_cell(), made, Some(Box::new(|outcome| drop(started.send(outcome)))))
        });
        match outcome.await {
            Ok(Ok(())) => Ok(keeper),
            Ok(Err(reason)) => Err(SupervisorError::NotStarted { path, reason }),
            // It never began, since the system is shutting down, or its runtime is gone.
            Err(_) => Err(SupervisorError::NotStarted { path, reason: StopReason::Shutdown }),
        }
    }
}
