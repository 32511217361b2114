//! The actor behind a supervisor: it performs what the plan decides.
//!
//! Everything it hears comes as mail: that a child is up, that one has ended, what an administrator wants
//! ([`calls`]). It never waits for a child inside a handler, so it answers while children start and stop.

use std::any::Any;
use std::collections::HashMap;

use super::admin::{AdminError, Reply};
use super::plan::{Action, Event, Key, Plan, State};
use super::{Blueprint, Directory, Restart};
use crate::actor::Actor;
use crate::context::Context;
use crate::erased::{ChildActor, ChildSpec};
use crate::event::Event as LifeEvent;
use crate::fence::fenced_drop;
use crate::incarnation::{ChildLife, Started};
use crate::lifecycle::{Order, Status};
use crate::reason::{BoxError, GaveUp, StartFailure, StopReason};
use crate::rt::{Arc, Instant, sleep};

mod calls;
mod notices;

/// A strong reference of a child's own type.
pub(super) type Reference = Box<dyn Any + Send + Sync>;

use notices::{ChildEnded, ChildStuck, ChildTerminated, Elapsed, notifier, started};

pub(super) use calls::{Call, ChildCall, ListChildren, OnDuplicate, StartChild};

/// The actor type of every supervisor. Reach it through [`SupervisorRef`](super::SupervisorRef) and
/// [`DynamicRef`](super::DynamicRef).
pub struct Keeper {
    plan: Plan,
    slots: HashMap<Key, Slot>,
    by_name: HashMap<Arc<str>, Key>,
    next: Key,
    dynamic: bool,
    max_children: usize,
    directory: Arc<Directory>,
    /// Whom to tell when the children are up.
    started: Option<Started>,
}

/// A child, as the keeper knows it.
struct Slot {
    spec: Arc<dyn ChildSpec>,
    /// Its logical actor, unless that has ended or does not exist yet.
    actor: Option<Box<dyn ChildActor>>,
    /// Which logical actor of this child that is: what an earlier one still has to say is not heard any more.
    generation: u64,
    /// Who wants a child of this name as soon as this one has ended.
    next: Vec<StartChild>,
    /// Who waits for it to be up.
    starting: Vec<Reply<Reference>>,
    /// Who waits for its end.
    terminating: Vec<Reply<()>>,
}

impl Keeper {
    pub(super) fn new(blueprint: Blueprint) -> Self {
        let default = blueprint.default_restart();
        let Blueprint { strategy, auto_shutdown, intensity, children, dynamic, max_children, directory } =
            blueprint;
        let terms: Vec<_> = (0..).zip(children.iter().map(|spec| spec.terms(default))).collect();
        let by_name = (0..).zip(&children).map(|(key, spec)| (spec.name().clone(), key)).collect();
        let slots: HashMap<Key, Slot> = (0..).zip(children.into_iter().map(Slot::new)).collect();
        Self {
            plan: Plan::new(strategy, auto_shutdown, intensity, dynamic, terms),
            next: slots.len() as Key,
            slots,
            by_name,
            dynamic,
            max_children,
            directory,
            started: None,
        }
    }

    fn default_restart(&self) -> Restart {
        if self.dynamic { Restart::Temporary } else { Restart::Permanent }
    }

    fn react(&mut self, event: Event, ctx: &mut Context<Self>) {
        if ctx.system().is_closing() {
            // Also before the shutdown has come to this supervisor: nobody is started any more.
            self.plan.close();
        }
        for action in self.plan.decide(event, Instant::now()) {
            self.perform(action, ctx);
        }
    }

    fn perform(&mut self, action: Action, ctx: &mut Context<Self>) {
        match action {
            Action::Start(key) => self.start(key, ctx),
            Action::Restart(key) => {
                match self.slots.get(&key) {
                    Some(Slot { actor: Some(actor), generation, .. }) => {
                        actor.launch(started(ctx, key, *generation));
                    }
                    // Its logical actor was not made, for want of its name.
                    _ => self.start(key, ctx),
                }
            }
            Action::Wait(wait, delay) => {
                let notify = notifier(ctx);
                ctx.spawn(async move {
                    sleep(delay).await;
                    notify.send(Elapsed { wait });
                });
            }
            Action::Announce(key, reason, delay) => {
                if let Some(actor) = self.actor(key) {
                    let actor = actor.life().core().subject();
                    ctx.system().emit(LifeEvent::Restarting { actor, reason, delay });
                }
            }
            Action::Halt(key) => self.halt(key, ctx),
            Action::Finish(key, reason) => self.finish(key, reason, ctx),
            Action::Remove(key) => self.remove(key, ctx),
            Action::Terminate(key) => self.terminate(key, ctx),
            Action::Ready => {
                if let Some(started) = self.started.take() {
                    started(Ok(()));
                }
            }
            Action::Abort(key, reason) => {
                let failure = StartFailure::Child { name: self.name_of(key), reason: Arc::new(reason) };
                ctx.end(StopReason::StartFailed(failure));
            }
            Action::GiveUp(key, reason) => self.give_up(key, reason, ctx),
            Action::ShutDown => ctx.end(StopReason::Shutdown),
        }
    }

    /// Makes the child's logical actor and starts its first incarnation.
    fn start(&mut self, key: Key, ctx: &mut Context<Self>) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        slot.generation += 1;
        let (notify, generation) = (notifier(ctx), slot.generation);
        let (parent, system) = (ctx.incarnation().clone(), ctx.system().clone());
        let guardian = Box::new(move |reason| {
            // Where nobody is restarted any more, a child need not wait for its turn to have ended. Looked at before the
            // keeper is told: it may start the next incarnation at once if the system is not closing.
            let (ending, closing) = (parent.is_ending(), system.is_closing());
            if !ending {
                notify.send(ChildEnded { key, generation, reason });
            }
            !ending && !closing
        });
        match slot.spec.create(ctx.system(), &**ctx.cell(), self.plan.restart_of(key), guardian) {
            Ok(actor) => {
                let life = actor.life();
                let actor_type = life.core().actor_type();
                ctx.incarnation().adopt(key, ChildLife { life, policy: slot.spec.shutdown(), owner: None });
                self.directory.insert(slot.spec.name().clone(), actor.reference(), actor_type, actor.below());
                actor.launch(started(ctx, key, generation));
                slot.actor = Some(actor);
            }
            Err(taken) => {
                let error: Arc<dyn std::error::Error + Send + Sync> = Arc::new(taken);
                let reason = StopReason::StartFailed(StartFailure::Error(error));
                notifier(ctx).send(ChildEnded { key, generation, reason });
            }
        }
    }

    /// Stops the child's incarnation for a group restart. Its end comes through the guardian; that it does not give its
    /// thread back is seen here.
    fn halt(&mut self, key: Key, ctx: &mut Context<Self>) {
        let Some(slot) = self.slots.get(&key) else { return };
        let Some(actor) = &slot.actor else { return };
        let life = actor.life();
        life.order(Order::Halt { policy: slot.spec.shutdown() });
        let (notify, generation) = (notifier(ctx), slot.generation);
        ctx.spawn(async move {
            life.core().gone().await;
            if matches!(life.core().status(), Status::Stuck) {
                notify.send(ChildStuck { key, generation });
            }
        });
    }

    /// Ends the child for good, beside the keeper's own loop.
    fn terminate(&mut self, key: Key, ctx: &mut Context<Self>) {
        let Some(slot) = self.slots.get(&key) else { return };
        // Whoever looks for it from now on is to find the next one.
        self.directory.remove(slot.spec.name());
        let notify = notifier(ctx);
        let child = slot.actor.as_ref().map(|actor| ChildLife {
            life: actor.life(),
            policy: slot.spec.shutdown(),
            owner: None,
        });
        ctx.spawn(async move {
            if let Some(child) = child {
                child.stop().await;
            }
            notify.send(ChildTerminated { key });
        });
    }

    /// The child has ended for good; its specification may stay.
    fn finish(&mut self, key: Key, reason: StopReason, ctx: &mut Context<Self>) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        ctx.incarnation().release(key);
        self.directory.remove(slot.spec.name());
        if let Some(actor) = slot.actor.take() {
            actor.life().finish(reason.clone());
        }
        slot.answer_not_started(&reason);
    }

    fn remove(&mut self, key: Key, ctx: &mut Context<Self>) {
        let Some(mut slot) = self.slots.remove(&key) else { return };
        ctx.incarnation().release(key);
        self.directory.remove(slot.spec.name());
        self.by_name.remove(slot.spec.name());
        slot.answer_terminating();
        let waiting = std::mem::take(&mut slot.next);
        self.let_go(slot, ctx);
        for next in waiting {
            // To itself, so that it takes its turn behind what is being decided.
            notifier(ctx).send(next);
        }
    }

    /// Drops what a child was made from: foreign code.
    fn let_go<T>(&self, value: T, ctx: &Context<Self>) {
        if let Err(panic) = fenced_drop(value) {
            ctx.cell().core.contained("drop", panic);
        }
    }

    /// Those who wait for the end of a child whose specification has stayed take their turn again.
    fn ask_again(&mut self, key: Key, ctx: &Context<Self>) {
        if matches!(self.plan.state(key), Some(State::Terminating | State::Halting)) {
            return;
        }
        let Some(slot) = self.slots.get_mut(&key) else { return };
        for next in std::mem::take(&mut slot.next) {
            notifier(ctx).send(next);
        }
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
        // The children are stopped in reverse by the end of the incarnation.
        ctx.end(StopReason::Shutdown);
        if ctx.cell().core.parent().is_none() {
            // Nobody is above to decide: a program whose top supervisor has given up must not limp on.
            ctx.system().begin_shutdown(Some(cause));
        }
    }

    fn actor(&self, key: Key) -> Option<&dyn ChildActor> {
        self.slots.get(&key)?.actor.as_deref()
    }

    fn name_of(&self, key: Key) -> Arc<str> {
        self.slots.get(&key).map_or_else(|| "?".into(), |slot| slot.spec.name().clone())
    }
}

impl Slot {
    fn new(spec: Arc<dyn ChildSpec>) -> Self {
        Self {
            spec,
            actor: None,
            generation: 0,
            next: Vec::new(),
            starting: Vec::new(),
            terminating: Vec::new(),
        }
    }

    /// It is up.
    fn answer_started(&mut self) {
        let Some(actor) = &self.actor else { return };
        for waiting in self.starting.drain(..) {
            let _ = waiting.send(Ok(actor.reference()));
        }
    }

    /// It did not come up.
    fn answer_not_started(&mut self, reason: &StopReason) {
        let name = self.spec.name().to_string();
        for waiting in self.starting.drain(..) {
            let _ = waiting.send(Err(AdminError::NotStarted { name: name.clone(), reason: reason.clone() }));
        }
    }

    fn answer_terminating(&mut self) {
        for waiting in self.terminating.drain(..) {
            let _ = waiting.send(Ok(()));
        }
    }
}

impl Actor for Keeper {
    async fn on_start(&mut self, ctx: &mut Context<Self>) -> Result<(), BoxError> {
        self.started = ctx.incarnation().take_started();
        if self.dynamic {
            ctx.incarnation().stop_children_at_once();
        }
        // Not by mail: calls that an earlier incarnation has left behind must not come first.
        self.react(Event::Begin, ctx);
        Ok(())
    }

    async fn on_stop(&mut self, _reason: &StopReason, ctx: &mut Context<Self>) {
        // It did not come up; the starter is told when nothing is left of it.
        ctx.incarnation().give_back_started(self.started.take());
    }
}

impl Drop for Keeper {
    /// The children have ended by now. In a drop, so that it also happens after a kill.
    fn drop(&mut self) {
        self.directory.clear();
    }
}
