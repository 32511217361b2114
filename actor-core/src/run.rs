//! The run loop: one task that is one incarnation, from its factory to the drop of its state.
//!
//! It decides nothing. What to do next comes from the queue, how urgently to end from the ladder, and what follows the
//! end from the guardian. Foreign code (factory, hooks, handlers, destructors) runs inside the fence only.
//!
//! A future written by hand, as each actor's task is as large as it. What of it is foreign and has to wait lies apart: hooks and
//! handlers in the memory of the [`Stage`], factories and the end of children in boxes, since few have them.

use std::future::Pending;
use std::pin::Pin;
use std::task::{Context as Wake, Poll, ready};

use pin_project_lite::pin_project;

use crate::actor::Actor;
use crate::cell::{Cell, Which};
use crate::context::Context;
use crate::event::Event;
use crate::fence::{self, fenced_drop};
use crate::incarnation::Started;
use crate::lifecycle::{Ladder, Rung};
use crate::mailbox::envelope::Envelope;
#[cfg(feature = "testing")]
use crate::mailbox::queue::Next;
use crate::ownership::noted;
use crate::raw::Stage;
use crate::reason::{BoxError, StartFailure, StopReason};
use crate::rt::{Arc, Instant, spawn};

mod drive;
mod hook;
mod work;

use drive::{Driven, contained, drive, let_go};
use hook::{OnStart, OnStop};
use work::Work;

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
    let step = match make {
        None => Step::Start,
        Some(make) => {
            let cell = cell.clone();
            Step::Make(Box::pin(async move { made(&cell, epoch, make).await }))
        }
    };
    let stage = Stage::new(cell.clone(), actor, ctx);
    spawn(cell.core.system.handle(), Loop { stage, epoch, step });
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
        cell.core.counts.count_handled();
        tokio::task::coop::consume_budget().await;
    }
    cell.ended(epoch);
    ctx.ended();
}

pin_project! {
    /// If it does not come to its end, its stage goes: the state, and then the context, which ends the actor.
    #[project = Projected]
    struct Loop<A> {
        #[pin]
        stage: Stage<A>,
        epoch: u64,
        step: Step<A>,
    }
}

/// What is waited for elsewhere: the factory, which comes to a state, or the end of the children.
type Aside<A> = Pin<Box<dyn Future<Output = Option<A>> + Send>>;

/// Where a run loop is.
enum Step<A> {
    /// The factory is at work.
    Make(Aside<A>),
    /// `on_start` is next, or waits.
    Start,
    Starting,
    Handle(Work),
    /// It ends. The children are next, or are being stopped.
    End,
    Ending(Aside<A>),
    /// `on_stop` waits.
    Stopping,
    /// The rest is next.
    Leave,
}

impl<A: Actor> Future for Loop<A> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Wake<'_>) -> Poll<()> {
        let _inside = fence::enter();
        let mut this = self.project();
        this.stage.as_mut().borrow_memory();
        let polled = steps(&mut this, cx);
        this.stage.give_memory_back();
        polled
    }
}

fn steps<A: Actor>(this: &mut Projected<'_, A>, cx: &mut Wake<'_>) -> Poll<()> {
    let epoch = *this.epoch;
    loop {
        let mut stage = this.stage.as_mut();
        *this.step = match this.step {
            Step::Make(making) => {
                let made = ready!(making.as_mut().poll(cx));
                let step = if made.is_some() { Step::Start } else { Step::End };
                *stage.parts().0 = made;
                step
            }
            Step::Start => {
                *this.step = Step::Starting;
                let driven = ready!(hook::begin(stage.as_mut(), epoch, Envelope::new(OnStart), cx));
                started(stage, epoch, driven)
            }
            Step::Starting => {
                let driven = ready!(hook::resume(stage.as_mut(), epoch, cx));
                started(stage, epoch, driven)
            }
            Step::Handle(work) => {
                ready!(work.poll(stage, epoch, cx));
                Step::End
            }
            Step::End => match end(stage.as_mut(), epoch) {
                Some(aside) => Step::Ending(aside),
                None => {
                    *this.step = Step::Stopping;
                    ready!(stop(stage, epoch, cx))
                }
            },
            Step::Ending(ending) => {
                ready!(ending.as_mut().poll(cx));
                *this.step = Step::Stopping;
                ready!(stop(stage, epoch, cx))
            }
            Step::Stopping => {
                let driven = ready!(hook::resume(stage.as_mut(), epoch, cx));
                stopped(stage, epoch, driven);
                Step::Leave
            }
            Step::Leave => {
                leave(stage, epoch);
                return Poll::Ready(());
            }
        };
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

/// `on_start` is over. If it has failed, the incarnation never lived, and the ladder knows why; its state is gone.
fn started<A: Actor>(mut stage: Pin<&mut Stage<A>>, epoch: u64, driven: Driven<()>) -> Step<A> {
    let cell = stage.as_mut().cell().clone();
    let_go(&cell, epoch, || stage.as_mut().clear());
    let (state, ctx) = stage.as_mut().parts();
    let lives = match driven {
        Driven::Done(()) if ctx.has_failed_to_start() => None,
        // `None` or `false` if it was killed or replaced while it did not give its thread back.
        Driven::Done(()) => cell.change_ladder(Which::Epoch(epoch), None, Ladder::started),
        Driven::Panicked { panic, .. } => failed(&cell, epoch, StartFailure::Panicked(panic)),
        Driven::Cut => None,
    };
    if lives != Some(true) {
        drop_state(&cell, epoch, state);
        return Step::End;
    }
    cell.core.system.emit_quietly(|| Event::Started { actor: cell.core.subject(), epoch });
    if let Some(started) = ctx.belongings().and_then(|incarnation| incarnation.take_started()) {
        started(Ok(()));
    }
    stage.lend(epoch);
    Step::Handle(Work::new())
}

/// That a start has failed is for its caller to pass on.
fn failed<A>(cell: &Cell<A>, epoch: u64, failure: StartFailure) -> Option<bool> {
    cell.end(Which::Epoch(epoch), StopReason::StartFailed(failure));
    None
}

/// The incarnation has nothing to do any more but to end: children gone, `on_stop`, state dropped, in this order, whatever has
/// ended it. Hands out the end of the children, if there are any.
fn end<A: Actor>(mut stage: Pin<&mut Stage<A>>, epoch: u64) -> Option<Aside<A>> {
    let (_, ctx) = stage.as_mut().parts();
    if ctx.end_if_childless() {
        return None;
    }
    let incarnation = ctx.incarnation().clone();
    let cell = stage.cell();
    let reason = cell.change_ladder(Which::Epoch(epoch), None, |ladder| {
        ladder.awaiting_children(Instant::now());
        ladder.reason().clone()
    });
    announce(cell, epoch, reason.as_ref());
    Some(Box::pin(async move {
        incarnation.stop_children().await;
        None
    }))
}

/// The children are gone.
fn stop<A: Actor>(mut stage: Pin<&mut Stage<A>>, epoch: u64, cx: &mut Wake<'_>) -> Poll<Step<A>> {
    let cell = stage.as_mut().cell().clone();
    let (state, ctx) = stage.as_mut().parts();
    let hook = cell.change_ladder(Which::Epoch(epoch), None, |ladder| {
        if state.is_some() {
            ladder.hook(Instant::now());
        }
        (ladder.rung(), ladder.reason().clone())
    });
    if ctx.is_childless() {
        // Else it has been said.
        announce(&cell, epoch, hook.as_ref().map(|(_, reason)| reason));
    }
    if let (Some((Rung::Stopping, reason)), true) = (hook, state.is_some()) {
        let driven = ready!(hook::begin(stage.as_mut(), epoch, Envelope::new(OnStop(reason)), cx));
        stopped(stage, epoch, driven);
    }
    Poll::Ready(Step::Leave)
}

/// `on_stop` is over.
fn stopped<A: Actor>(mut stage: Pin<&mut Stage<A>>, epoch: u64, driven: Driven<()>) {
    let cell = stage.as_mut().cell().clone();
    let_go(&cell, epoch, || stage.as_mut().clear());
    if let Driven::Panicked { panic, .. } = driven {
        contained(&cell, epoch, "on_stop", panic);
    }
}

/// The state goes, and the actor hears that this incarnation is over.
fn leave<A: Actor>(mut stage: Pin<&mut Stage<A>>, epoch: u64) {
    let cell = stage.as_mut().cell().clone();
    let (state, ctx) = stage.parts();
    drop_state(&cell, epoch, state);
    let mut started = None;
    if let Some(incarnation) = ctx.belongings() {
        incarnation.end(cell.core.id);
        started = incarnation.take_started();
    }
    let started = started.map(|started| (started, cell.core.ending_reason(epoch)));
    cell.ended(epoch);
    ctx.ended();
    if let Some((started, reason)) = started {
        started(Err(reason));
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

fn drop_state<A: Actor>(cell: &Cell<A>, epoch: u64, state: &mut Option<A>) {
    let Some(actor) = state.take() else { return };
    if let Err(panic) = noted(&cell.core, || fenced_drop(actor)) {
        contained(cell, epoch, "drop", panic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Empty;

    impl Actor for Empty {}

    #[test]
    fn the_task_of_a_small_actor_fits_into_256_bytes() {
        // Tokio adds 104, and 16 are for the state.
        let size = size_of::<Loop<Empty>>();
        assert!(size <= 256 - 104 - 16, "{size}");
        assert!(size_of::<Cell<Empty>>() <= 408, "{}", size_of::<Cell<Empty>>());
    }
}
