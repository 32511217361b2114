//! Others come to their turn: beside a mailbox that never runs dry, and beside a task that tells all the time.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use tokio::task::coop::poll_proceed;

use crate::kit::{Diary, Worker};

/// Counts what it is told.
struct Tally(Arc<AtomicU32>);

#[actor]
impl Tally {
    #[handler]
    fn one(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn tally(system: &TestSystem) -> (ActorRef<Tally>, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let tally = system.build(Tally(count.clone())).mailbox(Mailbox::unbounded()).spawn().unwrap();
    (tally, count)
}

#[actor_core::test(paused)]
async fn a_busy_actor_gives_way_after_128_messages(system: TestSystem) {
    let (tally, count) = tally(&system);
    system.settle().await;
    for _ in 0..1_000 {
        tally.one().try_tell().unwrap();
    }
    // Beside it in the queue of the one thread that there is.
    let other = tokio::spawn(async move {
        loop {
            let before = count.load(Ordering::Relaxed);
            last_in_the_queue().await;
            let now = count.load(Ordering::Relaxed);
            assert!(now - before <= 128, "{} in a row", now - before);
            if now == 1_000 {
                break;
            }
        }
    });
    other.await.unwrap();
}

/// What `yield_now` is not: that comes back once all others have run dry.
pub(crate) async fn last_in_the_queue() {
    let mut first = true;
    std::future::poll_fn(|cx| {
        if std::mem::take(&mut first) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

#[actor_core::test(paused)]
async fn a_task_that_tells_all_the_time_lets_the_actor_run(system: TestSystem) {
    let (tally, count) = tally(&system);
    let mut told = 0;
    while count.load(Ordering::Relaxed) == 0 {
        tally.one().tell().await.unwrap();
        told += 1;
        assert!(told < 10_000, "it never gave way");
    }
}

#[actor_core::test(paused)]
async fn a_tell_that_gives_way_has_its_place_before_those_that_come_later(system: TestSystem) {
    let diary = Diary::default();
    let worker = system.spawn(Worker::new("w", &diary));
    let (mut first, mut second) = (pin!(worker.note(1).tell()), pin!(worker.note(2).tell()));
    let second_waits = std::future::poll_fn(|cx| {
        // Nothing is left of what this task may do in a row.
        while let Poll::Ready(unit) = poll_proceed(cx) {
            unit.made_progress();
        }
        assert!(first.as_mut().poll(cx).is_pending(), "it gives way");
        Poll::Ready(second.as_mut().poll(cx).is_pending())
    })
    .await;
    first.await.unwrap();
    if second_waits {
        second.await.unwrap();
    }
    system.settle().await;
    assert_eq!(diary.lines()[1..], ["w saw 1", "w saw 2"]);
}
