//! The run loop: one task that is one incarnation, from its factory to the drop of its state.
//!
//! It decides nothing. What to do next comes from the queue, how urgently to end from the ladder, and what follows the
//! end from the guardian. Foreign code (factory, hooks, handlers, destructors) runs inside the fence only.
#![expect(
    clippy::manual_async_fn,
    reason = "an async function holds its arguments twice, in every actor's task"
)]

use std::future::Pending;

use crate::actor::Actor;
use crate::cell::{Cell, Which};
use crate::context::Context;
use crate::event::Event;
use crate::fence::fenced_drop;
use crate::incarnation::Started;
use crate::lifecycle::{Ladder, Rung};
#[cfg(feature = "testing")]
use crate::mailbox::{envelope::Envelope, queue::Next};
use crate::ownership::noted;
use crate::reason::{BoxError, StartFailure, StopReason};
use crate::rt::{Arc, Instant, spawn};

mod drive;
mod work;

use drive::{Driven, contained, drive};
use work::handle_mail;

/// Starts the next incarnation of `cell` with the state that `make` comes to. `false` if the actor has ended.
pub(crate) fn launch<A, F>(cell: &Arc<Cell<A>>, make: F, started: Option<Started>) -> bool
where
    A: Actor,
    F: Future<Output = Result<A, BoxError>> + Send + 'static,
{
    launch_with(cell, None, Some(make), started)
}

/// The same with a state that is there already.
pub(crate) fn launch_value<A: Actor>(cell: &Arc<Cell<A>>, actor: A, started: Option<Started>) -> bool {
    launch_with(cell, Some(actor), None::<Pending<_>>, started)
}

fn launch_with<A, F>(cell: &Arc<Cell<A>>, actor: Option<A>, make: Option<F>, started: Option<Started>) -> bool
where
    A: Actor,
    F: Future<Output = Result<A, BoxError>> + Send + 'static,
{
    let Some(epoch) = cell.begin() else { return false };
    let ctx = Context::new(cell.clone(), epoch, started);
    spawn(cell.core.system.handle(), run(Loop { make, actor, cell: cell.clone(), ctx }));
    true
}

/// Starts an incarnation that has no state: it hands its mail to `take`, unhandled, until it is asked to end. That is what the
/// test kit puts in an actor's place. `false` if the actor has ended.
#[cfg(feature = "testing")]
pub(crate) fn relay<A: Actor>(cell: &Arc<Cell<A>>, take: impl FnMut(Envelope<A>) + Send + 'static) -> bool {
    let Some(epoch) = cell.begin() else { return false };
    let ctx = Context::new(cell.clone(), epoch, None);
    spawn(cell.core.system.handle(), relay_mail(ctx, take));
    true
}

#[cfg(feature = "testing")]
async fn relay_mail<A: Actor>(mut ctx: Context<A>, mut take: impl FnMut(Envelope<A>)) {
    let (cell, epoch) = (ctx.cell().clone(), ctx.epoch());
    cell.change_ladder(Which::Epoch(epoch), None, Ladder::started);
    cell.core.system.emit_quietly(|| Event::Started { actor: cell.core.subject(), epoch });
    while let Next::Message(envelope) | Next::Taken(envelope) =
        std::future::poll_fn(|cx| cell.queue.poll_next(epoch, cx.waker(), |taking| taking.item())).await
    {
        take(envelope);
        cell.core.count_handled();
        tokio::task::coop::consume_budget().await;
    }
    cell.ended(epoch);
    ctx.ended();
}

/// What a run loop has, in the order in which it goes if the loop does not come to its end: the context, which then ends the
/// actor, after the state.
///
/// The loop lies in this, and its parts borrow from it.
struct Loop<A, F> {
    make: Option<F>,
    actor: Option<A>,
    cell: Arc<Cell<A>>,
    ctx: Context<A>,
}

fn run<A, F>(mut all: Loop<A, F>) -> impl Future<Output = ()> + Send
where
    A: Actor,
    F: Future<Output = Result<A, BoxError>> + Send + 'static,
{
    async move {
        // As a whole, so that it goes in its order.
        let all = &mut all;
        if let Some(make) = all.make.take() {
            // In a box, since it is gone before the first message.
            all.actor = Box::pin(made(&all.cell, all.ctx.epoch(), make)).await;
        }
        if start(&all.cell, &mut all.actor, &mut all.ctx).await {
            if let Some(actor) = &mut all.actor {
                handle_mail(&all.cell, actor, &mut all.ctx).await;
                // It was that of the last message.
                all.ctx.set_deadline(None);
            }
        }
        end(&all.cell, &mut all.actor, &mut all.ctx).await;
        let epoch = all.ctx.epoch();
        let started = all.ctx.belongings().and_then(|incarnation| incarnation.take_started());
        let started = started.map(|started| (started, all.cell.core.ending_reason(epoch)));
        all.cell.ended(epoch);
        all.ctx.ended();
        if let Some((started, reason)) = started {
            started(Err(reason));
        }
    }
}

/// The factory's work. Without a state the ladder knows why.
async fn made<A, F>(cell: &Cell<A>, epoch: u64, make: F) -> Option<A>
where
    A: Actor,
    F: Future<Output = Result<A, BoxError>>,
{
    match drive(cell, epoch, Some(make)).await {
        Driven::Done(Ok(actor)) => return Some(actor),
        Driven::Done(Err(error)) => failed(cell, epoch, StartFailure::Error(Arc::from(error))),
        Driven::Panicked { panic, .. } => failed(cell, epoch, StartFailure::Panicked(panic)),
        Driven::Cut => None,
    };
    None
}

/// `on_start`. `false`: the incarnation never lived, and the ladder knows why; its state is gone.
fn start<'a, A: Actor>(
    cell: &'a Cell<A>,
    state: &'a mut Option<A>,
    ctx: &'a mut Context<A>,
) -> impl Future<Output = bool> + Send + use<'a, A> {
    async move {
        let Some(actor) = state else { return false };
        let epoch = ctx.epoch();
        // The hook is called inside the fence, too.
        let hook = async { actor.on_start(ctx).await };
        let driven = drive(cell, epoch, Some(hook)).await;
        let lives = match driven {
            // `None` or `false` if it was killed or replaced while it did not give its thread back.
            Driven::Done(Ok(())) => cell.change_ladder(Which::Epoch(epoch), None, Ladder::started),
            Driven::Done(Err(error)) => failed(cell, epoch, StartFailure::Error(Arc::from(error))),
            Driven::Panicked { panic, .. } => failed(cell, epoch, StartFailure::Panicked(panic)),
            Driven::Cut => None,
        };
        if lives != Some(true) {
            if let Some(actor) = state.take() {
                drop_state(cell, epoch, actor);
            }
            return false;
        }
        cell.core.system.emit_quietly(|| Event::Started { actor: cell.core.subject(), epoch });
        if let Some(started) = ctx.belongings().and_then(|incarnation| incarnation.take_started()) {
            started(Ok(()));
        }
        true
    }
}

/// That a start has failed is for its caller to pass on.
fn failed<A>(cell: &Cell<A>, epoch: u64, failure: StartFailure) -> Option<bool> {
    cell.end(Which::Epoch(epoch), StopReason::StartFailed(failure));
    None
}

/// Children gone, `on_stop`, state dropped: in this order, whatever ended the incarnation.
fn end<'a, A: Actor>(
    cell: &'a Cell<A>,
    state: &'a mut Option<A>,
    ctx: &'a mut Context<A>,
) -> impl Future<Output = ()> + Send + use<'a, A> {
    async move {
        let epoch = ctx.epoch();
        let childless = ctx.end_if_childless();
        if !childless {
            let reason = cell.change_ladder(Which::Epoch(epoch), None, |ladder| {
                ladder.awaiting_children(Instant::now());
                ladder.reason().clone()
            });
            announce(cell, epoch, reason.as_ref());
            drop(reason);
            // In a box, since few have children.
            Box::pin(ctx.incarnation().stop_children()).await;
        }
        let hook = cell.change_ladder(Which::Epoch(epoch), None, |ladder| {
            if state.is_some() {
                ladder.hook(Instant::now());
            }
            (ladder.rung(), ladder.reason().clone())
        });
        if childless {
            announce(cell, epoch, hook.as_ref().map(|(_, reason)| reason));
        }
        if let (Some((Rung::Stopping, reason)), Some(actor)) = (&hook, state.as_mut()) {
            let driven = drive(cell, epoch, Some(actor.on_stop(reason, ctx))).await;
            if let Driven::Panicked { panic, .. } = driven {
                contained(cell, epoch, "on_stop", panic);
            }
        }
        if let Some(actor) = state.take() {
            drop_state(cell, epoch, actor);
        }
        if let Some(incarnation) = ctx.belongings() {
            incarnation.end(cell.core.id);
        }
    }
}

/// Why the incarnation ends is an event if it has failed. Without a reason it was replaced, and its thread is back.
fn announce<A>(cell: &Cell<A>, epoch: u64, reason: Option<&StopReason>) {
    match reason {
        None => cell.core.system.note_returned(cell.core.id, epoch),
        Some(reason) if reason.is_crash() => {
            let reason = reason.clone();
            cell.core.system.emit(Event::Crashed { actor: cell.core.subject(), epoch, reason });
        }
        Some(_) => {}
    }
}

fn drop_state<A: Actor>(cell: &Cell<A>, epoch: u64, actor: A) {
    if let Err(panic) = noted(&cell.core, || fenced_drop(actor)) {
        contained(cell, epoch, "drop", panic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Empty;

    impl Actor for Empty {}

    fn size_of_returned<T, R>(_: fn(T) -> R) -> usize {
        size_of::<R>()
    }

    #[test]
    fn the_loop_of_an_actor_without_a_state_fits_into_240_bytes() {
        // Tokio adds 104 and rounds up to 128: that is a task of 384, with something left for the state.
        let size = size_of_returned(run::<Empty, Pending<Result<Empty, BoxError>>>);
        assert!(size <= 240, "{size}");
        assert!(size_of::<Cell<Empty>>() <= 384, "{}", size_of::<Cell<Empty>>());
    }
}
