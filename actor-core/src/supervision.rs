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

use std::time::Duration;

use crate::actor::Actor;
use crate::rt::Arc;
use crate::system::System;

mod admin;
mod backoff;
mod blueprint;
mod child;
mod directory;
mod factory;
mod handle;
mod intensity;
mod keeper;
mod plan;

pub use admin::{AdminError, ChildCount, ChildInfo, ChildKind, ChildStatus, Reconfigure};
pub use backoff::Backoff;
use blueprint::Blueprint;
pub use blueprint::{SpecError, SupervisorError};
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

    /// Spreads the children over so many supervisors below this one: for so many children, coming and going so fast, that
    /// one supervisor would be the bottleneck. The children's paths have one part more; otherwise nothing changes for
    /// those who use it.
    ///
    /// Each partition has this one's intensity. One that gives up ends with its children and is started again without
    /// them, as one failure of the whole, which has the same intensity.
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
        // A partition that gives up is one failure of the whole, which bears as many as each of them.
        whole.intensity = self.blueprint.intensity;
        for at in 0..self.partitions {
            // Each has children, and so a directory, of its own.
            let part = Blueprint { directory: Arc::default(), ..self.blueprint.clone() };
            whole.children.push(Arc::new(part.into_child(&handle::partition_name(at))));
        }
        whole
    }
}
