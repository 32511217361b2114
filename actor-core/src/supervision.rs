//! Supervision: children that are started in order, watched, restarted, and stopped in reverse.
//!
//! ```text
//!   Supervisor / DynamicSupervisor   what the user writes         (this file)
//!        └► Child, Restart           one child's specification    (child.rs, factory.rs)
//!   Plan                             pure: event, now → actions   (plan.rs, intensity.rs)
//!   Keeper                           the actor that performs them (keeper.rs)
//!   SupervisorRef, DynamicRef        live administration          (handle.rs)
//! ```
//!
//! A supervisor is an actor like any other: it has a path, it is watched and stopped like one, and its children are
//! children of its incarnation, so that whatever ends it ends them first.
//!
//! Guarantees [OTP]: a child is up before the next one starts; if one fails while the supervisor starts, those that are
//! up are stopped in reverse and the starter gets the cause; one window of restarts per supervisor, and more than it
//! allows ends the supervisor.

use std::collections::HashSet;
use std::time::Duration;

use thiserror::Error;

use crate::actor::Actor;
use crate::cell::{Birth, Cell};
use crate::erased::ChildSpec;
use crate::identity::{ActorId, Path};
use crate::lifecycle::Shutdown;
use crate::mailbox::Mailbox;
use crate::reason::StopReason;
use crate::reference::ActorRef;
use crate::rt::{Arc, oneshot};
use crate::system::{System, launch_unless_closing};

mod admin;
mod backoff;
mod child;
mod directory;
mod factory;
mod handle;
mod intensity;
mod keeper;
mod plan;

pub use admin::{AdminError, ChildCount, ChildInfo, ChildKind, ChildStatus, Reconfigure};
pub use backoff::Backoff;
pub use child::{Child, Mail, Restart};
pub(crate) use directory::Directory;
pub use factory::IntoActor;
pub use handle::{DynamicRef, SupervisorRef};
pub use intensity::Intensity;
pub use keeper::Keeper;
pub(crate) use plan::Terms;

/// Who is restarted when a child fails, as in OTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Strategy {
    #[default]
    OneForOne,
    OneForAll,
    RestForOne,
}

/// Whether a supervisor ends, with `Shutdown`, when significant children have ended for good by themselves, as in OTP.
///
/// Only such a child's own end counts: not one that somebody ordered, nor one that its group is about to repair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AutoShutdown {
    /// It does not.
    #[default]
    Never,
    /// It ends with the first of them.
    Any,
    /// It ends with the last of them.
    All,
}

/// A fixed set of children, started in the order in which they are written.
///
/// # Examples
///
/// ```
/// use actor_core::prelude::*;
///
/// struct Cache;
/// impl Actor for Cache {}
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let system = System::new("shop");
/// let tree = Supervisor::one_for_one()
///     .name("backend")
///     .intensity(3, Duration::from_secs(5))
///     .child(Child::new("cache", || Cache))
///     .start(&system)
///     .await?;
/// let cache: ActorRef<Cache> = tree.child("cache")?;
/// assert_eq!(cache.path().as_str(), "/backend/cache");
/// system.shutdown().await;
/// # Ok(()) }
/// ```
#[must_use = "a supervisor does nothing until it is started"]
pub struct Supervisor {
    name: Option<String>,
    place: Place,
    blueprint: Blueprint,
}

/// Children that are added while it runs, and that come and go. Each is restarted by itself, if at all.
///
/// A child that has ended for good is forgotten. When the supervisor ends, its children stop all at once.
#[must_use = "a supervisor does nothing until it is started"]
pub struct DynamicSupervisor {
    name: Option<String>,
    place: Place,
    partitions: usize,
    blueprint: Blueprint,
}

/// What a supervisor is to the one above it, if there is one.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    restart: Restart,
    significant: bool,
}

/// Everything that an incarnation of a supervisor is made from.
#[derive(Clone)]
pub(crate) struct Blueprint {
    strategy: Strategy,
    auto_shutdown: AutoShutdown,
    intensity: Intensity,
    children: Vec<Arc<dyn ChildSpec>>,
    dynamic: bool,
    /// The most children it may have.
    max_children: usize,
    directory: Arc<Directory>,
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

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Supervisor {}
    impl Sealed for super::DynamicSupervisor {}
}

/// What may stand below a [`Supervisor`] as a supervisor: that type itself and [`DynamicSupervisor`].
pub trait Nested: sealed::Sealed {
    #[doc(hidden)]
    fn into_child(self, name: &str) -> Child<keeper::Keeper>;
}

impl Nested for Supervisor {
    fn into_child(self, name: &str) -> Child<Keeper> {
        self.place.put(self.blueprint.into_child(name))
    }
}

impl Nested for DynamicSupervisor {
    fn into_child(self, name: &str) -> Child<Keeper> {
        self.place.put(self.into_blueprint().into_child(name))
    }
}

impl Place {
    fn put(self, child: Child<Keeper>) -> Child<Keeper> {
        let child = child.restart(self.restart);
        if self.significant { child.significant() } else { child }
    }
}

/// What both kinds of supervisors can be told.
macro_rules! placement {
    ($supervisor:ident) => {
        impl $supervisor {
            /// When it is started again below another supervisor: always, unless said. Right below the root it is not.
            pub fn restart(mut self, restart: Restart) -> Self {
                self.place.restart = restart;
                self
            }

            /// Its own final end may end the supervisor above it; see [`AutoShutdown`].
            pub fn significant(mut self) -> Self {
                self.place.significant = true;
                self
            }

            /// The name of the supervisor right below the system's root. Below another supervisor, that one names it.
            pub fn name(mut self, name: impl Into<String>) -> Self {
                self.name = Some(name.into());
                self
            }

            /// How many restarts are allowed within which time, over all children together: 3 within 5 s by default.
            pub fn intensity(mut self, max_restarts: u32, within: Duration) -> Self {
                self.blueprint.intensity = Intensity { max_restarts, within };
                self
            }
        }
    };
}

placement!(Supervisor);
placement!(DynamicSupervisor);

impl Supervisor {
    /// A child that fails is restarted by itself; its siblings go on.
    pub fn one_for_one() -> Self {
        Self::with(Strategy::OneForOne)
    }

    /// If one child fails, all are stopped in reverse and started again in order: for children that make no sense
    /// without each other.
    ///
    /// Their mailboxes and references stay, as with any restart. A `Temporary` child that is stopped so ends for good; a
    /// child that had ended is started again.
    pub fn one_for_all() -> Self {
        Self::with(Strategy::OneForAll)
    }

    /// If one child fails, it and those that were started after it are stopped in reverse and started again in order: for
    /// children that need those before them. The rest is as with [`Supervisor::one_for_all`].
    pub fn rest_for_one() -> Self {
        Self::with(Strategy::RestForOne)
    }

    fn with(strategy: Strategy) -> Self {
        Self { name: None, place: Place::default(), blueprint: Blueprint::new(strategy, false) }
    }

    /// Whether the supervisor ends with its [`significant`](Child::significant) children.
    pub fn auto_shutdown(mut self, auto_shutdown: AutoShutdown) -> Self {
        self.blueprint.auto_shutdown = auto_shutdown;
        self
    }

    /// One more child, started after those before it and stopped before them.
    pub fn child<A: Actor>(mut self, child: Child<A>) -> Self {
        self.blueprint.children.push(Arc::new(child));
        self
    }

    /// One more child that is a supervisor itself. When it is restarted, its children are new actors; it may take as long
    /// to stop as they do.
    pub fn supervisor(mut self, name: &str, nested: impl Nested) -> Self {
        self.blueprint.children.push(Arc::new(nested.into_child(name)));
        self
    }

    /// Starts the children one after another and waits until all are up. The system owns the supervisor, so the handle
    /// may be dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not stop the start.
    ///
    /// # Errors
    ///
    /// [`SupervisorError`]; nothing of the tree runs any more when it comes.
    pub async fn start(self, system: &System) -> Result<SupervisorRef, SupervisorError> {
        let directory = self.blueprint.directory.clone();
        let keeper = self.blueprint.start(system, self.name).await?;
        Ok(SupervisorRef::new(keeper, directory))
    }
}

impl DynamicSupervisor {
    /// A supervisor without children as yet.
    #[allow(
        clippy::new_without_default,
        reason = "`new` starts a sentence of builder calls; a default value has no use"
    )]
    pub fn new() -> Self {
        Self {
            name: None,
            place: Place::default(),
            partitions: 1,
            blueprint: Blueprint::new(Strategy::OneForOne, true),
        }
    }

    /// Spreads the children over so many supervisors below this one, each with an intensity of its own: for so many
    /// children, coming and going so fast, that one supervisor would be the bottleneck. Nothing else changes for those
    /// who use it; the children's paths have one part more.
    ///
    /// # Panics
    ///
    /// If `partitions` is 0.
    #[track_caller]
    pub fn partitions(mut self, partitions: usize) -> Self {
        assert!(partitions > 0, "children have to be somewhere: at least one partition");
        self.partitions = partitions;
        self
    }

    /// The most children it, or each of its partitions, may have at a time. Without it there is no limit: each child is asked for.
    pub fn max_children(mut self, max: usize) -> Self {
        self.blueprint.max_children = max;
        self
    }

    /// Starts the supervisor. The system owns it, so the handle may be dropped.
    ///
    /// # Errors
    ///
    /// [`SupervisorError::Spec`], or `NotStarted` in a system that shuts down.
    pub async fn start(self, system: &System) -> Result<DynamicRef, SupervisorError> {
        let name = self.name.clone();
        let blueprint = self.into_blueprint();
        let directory = blueprint.directory.clone();
        let keeper = blueprint.start(system, name).await?;
        Ok(DynamicRef::new(keeper, directory))
    }

    /// Itself, or a supervisor of its partitions.
    fn into_blueprint(self) -> Blueprint {
        if self.partitions == 1 {
            return self.blueprint;
        }
        let mut whole = Blueprint::new(Strategy::OneForOne, false);
        whole.directory = Arc::new(Directory::partitioned(self.partitions));
        for at in 0..self.partitions {
            // Each has children, and so a directory, of its own.
            let part = Blueprint { directory: Arc::default(), ..self.blueprint.clone() };
            whole.children.push(Arc::new(part.into_child(&handle::partition_name(at))));
        }
        whole
    }
}

impl Blueprint {
    fn new(strategy: Strategy, dynamic: bool) -> Self {
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
    fn default_restart(&self) -> Restart {
        if self.dynamic { Restart::Temporary } else { Restart::Permanent }
    }

    /// What people are shown as the type of the supervisor.
    fn kind(&self) -> &'static str {
        if self.dynamic { "DynamicSupervisor" } else { "Supervisor" }
    }

    /// Refuses what cannot work, at every level of the tree.
    fn check(&self) -> Result<(), SpecError> {
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

    fn into_child(self, name: &str) -> Child<Keeper> {
        Child::nested(name, self)
    }

    async fn start(self, system: &System, name: Option<String>) -> Result<ActorRef<Keeper>, SupervisorError> {
        self.check()?;
        let id = ActorId::next();
        let path = Path::top(&name.unwrap_or_else(|| format!("supervisor-{}", id.serial())));
        let birth = Birth {
            id,
            path: path.clone(),
            actor_type: self.kind().to_owned(),
            parent: None,
            mailbox: Mailbox::unbounded(),
            policy: Shutdown::Unlimited,
            ask_timeout: system.ask_timeout(),
            guardian: None,
        };
        let keeper: ActorRef<Keeper> = ActorRef::from_owner(Cell::create(system, birth));
        system.keep(keeper.clone());
        let (started, outcome) = oneshot::channel();
        let make = async move { Ok(Keeper::new(self)) };
        launch_unless_closing(
            keeper.local_cell(),
            make,
            Some(Box::new(|outcome| drop(started.send(outcome)))),
        );
        match outcome.await {
            Ok(Ok(())) => Ok(keeper),
            Ok(Err(reason)) => Err(SupervisorError::NotStarted { path, reason }),
            // It never began, since the system is shutting down, or its runtime is gone.
            Err(_) => Err(SupervisorError::NotStarted { path, reason: StopReason::Shutdown }),
        }
    }
}
