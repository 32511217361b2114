//! A moment in one word: half of what an `Instant` takes, and an `Option` of it takes no more.

use std::num::NonZeroU64;
use std::ops::Add;
use std::time::Duration;

use super::{Instant, OnceLock};

/// Nanoseconds since some moment three centuries before the process asked for the first one.
///
/// So a test whose clock stands still at an earlier time than that one has its moments, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(NonZeroU64);

/// Where the process's first moment lies between the earliest and the latest.
const MIDDLE: u64 = 1 << 63;

fn first() -> Instant {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    *FIRST.get_or_init(Instant::now)
}

fn nanos(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000_000).saturating_add(u64::from(duration.subsec_nanos()))
}

impl Moment {
    pub(crate) fn now() -> Self {
        Instant::now().into()
    }

    fn new(nanos: u64) -> Self {
        Self(NonZeroU64::new(nanos).unwrap_or(NonZeroU64::MIN))
    }

    /// How long ago `earlier` was; nothing if it is yet to come.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.get().saturating_sub(earlier.0.get()))
    }

    pub(crate) fn instant(self) -> Instant {
        let (at, first) = (self.0.get(), first());
        if at >= MIDDLE {
            super::later(first, Duration::from_nanos(at - MIDDLE))
        } else {
            first.checked_sub(Duration::from_nanos(MIDDLE - at)).unwrap_or(first)
        }
    }
}

impl From<Instant> for Moment {
    fn from(at: Instant) -> Self {
        let first = first();
        Self::new(match at.checked_duration_since(first) {
            Some(after) => MIDDLE.saturating_add(nanos(after)),
            None => MIDDLE.saturating_sub(nanos(first.duration_since(at))),
        })
    }
}

/// What lies beyond the last moment is the last moment.
impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos(duration)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_its_instant_before_and_after_the_first() {
        let _ = Moment::now();
        let now = Instant::now();
        for at in [now - Duration::from_millis(1_500), now, now + Duration::from_nanos(1)] {
            assert_eq!(Moment::from(at).instant(), at);
        }
        assert_eq!(size_of::<Option<Moment>>(), 8);
    }

    #[test]
    fn moments_are_ordered_and_apart_as_their_instants_are() {
        let (now, by) = (Instant::now(), Duration::from_millis(2_750));
        let (one, other) = (Moment::from(now), Moment::from(now + by));
        assert!(one < other);
        assert_eq!(one + by, other);
        assert_eq!(other.since(one), by);
        assert_eq!(one.since(other), Duration::ZERO);
        assert_eq!(other + Duration::MAX, one + Duration::MAX);
    }
}
