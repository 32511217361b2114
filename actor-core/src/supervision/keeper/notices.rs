//! What a keeper is told by the framework: that a child is up, has ended, is stuck, and that a wait is over.

use super::Keeper;
use crate::cell::Cell;
use crate::context::Context;
use crate::incarnation::Started;
use crate::mailbox::envelope::Envelope;
use crate::message::Handler;
use crate::reason::StopReason;
use crate::rt::Arc;
use crate::supervision::plan::{Event, Key, Wait};

/// Tells one incarnation of a keeper something, at once and without needing room in its mailbox.
///
/// The keys of its children mean nothing to another incarnation, and a child that is stuck may outlive its own.
pub(super) struct Notifier {
    cell: Arc<Cell<Keeper>>,
    epoch: u64,
}

pub(super) fn notifier(ctx: &Context<Keeper>) -> Notifier {
    Notifier { cell: ctx.cell().clone(), epoch: ctx.epoch() }
}

impl Notifier {
    pub(super) fn send<M: Send + 'static>(&self, message: M)
    where
        Keeper: Handler<M>,
    {
        self.cell.push_notice(Envelope::notice(message, Some(self.epoch), None));
    }
}

/// What a child's run loop calls when it is up. That it has failed is the guardian's to say.
pub(super) fn started(ctx: &Context<Keeper>, key: Key, generation: u64) -> Started {
    let notify = notifier(ctx);
    Box::new(move |outcome| {
        if outcome.is_ok() {
            notify.send(ChildStarted { key, generation });
        }
    })
}

pub(super) struct ChildStarted {
    pub(super) key: Key,
    pub(super) generation: u64,
}

pub(super) struct ChildEnded {
    pub(super) key: Key,
    pub(super) generation: u64,
    pub(super) reason: StopReason,
}

pub(super) struct ChildStuck {
    pub(super) key: Key,
    pub(super) generation: u64,
}

pub(super) struct ChildTerminated {
    pub(super) key: Key,
}

pub(super) struct Elapsed {
    pub(super) wait: Wait,
}

impl Handler<ChildStarted> for Keeper {
    type Reply = ();

    async fn handle(&mut self, message: ChildStarted, ctx: &mut Context<Self>) {
        let ChildStarted { key, generation } = message;
        let Some(slot) = self.slots.get_mut(&key) else { return };
        if slot.generation != generation {
            return;
        }
        // It has come up, whatever is to become of it.
        slot.answer_started();
        self.react(Event::Started(key), ctx);
        self.ask_again(key, ctx);
    }
}

impl Handler<ChildEnded> for Keeper {
    type Reply = ();

    async fn handle(&mut self, message: ChildEnded, ctx: &mut Context<Self>) {
        let ChildEnded { key, generation, reason } = message;
        if self.slots.get(&key).is_some_and(|slot| slot.generation == generation) {
            self.react(Event::Ended(key, reason), ctx);
            self.ask_again(key, ctx);
        }
    }
}

impl Handler<ChildStuck> for Keeper {
    type Reply = ();

    async fn handle(&mut self, ChildStuck { key, generation }: ChildStuck, ctx: &mut Context<Self>) {
        if self.slots.get(&key).is_some_and(|slot| slot.generation == generation) {
            self.react(Event::Stuck(key), ctx);
        }
    }
}

impl Handler<ChildTerminated> for Keeper {
    type Reply = ();

    async fn handle(&mut self, ChildTerminated { key }: ChildTerminated, ctx: &mut Context<Self>) {
        if let Some(slot) = self.slots.get_mut(&key) {
            // The actor has been finished by whoever ended it; what is left is the keeper's own part.
            let reason = slot.actor.as_ref().and_then(|actor| actor.life().core().last_reason());
            let reason = reason.unwrap_or(StopReason::Shutdown);
            // One that is stuck has been left behind, and ends with its thread.
            drop(slot.actor.take());
            slot.answer_not_started(&reason);
            ctx.incarnation().release(key);
            self.directory.remove(slot.spec.name());
        }
        self.react(Event::Terminated(key), ctx);
        self.ask_again(key, ctx);
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.answer_terminating();
        }
    }
}

impl Handler<Elapsed> for Keeper {
    type Reply = ();

    async fn handle(&mut self, Elapsed { wait }: Elapsed, ctx: &mut Context<Self>) {
        self.react(Event::Elapsed(wait), ctx);
    }
}
