//! The clock, the runtime, and the checks that the work was done.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Runs a contestant on a fresh runtime. It drives from a task, on a worker like its actors: from `block_on` each message
/// would cross to another thread.
pub(crate) fn on_tokio(workers: usize, run: impl Future<Output = Duration> + Send + 'static) -> Duration {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_time()
        .build()
        .expect("the machine has room for a runtime");
    let driver = runtime.spawn(run);
    runtime.block_on(driver).expect("the contestant does not panic")
}

/// Times some work. What comes before and after it, such as making the actor, is not in the time.
pub(crate) async fn timed(work: impl Future<Output = ()>) -> Duration {
    let begun = Instant::now();
    work.await;
    begun.elapsed()
}

/// The sum of 1 to `count`, which an actor must have that was told each of them.
pub(crate) fn sum(count: u64) -> u64 {
    count * (count + 1) / 2
}

/// What an actor answers to a number in the ask scenarios, so that no reply can be mistaken for another.
pub(crate) fn answer(question: u64) -> u64 {
    question ^ 0x5555
}

/// What the short-lived actors of the spawn scenario leave behind.
#[derive(Clone, Default)]
pub(crate) struct Tally(Arc<(AtomicU64, AtomicU64)>);

impl Tally {
    /// Called by each actor's `on_start`.
    pub(crate) fn started(&self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Called for each actor's only message.
    pub(crate) fn handled(&self, number: u64) {
        self.0.1.fetch_add(number, Ordering::Relaxed);
    }

    /// Whether `count` actors have started and have handled the numbers 1 to `count`.
    pub(crate) fn check(&self, count: u64) {
        assert_eq!(self.0.0.load(Ordering::Relaxed), count, "every actor has started");
        assert_eq!(self.0.1.load(Ordering::Relaxed), sum(count), "every actor has had its message");
    }
}
