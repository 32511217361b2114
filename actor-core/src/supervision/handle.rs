//! What the user holds of a running supervisor: lookups and live administration.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::admin::{AdminError, ChildCount, ChildInfo, Reconfigure, Reply};
use super::keeper::{Call, ChildCall, Keeper, ListChildren, OnDuplicate, StartChild};
use super::{Child, Directory};
use crate::actor::Actor;
use crate::erased::ChildSpec;
use crate::identity::Path;
use crate::mailbox::envelope::Envelope;
use crate::message::Handler;
use crate::reason::StopReason;
use crate::reference::ActorRef;
use crate::registry::LookupError;
use crate::rt::{Arc, oneshot};

/// A handle on a running [`Supervisor`](super::Supervisor). It stays valid when the supervisor is restarted.
///
/// It owns the supervisor, as its own supervisor or the system does anyway. Calls that start or stop children wait for
/// that, each within the bounds of the children; a call made meanwhile is answered meanwhile.
#[derive(Clone)]
pub struct SupervisorRef {
    whole: Part,
}

/// A handle on a running [`DynamicSupervisor`](super::DynamicSupervisor). It stays valid when the supervisor is
/// restarted. The rest is as with [`SupervisorRef`].
///
/// With [`partitions`](super::DynamicSupervisor::partitions), each child is in the one that its name hashes to.
#[derive(Clone)]
pub struct DynamicRef {
    whole: Part,
}

/// A keeper with what it keeps.
#[derive(Clone)]
struct Part {
    keeper: ActorRef<Keeper>,
    directory: Arc<Directory>,
}

impl Part {
    /// Where the child called `name` is: here, or in one of the partitions.
    fn holding(&self, name: &str) -> Result<Part, LookupError> {
        match self.directory.partitions() {
            0 => Ok(self.clone()),
            partitions => self.partition(partition_of(name, partitions)),
        }
    }

    /// All that hold children: this one, or its partitions.
    fn all(&self) -> Result<Vec<Part>, LookupError> {
        match self.directory.partitions() {
            0 => Ok(vec![self.clone()]),
            partitions => (0..partitions).map(|at| self.partition(at)).collect(),
        }
    }

    /// Looked up each time: a restart of the whole makes new ones.
    fn partition(&self, at: usize) -> Result<Part, LookupError> {
        let (keeper, directory) = self.directory.supervisor(&partition_name(at))?;
        Ok(Part { keeper, directory })
    }
}

pub(super) fn partition_name(at: usize) -> String {
    format!("partition-{at}")
}

/// The same for the same name in every process of this version; nothing depends on it over time.
fn partition_of(name: &str, partitions: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    // What is left of the division is less than `partitions`.
    (hasher.finish() % partitions as u64) as usize
}

/// What both handles can do.
macro_rules! administration {
    ($handle:ident) => {
        impl $handle {
            pub(super) fn new(keeper: ActorRef<Keeper>, directory: Arc<Directory>) -> Self {
                Self { whole: Part { keeper, directory } }
            }

            /// The child called `name`. The reference stays valid over restarts of the child.
            ///
            /// # Errors
            ///
            /// [`LookupError`]: there is no such child now, or it is of another type.
            pub fn child<A: Actor>(&self, name: &str) -> Result<ActorRef<A>, LookupError> {
                self.whole.holding(name)?.directory.child(name)
            }

            /// Starts one more child, the last in the order, and waits until it is up.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future does not stop the start.
            ///
            /// # Errors
            ///
            /// [`AdminError`]: the name is taken, the child did not come up or was terminated before it had (then it is
            /// forgotten again), or the supervisor has stopped.
            pub async fn start_child<A: Actor>(&self, child: Child<A>) -> Result<ActorRef<A>, AdminError> {
                start_child(&self.whole, child, OnDuplicate::Refuse).await
            }

            /// Ends the child called `name` for good, by its stop ladder, and waits for it. It is not restarted.
            ///
            /// Its specification stays, for `restart_child`, unless it is `Temporary` or below a dynamic supervisor. A
            /// child that does not give its thread back is left behind.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future does not stop the ending.
            ///
            /// # Errors
            ///
            /// [`AdminError::Unknown`] or [`AdminError::Closed`].
            pub async fn terminate_child(&self, name: &str) -> Result<(), AdminError> {
                call(&self.whole, name, Call::Terminate).await
            }

            /// The children in their order, those included that have ended and whose specification is kept.
            ///
            /// # Errors
            ///
            /// [`AdminError::Closed`], [`AdminError::TimedOut`].
            #[doc(alias = "which_children")]
            pub async fn children(&self) -> Result<Vec<ChildInfo>, AdminError> {
                let mut children = Vec::new();
                for part in self.whole.all().map_err(|_| AdminError::Closed)? {
                    children.extend(part.keeper.ask(ListChildren).await.map_err(AdminError::of)?);
                }
                Ok(children)
            }

            /// How many children there are.
            ///
            /// # Errors
            ///
            /// [`AdminError::Closed`], [`AdminError::TimedOut`].
            pub async fn count(&self) -> Result<ChildCount, AdminError> {
                self.children().await.map(|children| ChildCount::of(&children))
            }

            /// Changes the supervisor while it runs.
            ///
            /// # Errors
            ///
            /// [`AdminError::Spec`] if it could not work that way, [`AdminError::Unknown`] if a child is not there; then
            /// nothing is changed.
            pub async fn reconfigure(&self, change: Reconfigure) -> Result<(), AdminError> {
                let parts = self.whole.all().map_err(|_| AdminError::Closed)?;
                let partitions = self.whole.directory.partitions();
                let changes: Vec<_> = (0..parts.len())
                    .map(|at| {
                        let mut change = change.clone();
                        // Each child is in one of them.
                        change
                            .restart
                            .retain(|(name, _)| partitions == 0 || partition_of(name, partitions) == at);
                        change
                    })
                    .collect();
                // Nothing is changed unless all of it can be.
                for probe in [true, false] {
                    for (part, change) in parts.iter().zip(&changes) {
                        let change = Reconfigure { probe, ..change.clone() };
                        part.keeper.ask(change).await.map_err(AdminError::of)??;
                    }
                }
                Ok(())
            }

            /// Where the supervisor stands in the tree.
            #[must_use]
            pub fn path(&self) -> &Path {
                self.whole.keeper.path()
            }

            /// Ends the supervisor's incarnation, its children first. Its own supervisor starts it again, if it has one.
            pub fn stop(&self) {
                self.whole.keeper.stop();
            }

            /// Waits for the logical end of the supervisor; see [`ActorRef::stopped`].
            pub fn stopped(&self) -> impl Future<Output = StopReason> + Send + 'static + use<> {
                self.whole.keeper.stopped()
            }
        }

        impl fmt::Debug for $handle {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($handle), self.whole.keeper.path())
            }
        }
    };
}

administration!(SupervisorRef);
administration!(DynamicRef);

impl SupervisorRef {
    /// The supervisor called `name` below this one.
    ///
    /// # Errors
    ///
    /// [`LookupError`]: there is no such child now, or it is no supervisor.
    pub fn supervisor(&self, name: &str) -> Result<SupervisorRef, LookupError> {
        let (keeper, directory) = self.whole.directory.supervisor(name)?;
        Ok(SupervisorRef::new(keeper, directory))
    }

    /// The dynamic supervisor called `name` below this one.
    ///
    /// # Errors
    ///
    /// [`LookupError`]: there is no such child now, or it is no supervisor.
    pub fn dynamic(&self, name: &str) -> Result<DynamicRef, LookupError> {
        let (keeper, directory) = self.whole.directory.supervisor(name)?;
        Ok(DynamicRef::new(keeper, directory))
    }

    /// Starts a child again that has ended for good: a new logical actor with the same name and specification.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not stop the start.
    ///
    /// # Errors
    ///
    /// [`AdminError::Running`] or [`AdminError::Restarting`] if it has not ended; [`AdminError::NotStarted`] if it did
    /// not come up, and then it stays ended; [`AdminError::Unknown`], [`AdminError::Closed`].
    pub async fn restart_child(&self, name: &str) -> Result<(), AdminError> {
        call(&self.whole, name, Call::Restart).await.map(drop)
    }

    /// Forgets the specification of a child that has ended for good.
    ///
    /// # Errors
    ///
    /// [`AdminError::Running`] or [`AdminError::Restarting`] if it has not ended; [`AdminError::Unknown`],
    /// [`AdminError::Closed`].
    pub async fn delete_child(&self, name: &str) -> Result<(), AdminError> {
        call(&self.whole, name, Call::Delete).await
    }
}

impl DynamicRef {
    /// The child called `key`, started from what `make` returns if there is none. Callers that come at the same time get
    /// the same one.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not stop the start.
    ///
    /// # Errors
    ///
    /// [`AdminError::NotStarted`] if it did not come up; [`AdminError::DuplicateName`] if the one that is there is of
    /// another type; otherwise as `start_child`.
    pub async fn get_or_start<A: Actor>(
        &self,
        key: &str,
        make: impl FnOnce() -> Child<A>,
    ) -> Result<ActorRef<A>, AdminError> {
        let running = self.whole.holding(key).and_then(|part| part.directory.running(key));
        if let Ok(found) = running {
            return Ok(found);
        }
        start_child(&self.whole, make().named(key), OnDuplicate::Join).await
    }
}

async fn start_child<A: Actor>(
    whole: &Part,
    child: Child<A>,
    on_duplicate: OnDuplicate,
) -> Result<ActorRef<A>, AdminError> {
    let name = ChildSpec::name(&child).clone();
    let spec: Arc<dyn ChildSpec> = Arc::new(child);
    let part = whole.holding(&name).map_err(|_| AdminError::Closed)?;
    let reference = request(&part.keeper, |reply| StartChild { spec, on_duplicate, reply }).await?;
    // Only one that was there already can be of another type.
    reference
        .downcast::<ActorRef<A>>()
        .map(|child| *child)
        .map_err(|_| AdminError::DuplicateName { name: name.to_string() })
}

/// A call about one child.
async fn call<T: Send + 'static>(
    whole: &Part,
    name: &str,
    call: impl FnOnce(Reply<T>) -> Call,
) -> Result<T, AdminError> {
    let part = whole.holding(name).map_err(|_| AdminError::Closed)?;
    let name = name.to_owned();
    request(&part.keeper, |reply| ChildCall { call: call(reply), name }).await
}

/// Has the keeper do something that takes time. The wait ends with the work, whose parts are bounded, or with the keeper.
///
/// The message goes as a notice: if it is not handled, it is dropped, and with it the sender of the reply. A dead letter
/// would keep that for whoever reads it.
async fn request<M, T>(keeper: &ActorRef<Keeper>, make: impl FnOnce(Reply<T>) -> M) -> Result<T, AdminError>
where
    M: Send + 'static,
    Keeper: Handler<M, Reply = ()>,
{
    let (reply, outcome) = oneshot::channel();
    keeper.local_cell().push_notice(Envelope::notice(make(reply), None, None));
    outcome.await.map_err(|_| AdminError::Closed)?
}
