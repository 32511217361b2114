//! The hooks of an actor, run as its messages are: in the memory of its stage, until they are done or the incarnation is killed.

use std::pin::Pin;
use std::task::{self, Poll};

use super::drive::{Driven, contained, panicked};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::Undelivered;
use crate::lifecycle::Rung;
use crate::mailbox::envelope::{Bounced, Deliver, Envelope};
use crate::raw::{Begun, Polled, Stage};
use crate::reason::{Panic, StartFailure, StopReason};
use crate::rt::Arc;

pub(super) struct OnStart;

impl<A: Actor> Deliver<A> for OnStart {
    fn message_type() -> &'static str {
        "on_start"
    }

    async fn handle<'a>(self, actor: &'a mut A, ctx: &'a mut Context<A>) {
        if let Err(error) = actor.on_start(ctx).await {
            ctx.fail_to_start(StartFailure::Error(Arc::from(error)));
        }
    }

    fn bounce(self, _why: Undelivered) -> Bounced {
        Bounced::Nothing
    }
}

pub(super) struct OnStop(pub(super) StopReason);

impl<A: Actor> Deliver<A> for OnStop {
    fn message_type() -> &'static str {
        "on_stop"
    }

    async fn handle<'a>(self, actor: &'a mut A, ctx: &'a mut Context<A>) {
        actor.on_stop(&self.0, ctx).await;
    }

    fn bounce(self, _why: Undelivered) -> Bounced {
        Bounced::Nothing
    }
}

/// It is polled once whatever the alarm says.
pub(super) fn begin<A: Actor>(
    mut stage: Pin<&mut Stage<A>>,
    epoch: u64,
    hook: Envelope<A>,
    cx: &mut task::Context<'_>,
) -> Poll<Driven<()>> {
    let begun = stage.as_mut().begin(hook, cx);
    let panic = stage.as_mut().take_panic();
    match (begun, panic) {
        // From here on the alarm counts, also one that was raised during this poll.
        (Begun::Waits, _) if is_killed(stage.as_mut(), epoch, cx) => Poll::Ready(Driven::Cut),
        (Begun::Waits, _) => Poll::Pending,
        (Begun::Panicked, Some(panic)) => Poll::Ready(panicked(panic)),
        (_, panic) => {
            late(stage, epoch, panic);
            Poll::Ready(Driven::Done(()))
        }
    }
}

/// Goes on with a hook that waits.
pub(super) fn resume<A: Actor>(
    stage: Pin<&mut Stage<A>>,
    epoch: u64,
    cx: &mut task::Context<'_>,
) -> Poll<Driven<()>> {
    go_on(stage, epoch, cx, |panic, _| panic)
}

/// Goes on with what waits, whichever it is; `place` says where it has panicked.
pub(super) fn go_on<A: Actor>(
    mut stage: Pin<&mut Stage<A>>,
    epoch: u64,
    cx: &mut task::Context<'_>,
    place: fn(Panic, &'static str) -> Panic,
) -> Poll<Driven<()>> {
    if is_killed(stage.as_mut(), epoch, cx) {
        return Poll::Ready(Driven::Cut);
    }
    match stage.as_mut().resume(cx) {
        Polled::Pending => Poll::Pending,
        Polled::Done => Poll::Ready(Driven::Done(())),
        Polled::Panicked(panic) => {
            let name = stage.mail().map_or("", |(name, _)| name);
            Poll::Ready(panicked(place(panic, name)))
        }
        Polled::Late(panic) => {
            late(stage, epoch, Some(panic));
            Poll::Ready(Driven::Done(()))
        }
    }
}

pub(super) fn is_killed<A>(stage: Pin<&mut Stage<A>>, epoch: u64, cx: &task::Context<'_>) -> bool {
    stage.cell().queue.poll_alarm(epoch, cx) >= Rung::Killing
}

/// A destructor has panicked after the end.
pub(super) fn late<A>(stage: Pin<&mut Stage<A>>, epoch: u64, panic: Option<Panic>) {
    if let Some(panic) = panic {
        contained(stage.cell(), epoch, "drop", panic);
    }
}
