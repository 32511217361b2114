//! The part of an incarnation's life in which it handles messages.

use std::pin::Pin;
use std::task::{self, Poll, ready};

use tokio::task::coop::poll_proceed;

use super::drive::{Driven, let_go, panicked};
use super::hook::{go_on, is_killed, late};
use crate::actor::Actor;
use crate::cell::Which;
use crate::dead_letter::{LetterReason, Sender};
use crate::mailbox::queue::Next;
use crate::monitor::{self, Wait};
use crate::raw::{Begun, Stage};
use crate::reason::{Panic, StopReason};
use crate::rt::Arc;
use crate::stats::Pace;

/// How many messages in a row an actor handles before others have the thread: as many as tokio's own channels let through.
const TURNS: u32 = 128;

/// For so many of them it takes a unit of tokio's cooperative budget.
const TURNS_A_UNIT: u32 = 8;

/// What changes from one message to the next is in the stage.
pub(super) struct Work {
    /// Whether a handler waits.
    waits: bool,
    pace: Pace,
    /// Made when the first handler waits.
    wait: Option<Arc<Wait>>,
}

impl Work {
    pub(super) fn new() -> Self {
        Self { waits: false, pace: Pace::new(), wait: None }
    }

    /// Handles messages until there are none, or a handler waits, or others are to have the thread. Ready when the incarnation is
    /// asked to end.
    pub(super) fn poll<A: Actor>(
        &mut self,
        mut stage: Pin<&mut Stage<A>>,
        epoch: u64,
        cx: &mut task::Context<'_>,
    ) -> Poll<()> {
        let _shown = monitor::show(&stage.as_mut().cell().core);
        let begun = self.pace.begin();
        let polled = self.turns(stage.as_mut(), epoch, cx);
        if let Some(begun) = begun {
            self.pace.end(begun, &stage.cell().core.counts);
        }
        polled
    }

    #[inline]
    fn turns<A: Actor>(
        &mut self,
        mut stage: Pin<&mut Stage<A>>,
        epoch: u64,
        cx: &mut task::Context<'_>,
    ) -> Poll<()> {
        if self.waits {
            monitor::resume(self.wait.as_deref());
            let driven = ready!(go_on(stage.as_mut(), epoch, cx, Panic::in_message));
            self.waits = false;
            if let Some(wait) = &self.wait {
                wait.end();
            }
            handled(stage.as_mut(), epoch, driven);
        }
        for turn in 0..TURNS {
            if turn % TURNS_A_UNIT == 0 {
                // Less than one unit for each message: what a handler awaits takes its own.
                ready!(poll_proceed(cx)).made_progress();
            }
            match ready!(stage.as_mut().next(epoch, cx)) {
                Next::Alarm | Next::Drained => return Poll::Ready(()),
                Next::Message(Begun::Done) => stage.as_mut().cell().core.counts.count_handled(),
                Next::Message(begun) => ready!(self.begun(stage.as_mut(), epoch, begun, cx)),
                Next::Taken(envelope) => {
                    let begun = stage.as_mut().begin(envelope, cx);
                    ready!(self.begun(stage.as_mut(), epoch, begun, cx));
                }
            }
        }
        // A mailbox that never runs dry must not keep others from the thread.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// What is rarer than a message whose handler does not wait.
    #[cold]
    fn begun<A: Actor>(
        &mut self,
        mut stage: Pin<&mut Stage<A>>,
        epoch: u64,
        begun: Begun,
        cx: &task::Context<'_>,
    ) -> Poll<()> {
        let panic = stage.as_mut().take_panic();
        match (begun, panic) {
            (Begun::Waits, _) => {
                // From here on the alarm counts, also one that was raised during this poll.
                if !is_killed(stage.as_mut(), epoch, cx) {
                    self.waits = true;
                    monitor::begin_wait(&stage.cell().core, &mut self.wait);
                    return Poll::Pending;
                }
                handled(stage, epoch, Driven::Cut);
            }
            (Begun::Panicked, Some(panic)) => {
                let name = stage.as_mut().mail().map_or("", |(name, _)| name);
                handled(stage, epoch, panicked(panic.in_message(name)));
            }
            (Begun::Skipped, panic) => {
                stage.as_mut().cell().core.system.note_skipped();
                dropped(stage, panic);
            }
            (Begun::Forgotten, panic) => dropped(stage, panic),
            (Begun::Done | Begun::Late | Begun::Panicked, panic) => {
                late(stage.as_mut(), epoch, panic);
                handled(stage, epoch, Driven::Done(()));
            }
        }
        Poll::Ready(())
    }
}

/// A message that nobody wanted any more was dropped.
fn dropped<A>(stage: Pin<&mut Stage<A>>, panic: Option<Panic>) {
    if let Some(panic) = panic {
        stage.cell().core.contained("drop", panic);
    }
}

/// A message is gone, one way or another.
fn handled<A: Actor>(mut stage: Pin<&mut Stage<A>>, epoch: u64, driven: Driven<()>) {
    let cell = stage.as_mut().cell().clone();
    let mail = stage.as_mut().mail();
    let_go(&cell, epoch, || stage.clear());
    cell.core.counts.count_handled();
    let Some((message_type, sender)) = mail else { return };
    let (lost, sender) = match driven {
        Driven::Done(()) => return,
        Driven::Panicked { panic, heard } => {
            cell.end(Which::Epoch(epoch), StopReason::Panicked(panic));
            // An asker may have gone while the handler ran.
            (LetterReason::Panicked, if heard { Sender::Told } else { Sender::Unaware })
        }
        Driven::Cut => (LetterReason::Killed, sender),
    };
    cell.core.system.dead_letter(cell.core.subject(), message_type, lost, sender, None);
}
