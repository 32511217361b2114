//! The actor behind a supervisor: it performs what the plan decides.
//!
//! Everything it hears comes as mail: that a child is up, that one has ended, what an administrator wants. It never
//! waits for a child inside a handler, so it answers while children start and stop.

use std::collections::HashMap;

use super::handle::{Directory, StartChildError};
use super::plan::{Action, Event, Key, Plan};
use super::{Blueprint, Restart};
use crate::actor::Actor;
use crate::cell::Cell;
use crate::context::Context;
use crate::erased::{ChildActor, ChildSpec};
use crate::event::Event as LifeEvent;
use crate::incarnation::{ChildLife, Started};
use crate::mailbox::envelope::Envelope;
use crate::message::Handler;
use crate::reason::{BoxError, GaveUp, StartFailure, StopReason};
use crate::rt::atomic::AtomicBool;
use crate::rt::{Arc, Instant, oneshot};

/// The actor type of every supervisor. Reach it through [`SupervisorRef`](super::SupervisorRef) and
/// [`DynamicRef`](super::DynamicRef).
pub struct Keeper {
    plan: Plan,
    slots: HashMap<Key, Slot>,
    next: Key,
    dynamic: bool,
    directory: Arc<Directory>,
    /// Whom to tell when the children are up.
    started: Option<Started>,
}

/// A child, as the keeper knows it.
struct Slot {
    spec: Arc<dyn ChildSpec>,
    actor: Option<Box<dyn ChildActor>>,
    /// Who waits for its first start.
    adding: Option<Reply<()>>,
    /// Who waits for its end.
    terminating: Vec<Reply<()>>,
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, StartChildError>>;

impl Keeper {
    pub(super) fn new(blueprint: Blueprint) -> Self {
        let Blueprint { intensity, children, dynamic, directory } = blueprint;
        let slots: HashMap<Key, Slot> = (0..).zip(children.into_iter().map(Slot::new)).collect();
        let mut order: Vec<_> =
            slots.iter().map(|(key, slot)| (*key, slot.spec.restart(Restart::Permanent))).collect();
        order.sort_unstable_by_key(|(key, _)| *key);
        let next = slots.len() as Key;
        Self { plan: Plan::new(intensity, order), slots, next, dynamic, directory, started: None }
    }

    fn react(&mut self, event: Event, ctx: &mut Context<Self>) {
        for action in self.plan.decide(event, Instant::now()) {
            self.perform(action, ctx);
        }
    }

    fn perform(&mut self, action: Action, ctx: &mut Context<Self>) {
        match action {
            Action::Start(key) => self.start(key, ctx),
            Action::Restart(key, reason) => {
                let Some(actor) = self.slots.get(&key).and_then(|slot| slot.actor.as_ref()) else { return };
                let subject = actor.life().core().subject();
                ctx.system().emit(LifeEvent::Restarting {
                    actor: subject,
                    reason,
                    delay: std::time::Duration::ZERO,
                });
                actor.launch(started(ctx, key));
            }
            Action::Finish(key, reason) => {
                let Some(slot) = self.slots.get_mut(&key) else { return };
                ctx.incarnation().release(key);
                self.directory.remove(slot.spec.name());
                if let Some(actor) = slot.actor.take() {
                    actor.life().finish(reason.clone());
                }
                if let Some(adding) = slot.adding.take() {
                    let _ = adding.send(Err(StartChildError::NotStarted {
                        name: slot.spec.name().to_string(),
                        reason,
                    }));
                }
            }
            Action::Remove(key) => {
                let Some(slot) = self.slots.remove(&key) else { return };
                ctx.incarnation().release(key);
                self.directory.remove(slot.spec.name());
                for waiting in slot.terminating {
                    let _ = waiting.send(Ok(()));
                }
            }
            Action::Terminate(key) => self.terminate(key, ctx),
            Action::Ready => {
                if let Some(started) = self.started.take() {
                    started(Ok(()));
                }
            }
            Action::Abort(key, reason) => {
                let reason = StartFailure::Child { name: self.name_of(key), reason: Arc::new(reason) };
                self.end(StopReason::StartFailed(reason), ctx);
            }
            Action::GiveUp(key, reason) => self.give_up(key, reason, ctx),
        }
    }

    /// Makes the child's logical actor and starts its first incarnation.
    fn start(&mut self, key: Key, ctx: &mut Context<Self>) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        let parent = ctx.cell().clone();
        let guardian = Box::new(move |reason| notify(&parent, ChildEnded { key, reason }));
        match slot.spec.create(ctx.system(), &**ctx.cell(), guardian) {
            Ok(actor) => {
                let policy = slot.spec.shutdown();
                ctx.incarnation().adopt(key, ChildLife { life: actor.life(), policy });
                let actor_type = actor.life().core().actor_type.clone();
                self.directory.insert(
                    key,
                    slot.spec.name().clone(),
                    actor.reference(),
                    actor_type,
                    actor.below(),
                );
                actor.launch(started(ctx, key));
                slot.actor = Some(actor);
            }
            Err(taken) => {
                let error: Arc<dyn std::error::Error + Send + Sync> = Arc::new(taken);
                let reason = StopReason::StartFailed(StartFailure::Error(error));
                self.react(Event::Ended(key, reason), ctx);
            }
        }
    }

    /// Ends a child for good beside the keeper's own loop.
    fn terminate(&mut self, key: Key, ctx: &mut Context<Self>) {
        let Some(slot) = self.slots.get(&key) else { return };
        let cell = ctx.cell().clone();
        let child =
            slot.actor.as_ref().map(|actor| ChildLife { life: actor.life(), policy: slot.spec.shutdown() });
        ctx.spawn(async move {
            if let Some(child) = child {
                child.stop().await;
            }
            notify(&cell, ChildTerminated { key });
        });
    }

    fn give_up(&mut self, key: Key, reason: StopReason, ctx: &mut Context<Self>) {
        let intensity = self.plan.intensity();
        let cause = GaveUp {
            child: self.name_of(key),
            last: Arc::new(reason),
            max_restarts: intensity.max_restarts,
            within: intensity.within,
        };
        ctx.system().emit(LifeEvent::GaveUp { actor: ctx.cell().core.subject(), cause: cause.clone() });
        self.end(StopReason::Shutdown, ctx);
        if ctx.cell().core.parent.is_none() {
            // Nobody is above to decide: a program whose top supervisor has given up must not limp on.
            ctx.system().begin_shutdown(Some(cause));
        }
    }

    /// Ends the supervisor; its children are stopped in reverse by the end of its incarnation.
    fn end(&mut self, reason: StopReason, ctx: &mut Context<Self>) {
        ctx.end(reason);
    }

    fn name_of(&self, key: Key) -> Arc<str> {
        self.slots.get(&key).map_or_else(|| "?".into(), |slot| slot.spec.name().clone())
    }
}

impl Slot {
    fn new(spec: Arc<dyn ChildSpec>) -> Self {
        Self { spec, actor: None, adding: None, terminating: Vec::new() }
    }
}

/// Tells the keeper something, at once and without needing room in its mailbox.
fn notify<M: Send + 'static>(cell: &Cell<Keeper>, message: M)
where
    Keeper: Handler<M>,
{
    cell.queue.push_notice(Envelope::notice(message, cell.core.epoch(), Arc::new(AtomicBool::new(true))));
}

/// What a child's run loop calls when it is up. That it has failed is the guardian's to say.
fn started(ctx: &Context<Keeper>, key: Key) -> Started {
    let cell = ctx.cell().clone();
    Box::new(move |outcome| {
        if outcome.is_ok() {
            notify(&cell, ChildStarted { key });
        }
    })
}

impl Actor for Keeper {
    async fn on_start(&mut self, ctx: &mut Context<Self>) -> Result<(), BoxError> {
        self.directory.clear();
        self.started = ctx.incarnation().take_started();
        if self.dynamic {
            ctx.incarnation().stop_children_at_once();
        }
        notify(ctx.cell(), Begin);
        Ok(())
    }

    async fn on_stop(&mut self, reason: &StopReason, _ctx: &mut Context<Self>) {
        if let Some(started) = self.started.take() {
            started(Err(reason.clone()));
        }
    }
}

impl Drop for Keeper {
    /// The children have ended by now. In a drop, so that it also happens after a kill.
    fn drop(&mut self) {
        self.directory.clear();
    }
}

struct Begin;

struct ChildStarted {
    key: Key,
}

struct ChildEnded {
    key: Key,
    reason: StopReason,
}

struct ChildTerminated {
    key: Key,
}

pub(super) struct StartChild {
    pub(super) spec: Arc<dyn ChildSpec>,
    pub(super) reply: Reply<()>,
}

pub(super) struct TerminateChild {
    pub(super) name: String,
    pub(super) reply: Reply<()>,
}

impl Handler<Begin> for Keeper {
    type Reply = ();

    async fn handle(&mut self, _: Begin, ctx: &mut Context<Self>) {
        self.react(Event::Begin, ctx);
    }
}

impl Handler<ChildStarted> for Keeper {
    type Reply = ();

    async fn handle(&mut self, ChildStarted { key }: ChildStarted, ctx: &mut Context<Self>) {
        if let Some(adding) = self.slots.get_mut(&key).and_then(|slot| slot.adding.take()) {
            let _ = adding.send(Ok(()));
        }
        self.react(Event::Started(key), ctx);
    }
}

impl Handler<ChildEnded> for Keeper {
    type Reply = ();

    async fn handle(&mut self, ChildEnded { key, reason }: ChildEnded, ctx: &mut Context<Self>) {
        self.react(Event::Ended(key, reason), ctx);
    }
}

impl Handler<ChildTerminated> for Keeper {
    type Reply = ();

    async fn handle(&mut self, ChildTerminated { key }: ChildTerminated, ctx: &mut Context<Self>) {
        self.react(Event::Terminated(key), ctx);
    }
}

impl Handler<StartChild> for Keeper {
    type Reply = ();

    async fn handle(&mut self, StartChild { spec, reply }: StartChild, ctx: &mut Context<Self>) {
        if self.directory.key_of(spec.name()).is_some() {
            let _ = reply.send(Err(StartChildError::DuplicateName { name: spec.name().to_string() }));
            return;
        }
        let default = if self.dynamic { Restart::Temporary } else { Restart::Permanent };
        let restart = spec.restart(default);
        let key = self.next;
        self.next += 1;
        let mut slot = Slot::new(spec);
        slot.adding = Some(reply);
        self.slots.insert(key, slot);
        self.react(Event::Add(key, restart), ctx);
    }
}

impl Handler<TerminateChild> for Keeper {
    type Reply = ();

    async fn handle(&mut self, TerminateChild { name, reply }: TerminateChild, ctx: &mut Context<Self>) {
        let key = self.directory.key_of(&name);
        let Some((key, slot)) = key.and_then(|key| Some((key, self.slots.get_mut(&key)?))) else {
            let _ = reply.send(Err(StartChildError::Unknown { name }));
            return;
        };
        slot.terminating.push(reply);
        if slot.terminating.len() == 1 {
            self.react(Event::Terminate(key), ctx);
        }
    }
}
