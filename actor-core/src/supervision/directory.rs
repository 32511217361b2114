//! The children of a supervisor by name: where its handles find them.

use std::any::Any;
use std::collections::HashMap;

use super::keeper::Keeper;
use crate::actor::Actor;
use crate::identity::short_type_name;
use crate::lifecycle::Status;
use crate::reference::ActorRef;
use crate::registry::LookupError;
use crate::rt::{Arc, Mutex};

/// The children of one supervisor by name. It is the slot that owns them, and it outlives the supervisor's incarnations,
/// so that a handle taken before a restart finds the children of today.
#[derive(Default)]
pub(crate) struct Directory {
    entries: Mutex<HashMap<Arc<str>, Entry>>,
    /// How many partitions the children are spread over; 0 if they are right here.
    partitions: usize,
}

struct Entry {
    /// A strong reference of the child's own type.
    reference: Box<dyn Any + Send + Sync>,
    actor_type: String,
    below: Option<Arc<Directory>>,
}

impl Directory {
    pub(super) fn partitioned(partitions: usize) -> Self {
        Self { entries: Mutex::default(), partitions }
    }

    pub(super) fn partitions(&self) -> usize {
        self.partitions
    }

    pub(super) fn insert(
        &self,
        name: Arc<str>,
        reference: Box<dyn Any + Send + Sync>,
        actor_type: String,
        below: Option<Arc<Directory>>,
    ) {
        let former = self.entries.lock().insert(name, Entry { reference, actor_type, below });
        drop(former);
    }

    pub(super) fn remove(&self, name: &str) {
        let removed = self.entries.lock().remove(name);
        drop(removed);
    }

    pub(super) fn clear(&self) {
        let removed = std::mem::take(&mut *self.entries.lock());
        drop(removed);
    }

    pub(super) fn child<A: Actor>(&self, name: &str) -> Result<ActorRef<A>, LookupError> {
        self.find(name, |entry| entry.reference.downcast_ref::<ActorRef<A>>().cloned(), short_type_name::<A>)
    }

    /// The child called `name`, if it is up.
    pub(super) fn running<A: Actor>(&self, name: &str) -> Result<ActorRef<A>, LookupError> {
        let child = self.child::<A>(name)?;
        if matches!(child.status(), Status::Running) && !child.is_closed() {
            Ok(child)
        } else {
            Err(LookupError::Unknown { name: name.to_owned() })
        }
    }

    pub(super) fn supervisor(&self, name: &str) -> Result<(ActorRef<Keeper>, Arc<Directory>), LookupError> {
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
        let entries = self.entries.lock();
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
