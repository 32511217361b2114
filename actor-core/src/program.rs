//! A whole program as an actor system: what [`macro@crate::main`] runs.
//!
//! It makes the runtime, hands the system to the body, and shuts the system down whatever becomes of the body: a return,
//! an error or a panic. Its own waits are bounded, those of the body are not. It listens to no signals, because a process
//! that does is deaf to them otherwise; `System::run_until_signal` is the last line of a program that should.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use crate::rt::{Runtime, runtime};
use crate::system::System;

/// How long blocking tasks that the program has left behind may hold up its end: as long as a stop may take.
const LEFTOVERS: Duration = Duration::from_secs(5);

/// How a program is run. Made by [`macro@crate::main`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Program {
    name: &'static str,
    threads: Threads,
}

#[derive(Clone, Copy, Debug)]
enum Threads {
    /// One for each processor.
    PerProcessor,
    Workers(usize),
    /// The thread that calls.
    Current,
}

impl Program {
    /// The system has this name, the runtime as many workers as there are processors.
    pub fn new(name: &'static str) -> Self {
        Self { name, threads: Threads::PerProcessor }
    }

    /// So many worker threads.
    pub fn workers(mut self, workers: usize) -> Self {
        self.threads = Threads::Workers(workers);
        self
    }

    /// Everything on the thread that calls.
    pub fn current_thread(mut self) -> Self {
        self.threads = Threads::Current;
        self
    }

    /// Runs `body` on the calling thread, then shuts the system down.
    ///
    /// # Panics
    ///
    /// With whatever `body` panics with, once the system is shut down; inside a runtime, and where none can be made.
    pub fn run<T, F: Future<Output = T>>(self, body: impl FnOnce(System) -> F) -> T {
        let runtime = self.runtime();
        let system = runtime.block_on(async { System::new(self.name) });
        let handed = system.clone();
        let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(async { body(handed).await })));
        let report = runtime.block_on(system.shutdown());
        if !report.is_clean() {
            tracing::warn!(system = self.name, %report, "the shutdown was not clean");
        }
        if report.stuck.is_empty() {
            runtime.shutdown_timeout(LEFTOVERS);
        } else {
            // They have had their time, and would be waited for again.
            runtime.shutdown_background();
        }
        outcome.unwrap_or_else(|payload| resume_unwind(payload))
    }

    fn runtime(&self) -> Runtime {
        let runtime = match self.threads {
            Threads::PerProcessor => runtime::multi_thread(None),
            Threads::Workers(workers) => runtime::multi_thread(Some(workers)),
            Threads::Current => runtime::current_thread(),
        };
        runtime.expect(
            "a program of actors needs a runtime, for which the operating system has no threads or files",
        )
    }
}
