//! The run loop: one task that is one incarnation, from its factory to the drop of its state.
//!
//! It decides nothing. What to do next comes from the queue, how urgently to end from the ladder, and what follows the
//! end from the guardian. Foreign code (factory, hooks, handlers, destructors) runs inside the fence only.

use std::pin::pin;
use std::task::{self, Poll, ready};

use tokio::task::coop::poll_proceed;

use crate::actor::Actor;
use crate::cell::{Cell, Which};
use crate::context::Context;
use crate::dead_letter::{LetterReason, Sender};
use crate::event::Event;
use crate::fence::{self, fence, fenced_drop, fenced_poll};
use crate::incarnation::{Incarnation, Started};
use crate::lifecycle::{Ladder, Rung};
#[cfg(feature = "testing")]
use crate::mailbox::envelope::Envelope;
use crate::mailbox::queue::Next;
use crate::ownership::noted;
use crate::raw::{Begun, Polled, Stage};
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
    while let Next::Message(envelope) | Next::Taken(envelope) =
        std::future::poll_fn(|cx| cell.queue.poll_next(epoch, cx.waker(), |taking| taking.item())).await
    {
        take(envelope);
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
    match drive(cell, epoch, birth).await {
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
    let mut work = Work { cell, epoch: ctx.epoch(), stage: Stage::new(actor, ctx), waits: false };
    std::future::poll_fn(|cx| work.poll(cx)).await;
    drop(work);
    // It was that of the last message.
    ctx.set_deadline(None);
}

/// How many messages in a row an actor handles before others have the thread: as many as tokio's own channels let through.
const TURNS: u32 = 128;

/// For so many of them it takes a unit of tokio's cooperative budget.
const TURNS_A_UNIT: u32 = 8;

/// The part of an incarnation's life in which it handles messages. One future for all of them: what changes from message to
/// message is in the stage.
struct Work<'a, A> {
    cell: &'a Cell<A>,
    epoch: u64,
    stage: Stage<'a, A>,
    /// Whether a handler waits.
    waits: bool,
}

impl<A: Actor> Work<'_, A> {
    /// Handles messages until there are none, or a handler waits, or others are to have the thread. Ready at the end.
    fn poll(&mut self, cx: &mut task::Context<'_>) -> Poll<()> {
        let _inside = fence::enter();
        if self.waits {
            ready!(self.resume(cx));
        }
        for turn in 0..TURNS {
            if turn % TURNS_A_UNIT == 0 {
                // Less than one unit for each message: what a handler awaits takes its own.
                ready!(poll_proceed(cx)).made_progress();
            }
            let (cell, stage) = (self.cell, &mut self.stage);
            let next = cell.queue.poll_next(self.epoch, cx.waker(), |taking| stage.begin_there(taking, cx));
            let next = ready!(next);
            match next {
                Next::Alarm | Next::Drained => return Poll::Ready(()),
                Next::Message(Begun::Done) => cell.core.count_handled(),
                Next::Message(begun) => ready!(self.begun(begun, cx)),
                Next::Taken(envelope) => {
                    let begun = self.stage.begin(envelope, cx);
                    ready!(self.begun(begun, cx));
                }
            }
        }
        // A mailbox that never runs dry must not keep others from the thread.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// What is rarer than a message whose handler does not wait.
    #[cold]
    fn begun(&mut self, begun: Begun, cx: &task::Context<'_>) -> Poll<()> {
        let panic = self.stage.take_panic();
        match (begun, panic) {
            (Begun::Waits, _) => {
                // From here on the alarm counts, also one that was raised during this poll.
                if !self.is_killed(cx) {
                    self.waits = true;
                    return Poll::Pending;
                }
                self.handled(Driven::Cut);
            }
            (Begun::Panicked, Some(panic)) => {
                let driven = panicked(panic, Some(self.stage.mail().message_type));
                self.handled(driven);
            }
            (Begun::Skipped, panic) => {
                self.cell.core.system.note_skipped();
                self.dropped(panic);
            }
            (Begun::Forgotten, panic) => self.dropped(panic),
            (Begun::Done | Begun::Late | Begun::Panicked, panic) => {
                self.late(panic);
                self.handled(Driven::Done(()));
            }
        }
        Poll::Ready(())
    }

    /// A message that nobody wanted any more was dropped.
    fn dropped(&self, panic: Option<Panic>) {
        if let Some(panic) = panic {
            self.cell.core.contained("drop", panic);
        }
    }

    /// A destructor has panicked after the handler's end.
    fn late(&self, panic: Option<Panic>) {
        if let Some(panic) = panic {
            contained(self.cell, self.epoch, "drop", panic);
        }
    }

    /// Goes on with the handler that waits, unless the incarnation has been killed.
    fn resume(&mut self, cx: &mut task::Context<'_>) -> Poll<()> {
        let driven = if self.is_killed(cx) {
            Driven::Cut
        } else {
            match self.stage.resume(cx) {
                Polled::Pending => return Poll::Pending,
                Polled::Done => Driven::Done(()),
                Polled::Panicked(panic) => panicked(panic, Some(self.stage.mail().message_type)),
                Polled::Late(panic) => {
                    self.late(Some(panic));
                    Driven::Done(())
                }
            }
        };
        self.waits = false;
        self.handled(driven);
        Poll::Ready(())
    }

    fn is_killed(&self, cx: &task::Context<'_>) -> bool {
        self.cell.queue.poll_alarm(self.epoch, cx) >= Rung::Killing
    }

    /// A message is gone, one way or another.
    fn handled(&mut self, driven: Driven<()>) {
        let (cell, epoch, mail) = (self.cell, self.epoch, self.stage.mail());
        let_go(cell, epoch, || self.stage.clear());
        cell.core.count_handled();
        let (lost, sender) = match driven {
            Driven::Done(()) => return,
            Driven::Panicked { panic, heard } => {
                cell.end(Which::Epoch(epoch), StopReason::Panicked(panic));
                // An asker may have gone while the handler ran.
                (LetterReason::Panicked, if heard { Sender::Told } else { Sender::Unaware })
            }
            Driven::Cut => (LetterReason::Killed, mail.sender),
        };
        cell.core.system.dead_letter(cell.core.subject(), mail.message_type, lost, sender, None);
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
            if let Driven::Panicked { panic, .. } = drive(cell, epoch, actor.on_stop(&reason, ctx)).await {
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

/// Runs `future` inside the fence until it ends or the incarnation is killed.
///
/// It is polled once whatever the alarm says: the queue has looked at the alarm just before, and a message that was
/// taken must not vanish.
async fn drive<A, F: Future>(cell: &Cell<A>, epoch: u64, future: F) -> Driven<F::Output> {
    let mut polled = false;
    let mut future = pin!(Some(future));
    let driven = std::future::poll_fn(|cx| {
        if polled && cell.queue.poll_alarm(epoch, cx) >= Rung::Killing {
            return Poll::Ready(Driven::Cut);
        }
        let Some(running) = future.as_mut().as_pin_mut() else { return Poll::Ready(Driven::Cut) };
        let driven = fenced_poll(running, cx).map(|polled| match polled {
            Ok(output) => Driven::Done(output),
            Err(panic) => panicked(panic, None),
        });
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

/// Who has asked for what has panicked is told.
fn panicked<T>(panic: Panic, message_type: Option<&'static str>) -> Driven<T> {
    let panic = match message_type {
        Some(message_type) => panic.in_message(message_type),
        None => panic,
    };
    let heard = answer_panicked(&panic);
    Driven::Panicked { panic, heard }
}

/// Drops a future. That of a handler that was cut short may hold anything.
fn let_go<A>(cell: &Cell<A>, epoch: u64, drop: impl FnOnce()) {
    if let Err(panic) = fence(drop) {
        answer_panicked(&panic);
        contained(cell, epoch, "drop", panic);
    }
}
