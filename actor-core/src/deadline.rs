//! Default ask timeouts, from one coarse list for the whole system.
//!
//! An ask that waits is entered here and taken out when it is over: one lock each, no timer, no clock read. A ticker
//! looks through the list every [`TICK`] while there is anything in it. So a default timeout is never early, and up to
//! two ticks late; [`Request::timeout`](crate::Request::timeout) is exact.
//!
//! Where a test holds the clock there is no ticker, since it would move the clock by itself; the test kit calls
//! [`Deadlines::sweep`] whenever it has moved the clock.

use std::time::Duration;

use slab::Slab;

use crate::reply::Expire;
use crate::rt::{Arc, Handle, Instant, MissedTickBehavior, Mutex, Notify, interval_at, spawn};

/// A default timeout is a safety net of seconds: a tenth of one is precise enough, and ten looks a second cost nothing.
pub(crate) const TICK: Duration = Duration::from_millis(100);

pub(crate) struct Deadlines {
    list: Mutex<List>,
    clock: Clock,
    filled: Notify,
}

struct List {
    entries: Slab<(u64, Arc<dyn Expire>)>,
    /// Ticks that have passed; with a clock held by a test, as of the last sweep.
    now: u64,
    closed: bool,
}

enum Clock {
    Ticker,
    Held { since: Instant },
}

impl Deadlines {
    pub(crate) fn start(handle: &Handle, held: bool) -> Arc<Self> {
        let clock = if held { Clock::Held { since: Instant::now() } } else { Clock::Ticker };
        let list = Mutex::new(List { entries: Slab::new(), now: 0, closed: false });
        let deadlines = Arc::new(Self { list, clock, filled: Notify::new() });
        if !held {
            let task = deadlines.clone();
            spawn(handle, async move { task.tick().await });
        }
        deadlines
    }

    /// Ends `ask` in `after`, give or take; returns what to [`Deadlines::cancel`].
    pub(crate) fn enter(&self, after: Duration, ask: Arc<dyn Expire>) -> usize {
        let ticks = u64::try_from(after.as_nanos().div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX);
        let mut list = self.list.lock();
        if let Some(now) = self.held_now() {
            list.now = now;
        }
        // One more, since the present tick has begun already.
        let due = list.now.saturating_add(ticks).saturating_add(1);
        let first = list.entries.is_empty();
        let key = list.entries.insert((due, ask));
        drop(list);
        if first {
            self.filled.notify_one();
        }
        key
    }

    pub(crate) fn cancel(&self, key: usize) {
        let entry = self.list.lock().entries.try_remove(key);
        drop(entry);
    }

    /// Looks at a clock that a test has moved.
    #[cfg(feature = "testing")]
    pub(crate) fn sweep(&self) {
        if let Some(now) = self.held_now() {
            self.expire(|_| now);
        }
    }

    /// The system is gone.
    pub(crate) fn close(&self) {
        self.list.lock().closed = true;
        self.filled.notify_one();
    }

    fn held_now(&self) -> Option<u64> {
        let Clock::Held { since } = self.clock else { return None };
        u64::try_from(since.elapsed().as_nanos() / TICK.as_nanos()).ok()
    }

    fn expire(&self, now: impl FnOnce(u64) -> u64) {
        let due: Vec<_> = {
            let mut list = self.list.lock();
            list.now = now(list.now);
            let now = list.now;
            list.entries.iter().filter(|(_, (due, _))| *due <= now).map(|(_, (_, ask))| ask.clone()).collect()
        };
        for ask in due {
            ask.expire();
        }
    }

    async fn tick(&self) {
        loop {
            self.filled.notified().await;
            let mut ticks = interval_at(Instant::now() + TICK, TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                {
                    let list = self.list.lock();
                    if list.closed {
                        return;
                    }
                    if list.entries.is_empty() {
                        break;
                    }
                }
                ticks.tick().await;
                self.expire(|now| now + 1);
            }
        }
    }
}
