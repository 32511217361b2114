//! What an actor has done: messages handled, time spent on them.
//!
//! The counts belong to the logical actor, so a restart keeps them. One thread writes at a time, the one that polls the run
//! loop, and anybody reads: a count costs a relaxed load and a store, and no lock.
//!
//! **Busy time is an estimate.** A clock read takes as long as a told message, so not even each wake-up of the loop has one.
//! A [`Pace`] chooses which are measured, each for as many as it stands for: every one where they take long, so that the clock
//! does not show, and one in 31 where they are short. Short ones are many, and their mean is good after some thousand. Rejected:
//! measuring one in 16 whatever they take, since an actor of few and long handlers has only a handful; and to look from another
//! thread at what runs, which sees nothing of an actor that is busy for less than its rhythm.

use std::time::Duration;

use crate::rt::RealInstant;
use crate::rt::atomic::{AtomicU64, Ordering};

/// What one logical actor has done since it was spawned, over all its incarnations, at one moment.
///
/// Each figure is right by itself; they are not taken at the very same instant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActorStats {
    /// Messages whose handler has ended, also by a panic or a kill.
    pub handled: u64,
    /// Messages that are accepted and wait to be handled.
    pub queued: usize,
    /// How long its handlers have had a thread, without the time in which they waited: an estimate, exact while its wake-ups take
    /// more than some microseconds. A rare long one among many short ones may be missed. The message at hand counts when its handler ends or waits. What askers run themselves, since it
    /// is marked [inline](crate::Handler::INLINE), takes their time and does not count.
    pub busy: Duration,
    /// How often it was restarted.
    pub restarts: u64,
}

/// What a run loop counts.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    handled: AtomicU64,
    /// In nanoseconds, which is enough for 580 years.
    busy: AtomicU64,
}

impl Counts {
    /// Called by the run loop only, so that a load and a store are enough; one that was replaced may cost a count.
    #[inline]
    pub(crate) fn count_handled(&self) {
        self.handled.store(self.handled.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    pub(crate) fn handled(&self) -> u64 {
        self.handled.load(Ordering::Relaxed)
    }

    fn add_busy(&self, nanos: u64) {
        self.busy.store(self.busy.load(Ordering::Relaxed).saturating_add(nanos), Ordering::Relaxed);
    }

    pub(crate) fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy.load(Ordering::Relaxed))
    }

    pub(crate) fn stats(&self, queued: usize, epoch: u64) -> ActorStats {
        ActorStats { handled: self.handled(), queued, busy: self.busy(), restarts: epoch.saturating_sub(1) }
    }
}

/// From here on a wake-up is long: two clock reads are a hundredth of it.
const LONG: Duration = Duration::from_micros(5);

/// At most so many wake-ups lie between two that are measured. A prime, so that it does not fall in with the rhythm of a program.
const MOST: u8 = 31;

/// Which wake-ups of a run loop are measured.
#[derive(Debug)]
pub(crate) struct Pace {
    /// For how many the next measured one stands.
    gap: u8,
    /// How many are let go by before it.
    left: u8,
}

impl Pace {
    pub(crate) const fn new() -> Self {
        Self { gap: 1, left: 0 }
    }

    /// The loop wakes up. If this one is measured, this is when it began, to be given to [`Pace::end`].
    #[inline]
    pub(crate) fn begin(&mut self) -> Option<RealInstant> {
        if self.left == 0 {
            return Some(RealInstant::now());
        }
        self.left -= 1;
        None
    }

    /// It rests.
    #[cold]
    pub(crate) fn end(&mut self, begun: RealInstant, counts: &Counts) {
        counts.add_busy(self.measured(begun.elapsed()));
    }

    /// How long they took for which this one stands, in nanoseconds.
    fn measured(&mut self, took: Duration) -> u64 {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let all = nanos.saturating_mul(u64::from(self.gap));
        self.gap = if took >= LONG { 1 } else { (2 * self.gap).min(MOST) };
        self.left = self.gap - 1;
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a pace makes of wake-ups that take so long, in turn, and how many it measured.
    fn estimate(times: impl Iterator<Item = Duration>) -> (Duration, u32) {
        let (mut pace, mut nanos, mut measured) = (Pace::new(), 0, 0);
        for took in times {
            if pace.begin().is_some() {
                nanos += pace.measured(took);
                measured += 1;
            }
        }
        (Duration::from_nanos(nanos), measured)
    }

    #[test]
    fn long_wake_ups_are_measured_one_and_all() {
        let times = (1..=100).map(Duration::from_millis);
        assert_eq!(estimate(times.clone()), (times.sum(), 100));
    }

    #[test]
    fn of_short_ones_one_in_thirty_one_is_measured_and_stands_for_all() {
        let took = Duration::from_nanos(200);
        let (busy, measured) = estimate(std::iter::repeat_n(took, 31_000));
        assert!(busy <= 31_000 * took && busy >= 30_950 * took, "{busy:?}");
        assert!(measured <= 1_010, "{measured}");
    }

    #[test]
    fn a_mixture_comes_out_right_in_the_mean() {
        // An interpreter is slow.
        const TIMES: u32 = if cfg!(miri) { 3_000 } else { 100_000 };
        let mut rng = fastrand::Rng::with_seed(7);
        let times: Vec<_> =
            (0..TIMES).map(|_| Duration::from_nanos(if rng.u8(..) < 26 { 100_000 } else { 500 })).collect();
        let real = times.iter().sum::<Duration>().as_secs_f64();
        let (busy, measured) = estimate(times.into_iter());
        assert!((busy.as_secs_f64() / real - 1.0).abs() < 0.1, "{busy:?} of {real}");
        assert!(measured < TIMES * 6 / 10, "{measured}");
    }
}
