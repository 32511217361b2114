//! What administrators want of a keeper: a message and a handler for each call.

use super::{Keeper, Reference, Slot};
use crate::context::Context;
use crate::erased::ChildSpec;
use crate::lifecycle::Rung;
use crate::message::Handler;
use crate::rt::Arc;
use crate::supervision::SpecError;
use crate::supervision::admin::{AdminError, ChildInfo, ChildKind, ChildStatus, Reconfigure, Reply};
use crate::supervision::plan::{Event, Key, Origin, State};

/// Start one more child.
pub(in crate::supervision) struct StartChild {
    pub(in crate::supervision) spec: Arc<dyn ChildSpec>,
    pub(in crate::supervision) on_duplicate: OnDuplicate,
    pub(in crate::supervision) reply: Reply<Reference>,
}

/// What if a child of that name is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::supervision) enum OnDuplicate {
    Refuse,
    /// Wait until it is up, too.
    Join,
}

/// Something about one child, by its name.
pub(in crate::supervision) struct ChildCall {
    pub(in crate::supervision) call: Call,
    pub(in crate::supervision) name: String,
}

pub(in crate::supervision) enum Call {
    Terminate(Reply<()>),
    Restart(Reply<Reference>),
    Delete(Reply<()>),
}

pub(in crate::supervision) struct ListChildren;

impl Keeper {
    /// The child called so, or the reply that there is none.
    fn find<T>(&self, name: String, reply: Reply<T>) -> Option<(Key, Reply<T>)> {
        match self.by_name.get(&*name) {
            Some(key) => Some((*key, reply)),
            None => {
                let _ = reply.send(Err(AdminError::Unknown { name }));
                None
            }
        }
    }

    /// The same for a child that has ended for good; of another, it is said what it does instead.
    fn find_ended<T>(&self, name: String, reply: Reply<T>) -> Option<(Key, Reply<T>)> {
        let (key, reply) = self.find(name.clone(), reply)?;
        let error = match self.plan.state(key).map(status) {
            Some(ChildStatus::Stopped) => return Some((key, reply)),
            Some(ChildStatus::Restarting) => AdminError::Restarting { name },
            _ => AdminError::Running { name },
        };
        let _ = reply.send(Err(error));
        None
    }

    fn call_terminate(&mut self, name: String, reply: Reply<()>, ctx: &mut Context<Self>) {
        let Some((key, reply)) = self.find(name, reply) else { return };
        if self.plan.state(key) == Some(State::Down) {
            let _ = reply.send(Ok(()));
            return;
        }
        let Some(slot) = self.slots.get_mut(&key) else { return };
        slot.terminating.push(reply);
        if slot.terminating.len() == 1 {
            self.react(Event::Terminate(key), ctx);
        }
    }

    /// What speaks against one more child.
    fn refusal(&self, spec: &dyn ChildSpec) -> Option<AdminError> {
        if let Err(error) = spec.check(self.plan.auto_shutdown(), self.default_restart()) {
            return Some(AdminError::Spec(error));
        }
        if self.by_name.contains_key(spec.name()) {
            return Some(AdminError::DuplicateName { name: spec.name().to_string() });
        }
        (self.slots.len() >= self.max_children).then_some(AdminError::Full { max: self.max_children })
    }
}

impl Handler<StartChild> for Keeper {
    type Reply = ();

    async fn handle(&mut self, message: StartChild, ctx: &mut Context<Self>) {
        let StartChild { spec, on_duplicate, reply } = message;
        if ctx.system().is_closing() {
            let _ = reply.send(Err(AdminError::Closed));
            self.let_go(spec, ctx);
            return;
        }
        let there = self.by_name.get(spec.name()).copied();
        if let (OnDuplicate::Join, Some(key)) = (on_duplicate, there) {
            let state = self.plan.state(key);
            let up = state == Some(State::Up);
            let ending = up
                && self.actor(key).is_some_and(|actor| {
                    !matches!(actor.life().core().rung(), Some(Rung::Running | Rung::Stuck))
                });
            if state == Some(State::Down) {
                if let Some(slot) = self.slots.get_mut(&key) {
                    slot.starting.push(reply);
                }
                self.react(Event::Revive(key), ctx);
            } else if ending || state == Some(State::Terminating) {
                if let Some(slot) = self.slots.get_mut(&key) {
                    slot.next.push(StartChild { spec, on_duplicate, reply });
                }
            } else if let Some(slot) = self.slots.get_mut(&key) {
                slot.starting.push(reply);
                if up {
                    slot.answer_started();
                }
                self.let_go(spec, ctx);
            }
            return;
        }
        if let Some(error) = self.refusal(&*spec) {
            let _ = reply.send(Err(error));
            self.let_go(spec, ctx);
            return;
        }
        let key = self.next;
        self.next += 1;
        let terms = spec.terms(self.default_restart());
        self.by_name.insert(spec.name().clone(), key);
        let mut slot = Slot::new(spec);
        slot.starting.push(reply);
        self.slots.insert(key, slot);
        self.react(Event::Add(key, terms), ctx);
    }
}

impl Handler<ChildCall> for Keeper {
    type Reply = ();

    async fn handle(&mut self, ChildCall { call, name }: ChildCall, ctx: &mut Context<Self>) {
        match call {
            Call::Terminate(reply) => self.call_terminate(name, reply, ctx),
            Call::Restart(reply) => {
                let Some((key, reply)) = self.find_ended(name, reply) else { return };
                if ctx.system().is_closing() {
                    let _ = reply.send(Err(AdminError::Closed));
                    return;
                }
                if let Some(slot) = self.slots.get_mut(&key) {
                    slot.starting.push(reply);
                }
                self.react(Event::Revive(key), ctx);
            }
            Call::Delete(reply) => {
                let Some((key, reply)) = self.find_ended(name, reply) else { return };
                self.react(Event::Delete(key), ctx);
                let _ = reply.send(Ok(()));
            }
        }
    }
}

impl Handler<ListChildren> for Keeper {
    type Reply = Vec<ChildInfo>;

    async fn handle(&mut self, _: ListChildren, _ctx: &mut Context<Self>) -> Vec<ChildInfo> {
        let info = |(key, state)| {
            let slot = self.slots.get(&key)?;
            Some(ChildInfo {
                name: slot.spec.name().clone(),
                id: slot.actor.as_ref().map(|actor| actor.life().core().id),
                status: status(state),
                restart: self.plan.restart_of(key),
                kind: if slot.spec.is_supervisor() { ChildKind::Supervisor } else { ChildKind::Worker },
            })
        };
        self.plan.children().filter_map(info).collect()
    }
}

impl Handler<Reconfigure> for Keeper {
    type Reply = Result<(), AdminError>;

    async fn handle(&mut self, change: Reconfigure, _ctx: &mut Context<Self>) -> Result<(), AdminError> {
        if change.intensity.is_some_and(|intensity| intensity.within.is_zero()) {
            return Err(AdminError::Spec(SpecError::ZeroWindow));
        }
        let mut restarts = Vec::with_capacity(change.restart.len());
        for (name, restart) in change.restart {
            let Some(key) = self.by_name.get(&*name) else { return Err(AdminError::Unknown { name }) };
            if !self.plan.allows(*key, restart) {
                return Err(AdminError::Spec(SpecError::SignificantPermanent { name }));
            }
            restarts.push((*key, restart));
        }
        if change.probe {
            return Ok(());
        }
        self.plan.reconfigure(change.intensity, change.auto_shutdown, &restarts);
        Ok(())
    }
}

fn status(state: State) -> ChildStatus {
    match state {
        State::Waiting | State::Starting(Origin::Boot | Origin::Added | Origin::Revived) => {
            ChildStatus::Starting
        }
        State::Up => ChildStatus::Running,
        State::Starting(Origin::Again) | State::Halting | State::Stuck | State::Ended => {
            ChildStatus::Restarting
        }
        State::Terminating => ChildStatus::Stopping,
        State::Down => ChildStatus::Stopped,
    }
}
