//! What the scenarios share: an actor that does as it is told, a diary of what happened, and the two ways to run.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use actor_core::prelude::*;
use actor_core::testing::{Setup, TestSystem, run};
use actor_core::{ChildCount, ChildInfo, ChildStatus, DynamicRef, Events, Subject, SupervisorRef};
use tokio::sync::{oneshot, watch};

/// How often a scenario without timing is run on two workers, unless `SCENARIO_ROUNDS` says otherwise.
const ROUNDS: usize = 20;

/// How long a scenario waits for an event: no time at all where the clock is paused and nothing else is to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs a scenario without timing once on one thread with the clock paused, and then many times on two workers with
/// the real clock, where it meets other orders of events each time. Such a scenario waits for causes, never with
/// [`TestSystem::settle`]: between two actors nobody may be busy for a moment.
pub(crate) fn both_ways<F>(scenario: impl Fn(TestSystem) -> F + Copy + Send + 'static)
where
    F: Future<Output = ()>,
{
    // The test harness names the thread after the test.
    let name: &'static str = std::thread::current().name().unwrap_or("scenario").to_owned().leak();
    run(Setup::new(name).paused(), scenario);
    let rounds =
        std::env::var("SCENARIO_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    for _ in 0..rounds {
        run(Setup::new(name).workers(2), scenario);
    }
}

pub(crate) const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub(crate) const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// What several actors, or several incarnations of one, have done, in order.
#[derive(Clone, Default)]
pub(crate) struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub(crate) fn note(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// What was written since the last look.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// Who did what was asked for, in order: `who("started")`, `who("stops: shutdown")`.
    pub(crate) fn who(&self, did: &str) -> Vec<String> {
        let lines = self.lines();
        lines.iter().filter_map(|line| line.strip_suffix(did)).map(|who| who.trim_end().to_owned()).collect()
    }
}

/// An actor that does as it is told.
pub(crate) struct Worker {
    name: &'static str,
    diary: Diary,
    seen: Vec<u32>,
    habit: Habit,
}

/// What a worker does when it stops.
#[derive(Clone, Default)]
pub(crate) enum Habit {
    #[default]
    Willing,
    /// Takes so long in `on_stop`.
    Slow(Duration),
    /// Waits in `on_stop` until the latch opens.
    Latched(Latch),
    /// Panics in `on_stop`.
    Sour,
}

impl Worker {
    pub(crate) fn new(name: &'static str, diary: &Diary) -> Self {
        Self { name, diary: diary.clone(), seen: Vec::new(), habit: Habit::Willing }
    }

    pub(crate) fn with(name: &'static str, diary: &Diary, habit: Habit) -> Self {
        Self { habit, ..Self::new(name, diary) }
    }
}

#[actor]
impl Worker {
    #[on_start]
    fn begin(&mut self) {
        self.diary.note(format!("{} started", self.name));
    }

    #[on_stop]
    async fn finish(&mut self, reason: &StopReason) {
        self.diary.note(format!("{} stops: {}", self.name, kind(reason)));
        match &self.habit {
            Habit::Willing => {}
            Habit::Slow(time) => tokio::time::sleep(*time).await,
            Habit::Latched(latch) => latch.passed().await,
            Habit::Sour => panic!("sour"),
        }
    }

    /// Remembers `n`.
    #[handler]
    pub(crate) fn note(&mut self, n: u32) -> usize {
        self.seen.push(n);
        self.seen.len()
    }

    /// What this incarnation has seen.
    #[handler]
    pub(crate) fn seen(&self) -> Vec<u32> {
        self.seen.clone()
    }

    /// Says that it is at it, and waits until the latch opens.
    #[handler]
    pub(crate) async fn hold(&mut self, begun: oneshot::Sender<()>, latch: Latch) {
        let _ = begun.send(());
        latch.passed().await;
    }

    /// Works for so long.
    #[handler]
    pub(crate) async fn work(&mut self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Works until it is told to stop, and then fails.
    #[handler]
    pub(crate) async fn fail_when_stopped(&mut self, begun: oneshot::Sender<()>, ctx: &mut Context<Self>) {
        let stopping = ctx.stopping();
        let _ = begun.send(());
        stopping.await;
        ctx.fail("while being stopped");
    }

    #[handler]
    pub(crate) fn crash(&mut self) {
        panic!("on purpose");
    }

    #[handler]
    pub(crate) fn fail(&mut self, ctx: &mut Context<Self>) {
        ctx.fail("on purpose");
    }

    #[handler]
    pub(crate) fn quit(&mut self, ctx: &mut Context<Self>) {
        ctx.stop();
    }
}

/// The ways in which an incarnation ends without its supervisor's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Stop,
    Quit,
    Kill,
    Fail,
    Crash,
}

impl End {
    pub(crate) const NORMAL: [Self; 2] = [Self::Stop, Self::Quit];
    pub(crate) const ABNORMAL: [Self; 3] = [Self::Kill, Self::Fail, Self::Crash];

    /// Brings it about; the incarnation may go on for a moment.
    pub(crate) async fn of(self, worker: &ActorRef<Worker>) {
        match self {
            Self::Stop => worker.stop(),
            Self::Quit => worker.quit().await.unwrap(),
            Self::Kill => worker.kill(),
            Self::Fail => worker.fail().await.unwrap(),
            Self::Crash => drop(worker.crash().await.unwrap_err()),
        }
    }

    /// The reason that it leaves.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Stop | Self::Quit => "normal",
            Self::Kill => "killed",
            Self::Fail => "failed",
            Self::Crash => "panicked",
        }
    }
}

/// A reason without its details.
pub(crate) fn kind(reason: &StopReason) -> &'static str {
    match reason {
        StopReason::Normal => "normal",
        StopReason::Shutdown => "shutdown",
        StopReason::Killed => "killed",
        StopReason::Panicked(_) => "panicked",
        StopReason::Failed(_) => "failed",
        StopReason::StartFailed(_) => "start failed",
        _ => "unknown",
    }
}

/// A gate that many may wait at, each time they come by, until it is opened for good.
#[derive(Clone)]
pub(crate) struct Latch(Arc<watch::Sender<bool>>);

impl Latch {
    pub(crate) fn closed() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    pub(crate) fn open(&self) {
        self.0.send_replace(true);
    }

    pub(crate) async fn passed(&self) {
        let mut state = self.0.subscribe();
        let _ = state.wait_for(|open| *open).await;
    }

    /// Waits until so many stand at the gate.
    pub(crate) async fn crowd(&self, waiting: usize) {
        while self.0.receiver_count() < waiting {
            tokio::task::yield_now().await;
        }
    }
}

/// A worker whose supervisor may start it as often as it likes.
pub(crate) fn child(name: &'static str, diary: &Diary) -> Child<Worker> {
    child_with(name, diary, Habit::Willing)
}

pub(crate) fn child_with(name: &'static str, diary: &Diary, habit: Habit) -> Child<Worker> {
    let diary = diary.clone();
    Child::new(name, move || Worker::with(name, &diary, habit.clone()))
}

/// A worker that does not come up at those of its starts for which `fails` says so; the first is 1.
pub(crate) fn flaky(
    name: &'static str,
    diary: &Diary,
    fails: impl Fn(u32) -> bool + Send + Sync + 'static,
) -> Child<Worker> {
    let (diary, starts) = (diary.clone(), AtomicU32::new(0));
    Child::new(name, move || {
        let start = starts.fetch_add(1, Ordering::Relaxed) + 1;
        if fails(start) {
            diary.note(format!("{name} failed to start"));
            Err("no luck")
        } else {
            Ok(Worker::new(name, &diary))
        }
    })
}

/// A worker whose later incarnations wait in their factory until the latch opens.
pub(crate) fn latched(name: &'static str, diary: &Diary, latch: &Latch) -> Child<Worker> {
    latched_from(2, name, diary, latch)
}

/// A worker that waits in its factory until the latch opens, from its `first` start on.
pub(crate) fn latched_from(first: u32, name: &'static str, diary: &Diary, latch: &Latch) -> Child<Worker> {
    let (diary, latch, starts) = (diary.clone(), latch.clone(), AtomicU32::new(0));
    Child::new(name, move || {
        let (diary, latch) = (diary.clone(), latch.clone());
        let start = starts.fetch_add(1, Ordering::Relaxed) + 1;
        async move {
            if start >= first {
                latch.passed().await;
            }
            Worker::new(name, &diary)
        }
    })
}

/// Keeps a worker busy until the latch opens; returns once it is.
pub(crate) async fn occupy(worker: &ActorRef<Worker>, latch: &Latch) {
    let (begun, has_begun) = oneshot::channel();
    worker.hold(begun, latch.clone()).tell().await.unwrap();
    has_begun.await.unwrap();
}

/// The events of a system from here on, in order, to wait for.
pub(crate) struct Chronicle(Events);

impl Chronicle {
    pub(crate) fn of(system: &TestSystem) -> Self {
        Self(system.events())
    }

    /// The next event that `pick` wants; those before it are past.
    pub(crate) async fn next<T>(&mut self, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let search = async {
            loop {
                let event = self.0.recv().await.expect("the system has not gone");
                if let Some(found) = pick(event) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, search).await.expect("what the scenario waits for does not happen")
    }

    /// Waits until an incarnation at `path` is up, and returns its epoch.
    pub(crate) async fn started(&mut self, path: &str) -> u64 {
        self.next(|event| match event {
            Event::Started { actor, epoch } if at(&actor, path) => Some(epoch),
            _ => None,
        })
        .await
    }

    /// Waits until the actor at `path` has ended for good, and returns why.
    pub(crate) async fn stopped(&mut self, path: &str) -> StopReason {
        self.next(|event| match event {
            Event::Stopped { actor, reason } if at(&actor, path) => Some(reason),
            _ => None,
        })
        .await
    }

    /// Waits until a supervisor decides to restart the actor at `path`, and returns in how long.
    pub(crate) async fn restarting(&mut self, path: &str) -> Duration {
        self.next(|event| match event {
            Event::Restarting { actor, delay, .. } if at(&actor, path) => Some(delay),
            _ => None,
        })
        .await
    }
}

fn at(actor: &Subject, path: &str) -> bool {
    actor.path.as_str() == path
}

/// Both kinds of supervisor.
pub(crate) trait Administered {
    fn list(&self) -> impl Future<Output = Vec<ChildInfo>>;
    fn tally(&self) -> impl Future<Output = ChildCount>;
}

impl Administered for SupervisorRef {
    async fn list(&self) -> Vec<ChildInfo> {
        self.children().await.unwrap()
    }

    async fn tally(&self) -> ChildCount {
        self.count().await.unwrap()
    }
}

impl Administered for DynamicRef {
    async fn list(&self) -> Vec<ChildInfo> {
        self.children().await.unwrap()
    }

    async fn tally(&self) -> ChildCount {
        self.count().await.unwrap()
    }
}

/// The names of a supervisor's children, in order.
pub(crate) async fn names(supervisor: &impl Administered) -> Vec<String> {
    supervisor.list().await.iter().map(|child| child.name.to_string()).collect()
}

/// What each child is doing, in order.
pub(crate) async fn statuses(supervisor: &impl Administered) -> Vec<(String, ChildStatus)> {
    supervisor.list().await.iter().map(|child| (child.name.to_string(), child.status)).collect()
}

/// Specifications, active ones, supervisors, workers: OTP's order.
pub(crate) async fn counts(supervisor: &impl Administered) -> [usize; 4] {
    let count = supervisor.tally().await;
    [count.specs, count.active, count.supervisors, count.workers]
}

/// The children called so.
pub(crate) fn children<const N: usize>(tree: &SupervisorRef, names: [&str; N]) -> [ActorRef<Worker>; N] {
    names.map(|name| tree.child(name).unwrap())
}

/// Waits until the incarnation `epoch` of the worker answers, and returns what it has seen.
pub(crate) async fn lives_again(worker: &ActorRef<Worker>, epoch: u64) -> Vec<u32> {
    while worker.epoch() < epoch {
        tokio::task::yield_now().await;
    }
    let seen = worker.seen().await.unwrap();
    assert_eq!(worker.epoch(), epoch);
    seen
}
