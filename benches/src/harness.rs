//! The clock, the runtime, and the checks that the work was done.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::sync::mpsc;

/// Where a contestant runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    /// tokio's multi-threaded runtime with so many workers: what times are taken on.
    Workers(usize),
    /// The calling thread, with nothing beside it: for whatever is counted and not timed.
    Here,
}

/// Runs a contestant on a fresh runtime. It drives from a task, on a worker like its actors: from `block_on` each message
/// would cross to another thread.
pub(crate) fn on_tokio<T: Send + 'static>(place: Place, run: impl Future<Output = T> + Send + 'static) -> T {
    let mut builder = match place {
        Place::Workers(_) => Builder::new_multi_thread(),
        Place::Here => Builder::new_current_thread(),
    };
    if let Place::Workers(workers) = place {
        builder.worker_threads(workers);
    }
    let runtime = builder.enable_time().build().expect("the machine has room for a runtime");
    runtime.block_on(async { tokio::spawn(run).await.expect("the contestant does not panic") })
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

/// A message of 256 bytes that carries a number.
pub(crate) fn wide(number: u64) -> [u64; 32] {
    [number; 32]
}

/// Where actors leave results that nobody asked for.
#[derive(Clone)]
pub(crate) struct Report(mpsc::UnboundedSender<u64>);

impl Report {
    pub(crate) fn new() -> (Self, Reports) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), Reports(receiver))
    }

    pub(crate) fn send(&self, result: u64) {
        self.0.send(result).expect("the scenario waits for its results");
    }
}

/// The other end of [`Report`].
pub(crate) struct Reports(mpsc::UnboundedReceiver<u64>);

impl Reports {
    pub(crate) async fn next(&mut self) -> u64 {
        self.0.recv().await.expect("an actor lives that will report")
    }
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
