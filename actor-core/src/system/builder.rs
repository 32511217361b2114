//! Spawning with choices: a name, a mailbox, a timeout.

use std::any::type_name;
use std::time::Duration;

use thiserror::Error;

use super::System;
use crate::actor::Actor;
use crate::cell::{Birth, Cell, Stuck, Which};
use crate::identity::{ActorId, Label, Path};
use crate::incarnation::{ChildLife, Incarnation, Started};
use crate::lifecycle::{Order, Shutdown};
use crate::mailbox::Mailbox;
use crate::reason::StopReason;
use crate::reference::ActorRef;
use crate::registry::NameTaken;
use crate::rt::{Arc, OnceLock, Weak, oneshot};
use crate::run::launch_value;

/// An actor that is about to be spawned. Made by [`System::build`].
#[must_use = "an actor starts with `.spawn()` or `.start().await`"]
pub struct ActorBuilder<A> {
    system: System,
    actor: A,
    name: Option<String>,
    mailbox: Mailbox,
    shutdown: Shutdown,
    ask_timeout: Duration,
}

/// Why an actor was not spawned.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum SpawnError {
    /// Another actor has the name.
    #[error(transparent)]
    NameTaken(#[from] NameTaken),
    /// A stop policy without a bound is for supervisors.
    #[error("`Shutdown::Unlimited` is for supervisors: give this actor `Shutdown::After`")]
    Unlimited,
    /// It ended before `on_start` had succeeded.
    #[error("{path} {reason}")]
    NotStarted {
        /// Where it stood.
        path: Path,
        /// Why it ended.
        reason: StopReason,
    },
}

impl<A: Actor> ActorBuilder<A> {
    pub(super) fn new(system: System, actor: A) -> Self {
        let ask_timeout = system.ask_timeout();
        Self { system, actor, name: None, mailbox: A::mailbox(), shutdown: Shutdown::default(), ask_timeout }
    }

    /// Registers the actor as `name` and makes that its path. The name owns the actor until it ends.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// How many messages may wait, instead of what [`Actor::mailbox`] says.
    pub fn mailbox(mut self, mailbox: Mailbox) -> Self {
        self.mailbox = mailbox;
        self
    }

    /// How long a stop may take before it becomes a kill, instead of 5 s.
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// How long asks to this actor wait that do not say so themselves, and whose handler does not either, instead of the
    /// system's default.
    pub fn ask_timeout(mut self, ask_timeout: Duration) -> Self {
        self.ask_timeout = ask_timeout;
        self
    }

    /// Starts the actor; `on_start` runs in its own task.
    ///
    /// # Errors
    ///
    /// [`SpawnError::NameTaken`], [`SpawnError::Unlimited`].
    pub fn spawn(self) -> Result<ActorRef<A>, SpawnError> {
        self.check()?;
        Ok(self.launch(None)?)
    }

    fn check(&self) -> Result<(), SpawnError> {
        if self.shutdown == Shutdown::Unlimited { Err(SpawnError::Unlimited) } else { Ok(()) }
    }

    /// Starts the actor and waits until `on_start` has succeeded.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops its reference: an actor without a name ends by that, one with a name goes on.
    ///
    /// # Errors
    ///
    /// [`SpawnError`]. When it comes, the actor has ended and its name is free.
    pub async fn start(self) -> Result<ActorRef<A>, SpawnError> {
        self.check()?;
        let (started, outcome) = oneshot::channel();
        // The starter may have gone; then nobody is told.
        let actor = self.launch(Some(Box::new(|outcome| drop(started.send(outcome)))))?;
        let reason = match outcome.await {
            Ok(Ok(())) => return Ok(actor),
            Ok(Err(reason)) => reason,
            // The system is shutting down, or the runtime is gone.
            Err(_) => StopReason::Shutdown,
        };
        Err(SpawnError::NotStarted { path: actor.path().clone(), reason })
    }

    /// For [`System::spawn`]: without a name nothing can fail.
    pub(super) fn spawn_unnamed(self) -> ActorRef<A> {
        match self.launch(None) {
            Ok(actor) => actor,
            Err(taken) => unreachable!("an actor without a name found it taken: {taken}"),
        }
    }

    fn launch(self, started: Option<Started>) -> Result<ActorRef<A>, NameTaken> {
        let Self { system, actor, name, mailbox, shutdown, ask_timeout } = self;
        let id = ActorId::next();
        let label = match &name {
            Some(name) => Label::named(Path::top(name), type_name::<A>),
            None => Label::unnamed(type_name::<A>),
        };
        let birth =
            Birth { id, label, mailbox, stuck: Stuck::Wait, policy: shutdown, ask_timeout, guardian: None };
        let owner = Cell::create(system, birth);
        let reference: ActorRef<A> = ActorRef::from_owner(owner);
        let cell = reference.local_cell();
        let named = name.map_or(Ok(()), |name| cell.core.system.register(&name, &reference));
        if let Err(taken) = named {
            cell.finish(StopReason::Normal);
            return Err(taken);
        }
        launch_unless_closing(cell, || launch_value(cell, actor, started));
        Ok(reference)
    }
}

/// Starts an incarnation right below the root, unless the system is shutting down.
pub(crate) fn launch_unless_closing<A: Actor>(cell: &Arc<Cell<A>>, launch: impl FnOnce() -> bool) {
    let system = &cell.core.system;
    if system.is_closing() {
        cell.finish(StopReason::Shutdown);
        return;
    }
    launch();
    if system.is_closing() {
        // The shutdown may have come by before there was anything to stop.
        cell.order(Which::Current, Order::End { policy: cell.core.policy() });
    }
}

/// Starts an actor below the incarnation of another, which owns it and ends it.
pub(crate) fn spawn_child<P: Actor, A: Actor>(
    parent: &Arc<Cell<P>>,
    incarnation: &Arc<Incarnation>,
    actor: A,
) -> ActorRef<A> {
    let id = ActorId::next();
    let system = &parent.core.system;
    // The place in the start order is the id: ids grow.
    let place = id.serial();
    let parents = Arc::downgrade(incarnation);
    let own: Arc<OnceLock<Weak<Cell<A>>>> = Arc::default();
    let child = own.clone();
    let guardian = Box::new(move |reason| {
        if let Some(child) = child.get().and_then(Weak::upgrade) {
            child.finish(reason);
        }
        // Not before: its parent must not end meanwhile.
        if let Some(incarnation) = parents.upgrade() {
            incarnation.release(place);
        }
        true
    });
    let birth = Birth {
        id,
        label: Label::unnamed(type_name::<A>).below(parent.core.id, parent.core.path()),
        mailbox: A::mailbox(),
        stuck: Stuck::Wait,
        policy: Shutdown::default(),
        ask_timeout: system.ask_timeout(),
        guardian: Some(guardian),
    };
    let owner = Cell::create(system.clone(), birth);
    let cell = owner.cell.clone();
    let _ = own.set(Arc::downgrade(&cell));
    let reference = ActorRef::from_owner(owner);
    let life = ChildLife {
        life: cell.clone(),
        policy: Shutdown::default(),
        owner: Some(Box::new(reference.clone())),
    };
    if incarnation.adopt(place, life) {
        launch_value(&cell, actor, None);
    } else {
        // In `on_stop`: its children are gone already.
        cell.finish(StopReason::Shutdown);
    }
    reference
}
