//! Default ask timeouts, from one coarse clock for the whole system.
//!
//! An ask that waits is entered in the clock's roster and leaves it when it is over: no timer, no clock read, and a lock each
//! that threads do not share. The clock looks every [`TICK`] milliseconds while there is anybody in it, and sleeps else. So a
//! default timeout is never early, and up to two ticks late.
//!
//! An exact timeout is first left to the same clock if it is long: shortly before its end the clock wakes the asker, who goes
//! on with a timer. Only those who really wait for so long pay for one. That is done where the asker's runtime is the
//! clock's: what keeps one late there keeps the other late, too.
//!
//! Where a test holds the clock there is no ticker, since it would move the clock by itself; the test kit calls
//! [`Deadlines::sweep`] whenever it has moved the clock. Exact timeouts are timers from the beginning then.

use std::time::Duration;

use crate::reply::{Asker, Due, Roster, TICK, Then};
use crate::rt::atomic::{AtomicBool, Ordering};
use crate::rt::{Arc, Handle, Instant, Mutex, Notify, Sleep, sleep_until, spawn};

/// So long before its end the announcement of an exact timeout is due. It comes two ticks later at most, and then two are left
/// in which the clock may be late. A timeout that is shorter is a timer at once.
const NEAR: Duration = Duration::from_millis(4 * TICK);

pub(crate) struct Deadlines {
    roster: Lease,
    clock: Clock,
    /// The moment 0 of the roster.
    since: Instant,
    roused: Notify,
    /// Whether there is a ticker, and it has found a timer in its runtime.
    ticks: AtomicBool,
    closed: AtomicBool,
}

enum Clock {
    Ticker(Handle),
    Held,
}

/// A roster is pointed at by those who stand in it, so it is there for ever. There are as many as there were systems at once.
struct Lease(&'static Roster);

static SPARE: Mutex<Vec<&'static Roster>> = Mutex::new(Vec::new());

impl Lease {
    fn new() -> Self {
        let spare = SPARE.lock().pop();
        let roster = spare.unwrap_or_else(|| Box::leak(Box::new(Roster::new())));
        roster.restart();
        Self(roster)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        SPARE.lock().push(self.0);
    }
}

impl Deadlines {
    pub(crate) fn start(handle: &Handle, held: bool) -> Arc<Self> {
        let clock = if held { Clock::Held } else { Clock::Ticker(handle.clone()) };
        let deadlines = Arc::new(Self {
            roster: Lease::new(),
            clock,
            since: Instant::now(),
            roused: Notify::new(),
            ticks: AtomicBool::new(false),
            closed: AtomicBool::new(false),
        });
        if !held {
            let ticker = Ticker(deadlines.clone());
            spawn(handle, async move { ticker.tick().await });
        }
        deadlines
    }

    /// Ends `ask` in `after`, give or take.
    #[inline]
    pub(crate) fn enter<M, R>(&self, after: Duration, ask: &mut Asker<M, R>) {
        let due = match self.clock {
            Clock::Ticker(_) => Due::After(after),
            Clock::Held => Due::At(millis(self.since.elapsed().saturating_add(after))),
        };
        if ask.enter(self.roster.0, due, Then::Expire) {
            self.roused.notify_one();
        }
    }

    /// Whether [`Deadlines::announce`] will do, here, for an exact timeout of this length.
    pub(crate) fn announces(&self, after: Duration) -> bool {
        let Clock::Ticker(handle) = &self.clock else { return false };
        if after < NEAR {
            return false;
        }
        if !self.ticks.load(Ordering::Relaxed) {
            // For the next one: it is not known before whether it can tick.
            self.roused.notify_one();
            return false;
        }
        Handle::try_current().is_ok_and(|here| here.id() == handle.id())
    }

    /// Wakes whoever waits for `ask` while there is still time for a timer.
    #[inline]
    ///
    /// By its moment and not by its length: a clock that is late, or jumps, must not make it later.
    pub(crate) fn announce<M, R>(&self, until: Instant, ask: &mut Asker<M, R>) {
        let near = until.saturating_duration_since(self.since).saturating_sub(NEAR);
        if ask.enter(self.roster.0, Due::At(millis(near)), Then::Nudge) {
            self.roused.notify_one();
        }
    }

    /// The timer of an ask that was announced, wherever it is polled now.
    pub(crate) fn timer(&self, until: Instant) -> Sleep {
        let _inside = match &self.clock {
            Clock::Ticker(handle) => Some(handle.enter()),
            Clock::Held => None,
        };
        sleep_until(until)
    }

    /// Looks at a clock that a test has moved.
    #[cfg(feature = "testing")]
    pub(crate) fn sweep(&self) {
        if matches!(self.clock, Clock::Held) {
            self.roster.0.look(self.now());
        }
    }

    /// The system is gone.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.roused.notify_one();
    }

    /// Rounded down, as what is to come.
    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Rounded up: nothing comes early.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

struct Ticker(Arc<Deadlines>);

impl Ticker {
    async fn tick(&self) {
        let Self(deadlines) = self;
        loop {
            deadlines.roused.notified().await;
            loop {
                if deadlines.closed.load(Ordering::Relaxed) {
                    return;
                }
                let next = Duration::from_millis((deadlines.now() / TICK + 1).saturating_mul(TICK));
                let timer = sleep_until(deadlines.since + next);
                deadlines.ticks.store(true, Ordering::Relaxed);
                timer.await;
                deadlines.roster.0.look(deadlines.now());
                if deadlines.roster.0.fall_asleep() {
                    break;
                }
            }
        }
    }
}

/// Also when its runtime ends, or has no timers.
impl Drop for Ticker {
    fn drop(&mut self) {
        self.0.ticks.store(false, Ordering::Relaxed);
    }
}
