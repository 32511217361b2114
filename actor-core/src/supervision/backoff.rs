//! How long a child waits before its next start: exponential, capped, with jitter, forgetting after a healthy time [Pekko].
//!
//! The delay is a pure function of how often the child has failed in a row and of a roll of the dice.

use std::time::Duration;

use crate::rt::Instant;

/// How a child's restarts are spread out in time. Without one, a child is restarted at once.
///
/// While a child backs off, its mail is accepted and waits; asks may time out in the phase `Queued`.
///
/// # Examples
///
/// ```
/// use actor_core::prelude::*;
///
/// let patient = Backoff::exponential(Duration::from_millis(100), Duration::from_secs(30)).jitter(0.2);
/// # struct Db; impl Actor for Db {}
/// let db = Child::new("db", || Db).backoff(patient);
/// # let _ = db;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    factor: f64,
    jitter: f64,
    reset_after: Duration,
}

impl Backoff {
    /// Waits `first` after the first failure and twice as long after each further one, `cap` at most.
    ///
    /// The child counts as healthy, and starts over with `first`, once it has been up for `cap`.
    pub const fn exponential(first: Duration, cap: Duration) -> Self {
        Self { first, cap, factor: 2.0, jitter: 0.0, reset_after: cap }
    }

    /// Always waits `delay`.
    pub const fn constant(delay: Duration) -> Self {
        Self { first: delay, cap: delay, factor: 1.0, jitter: 0.0, reset_after: delay }
    }

    /// By how much each wait is longer than the one before: 2 unless said.
    ///
    /// # Panics
    ///
    /// If `factor` is below 1.
    #[track_caller]
    pub const fn factor(mut self, factor: f64) -> Self {
        assert!(factor >= 1.0, "a backoff never gets shorter by itself: its factor is at least 1");
        self.factor = factor;
        self
    }

    /// Spreads each wait at random by up to this part of it, up or down, so that children that failed together do not
    /// come back together: 0 unless said.
    ///
    /// # Panics
    ///
    /// If `jitter` is not between 0 and 1.
    #[track_caller]
    pub const fn jitter(mut self, jitter: f64) -> Self {
        assert!(jitter >= 0.0 && jitter <= 1.0, "jitter is a part of the wait: between 0 and 1");
        self.jitter = jitter;
        self
    }

    /// How long the child has to be up for its failures to be forgotten.
    pub const fn reset_after(mut self, healthy: Duration) -> Self {
        self.reset_after = healthy;
        self
    }

    /// The wait after `failures` failures in a row, with `roll` between 0 and 1.
    fn delay(&self, failures: u32, roll: f64) -> Duration {
        let growth = self.factor.powi(i32::try_from(failures.saturating_sub(1)).unwrap_or(i32::MAX));
        let capped = (self.first.as_secs_f64() * growth).min(self.cap.as_secs_f64());
        let wait = capped * (1.0 + self.jitter * (2.0 * roll - 1.0));
        Duration::try_from_secs_f64(wait).unwrap_or(Duration::MAX)
    }
}

/// A child's failures in a row.
#[derive(Debug, Default)]
pub(super) struct Failures {
    in_a_row: u32,
    up_since: Option<Instant>,
}

impl Failures {
    pub(super) fn up(&mut self, now: Instant) {
        self.up_since = Some(now);
    }

    /// An incarnation has ended, whoever ended it. One that was up for long enough has made up for those before it.
    pub(super) fn ended(&mut self, backoff: &Backoff, now: Instant) {
        if self.up_since.take().is_some_and(|since| now.duration_since(since) >= backoff.reset_after) {
            self.in_a_row = 0;
        }
    }

    /// Counts a failure, and says how long to wait.
    pub(super) fn failed(&mut self, backoff: &Backoff, roll: f64) -> Duration {
        self.in_a_row = self.in_a_row.saturating_add(1);
        backoff.delay(self.in_a_row, roll)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn the_wait_doubles_up_to_the_cap_and_stays_there() {
        let backoff = Backoff::exponential(ms(100), ms(1_000));
        let waits: Vec<_> = [1, 2, 3, 4, 5, 6, 1_000].map(|n| backoff.delay(n, 0.5).as_millis()).into();
        assert_eq!(waits, [100, 200, 400, 800, 1_000, 1_000, 1_000]);
    }

    #[test]
    fn jitter_spreads_both_ways_and_no_further() {
        let backoff = Backoff::constant(ms(100)).jitter(0.2);
        assert_eq!(backoff.delay(1, 0.0), ms(80));
        assert_eq!(backoff.delay(1, 1.0), ms(120));
    }

    #[test]
    fn a_healthy_time_is_forgiving_and_a_moment_less_is_not() {
        let backoff = Backoff::exponential(ms(100), ms(10_000)).reset_after(ms(500));
        let start = Instant::now();
        for (up, wait) in [(ms(499), 200), (ms(500), 100)] {
            let mut failures = Failures::default();
            failures.failed(&backoff, 0.5);
            failures.up(start);
            failures.ended(&backoff, start + up);
            assert_eq!(failures.failed(&backoff, 0.5).as_millis(), wait);
        }
    }
}
