//! The one door to the runtime: spawning, the clock, locks.
//!
//! Everything that a model checker, a schedule explorer or the test clock must be able to replace passes through here.
//! The rest of the crate names neither `std::sync` locks nor `tokio::time` nor `tokio::spawn`.

use std::cell::Cell;
use std::future::Future;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;
use std::time::Duration;

mod latch;
mod moment;

pub(crate) use std::sync::atomic;
pub(crate) use std::sync::{Arc, OnceLock, Weak};
/// The real time, which no test moves.
pub(crate) use std::time::Instant as RealInstant;
pub(crate) use tokio::runtime::Handle;
#[cfg(feature = "main")]
pub(crate) use tokio::runtime::Runtime;
pub(crate) use tokio::sync::{Notify, oneshot, watch};
pub(crate) use tokio::task::{AbortHandle, JoinSet};
pub(crate) use tokio::time::{
    Instant, MissedTickBehavior, Sleep, interval_at, sleep, sleep_until, timeout_at,
};

pub(crate) use self::latch::Latch;
pub(crate) use self::moment::Moment;

/// Longer than anybody waits, and short enough for every clock to count.
pub(crate) const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 24 * 3_600);

/// The moment `by` after `now`, or so far away that it does not matter.
pub(crate) fn later(now: Instant, by: Duration) -> Instant {
    now + by.min(FOR_EVER)
}

/// A short-held lock. It ignores poisoning: every room restores its invariants before it runs foreign code, and foreign
/// code is fenced, so a panic never leaves one of these locks with a half-made change.
#[derive(Default)]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

pub(crate) type MutexGuard<'a, T> = std::sync::MutexGuard<'a, T>;

impl<T: std::fmt::Debug> std::fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place whose owner changes with a protocol beside it. Only the pointer is handed out, as a model checker wants it.
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    pub(crate) fn with_mut<R>(&self, change: impl FnOnce(*mut T) -> R) -> R {
        change(self.0.get())
    }
}

/// Slots in the first block of a queue, and in those of one that is in use. A model checker has blocks of two.
pub(crate) const FIRST_BLOCK: u64 = 4;
pub(crate) const FULL_BLOCK: u64 = 32;

/// How often somebody looks at what another thread is about to do, before letting others have the thread.
pub(crate) const LOOKS: u32 = 64;

/// For a task that waits for another thread which needs a few instructions more, or to be scheduled: others may have this one
/// meanwhile.
#[cold]
pub(crate) fn come_again(waker: &Waker) {
    waker.wake_by_ref();
}

/// What a model checker counts, to see that nothing is left. Here it is nothing.
pub(crate) struct Counted;

impl Counted {
    pub(crate) const fn new() -> Self {
        Self
    }
}

/// How many threads have a lock of their own where each thread may. A runtime has seldom more that are busy.
pub(crate) const SHARDS: usize = 8;

/// Which of the [`SHARDS`] is the calling thread's.
#[inline]
pub(crate) fn own_shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        /// One more than that, or 0 before it is asked for. Without a destructor, so that it is there while a thread ends.
        static OWN: Cell<usize> = const { Cell::new(0) };
    }
    let own = OWN.get();
    if own > 0 {
        return (own - 1) % SHARDS;
    }
    let own = NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS;
    OWN.set(own + 1);
    own
}

/// For who waits for another thread that needs a few steps only, or to be scheduled, the `turn`th time.
#[cold]
pub(crate) fn relax(turn: u32) {
    match turn {
        0..64 => std::hint::spin_loop(),
        // Its holder has lost the processor.
        64..1_000 => std::thread::yield_now(),
        // It is foreign code, where a runtime ends while an asker handles its message inline.
        _ => std::thread::park_timeout(Duration::from_micros(200)),
    }
}

/// Starts a task of the framework's own. Its end is observed through the actor's cell, never through the join handle.
pub(crate) fn spawn(handle: &Handle, future: impl Future<Output = ()> + Send + 'static) {
    drop(handle.spawn(schedule::shuffled(future)));
}

/// A task that can be cancelled.
pub(crate) fn spawn_abortable(
    handle: &Handle,
    future: impl Future<Output = ()> + Send + 'static,
) -> AbortHandle {
    handle.spawn(schedule::shuffled(future)).abort_handle()
}

/// A task that is cancelled with its set.
pub(crate) fn spawn_in(
    set: &mut JoinSet<()>,
    handle: &Handle,
    future: impl Future<Output = ()> + Send + 'static,
) -> AbortHandle {
    set.spawn_on(schedule::shuffled(future), handle)
}

/// Plain threads, for what must go on while every thread of a runtime is blocked.
pub(crate) mod thread {
    pub(crate) use std::thread::{Thread, park, park_timeout};

    /// Starts one that nobody waits for.
    pub(crate) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<Thread> {
        let builder = std::thread::Builder::new().name(name.to_owned());
        builder.spawn(work).map(|handle| handle.thread().clone())
    }
}

/// Making a runtime, with every driver that tokio is compiled with.
#[cfg(feature = "main")]
pub(crate) mod runtime {
    use std::io;

    use tokio::runtime::{Builder, Runtime};

    /// `None`: as many workers as there are processors.
    pub(crate) fn multi_thread(workers: Option<usize>) -> io::Result<Runtime> {
        let mut builder = Builder::new_multi_thread();
        if let Some(workers) = workers {
            builder.worker_threads(workers);
        }
        builder.enable_all().build()
    }

    pub(crate) fn current_thread() -> io::Result<Runtime> {
        Builder::new_current_thread().enable_all().build()
    }
}

/// Without the test kit tasks run as the runtime has them.
#[cfg(not(feature = "testing"))]
mod schedule {
    pub(super) fn shuffled<F>(future: F) -> F {
        future
    }
}

/// The order in which tasks run, at the will of a seed.
///
/// Where a test has set a seed for its thread, each of the framework's tasks lets the others go first now and then, before
/// it is polled. On one thread that makes every run of a seed the same, and a thousand seeds a thousand schedules: a random
/// walk through the interleavings of whole polls. What happens between two locks of one poll is not explored by it.
#[cfg(feature = "testing")]
pub(crate) mod schedule {
    use std::cell::Cell;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    thread_local! {
        static SEED: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// From now on tasks that are polled on this thread are shuffled; `None` ends it.
    pub(crate) fn seed(seed: Option<u64>) {
        SEED.set(seed);
    }

    /// Whether to let others go first: in one of two cases.
    fn gives_way() -> bool {
        let Some(seed) = SEED.get() else { return false };
        let mut rng = fastrand::Rng::with_seed(seed);
        let gives_way = rng.bool();
        SEED.set(Some(rng.u64(..)));
        gives_way
    }

    pin_project_lite::pin_project! {
        pub(super) struct Shuffled<F> {
            #[pin]
            future: F,
        }
    }

    pub(super) fn shuffled<F>(future: F) -> Shuffled<F> {
        Shuffled { future }
    }

    impl<F: Future<Output = ()>> Future for Shuffled<F> {
        type Output = ();

        fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            if gives_way() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.project().future.poll(cx)
        }
    }
}
