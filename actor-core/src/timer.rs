//! Timers: messages that the clock sends to one incarnation of an actor.

use std::time::Duration;

use crate::actor::Actor;
use crate::context::Context;
use crate::mailbox::envelope::Envelope;
use crate::message::Handler;
use crate::rt::atomic::{AtomicBool, Ordering};
use crate::rt::{AbortHandle, Arc, Instant, MissedTickBehavior, interval_at, sleep};

/// A handle on a timer. Dropping it leaves the timer alone.
#[derive(Debug)]
pub struct Timer {
    task: AbortHandle,
    /// Whether a tick is in the mailbox and may be handled.
    live: Arc<AtomicBool>,
}

impl Timer {
    pub(crate) fn after<A: Handler<M>, M: Send + 'static>(
        ctx: &Context<A>,
        delay: Duration,
        message: M,
    ) -> Self {
        let live = Arc::new(AtomicBool::new(true));
        let tick = live.clone();
        let (cell, epoch) = (ctx.cell().clone(), ctx.epoch());
        Self::start(ctx, live, async move {
            sleep(delay).await;
            cell.queue.push_notice(Envelope::notice(message, epoch, tick));
        })
    }

    pub(crate) fn every<A: Handler<M>, M: Send + 'static>(
        ctx: &Context<A>,
        period: Duration,
        mut make: impl FnMut() -> M + Send + 'static,
    ) -> Self {
        assert!(period > Duration::ZERO, "an interval needs a period");
        let live = Arc::new(AtomicBool::new(false));
        let tick = live.clone();
        let (cell, epoch) = (ctx.cell().clone(), ctx.epoch());
        let mut ticks = interval_at(Instant::now() + period, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self::start(ctx, live, async move {
            loop {
                ticks.tick().await;
                // The former tick is still waiting: one is enough.
                if !tick.swap(true, Ordering::AcqRel) {
                    cell.queue.push_notice(Envelope::notice(make(), epoch, tick.clone()));
                }
            }
        })
    }

    fn start<A: Actor>(
        ctx: &Context<A>,
        live: Arc<AtomicBool>,
        task: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self { task: ctx.incarnation().spawn(ctx.system().handle(), task), live }
    }

    /// Ends the timer. No tick of it is handled after this has returned, not even one that is in the mailbox.
    pub fn cancel(&self) {
        self.task.abort();
        self.live.store(false, Ordering::Release);
    }
}
