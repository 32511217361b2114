//! One child's specification: how it is made, when it is restarted, how it is stopped.

use std::any::{Any, type_name};
use std::time::Duration;

use super::factory::{Factory, IntoActor, Shaped};
use super::keeper::Keeper;
use super::plan::Terms;
use super::{AutoShutdown, Backoff, Blueprint, Directory, SpecError};
use crate::actor::Actor;
use crate::cell::{Birth, Cell, Guardian, Owner, Stuck};
use crate::erased::{ChildActor, ChildSpec, Life};
use crate::identity::{ActorId, Label, TypeName};
use crate::incarnation::Started;
use crate::lifecycle::Shutdown;
use crate::mailbox::Mailbox;
use crate::reason::StopReason;
use crate::reference::ActorRef;
use crate::registry::NameTaken;
use crate::rt::Arc;
use crate::run::launch;
use crate::system::System;

/// When a child that has ended is started again, as in OTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Restart {
    /// Always, also after it has stopped by itself.
    #[default]
    Permanent,
    /// Unless it ended with `Normal` or `Shutdown`.
    Transient,
    /// Never; its specification is dropped.
    Temporary,
}

/// What a restart does to the messages that wait for the child.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mail {
    /// The next incarnation handles them, in order.
    #[default]
    Keep,
    /// They become dead letters, and their askers hear of it.
    Discard,
}

/// The specification of a child of type `A`.
///
/// The factory is called for every incarnation, in the child's own task. It returns an actor, a `Result` with one, or a
/// future of either; it and `on_start` have 30 s together.
#[must_use = "a child starts with its supervisor, or with `start_child`"]
pub struct Child<A> {
    name: Arc<str>,
    factory: Arc<dyn Factory<A>>,
    /// `None` until said: the default depends on the kind of supervisor.
    restart: Option<Restart>,
    shutdown: Shutdown,
    stuck: Stuck,
    backoff: Option<Backoff>,
    significant: bool,
    mailbox: Mailbox,
    mail: Mail,
    ask_timeout: Option<Duration>,
    registered: Option<String>,
    /// The children's directory, if the child is a supervisor.
    below: Option<Arc<Directory>>,
    nested: Option<Arc<Blueprint>>,
}

impl<A: Actor> Child<A> {
    /// A child called `name`, which is unique below its supervisor.
    pub fn new<F, B, Shape>(name: impl AsRef<str>, factory: F) -> Self
    where
        F: Fn() -> B + Send + Sync + 'static,
        B: IntoActor<Shape, Actor = A> + 'static,
        Shape: 'static,
    {
        Self {
            name: name.as_ref().into(),
            factory: Arc::new(Shaped::new(factory)),
            restart: None,
            shutdown: Shutdown::default(),
            stuck: Stuck::Wait,
            backoff: None,
            significant: false,
            mailbox: A::mailbox(),
            mail: Mail::Keep,
            ask_timeout: None,
            registered: None,
            below: None,
            nested: None,
        }
    }

    pub(super) fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// When it is started again. `Permanent` by default; `Temporary` below a [`DynamicSupervisor`](super::DynamicSupervisor).
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = Some(restart);
        self
    }

    /// How long it may take to stop before it is killed: 5 s by default.
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Starts the next incarnation also while the thread of the last one has not come back.
    ///
    /// Without this, a child whose handler blocks its thread for more than a second after a kill stays down until the
    /// thread is back, so that there are never two incarnations at once. With it there may be: what they share outside
    /// their own state, such as a file, has to bear that. The old one is cut off when its thread comes back; its state
    /// and its own children go then. Until then the report of a shutdown names it as stuck.
    ///
    /// It means nothing for a [`Temporary`](Restart::Temporary) child, nor for one that is to end for good.
    pub fn replace_stuck(mut self) -> Self {
        self.stuck = Stuck::Replace;
        self
    }

    /// How long it waits before it is started again. Without one it is started at once.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = Some(backoff);
        self
    }

    /// Its own final end may end its supervisor; see [`AutoShutdown`](super::AutoShutdown).
    pub fn significant(mut self) -> Self {
        self.significant = true;
        self
    }

    /// What a restart does to the messages that wait for it. They are kept unless said.
    pub fn mail(mut self, mail: Mail) -> Self {
        self.mail = mail;
        self
    }

    /// How many messages may wait, instead of what [`Actor::mailbox`] says.
    pub fn mailbox(mut self, mailbox: Mailbox) -> Self {
        self.mailbox = mailbox;
        self
    }

    /// How long asks to it wait that do not say so themselves and whose handlers do not, instead of the system's default.
    pub fn ask_timeout(mut self, ask_timeout: Duration) -> Self {
        self.ask_timeout = Some(ask_timeout);
        self
    }

    /// Registers the child under `name` in the whole system, for [`System::lookup`]. The name stays over restarts.
    pub fn registered(mut self, name: impl Into<String>) -> Self {
        self.registered = Some(name.into());
        self
    }
}

impl Child<Keeper> {
    /// A child that is a supervisor: it may take as long to stop as its own children do.
    pub(super) fn nested(name: &str, blueprint: Blueprint) -> Self {
        let directory = blueprint.directory.clone();
        let blueprint = Arc::new(blueprint);
        let plan = blueprint.clone();
        let mut child = Self::new(name, move || Keeper::new(Blueprint::clone(&plan)))
            .shutdown(Shutdown::Unlimited)
            .restart(Restart::Permanent)
            .mailbox(Mailbox::unbounded());
        child.below = Some(directory);
        child.nested = Some(blueprint);
        child
    }
}

impl<A: Actor> ChildSpec for Child<A> {
    fn name(&self) -> &Arc<str> {
        &self.name
    }

    fn terms(&self, default: Restart) -> Terms {
        Terms {
            restart: self.restart.unwrap_or(default),
            backoff: self.backoff,
            significant: self.significant,
        }
    }

    fn is_supervisor(&self) -> bool {
        self.nested.is_some()
    }

    fn shutdown(&self) -> Shutdown {
        self.shutdown
    }

    fn check(&self, auto_shutdown: AutoShutdown, default: Restart) -> Result<(), SpecError> {
        let name = || self.name.to_string();
        if self.significant && self.restart.unwrap_or(default) == Restart::Permanent {
            return Err(SpecError::SignificantPermanent { name: name() });
        }
        if self.significant && auto_shutdown == AutoShutdown::Never {
            return Err(SpecError::SignificantWithoutAutoShutdown { name: name() });
        }
        match &self.nested {
            Some(blueprint) => blueprint.check(),
            None if self.shutdown == Shutdown::Unlimited => Err(SpecError::UnlimitedWorker { name: name() }),
            None => Ok(()),
        }
    }

    fn create(
        &self,
        system: &System,
        parent: &dyn Life,
        restart: Restart,
        guardian: Guardian,
    ) -> Result<Box<dyn ChildActor>, NameTaken> {
        let above = parent.core();
        let kind = self.nested.as_ref().map_or(type_name::<A> as TypeName, |blueprint| blueprint.kind());
        let birth = Birth {
            id: ActorId::next(),
            label: Label::named(above.path().join(&self.name), kind).below(above.id, above.path()),
            mailbox: self.mailbox,
            policy: self.shutdown,
            // Without a successor there is nothing to replace it with.
            stuck: if restart == Restart::Temporary { Stuck::Wait } else { self.stuck },
            ask_timeout: self.ask_timeout.unwrap_or(system.ask_timeout()),
            guardian: Some(guardian),
        };
        let owner = Cell::create(system.without_guard(), birth);
        if let Some(name) = &self.registered {
            let named = system.register(name, &ActorRef::from_owner(owner.clone()));
            if let Err(taken) = named {
                owner.cell.finish(StopReason::Normal);
                return Err(taken);
            }
        }
        Ok(Box::new(Made {
            owner,
            factory: self.factory.clone(),
            mail: self.mail,
            below: self.below.clone(),
        }))
    }
}

/// A child's logical actor, with what its incarnations are made from.
struct Made<A> {
    owner: Arc<Owner<A>>,
    factory: Arc<dyn Factory<A>>,
    mail: Mail,
    below: Option<Arc<Directory>>,
}

impl<A: Actor> ChildActor for Made<A> {
    fn life(&self) -> Arc<dyn Life> {
        self.owner.cell.clone()
    }

    fn launch(&self, started: Started) -> bool {
        if self.mail == Mail::Discard {
            self.owner.cell.discard_mail();
        }
        let factory = self.factory.clone();
        launch(&self.owner.cell, async move { factory.make().await }, Some(started))
    }

    fn reference(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(ActorRef::from_owner(self.owner.clone()))
    }

    fn below(&self) -> Option<Arc<Directory>> {
        self.below.clone()
    }
}
