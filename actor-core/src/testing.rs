//! What tests of actors are written with: a system of their own, a clock that stands still, probes, and a trace.
//!
//! It needs the feature `testing`, which belongs into `[dev-dependencies]`.
//!
//! [`macro@crate::test`] runs an async test in a fresh runtime with a fresh [`TestSystem`], and shuts it down at the
//! end. A test that fails, or that still runs after a minute of real time, prints every event of its system.
//!
//! # What a test may not leave behind
//!
//! When the body is done, and what it held is dropped, the actors come to rest. Then a test fails in which all has gone
//! well so far,
//!
//! - if there are dead letters that it has not looked at with [`TestSystem::dead_letters`]. A message that was asked is
//!   none of them, since its asker was told. So a panic in a handler that nobody waits for does not go unnoticed.
//! - if there are *leaked* actors: they own each other, or themselves, and nobody is left who would end them. What
//!   happens to belong to the system, as a supervised, named or detached actor does, is not leaked, nor is what has work,
//!   a task or a timer left; and whoever is owned by a task that the test has left running, by a static or by another thread
//!   may yet be let go.
//! - if an actor has to be killed in the shutdown, or gets stuck in it.
//!
//! A test whose subject this is says [`TestSystem::allow_dead_letters`] or [`TestSystem::allow_leaks`]. What becomes a
//! dead letter in the shutdown itself does not count.
//!
//! ```
//! use actor_core::prelude::*;
//! use actor_core::testing::TestSystem;
//!
//! struct Echo;
//! impl Actor for Echo {}
//! impl Handler<u8> for Echo {
//!     type Reply = u8;
//!     async fn handle(&mut self, n: u8, _ctx: &mut Context<Self>) -> u8 {
//!         n
//!     }
//! }
//!
//! #[actor_core::test(paused)]
//! async fn an_echo_answers(system: TestSystem) {
//!     let echo = system.spawn(Echo);
//!     assert_eq!(echo.ask(7).await.unwrap(), 7);
//! }
//! ```

use std::ops::Deref;
use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use self::leftovers::Leftovers;
use self::recorder::Recorder;
use crate::actor::Actor;
use crate::dead_letter::DeadLetter;
use crate::event::Event;
use crate::monitor::Thresholds;
use crate::reference::ActorRef;
use crate::rt::atomic::{AtomicBool, Ordering};
use crate::rt::{Arc, Handle};
use crate::system::{DEFAULT_ASK_TIMEOUT, System};

mod leftovers;
mod probe;
mod recorder;
mod stand_in;

pub use probe::Probe;
pub use stand_in::{Answer, StandIn};

/// How long a test may run in real time before it counts as hanging.
const LIMIT: Duration = Duration::from_secs(60);

/// How long [`TestSystem::settle`] may take, in real time.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the actors may take to come to rest when the body is done. Where they do not, nothing is certain about who
/// is leaked, and a test should not take longer for that.
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// How often in a row nothing may have changed before a test on one thread counts as settled. Each look lets every task
/// that is ready run once, so this is the longest chain of tasks without an actor in it that is waited for.
const CALM: usize = 16;

/// The same where tasks give way at random: one that is ready is passed over this often once in 2^64 times.
const SHUFFLED_CALM: usize = 64;

/// How a test is run. Made by [`macro@crate::test`].
#[derive(Clone, Debug)]
#[must_use]
pub struct Setup {
    name: &'static str,
    paused: bool,
    workers: usize,
    seed: Option<u64>,
}

impl Setup {
    /// One thread and the real clock.
    pub fn new(name: &'static str) -> Self {
        Self { name, paused: false, workers: 0, seed: None }
    }

    /// The clock stands still until the test moves it, or until everybody waits for it.
    pub fn paused(mut self) -> Self {
        self.paused = true;
        self
    }

    /// So many worker threads instead of the test's own. Not together with [`Setup::paused`].
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Has the tasks of actors run in an order that the seed chooses, the same for the same seed. On one thread only.
    ///
    /// A scenario that must come out alike in every order is run with many seeds.
    pub fn schedule(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    fn runtime(&self) -> tokio::runtime::Runtime {
        assert!(!(self.paused && self.workers > 0), "the clock stands still on one thread only");
        let mut builder = if self.workers > 0 {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(self.workers);
            builder
        } else {
            tokio::runtime::Builder::new_current_thread()
        };
        // Paused from its first moment, the clock stands on a whole millisecond, which is what timers are rounded to.
        builder.enable_all().start_paused(self.paused).build().expect("a test needs a runtime")
    }
}

/// What the body of a test may return: nothing, or a `Result`.
#[diagnostic::on_unimplemented(
    message = "a test returns `()` or a `Result`, not `{Self}`",
    label = "neither `()` nor a `Result`"
)]
pub trait Outcome: Send + 'static {
    /// Whether the test has failed already. What it leaves behind is then of no interest.
    #[doc(hidden)]
    fn is_failure(&self) -> bool;
}

impl Outcome for () {
    fn is_failure(&self) -> bool {
        false
    }
}

impl<T: Send + 'static, E: Send + 'static> Outcome for Result<T, E> {
    fn is_failure(&self) -> bool {
        self.is_err()
    }
}

/// Runs `body` with a system of its own, shuts the system down, and checks what was left behind.
/// The body runs on a thread of its own, so that one that blocks is noticed.
///
/// # Panics
///
/// With whatever `body` panics with; if it takes longer than a minute of real time; if the shutdown is not clean; if the
/// body has left actors that own each other, or dead letters that it has not looked at.
pub fn run<T, F, Body>(setup: Setup, body: Body) -> T
where
    T: Outcome,
    F: Future<Output = T>,
    Body: FnOnce(TestSystem) -> F + Send + 'static,
{
    let recorder = Recorder::default();
    let (name, theirs) = (setup.name, recorder.clone());
    let (done, finished) = channel();
    // A thread of its own, so that a test that blocks is noticed from outside.
    let test = thread::Builder::new().name(name.to_owned()).spawn(move || {
        let runtime = setup.runtime();
        crate::rt::schedule::seed(setup.seed);
        let outcome = runtime.block_on(async move {
            let system = TestSystem::new(&setup, theirs);
            let outcome = body(system.clone()).await;
            let leftovers = if outcome.is_failure() { None } else { Some(system.leftovers().await) };
            let report = system.system.shutdown().await;
            let complaint = leftovers.and_then(|leftovers| leftovers.complaint(&report));
            (outcome, report, complaint)
        });
        // A handler that blocks its thread must not keep the test from ending.
        runtime.shutdown_background();
        let _ = done.send(());
        outcome
    });
    let test = test.expect("a test needs a thread");
    match finished.recv_timeout(LIMIT) {
        Ok(()) | Err(RecvTimeoutError::Disconnected) => {}
        Err(RecvTimeoutError::Timeout) => panic!("{name} still runs after {LIMIT:?}\n{}", recorder.trace()),
    }
    match test.join() {
        Ok((outcome, report, complaint)) => {
            let in_time = report.killed.is_empty() && report.stuck.is_empty();
            assert!(in_time, "{name}: the shutdown was not clean: {report}\n{}", recorder.trace());
            if let Some(complaint) = complaint {
                panic!("{name} has left something behind:{complaint}\n{}", recorder.trace());
            }
            outcome
        }
        Err(payload) => {
            eprintln!("{}", recorder.trace());
            resume_unwind(payload)
        }
    }
}

/// The system of one test. It is a [`System`], and it can be looked into.
#[derive(Clone, Debug)]
pub struct TestSystem {
    system: System,
    recorder: Recorder,
    paused: bool,
    threaded: bool,
    calm: usize,
    allowed: Arc<Allowed>,
}

/// What a test may leave behind.
#[derive(Debug, Default)]
struct Allowed {
    leaks: AtomicBool,
    dead_letters: AtomicBool,
}

impl TestSystem {
    fn new(setup: &Setup, recorder: Recorder) -> Self {
        // Without the monitor: on a machine that is loaded any handler may seem slow.
        let thresholds = Thresholds::OFF;
        let system =
            System::with(setup.name, Handle::current(), DEFAULT_ASK_TIMEOUT, thresholds, setup.paused);
        recorder.follow(system.all_events());
        let calm = if setup.seed.is_some() { SHUFFLED_CALM } else { CALM };
        Self {
            system,
            recorder,
            paused: setup.paused,
            threaded: setup.workers > 0,
            calm,
            allowed: Arc::default(),
        }
    }

    /// Waits until no actor has anything left to do without the clock or the outside world.
    ///
    /// On one thread it lets everybody run until nothing changes any more, without moving the clock; a handler that
    /// waits for something counts as settled. On several it waits until every actor is idle.
    ///
    /// # Panics
    ///
    /// If that does not happen within 10 s of real time.
    pub async fn settle(&self) {
        if let Err(last) = self.settle_within(PATIENCE).await {
            panic!("the system does not settle: {last}");
        }
    }

    /// Fails, with a picture of the system, if there is no rest within `patience` of real time.
    async fn settle_within(&self, patience: Duration) -> Result<(), String> {
        let begun = std::time::Instant::now();
        let mut calm = 0;
        let mut last = String::new();
        while calm < self.calm {
            tokio::task::yield_now().await;
            let now = self.picture();
            calm = if now == last && (!self.threaded || self.is_idle()) { calm + 1 } else { 0 };
            last = now;
            if begun.elapsed() > patience {
                return Err(last);
            }
        }
        Ok(())
    }

    /// Lets the actors come to rest, and looks at what is there then.
    async fn leftovers(&self) -> Leftovers {
        let at_rest = self.settle_within(LAST_PATIENCE).await.is_ok();
        let allowed = |what: &AtomicBool| what.load(Ordering::Relaxed);
        let letters =
            if allowed(&self.allowed.dead_letters) { Vec::new() } else { self.recorder.unseen_letters() };
        let mut leftovers = Leftovers::of(&self.system, letters);
        if !at_rest || self.system.has_delayed() || allowed(&self.allowed.leaks) {
            leftovers.at_rest.clear();
        }
        leftovers
    }

    fn picture(&self) -> String {
        let handled: u64 = self.system.living().iter().map(|life| life.core().counts.handled()).sum();
        format!("{} {handled} {}", self.system.tree(), self.recorder.len())
    }

    fn is_idle(&self) -> bool {
        self.system.living().iter().all(|life| life.is_idle())
    }

    /// Moves the clock by `duration`, fires what is due, default ask timeouts included, and settles.
    ///
    /// # Panics
    ///
    /// If the test is not `paused`.
    pub async fn advance(&self, duration: Duration) {
        assert!(
            self.paused,
            "only a clock that stands still can be moved: use `#[actor_core::test(paused)]`"
        );
        self.settle().await;
        tokio::time::advance(duration).await;
        self.system.deadlines().sweep();
        self.settle().await;
    }

    /// What has happened so far.
    #[must_use]
    pub fn happened(&self) -> Vec<Event> {
        self.recorder.events()
    }

    /// What has happened so far, a line each.
    #[must_use]
    pub fn trace(&self) -> Vec<String> {
        self.recorder.events().iter().map(ToString::to_string).collect()
    }

    /// The messages that nobody handled so far, which count as looked at from now on.
    #[must_use = "the letters count as looked at: look at them, or say `allow_dead_letters`"]
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.recorder.letters()
    }

    /// The test may leave dead letters behind that it has not looked at, from before this call and after it.
    pub fn allow_dead_letters(&self) {
        self.allowed.dead_letters.store(true, Ordering::Relaxed);
    }

    /// The test may leave actors behind that own each other. They end in the shutdown.
    pub fn allow_leaks(&self) {
        self.allowed.leaks.store(true, Ordering::Relaxed);
    }

    /// An actor that collects messages of type `M` for the test.
    ///
    /// For code that takes a [`Recipient`](crate::Recipient); code that calls an actor by its type is given a
    /// [`stand_in`](TestSystem::stand_in).
    #[must_use]
    pub fn probe<M: Send + 'static>(&self) -> Probe<M> {
        Probe::new(&self.system)
    }

    /// A reference to an actor of type `A` that there is none of, for the code under test, and the other end, at which the test
    /// receives what is sent and answers it.
    #[must_use]
    pub fn stand_in<A: Actor>(&self) -> (ActorRef<A>, StandIn<A>) {
        StandIn::new(&self.system)
    }
}

impl Deref for TestSystem {
    type Target = System;

    fn deref(&self) -> &System {
        &self.system
    }
}
