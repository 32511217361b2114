//! Contract, section 8, and timers: ticks, cancellation, and incarnations.

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{LetterReason, Recipient, Timer};
use tokio::time::Instant;

use crate::kit::{Worker, WorkerNote, gate};

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

#[actor_core::test(paused)]
async fn a_request_after_a_delay_is_told_when_its_time_has_come_and_once(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let _ = worker.note(1).after(ms(30));
    let _ = worker.downgrade().note(2).after(ms(20));
    system.advance(ms(29)).await;
    assert_eq!(worker.seen().await.unwrap(), [2]);
    system.advance(ms(1)).await;
    assert_eq!(worker.seen().await.unwrap(), [2, 1]);
    system.advance(ms(1_000)).await;
    assert_eq!(worker.seen().await.unwrap(), [2, 1]);
}

#[actor_core::test(workers = 2)]
async fn a_plain_thread_may_send_after_a_delay(system: TestSystem) {
    let mut probe = system.probe();
    let actor = probe.actor().clone();
    let thread = std::thread::spawn(move || {
        let _ = actor.ask(7).after(Duration::ZERO);
    });
    assert_eq!(probe.recv().await, 7);
    thread.join().unwrap();
}

#[actor_core::test(paused)]
async fn a_delayed_request_is_not_handled_after_cancel_wherever_it_is(system: TestSystem) {
    let worker = system.build(Worker::default()).mailbox(Mailbox::bounded(1)).spawn().unwrap();
    let sleeping = worker.note(1).after(ms(30));
    let queued = worker.note(2).after(ms(10));
    let in_line = worker.note(3).after(ms(20));
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    system.advance(ms(20)).await;
    assert_eq!(worker.queue_len(), 1);
    for timer in [sleeping, queued, in_line] {
        timer.cancel();
    }
    system.advance(ms(1_000)).await;
    open.send(()).unwrap();
    assert_eq!(worker.note(4).await.unwrap(), 1);
    assert_eq!(worker.seen().await.unwrap(), [4]);
}

#[actor_core::test(workers = 2)]
async fn a_cancel_that_races_with_its_message_is_right_either_way(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    for n in 0..500 {
        let timer = worker.note(n).after(Duration::ZERO);
        for _ in 0..n % 4 {
            tokio::task::yield_now().await;
        }
        timer.cancel();
        let seen = worker.seen().await.unwrap();
        // Whatever was on its way has arrived when these have.
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        assert_eq!(worker.seen().await.unwrap(), seen, "handled after its cancel had returned");
    }
}

#[actor_core::test(paused)]
async fn a_delayed_request_that_was_cancelled_is_no_dead_letter(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let (open, waiting) = gate();
    worker.hold(waiting).tell().await.unwrap();
    let timer = worker.note(1).after(ms(10));
    system.advance(ms(10)).await;
    timer.cancel();
    worker.stop();
    drop(open);
    worker.stopped().await;
    assert!(system.dead_letters().is_empty());
}

#[actor_core::test(paused)]
async fn a_delayed_request_owns_nothing_and_is_a_dead_letter_when_its_actor_ends(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    let _ = worker.note(7).after(Duration::from_secs(3_600));
    let stopped = worker.stopped();
    drop(worker);
    assert!(matches!(stopped.await, StopReason::Normal));
    system.settle().await;
    let letters = system.dead_letters();
    assert!(matches!(letters[0].reason, LetterReason::Stopped(StopReason::Normal)));
    assert_eq!(letters[0].take::<WorkerNote>().unwrap().n, 7);
}

#[actor_core::test(paused)]
async fn a_delayed_request_waits_for_room_or_is_a_dead_letter_as_the_mailbox_says(system: TestSystem) {
    for (overflow, seen) in [(Overflow::Wait, &[1, 2][..]), (Overflow::Fail, &[1])] {
        let mailbox = Mailbox::bounded(1).overflow(overflow);
        let worker = system.build(Worker::default()).mailbox(mailbox).spawn().unwrap();
        let (open, waiting) = gate();
        worker.hold(waiting).tell().await.unwrap();
        system.settle().await;
        worker.note(1).try_tell().unwrap();
        let _ = worker.note(2).after(ms(10));
        system.advance(ms(10)).await;
        open.send(()).unwrap();
        system.settle().await;
        assert_eq!(worker.seen().await.unwrap(), seen);
    }
    let letters = system.dead_letters();
    assert_eq!(letters.len(), 1);
    assert!(matches!(letters[0].reason, LetterReason::Overflow));
    assert_eq!(letters[0].take::<WorkerNote>().unwrap().n, 2);
}

#[actor_core::test(paused)]
async fn a_delayed_request_reaches_whichever_incarnation_there_is(system: TestSystem) {
    let child = Child::new("worker", Worker::default);
    let tree = Supervisor::one_for_one().child(child).start(&system).await.unwrap();
    let worker: ActorRef<Worker> = tree.child("worker").unwrap();
    let _ = worker.note(1).after(ms(10));
    worker.crash().tell().await.unwrap();
    system.advance(ms(10)).await;
    assert_eq!((worker.epoch(), worker.seen().await.unwrap()), (2, vec![1]));
    assert_eq!(system.dead_letters().len(), 1, "the one that crashed");
}
