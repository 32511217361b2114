//! What the user holds of a running supervisor: lookups and live administration.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;

use thiserror::Error;

use super::Child;
use super::keeper::{Keeper, Reply, StartChild, TerminateChild};
use super::plan::Key;
use crate::actor::Actor;
use crate::identity::{Path, short_type_name};
use crate::reason::StopReason;
use crate::reference::ActorRef;
use crate::registry::LookupError;
use crate::rt::{Arc, Mutex, oneshot};
use crate::supervision::SpecError;

/// The children of one supervisor by name. It is the slot that owns them, and it outlives the supervisor's incarnations,
/// so that a handle taken before a restart finds the children of today.
#[derive(Default)]
pub(crate) struct Directory(Mutex<HashMap<Arc<str>, Entry>>);

struct Entry {
    key: Key,
    /// A strong reference of the child's own type.
    reference: Box<dyn Any + Send + Sync>,
    actor_type: String,
    below: Option<Arc<Directory>>,
}

impl Directory {
    pub(super) fn insert(
        &self,
        key: Key,
        name: Arc<str>,
        reference: Box<dyn Any + Send + Sync>,
        actor_type: String,
        below: Option<Arc<Directory>>,
    ) {
        let former = self.0.lock().insert(name, Entry { key, reference, actor_type, below });
        drop(former);
    }

    pub(super) fn remove(&self, name: &str) {
        let removed = self.0.lock().remove(name);
        drop(removed);
    }

    pub(super) fn clear(&self) {
        let removed = std::mem::take(&mut *self.0.lock());
        drop(removed);
    }

    pub(super) fn key_of(&self, name: &str) -> Option<Key> {
        self.0.lock().get(name).map(|entry| entry.key)
    }

    fn names(&self) -> Vec<String> {
        let entries = self.0.lock();
        let mut names: Vec<_> = entries.iter().map(|(name, entry)| (entry.key, name.to_string())).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }

    fn child<A: Actor>(&self, name: &str) -> Result<ActorRef<A>, LookupError> {
        self.find(name, |entry| entry.reference.downcast_ref::<ActorRef<A>>().cloned(), short_type_name::<A>)
    }

    fn supervisor(&self, name: &str) -> Result<(ActorRef<Keeper>, Arc<Directory>), LookupError> {
        let below = |entry: &Entry| {
            let keeper = entry.reference.downcast_ref::<ActorRef<Keeper>>()?;
            Some((keeper.clone(), entry.below.clone()?))
        };
        self.find(name, below, || "supervisor".to_owned())
    }

    fn find<T>(
        &self,
        name: &str,
        pick: impl FnOnce(&Entry) -> Option<T>,
        wanted: impl FnOnce() -> String,
    ) -> Result<T, LookupError> {
        let entries = self.0.lock();
        let Some(entry) = entries.get(name) else {
            return Err(LookupError::Unknown { name: name.to_owned() });
        };
        pick(entry).ok_or_else(|| LookupError::WrongType {
            name: name.to_owned(),
            wanted: wanted(),
            actual: entry.actor_type.clone(),
        })
    }
}

/// Why an administrative call on a supervisor failed.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum StartChildError {
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
    /// The specification cannot work.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The child did not come up. It is forgotten again.
    #[error("child `{name}` {reason}")]
    NotStarted {
        /// The name.
        name: String,
        /// How it ended instead.
        reason: StopReason,
    },
    /// The supervisor has stopped, or stopped meanwhile.
    #[error("the supervisor has stopped")]
    Closed,
}

/// A handle on a running [`Supervisor`](super::Supervisor). It stays valid when the supervisor is restarted.
///
/// It owns the supervisor, as its own supervisor or the system does anyway.
#[derive(Clone)]
pub struct SupervisorRef {
    keeper: ActorRef<Keeper>,
    directory: Arc<Directory>,
}

/// A handle on a running [`DynamicSupervisor`](super::DynamicSupervisor). It stays valid when the supervisor is
/// restarted.
#[derive(Clone)]
pub struct DynamicRef {
    keeper: ActorRef<Keeper>,
    directory: Arc<Directory>,
}

/// What both handles can do.
macro_rules! administration {
    ($handle:ident) => {
        impl $handle {
            pub(super) fn new(keeper: ActorRef<Keeper>, directory: Arc<Directory>) -> Self {
                Self { keeper, directory }
            }

            /// The child called `name`. The reference stays valid over restarts of the child.
            ///
            /// # Errors
            ///
            /// [`LookupError`]: there is no such child now, or it is of another type.
            pub fn child<A: Actor>(&self, name: &str) -> Result<ActorRef<A>, LookupError> {
                self.directory.child(name)
            }

            /// The names of the children that have not ended, in start order.
            #[must_use]
            #[doc(alias = "which_children")]
            pub fn children(&self) -> Vec<String> {
                self.directory.names()
            }

            /// Ends the child called `name` for good, by its stop ladder, and waits for it. It is not restarted.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future does not stop the ending.
            ///
            /// # Errors
            ///
            /// [`StartChildError::Unknown`] or [`StartChildError::Closed`].
            pub async fn terminate_child(&self, name: &str) -> Result<(), StartChildError> {
                let name = name.to_owned();
                request(&self.keeper, |reply| TerminateChild { name, reply }).await
            }

            /// Where the supervisor stands in the tree.
            #[must_use]
            pub fn path(&self) -> &Path {
                self.keeper.path()
            }

            /// Ends the supervisor's incarnation, its children first. Its own supervisor starts it again, if it has one.
            pub fn stop(&self) {
                self.keeper.stop();
            }

            /// Waits for the logical end of the supervisor; see [`ActorRef::stopped`].
            pub fn stopped(&self) -> impl Future<Output = StopReason> + Send + 'static + use<> {
                self.keeper.stopped()
            }
        }

        impl fmt::Debug for $handle {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($handle), self.keeper.path())
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
        self.directory.supervisor(name).map(|(keeper, directory)| SupervisorRef { keeper, directory })
    }

    /// The dynamic supervisor called `name` below this one.
    ///
    /// # Errors
    ///
    /// [`LookupError`]: there is no such child now, or it is no supervisor.
    pub fn dynamic(&self, name: &str) -> Result<DynamicRef, LookupError> {
        self.directory.supervisor(name).map(|(keeper, directory)| DynamicRef { keeper, directory })
    }
}

impl DynamicRef {
    /// Starts one more child and waits until it is up.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future does not stop the start.
    ///
    /// # Errors
    ///
    /// [`StartChildError`]: the name is taken, the child did not start, or the supervisor has stopped.
    pub async fn start_child<A: Actor>(&self, child: Child<A>) -> Result<ActorRef<A>, StartChildError> {
        use crate::erased::ChildSpec;
        child.check()?;
        let name = ChildSpec::name(&child).to_string();
        let spec = Arc::new(child);
        request(&self.keeper, |reply| StartChild { spec, reply }).await?;
        // It may have ended since.
        self.child(&name).map_err(|_| StartChildError::NotStarted { name, reason: StopReason::Normal })
    }
}

/// Asks the keeper for something that takes time. The wait ends with the work, whose parts are bounded, or with the
/// keeper.
async fn request<M>(
    keeper: &ActorRef<Keeper>,
    make: impl FnOnce(Reply<()>) -> M,
) -> Result<(), StartChildError>
where
    Keeper: crate::message::Handler<M, Reply = ()>,
    M: Send + 'static,
{
    let (reply, outcome) = oneshot::channel();
    keeper.tell(make(reply)).await.map_err(|_| StartChildError::Closed)?;
    outcome.await.map_err(|_| StartChildError::Closed)?
}
