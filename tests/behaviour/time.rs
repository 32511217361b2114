//! Contract, section 8, and timers: ticks, cancellation, and incarnations.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{Recipient, Timer};
use tokio::time::Instant;

/// Sets timers as it is told, and passes its ticks on with the time that has passed.
struct Clock {
    out: Recipient<(u64, u32)>,
    since: Instant,
    timer: Option<Timer>,
}

#[actor]
impl Clock {
    #[handler]
    fn after(&mut self, delay: Duration, ctx: &mut Context<Self>) {
        self.timer = Some(ctx.send_after(delay, ClockTick { n: 1 }));
    }

    #[handler]
    fn every(&mut self, period: Duration, ctx: &mut Context<Self>) {
        let mut n = 0;
        self.timer = Some(ctx.send_interval(period, move || {
            n += 1;
            ClockTick { n }
        }));
    }

    #[handler]
    fn cancel(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.cancel();
        }
    }

    #[handler]
    async fn busy(&mut self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    #[handler]
    fn crash(&mut self) {
        panic!("on purpose");
    }

    #[handler]
    async fn tick(&mut self, n: u32) {
        let passed = self.since.elapsed().as_millis().try_into().unwrap();
        self.out.tell((passed, n)).await.unwrap();
    }
}

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn clock(out: Recipient<(u64, u32)>) -> Clock {
    Clock { out, since: Instant::now(), timer: None }
}

#[actor_core::test(paused)]
async fn a_delayed_message_comes_when_its_time_has_come_and_once(system: TestSystem) {
    let mut probe = system.probe();
    let clock = system.spawn(clock(probe.recipient()));
    clock.after(ms(30)).await.unwrap();
    system.advance(ms(29)).await;
    assert_eq!(probe.try_recv(), None);
    system.advance(ms(1)).await;
    assert_eq!(probe.try_recv(), Some((30, 1)));
    system.advance(ms(1_000)).await;
    assert_eq!(probe.try_recv(), None);
}

#[actor_core::test(paused)]
async fn an_interval_does_not_drift_and_leaves_out_ticks_that_find_the_actor_busy(system: TestSystem) {
    let mut probe = system.probe();
    let clock = system.spawn(clock(probe.recipient()));
    clock.every(ms(10)).await.unwrap();
    for at in 1..=3 {
        assert_eq!(probe.recv().await, (at * 10, at as u32));
    }
    clock.busy(ms(45)).await.unwrap();
    // One tick waited out the busy time, the next one is on the grid again.
    assert_eq!(probe.recv().await, (75, 4));
    assert_eq!(probe.recv().await, (80, 5));
}

#[actor_core::test(paused)]
async fn no_tick_is_handled_after_cancel_not_even_one_that_is_queued(system: TestSystem) {
    let mut probe = system.probe();
    let clock = system.spawn(clock(probe.recipient()));
    clock.after(ms(10)).await.unwrap();
    clock.busy(ms(5)).tell().await.unwrap();
    clock.cancel().tell().await.unwrap();
    clock.busy(ms(20)).tell().await.unwrap();
    system.advance(ms(10)).await;
    system.advance(ms(100)).await;
    assert_eq!(probe.try_recv(), None);
}

#[actor_core::test(paused)]
async fn a_tick_of_an_older_incarnation_is_never_seen(system: TestSystem) {
    system.allow_dead_letters();
    let mut probe = system.probe();
    let out = probe.recipient();
    let tree = Supervisor::one_for_one()
        .child(Child::new("clock", move || clock(out.clone())))
        .start(&system)
        .await
        .unwrap();
    let clock: ActorRef<Clock> = tree.child("clock").unwrap();
    clock.after(ms(10)).await.unwrap();
    // The tick arrives behind the crash, while the handler before it is busy.
    clock.busy(ms(20)).tell().await.unwrap();
    clock.crash().tell().await.unwrap();
    system.advance(ms(15)).await;
    system.advance(ms(1_000)).await;
    assert_eq!(clock.epoch(), 2);
    assert_eq!(probe.try_recv(), None);
}
