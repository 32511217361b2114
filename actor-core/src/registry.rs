//! Names: one actor each, found by a string.
//!
//! A name is an owner of its actor, and is free before anybody hears that the actor has ended.

use std::any::Any;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use thiserror::Error;

use crate::identity::{ActorId, Path};

/// The name belongs to another actor.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the name `{name}` belongs to {holder} already")]
#[non_exhaustive]
pub struct NameTaken {
    /// The name that was wanted.
    pub name: String,
    /// Who has it.
    pub holder: Path,
}

/// Why a name led to no actor.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookupError {
    /// Nobody has the name.
    #[error("no actor is named `{name}`")]
    Unknown {
        /// The name that was looked for.
        name: String,
    },
    /// The actor is of another type.
    #[error("the actor named `{name}` is a {actual}, not a {wanted}")]
    WrongType {
        /// The name that was looked for.
        name: String,
        /// The type that was asked for.
        wanted: String,
        /// What it is.
        actual: String,
    },
}

pub(crate) struct Named {
    id: ActorId,
    path: Path,
    actor_type: String,
    /// A strong reference of the actor's own type.
    reference: Box<dyn Any + Send + Sync>,
}

#[derive(Default)]
pub(crate) struct Registry(DashMap<String, Named>);

impl Registry {
    /// Gives `name` to an actor, unless another one has it.
    pub(crate) fn insert(
        &self,
        name: &str,
        id: ActorId,
        path: Path,
        actor_type: String,
        reference: Box<dyn Any + Send + Sync>,
    ) -> Result<(), NameTaken> {
        match self.0.entry(name.to_owned()) {
            Entry::Occupied(taken) if taken.get().id == id => Ok(()),
            Entry::Occupied(taken) => {
                Err(NameTaken { name: name.to_owned(), holder: taken.get().path.clone() })
            }
            Entry::Vacant(free) => {
                free.insert(Named { id, path, actor_type, reference });
                Ok(())
            }
        }
    }

    /// Frees `name` if it is this actor's.
    pub(crate) fn remove(&self, name: &str, id: ActorId) {
        let removed = self.0.remove_if(name, |_, named| named.id == id);
        // The reference is dropped here, with no shard of the map locked: it may be the last one.
        drop(removed);
    }

    /// The reference behind `name`, if it is a `T`.
    pub(crate) fn find<T: Clone + 'static>(
        &self,
        name: &str,
        wanted: impl FnOnce() -> String,
    ) -> Result<T, LookupError> {
        let Some(named) = self.0.get(name) else {
            return Err(LookupError::Unknown { name: name.to_owned() });
        };
        named.reference.downcast_ref::<T>().cloned().ok_or_else(|| LookupError::WrongType {
            name: name.to_owned(),
            wanted: wanted(),
            actual: named.actor_type.clone(),
        })
    }
}
