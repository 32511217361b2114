//! Timers: messages that the clock sends, to one incarnation of an actor ([`Context::send_after`]) or to whichever there is
//! ([`Request::after`](crate::Request::after)).
//!
//! A timer owns nothing: it never keeps an actor alive.

use std::time::Duration;

use crate::actor::Actor;
use crate::context::Context;
use crate::fence::fence;
use crate::message::MessageOf;
use crate::rt::atomic::{AtomicU8, Ordering};
use crate::rt::{
    AbortHandle, Arc, FOR_EVER, Handle, Instant, MissedTickBehavior, interval_at, sleep, spawn_abortable,
};

/// A handle on a timer. Dropping it leaves the timer alone.
///
/// Made by [`Context::send_after`], [`Context::send_interval`] and [`Request::after`](crate::Request::after).
#[derive(Debug)]
pub struct Timer {
    task: AbortHandle,
    token: Arc<Token>,
}

/// Whether a tick of a timer is on its way. `pub` only because it stands in a hidden method of a public trait.
///
/// Invariant: `CANCELLED` is never left. So a tick that races with a cancel either finds that it must not be queued, or
/// finds when it is taken from the queue that it must not be handled.
#[derive(Debug)]
pub struct Token(AtomicU8);

const IDLE: u8 = 0;
const QUEUED: u8 = 1;
const CANCELLED: u8 = 2;

impl Token {
    /// A tick is about to be queued. `false` if one is, or if there are to be none any more.
    pub(crate) fn queue(&self) -> bool {
        // ORDERING: pairs with `cancel`; nothing but the state itself is passed on.
        self.0.compare_exchange(IDLE, QUEUED, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// A tick is about to be handled. `false` if it was cancelled.
    pub(crate) fn spend(&self) -> bool {
        self.0.compare_exchange(QUEUED, IDLE, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn cancel(&self) {
        self.0.store(CANCELLED, Ordering::Release);
    }
}

impl Timer {
    pub(crate) fn after<A: Actor, M: MessageOf<A>>(ctx: &Context<A>, delay: Duration, message: M) -> Self {
        let token = Arc::new(Token(AtomicU8::new(IDLE)));
        let tick = token.clone();
        let (cell, epoch) = (ctx.cell().clone(), ctx.epoch());
        Self::start(ctx, token, async move {
            sleep(delay).await;
            if tick.queue() {
                cell.push_notice(message.noticed(epoch, tick));
            }
        })
    }

    pub(crate) fn every<A: Actor, M: MessageOf<A>>(
        ctx: &Context<A>,
        period: Duration,
        mut make: impl FnMut() -> M + Send + 'static,
    ) -> Self {
        assert!(period > Duration::ZERO, "an interval needs a period");
        let period = period.min(FOR_EVER);
        let token = Arc::new(Token(AtomicU8::new(IDLE)));
        let tick = token.clone();
        let (cell, epoch) = (ctx.cell().clone(), ctx.epoch());
        let mut ticks = interval_at(Instant::now() + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self::start(ctx, token, async move {
            loop {
                ticks.tick().await;
                // If the former tick is still waiting, one is enough.
                if !tick.queue() {
                    continue;
                }
                match fence(&mut make) {
                    Ok(message) => cell.push_notice(message.noticed(epoch, tick.clone())),
                    Err(panic) => {
                        cell.core.contained("timer", panic);
                        return;
                    }
                }
            }
        })
    }

    /// A timer that belongs to no incarnation. Its task makes use of the token.
    pub(crate) fn outside<F>(handle: &Handle, task: impl FnOnce(Arc<Token>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let token = Arc::new(Token(AtomicU8::new(IDLE)));
        Self { task: spawn_abortable(handle, task(token.clone())), token }
    }

    fn start<A: Actor>(
        ctx: &Context<A>,
        token: Arc<Token>,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self { task: ctx.incarnation().spawn(ctx.system().handle(), task), token }
    }

    /// Ends the timer. No message of it is handled after this has returned, not even one that is in the mailbox; one whose
    /// handler has started goes on.
    pub fn cancel(&self) {
        self.token.cancel();
        self.task.abort();
    }
}
