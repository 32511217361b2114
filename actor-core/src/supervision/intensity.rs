//! How many restarts are too many: one sliding window per supervisor [OTP].

use std::collections::VecDeque;
use std::time::Duration;

use crate::rt::Instant;

/// How many restarts a supervisor may make within which time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intensity {
    /// The most restarts that are still allowed within the window.
    pub max_restarts: u32,
    /// The length of the window. A restart that is exactly this old still counts.
    pub within: Duration,
}

impl Default for Intensity {
    /// Three within five seconds, as in Elixir.
    fn default() -> Self {
        Self { max_restarts: 3, within: Duration::from_secs(5) }
    }
}

/// The restarts that still count.
#[derive(Debug)]
pub(super) struct Window {
    intensity: Intensity,
    restarts: VecDeque<Instant>,
}

impl Window {
    pub(super) fn new(intensity: Intensity) -> Self {
        Self { intensity, restarts: VecDeque::new() }
    }

    pub(super) fn intensity(&self) -> Intensity {
        self.intensity
    }

    /// Another limit, from now on; what has been counted still counts.
    pub(super) fn set_intensity(&mut self, intensity: Intensity) {
        self.intensity = intensity;
    }

    /// Counts a restart. `false`: it is one too many.
    #[must_use]
    pub(super) fn admit(&mut self, now: Instant) -> bool {
        while self.restarts.front().is_some_and(|first| now.duration_since(*first) > self.intensity.within) {
            self.restarts.pop_front();
        }
        let admitted = self.restarts.len() < self.intensity.max_restarts as usize;
        if admitted {
            self.restarts.push_back(now);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN: Duration = Duration::from_secs(5);

    fn full() -> (Window, Instant) {
        let start = Instant::now();
        let mut window = Window::new(Intensity { max_restarts: 2, within: WITHIN });
        assert!(window.admit(start));
        assert!(window.admit(start));
        (window, start)
    }

    #[test]
    fn a_restart_that_is_exactly_as_old_as_the_window_still_counts() {
        let (mut window, start) = full();
        assert!(!window.admit(start + WITHIN));
    }

    #[test]
    fn a_restart_that_is_older_than_the_window_is_forgotten() {
        let (mut window, start) = full();
        assert!(window.admit(start + WITHIN + Duration::from_nanos(1)));
    }

    #[test]
    fn without_any_allowed_the_first_is_too_many() {
        assert!(!Window::new(Intensity { max_restarts: 0, within: WITHIN }).admit(Instant::now()));
    }
}
