//! A probe: an actor that hands what it receives to the test.

use std::fmt;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::actor::Actor;
use crate::context::Context;
use crate::mailbox::Mailbox;
use crate::message::Handler;
use crate::reference::{ActorRef, Link, Recipient};
use crate::system::System;
use crate::watch::Down;

/// How long a test waits for a message: long enough for a loaded machine, and no time at all where the clock is paused.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Collects messages of one type for a test, and answers nothing but `()`.
///
/// It takes the place of whoever is reached by a [`Recipient`], so it has a message and no actor type, and no typed calls:
/// those belong to an actor's type. For code that calls `counter.add(2)` on an `ActorRef<Counter>` there is a
/// [`StandIn`](super::StandIn).
pub struct Probe<M: Send + 'static> {
    actor: ActorRef<Collector<M>>,
    messages: mpsc::UnboundedReceiver<M>,
}

/// The actor behind a [`Probe`].
pub struct Collector<M>(mpsc::UnboundedSender<M>);

#[diagnostic::do_not_recommend]
impl<M: Send + 'static> Actor for Collector<M> {
    fn mailbox() -> Mailbox {
        // It never falls behind: it only passes on.
        Mailbox::unbounded()
    }
}

#[diagnostic::do_not_recommend]
impl<M: Send + 'static> Handler<M> for Collector<M> {
    type Reply = ();

    async fn handle(&mut self, message: M, _ctx: &mut Context<Self>) {
        // A test that has dropped its probe does not care any more.
        let _ = self.0.send(message);
    }
}

type Job<M> = Box<dyn FnOnce(&mut Context<Collector<M>>) + Send>;

/// Something to do in the probe's own context. The second field tells it apart from any `M` of a test.
struct Within<M>(Job<M>);

impl<M: Send + 'static> Probe<M> {
    pub(super) fn new(system: &System) -> Self {
        let (sender, messages) = mpsc::unbounded_channel();
        Self { actor: system.spawn(Collector(sender)), messages }
    }

    /// A reference to hand to whoever is to send to the probe.
    #[must_use]
    pub fn recipient(&self) -> Recipient<M> {
        self.actor.recipient()
    }

    /// The probe as an actor.
    #[must_use]
    pub fn actor(&self) -> &ActorRef<Collector<M>> {
        &self.actor
    }

    /// The next message.
    ///
    /// # Panics
    ///
    /// If none comes within 10 s of the test's clock.
    pub async fn recv(&mut self) -> M {
        match tokio::time::timeout(PATIENCE, self.messages.recv()).await {
            Ok(Some(message)) => message,
            Ok(None) => panic!("the probe has stopped"),
            Err(_) => panic!("no {} reached the probe", std::any::type_name::<M>()),
        }
    }

    /// The next message if it has arrived.
    pub fn try_recv(&mut self) -> Option<M> {
        self.messages.try_recv().ok()
    }
}

impl Probe<Down> {
    /// Has the probe watch `other`.
    pub async fn watch<B: Actor, L: Link<B>>(&self, other: &ActorRef<B, L>) {
        let other = other.downgrade();
        self.within(move |ctx| ctx.watch(&other)).await;
    }

    /// Has the probe stop watching `other`.
    pub async fn unwatch<B: Actor, L: Link<B>>(&self, other: &ActorRef<B, L>) {
        let other = other.downgrade();
        self.within(move |ctx| ctx.unwatch(&other)).await;
    }

    async fn within(&self, job: impl FnOnce(&mut Context<Collector<Down>>) + Send + 'static) {
        self.actor.ask(Within(Box::new(job))).await.expect("the probe lives as long as the test holds it");
    }
}

#[diagnostic::do_not_recommend]
impl Handler<Within<Down>> for Collector<Down> {
    type Reply = ();

    async fn handle(&mut self, Within(job): Within<Down>, ctx: &mut Context<Self>) {
        job(ctx);
    }
}

impl<M: Send + 'static> fmt::Debug for Probe<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Probe({})", self.actor.path())
    }
}
