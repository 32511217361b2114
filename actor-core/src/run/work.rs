//! The part of an incarnation's life in which it handles messages.

use std::future::{Future, poll_fn};
use std::task::{self, Poll, ready};

use tokio::task::coop::poll_proceed;

use super::drive::{Driven, contained, let_go, panicked};
use crate::actor::Actor;
use crate::cell::{Cell, Which};
use crate::context::Context;
use crate::dead_letter::{LetterReason, Sender};
use crate::fence;
use crate::lifecycle::Rung;
use crate::mailbox::queue::Next;
use crate::raw::{Begun, Polled, Stage};
use crate::reason::{Panic, StopReason};

/// How many messages in a row an actor handles before others have the thread: as many as tokio's own channels let through.
const TURNS: u32 = 128;

/// For so many of them it takes a unit of tokio's cooperative budget.
const TURNS_A_UNIT: u32 = 8;

/// Until the incarnation is asked to end.
pub(super) fn handle_mail<'a, A: Actor>(
    cell: &'a Cell<A>,
    actor: &'a mut A,
    ctx: &'a mut Context<A>,
) -> impl Future<Output = ()> + Send + use<'a, A> {
    let mut work = Work { cell, epoch: ctx.epoch(), stage: Stage::new(actor, ctx), waits: false };
    poll_fn(move |cx| work.poll(cx))
}

/// One future for all messages: what changes from one to the next is in the stage.
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
                let driven = panicked(panic.in_message(self.stage.mail().message_type));
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
                Polled::Panicked(panic) => panicked(panic.in_message(self.stage.mail().message_type)),
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
