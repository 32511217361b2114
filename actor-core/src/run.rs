//! The run loop: one task that is one incarnation, from its factory to the drop of its state.
//!
//! It decides nothing. What to do next comes from the queue, how urgently to end from the ladder, and what follows the
//! end from the guardian. Foreign code (factory, hooks, handlers, destructors) runs inside the fence only.

use std::pin::{Pin, pin};
use std::task::{self, Poll};

use crate::actor::Actor;
use crate::cell::{Cell, Which};
use crate::context::Context;
use crate::dead_letter::{LetterReason, Sender};
use crate::event::Event;
use crate::fence::{fence, fenced_drop, fenced_poll};
use crate::incarnation::{Incarnation, Started};
use crate::lifecycle::{Ladder, Rung};
use crate::mailbox::envelope::{Envelope, Turn};
use crate::mailbox::queue::Next;
use crate::ownership::noted;
use crate::raw::{Place, Placed};
use crate::reason::{BoxError, Panic, StartFailure, StopReason};
use crate::reply::answer_panicked;
use crate::rt::{Arc, spawn};

/// Starts the next incarnation of `cell` with the state that `make` comes to. `false` if the actor has ended.
pub(crate) fn launch<A, F>(cell: &Arc<Cell<A>>, make: F, started: Option<Started>) -> bool
where
    A: Actor,
    F: Future<Output = Result<A, BoxError>> + Send + 'static,
{
    let Some(epoch) = cell.begin() else { return false };
    let incarnation = Arc::new(Incarnation::new(epoch, started));
    #[cfg(feature = "testing")]
    cell.core.note_incarnation(&incarnation);
    let ctx = Context::new(cell.clone(), incarnation);
    spawn(cell.core.system.handle(), run(Unfinished(Some((cell.clone(), epoch))), ctx, make));
    true
}

/// Starts an incarnation that has no state: it hands its mail to `take`, unhandled, until it is asked to end. That is what the
/// test kit puts in an actor's place. `false` if the actor has ended.
#[cfg(feature = "testing")]
pub(crate) fn relay<A: Actor>(cell: &Arc<Cell<A>>, take: impl FnMut(Envelope<A>) + Send + 'static) -> bool {
    let Some(epoch) = cell.begin() else { return false };
    let relaying = relay_mail(Unfinished(Some((cell.clone(), epoch))), cell.clone(), epoch, take);
    spawn(cell.core.system.handle(), relaying);
    true
}

#[cfg(feature = "testing")]
async fn relay_mail<A: Actor>(
    mut unfinished: Unfinished<A>,
    cell: Arc<Cell<A>>,
    epoch: u64,
    mut take: impl FnMut(Envelope<A>),
) {
    cell.change_ladder(Which::Epoch(epoch), None, |ladder, _| {
        ladder.started();
    });
    cell.core.system.emit(Event::Started { actor: cell.core.subject(), epoch });
    while let Next::Message(()) =
        std::future::poll_fn(|cx| cell.queue.poll_next(epoch, cx.waker(), &mut take)).await
    {
        cell.core.count_handled();
        tokio::task::coop::consume_budget().await;
    }
    cell.ended(epoch);
    unfinished.0 = None;
}

/// Ends the actor if the run loop goes before it has said how it ended: when its runtime does, polled or not.
struct Unfinished<A>(Option<(Arc<Cell<A>>, u64)>);

impl<A> Drop for Unfinished<A> {
    fn drop(&mut self) {
        if let Some((cell, epoch)) = self.0.take() {
            cell.lost(epoch);
        }
    }
}

/// The first argument is the last to be dropped: after the state.
async fn run<A, F>(mut unfinished: Unfinished<A>, mut ctx: Context<A>, make: F)
where
    A: Actor,
    F: Future<Output = Result<A, BoxError>> + Send + 'static,
{
    let cell = ctx.cell().clone();
    let mut actor = start(&cell, &mut ctx, make).await;
    if let Some(actor) = &mut actor {
        handle_mail(&cell, actor, &mut ctx).await;
    }
    let reason = end(&cell, actor, &mut ctx).await;
    let started = ctx.incarnation().take_started();
    cell.ended(ctx.epoch());
    unfinished.0 = None;
    if let Some(started) = started {
        started(Err(reason));
    }
}

/// Factory and `on_start`. `None`: the incarnation never lived, and the ladder knows why.
async fn start<A, F>(cell: &Cell<A>, ctx: &mut Context<A>, make: F) -> Option<A>
where
    A: Actor,
    F: Future<Output = Result<A, BoxError>>,
{
    let epoch = ctx.epoch();
    let birth = async {
        let mut actor = make.await?;
        actor.on_start(ctx).await?;
        Ok(actor)
    };
    match drive(cell, epoch, None, birth, First::ToCome).await {
        Driven::Done(Ok(actor)) => {
            let mut lives = false;
            cell.change_ladder(ctx.which(), None, |ladder, _| lives = ladder.started());
            if !lives {
                // It was killed or replaced while it did not give its thread back.
                drop_state(cell, epoch, actor);
                return None;
            }
            cell.core.system.emit(Event::Started { actor: cell.core.subject(), epoch: ctx.epoch() });
            if let Some(started) = ctx.incarnation().take_started() {
                started(Ok(()));
            }
            return Some(actor);
        }
        Driven::Done(Err(error)) => {
            let error: BoxError = error;
            cell.end(ctx.which(), StopReason::StartFailed(StartFailure::Error(Arc::from(error))));
        }
        Driven::Panicked { panic, .. } => {
            cell.end(ctx.which(), StopReason::StartFailed(StartFailure::Panicked(panic)))
        }
        Driven::Cut => {}
    }
    None
}

async fn handle_mail<A: Actor>(cell: &Cell<A>, actor: &mut A, ctx: &mut Context<A>) {
    let epoch = ctx.epoch();
    let mut place = Place::new();
    loop {
        let mut hands = Some(Hands { actor, ctx, place: &mut place });
        let next = std::future::poll_fn(|cx| {
            cell.queue.poll_next(epoch, cx.waker(), |envelope| begin(cell, epoch, envelope, &mut hands, cx))
        });
        match next.await {
            Next::Alarm | Next::Drained => return,
            Next::Message(None) => {}
            Next::Message(Some((message, parked))) => {
                let driven = drive(cell, epoch, Some(message.message_type), parked, First::WasPending).await;
                handled(cell, epoch, message, driven);
            }
        }
        ctx.set_deadline(None);
        // A mailbox that never runs dry must not keep others from the thread.
        tokio::task::coop::consume_budget().await;
    }
}

/// What a handler borrows until it is done.
struct Hands<'a, A> {
    actor: &'a mut A,
    ctx: &'a mut Context<A>,
    place: &'a mut Place,
}

/// What is to be said of a message once it is gone.
#[derive(Clone, Copy)]
struct Message {
    message_type: &'static str,
    /// Whether its sender hears if it is lost now.
    sender: Sender,
}

/// Polls the handler of a message once, if it is to be handled. In one go, so that only a handler that waits is kept in the
/// loop's own future, and an envelope is moved as little as can be: each move more costs as much as a lock.
#[inline]
fn begin<'a, A: Actor>(
    cell: &Cell<A>,
    epoch: u64,
    mut envelope: Envelope<A>,
    hands: &mut Option<Hands<'a, A>>,
    cx: &mut task::Context<'_>,
) -> Option<(Message, Placed<'a>)> {
    match envelope.claim() {
        Turn::Handle(sender) => {
            let Hands { actor, ctx, place } = hands.take().expect("one message at a time");
            let message = Message { message_type: envelope.message_type(), sender };
            ctx.set_deadline(envelope.deadline());
            let mut handling = envelope.handle(actor, ctx, place);
            match poll_fenced(Pin::new(&mut handling), Some(message.message_type), cx) {
                Poll::Pending => return Some((message, handling)),
                Poll::Ready(driven) => {
                    let_go(cell, epoch, || drop(handling));
                    handled(cell, epoch, message, driven);
                }
            }
        }
        Turn::Skip => {
            cell.core.system.note_skipped();
            forget(cell, envelope);
        }
        Turn::Forget => forget(cell, envelope),
    }
    None
}

/// A message is gone, one way or another.
fn handled<A>(cell: &Cell<A>, epoch: u64, message: Message, driven: Driven<()>) {
    cell.core.count_handled();
    let (lost, sender) = match driven {
        Driven::Done(()) => return,
        Driven::Panicked { panic, heard } => {
            cell.end(Which::Epoch(epoch), StopReason::Panicked(panic));
            // An asker may have gone while the handler ran.
            (LetterReason::Panicked, if heard { Sender::Told } else { Sender::Unaware })
        }
        Driven::Cut => (LetterReason::Killed, message.sender),
    };
    cell.core.system.dead_letter(cell.core.subject(), message.message_type, lost, sender, None);
}

fn forget<A>(cell: &Cell<A>, envelope: Envelope<A>) {
    if let Err(panic) = fenced_drop(envelope) {
        cell.core.contained("drop", panic);
    }
}

/// Children gone, `on_stop`, state dropped: in this order, whatever ended the incarnation.
async fn end<A: Actor>(cell: &Cell<A>, actor: Option<A>, ctx: &mut Context<A>) -> StopReason {
    let incarnation = ctx.incarnation().clone();
    let epoch = incarnation.epoch;
    if cell.core.was_replaced(epoch) {
        // Its thread is back.
        cell.core.system.note_returned(cell.core.id, epoch);
    }
    if let Some(reason) = crash(cell, epoch) {
        cell.core.system.emit(Event::Crashed { actor: cell.core.subject(), epoch, reason });
    }
    cell.change_ladder(ctx.which(), None, Ladder::awaiting_children);
    incarnation.stop_children().await;
    if let Some(mut actor) = actor {
        cell.change_ladder(ctx.which(), None, Ladder::hook);
        if cell.core.rung_of(epoch) == Rung::Stopping {
            let reason = cell.core.ending_reason(epoch);
            if let Driven::Panicked { panic, .. } =
                drive(cell, epoch, None, actor.on_stop(&reason, ctx), First::ToCome).await
            {
                contained(cell, epoch, "on_stop", panic);
            }
        }
        drop_state(cell, epoch, actor);
    }
    incarnation.end(cell.core.id);
    cell.core.ending_reason(epoch)
}

fn drop_state<A: Actor>(cell: &Cell<A>, epoch: u64, actor: A) {
    if let Err(panic) = noted(&cell.core, || fenced_drop(actor)) {
        contained(cell, epoch, "drop", panic);
    }
}

fn crash<A>(cell: &Cell<A>, epoch: u64) -> Option<StopReason> {
    let reason = cell.core.ending_reason(epoch);
    reason.is_crash().then_some(reason)
}

/// A panic while ending: always an event, and the reason unless there is a worse one.
fn contained<A>(cell: &Cell<A>, epoch: u64, place: &'static str, panic: Panic) {
    cell.core.contained(place, panic.clone());
    if cell.core.ending_reason(epoch).is_orderly() {
        cell.end(Which::Epoch(epoch), StopReason::Panicked(panic));
    }
}

/// How running a piece of foreign code came out.
enum Driven<T> {
    Done(T),
    /// `heard`: somebody who waited for the reply was told.
    Panicked {
        panic: Panic,
        heard: bool,
    },
    /// The incarnation was killed, and the future dropped at its await.
    Cut,
}

/// Whether a future is new.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    ToCome,
    /// It has been polled once, by this task, just before.
    WasPending,
}

/// Runs `future` inside the fence until it ends or the incarnation is killed.
///
/// It is polled once whatever the alarm says: the queue has looked at the alarm just before, and a message that was
/// taken must not vanish.
async fn drive<A, F: Future>(
    cell: &Cell<A>,
    epoch: u64,
    message_type: Option<&'static str>,
    future: F,
    first: First,
) -> Driven<F::Output> {
    let mut just_polled = first == First::WasPending;
    let mut polled = just_polled;
    let mut future = pin!(Some(future));
    let driven = std::future::poll_fn(|cx| {
        if polled && cell.queue.poll_alarm(epoch, cx) >= Rung::Killing {
            return Poll::Ready(Driven::Cut);
        }
        if std::mem::take(&mut just_polled) {
            return Poll::Pending;
        }
        let Some(running) = future.as_mut().as_pin_mut() else { return Poll::Ready(Driven::Cut) };
        let driven = poll_fenced(running, message_type, cx);
        // From here on the alarm counts, also one that was raised during this poll.
        if driven.is_pending()
            && !std::mem::replace(&mut polled, true)
            && cell.queue.poll_alarm(epoch, cx) >= Rung::Killing
        {
            return Poll::Ready(Driven::Cut);
        }
        driven
    })
    .await;
    // Where it is pinned; its slot is empty afterwards even if the destructor panics.
    let_go(cell, epoch, || future.set(None));
    driven
}

/// Polls `future` once; who has asked for what panics there is told.
fn poll_fenced<F: Future>(
    future: Pin<&mut F>,
    message_type: Option<&'static str>,
    cx: &mut task::Context<'_>,
) -> Poll<Driven<F::Output>> {
    fenced_poll(future, cx).map(|polled| match polled {
        Ok(output) => Driven::Done(output),
        Err(panic) => {
            let panic = match message_type {
                Some(message_type) => panic.in_message(message_type),
                None => panic,
            };
            let heard = answer_panicked(&panic);
            Driven::Panicked { panic, heard }
        }
    })
}

/// Drops a future. That of a handler that was cut short may hold anything.
fn let_go<A>(cell: &Cell<A>, epoch: u64, drop: impl FnOnce()) {
    if let Err(panic) = fence(drop) {
        answer_panicked(&panic);
        contained(cell, epoch, "drop", panic);
    }
}
