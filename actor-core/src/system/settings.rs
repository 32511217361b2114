//! Making a system with choices: timeouts, and when handlers are reported as slow.

use std::time::Duration;

use super::{DEFAULT_ASK_TIMEOUT, System};
use crate::monitor::Thresholds;
use crate::rt::Handle;

/// A system that is about to be made. By [`System::builder`].
#[derive(Clone, Debug)]
#[must_use = "a system is made by `.build()`"]
pub struct SystemBuilder {
    name: String,
    ask_timeout: Duration,
    thresholds: Thresholds,
}

impl SystemBuilder {
    pub(super) fn new(name: &str) -> Self {
        let (ask_timeout, thresholds) = (DEFAULT_ASK_TIMEOUT, Thresholds::DEFAULT);
        Self { name: name.to_owned(), ask_timeout, thresholds }
    }

    /// How long asks wait that do not say so themselves, and whose handler and actor do not either, instead of 5 s. It may
    /// fire up to 200 ms late.
    pub fn ask_timeout(mut self, ask_timeout: Duration) -> Self {
        self.ask_timeout = ask_timeout;
        self
    }

    /// From when on a handler that does not give its thread back is reported, as
    /// [`Event::Blocking`](crate::Event::Blocking), instead of 100 ms. `Duration::MAX`: never. It may come half as much later.
    ///
    /// Time is real, whatever a test has done to tokio's clock. Handlers are looked at from a thread of the library's own, so
    /// it does not matter how many the runtime has.
    pub fn report_blocking(mut self, after: Duration) -> Self {
        self.thresholds.blocking = after;
        self
    }

    /// From when on a handler that waits, at its awaits, is reported, as [`Event::Waiting`](crate::Event::Waiting), instead of
    /// 5 s. `Duration::MAX`: never. It may come half as much later, and time is real.
    pub fn report_waiting(mut self, after: Duration) -> Self {
        self.thresholds.waiting = after;
        self
    }

    /// The system, on the tokio runtime that this is called in.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use = "a system that is dropped without `shutdown` leaves its actors to the runtime"]
    #[track_caller]
    pub fn build(self) -> System {
        let Ok(handle) = Handle::try_current() else {
            panic!("`SystemBuilder::build` needs a tokio runtime")
        };
        System::with(&self.name, handle, self.ask_timeout, self.thresholds, false)
    }
}
