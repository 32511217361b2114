//! The system: the root of a tree of actors, on one tokio runtime.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::actor::Actor;
use crate::deadline::Deadlines;
use crate::event::{Bus, Events};
use crate::fence::install_hook;
use crate::identity::{ActorId, Path, short_type_name};
use crate::monitor::{Thresholds, Watch};
use crate::reason::GaveUp;
use crate::reference::ActorRef;
use crate::registry::{LookupError, Registry};
use crate::rest::Rests;
use crate::roll::Roll;
#[cfg(feature = "testing")]
use crate::rt::atomic::AtomicUsize;
use crate::rt::atomic::{AtomicBool, AtomicU64, Ordering};
use crate::rt::{Arc, Handle, Mutex, Weak, spawn, watch};
use crate::watchdog::Watchdog;

mod builder;
mod organs;
mod settings;
mod shutdown;
#[cfg(feature = "signal")]
mod signal;
mod tree;

pub use builder::{ActorBuilder, SpawnError};
pub(crate) use builder::{launch_unless_closing, spawn_child};
pub use settings::SystemBuilder;
pub use shutdown::ShutdownReport;
pub use tree::Tree;

/// How long an ask waits unless it, its actor or its system says otherwise: OTP's five seconds.
pub(crate) const DEFAULT_ASK_TIMEOUT: Duration = Duration::from_secs(5);

/// A system of actors. Clones are handles on the same system.
///
/// # Examples
///
/// ```
/// use actor_core::prelude::*;
///
/// struct Idle;
/// impl Actor for Idle {}
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let system = System::new("quiet");
/// let idle = system.spawn(Idle);
/// let report = system.shutdown().await;
/// assert_eq!(report.stopped, 1);
/// assert!(idle.is_closed());
/// # }
/// ```
#[derive(Clone)]
pub struct System {
    inner: Arc<Inner>,
    /// Shared by the user's handles only: the actors have handles without it.
    guard: Option<Arc<Guard>>,
}

struct Inner {
    name: String,
    handle: Handle,
    ask_timeout: Duration,
    roll: Arc<Roll>,
    registry: Registry,
    /// Strong references that `detach` handed over.
    kept: Mutex<HashMap<ActorId, Box<dyn Any + Send>>>,
    bus: Bus,
    watchdog: Arc<Watchdog>,
    watch: Watch,
    deadlines: Arc<Deadlines>,
    rests: Arc<Rests>,
    closing: AtomicBool,
    draft: Mutex<shutdown::Draft>,
    report: watch::Sender<Option<ShutdownReport>>,
    counters: Counters,
    ownings: crate::ownership::Ownings,
    /// Incarnations that have a successor although their threads have not come back.
    replaced: Mutex<BTreeMap<(ActorId, u64), Path>>,
    /// Delayed tells that are on their way.
    #[cfg(feature = "testing")]
    delayed: AtomicUsize,
}

#[derive(Default)]
struct Counters {
    dead_letters: AtomicU64,
    skipped_asks: AtomicU64,
    unclaimed_errors: AtomicU64,
    slow_handlers: AtomicU64,
}

/// What a system has counted since it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Actors that have not ended.
    pub actors: usize,
    /// Messages that were accepted, or dropped by policy, and not handled.
    pub dead_letters: u64,
    /// Asks that were skipped because their asker had gone before the handler started.
    pub skipped_asks: u64,
    /// Tells that were answered with an error nobody waits for.
    pub unclaimed_errors: u64,
    /// Handlers that were reported because they blocked their thread, or waited, for too long.
    pub slow_handlers: u64,
}

/// Its drop is the moment when the last handle of the user has gone.
struct Guard(Weak<Inner>);

impl Drop for Guard {
    fn drop(&mut self) {
        let Some(inner) = self.0.upgrade() else { return };
        if !inner.closing.load(Ordering::Relaxed) {
            tracing::warn!(
                system = inner.name,
                actors = inner.roll.len(),
                "system dropped without shutdown: its actors go on until their owners or the runtime end"
            );
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.watchdog.close();
        self.deadlines.close();
    }
}

impl System {
    /// A system on the tokio runtime that this is called in.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use = "a system that is dropped without `shutdown` leaves its actors to the runtime"]
    #[track_caller]
    pub fn new(name: &str) -> Self {
        let Ok(handle) = Handle::try_current() else {
            panic!(
                "`System::new` needs a tokio runtime: call it inside `#[tokio::main]` or `Runtime::block_on`"
            )
        };
        Self::with(name, handle, DEFAULT_ASK_TIMEOUT, Thresholds::DEFAULT, false)
    }

    /// The same with another default timeout for asks; it may fire up to 200 ms late.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use = "a system that is dropped without `shutdown` leaves its actors to the runtime"]
    #[track_caller]
    pub fn with_ask_timeout(name: &str, ask_timeout: Duration) -> Self {
        let Ok(handle) = Handle::try_current() else {
            panic!("`System::with_ask_timeout` needs a tokio runtime")
        };
        Self::with(name, handle, ask_timeout, Thresholds::DEFAULT, false)
    }

    /// A system with other settings than [`System::new`] has.
    ///
    /// # Examples
    ///
    /// ```
    /// use actor_core::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let system = System::builder("shop")
    ///     .ask_timeout(Duration::from_secs(2))
    ///     .report_blocking(Duration::from_millis(20))
    ///     .build();
    /// # system.shutdown().await;
    /// # }
    /// ```
    pub fn builder(name: &str) -> SystemBuilder {
        SystemBuilder::new(name)
    }

    pub(crate) fn with(
        name: &str,
        handle: Handle,
        ask_timeout: Duration,
        thresholds: Thresholds,
        held_clock: bool,
    ) -> Self {
        install_hook();
        if cfg!(panic = "abort") {
            tracing::warn!(
                system = name,
                "built with panic = \"abort\": a panic ends the process, and supervision cannot work"
            );
        }
        let roll = Arc::new(Roll::default());
        let inner = Arc::new(Inner {
            name: name.to_owned(),
            watchdog: Watchdog::start(&handle, roll.clone()),
            watch: Watch::new(&roll, thresholds),
            deadlines: Deadlines::start(&handle, held_clock),
            rests: Rests::new(roll.clone(), (!held_clock).then(|| handle.clone())),
            handle,
            ask_timeout,
            roll,
            registry: Registry::default(),
            kept: Mutex::default(),
            bus: Bus::default(),
            closing: AtomicBool::new(false),
            draft: Mutex::default(),
            report: watch::Sender::new(None),
            counters: Counters::default(),
            ownings: crate::ownership::Ownings::default(),
            replaced: Mutex::default(),
            #[cfg(feature = "testing")]
            delayed: AtomicUsize::new(0),
        });
        let guard = Some(Arc::new(Guard(Arc::downgrade(&inner))));
        Self { inner, guard }
    }

    /// The name that the system was made with.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// Starts an actor whose only owner is the reference that is returned. `on_start` runs in the actor's own task.
    ///
    /// Such an actor is never restarted, since there is only this one value of it; put it under a
    /// [`Supervisor`](crate::Supervisor) for that. In a system that shuts down it ends at once with
    /// [`StopReason::Shutdown`](crate::StopReason::Shutdown).
    ///
    /// # Costs
    ///
    /// Three allocations, one of them the tokio task. Until it is used, an actor takes some 900 bytes beside its state.
    #[must_use = "the reference is the actor's only owner: dropping it stops the actor; `.detach()` hands it to the system"]
    pub fn spawn<A: Actor>(&self, actor: A) -> ActorRef<A> {
        self.build(actor).spawn_unnamed()
    }

    /// As [`System::spawn`], and waits until `on_start` has succeeded.
    ///
    /// # Errors
    ///
    /// [`SpawnError::NotStarted`] if `on_start` failed, panicked or took too long.
    pub async fn start<A: Actor>(&self, actor: A) -> Result<ActorRef<A>, SpawnError> {
        self.build(actor).start().await
    }

    /// An actor with a name, a mailbox or a timeout of its own choice.
    pub fn build<A: Actor>(&self, actor: A) -> ActorBuilder<A> {
        ActorBuilder::new(self.without_guard(), actor)
    }

    /// The actor of type `A` that has `name`.
    ///
    /// # Errors
    ///
    /// [`LookupError`]: nobody has the name, or an actor of another type.
    #[doc(alias = "whereis")]
    pub fn lookup<A: Actor>(&self, name: &str) -> Result<ActorRef<A>, LookupError> {
        self.inner.registry.find(name, short_type_name::<A>)
    }

    /// The events of all actors, from now on.
    #[must_use]
    pub fn events(&self) -> Events {
        self.inner.bus.subscribe()
    }

    /// Who is there now, as a tree to print.
    #[must_use]
    pub fn tree(&self) -> Tree {
        Tree::of(&self.inner.name, self.living())
    }

    /// What has been counted.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let Counters { dead_letters, skipped_asks, unclaimed_errors, slow_handlers } = &self.inner.counters;
        Stats {
            actors: self.inner.roll.len(),
            dead_letters: dead_letters.load(Ordering::Relaxed),
            skipped_asks: skipped_asks.load(Ordering::Relaxed),
            unclaimed_errors: unclaimed_errors.load(Ordering::Relaxed),
            slow_handlers: slow_handlers.load(Ordering::Relaxed),
        }
    }

    /// Stops every actor: those below the root in reverse start order, each by its stop ladder, its children first.
    ///
    /// One clock of 30 s runs over all of it; what is left at its end is killed, and what does not give its thread back
    /// then is named in the report and left behind. From the first call on, new actors end at once. Calling it again
    /// waits for the same report.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not stop the shutdown.
    ///
    /// # Panics
    ///
    /// It does not, but a handler that awaits it waits for its own end, and is killed for it after its stop policy.
    pub async fn shutdown(&self) -> ShutdownReport {
        self.begin_shutdown(None);
        self.terminated().await
    }

    /// Waits until somebody has shut the system down, a supervisor at the top that gave up included.
    pub async fn terminated(&self) -> ShutdownReport {
        let mut report = self.inner.report.subscribe();
        loop {
            let found = report.borrow_and_update().clone();
            if let Some(found) = found {
                return found;
            }
            report.changed().await.expect("the sender lives in the system that this borrows");
        }
    }

    /// Starts the shutdown unless it has begun; `cause` is a supervisor at the top that gave up.
    pub(crate) fn begin_shutdown(&self, cause: Option<GaveUp>) {
        if !self.inner.closing.swap(true, Ordering::SeqCst) {
            self.inner.draft.lock().cause = cause;
            let system = self.without_guard();
            spawn(&self.inner.handle, async move {
                let report = shutdown::run(&system).await;
                system.inner.report.send_replace(Some(report));
            });
        }
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.inner.closing.load(Ordering::SeqCst)
    }
}

impl std::fmt::Debug for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("System")
            .field("name", &self.inner.name)
            .field("actors", &self.inner.roll.len())
            .field("guarded", &self.guard.is_some())
            .finish()
    }
}
