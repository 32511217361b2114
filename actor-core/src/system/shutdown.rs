//! The end of a system, and its report.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use super::System;
use crate::cell::Core;
use crate::erased::Life;
use crate::identity::Path;
use crate::lifecycle::{KILL_BOUND, Order, Status};
use crate::ownership::Suspects;
use crate::reason::GaveUp;
use crate::rt::{Arc, Instant, timeout_at};

/// How long a shutdown may take before everything that is left is killed: what a person, or an orchestrator, waits.
const SHUTDOWN_BOUND: Duration = Duration::from_secs(30);

/// A stop that took longer than this is named in the report: nobody should wait for it unknowingly.
const SLOW: Duration = Duration::from_secs(1);

/// How a system ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Why, if it was not asked for: the supervisor at the top that gave up.
    pub cause: Option<GaveUp>,
    /// How long it took.
    pub took: Duration,
    /// How many actors ended.
    pub stopped: usize,
    /// Those that took longer than a second to end, and how long.
    pub slow: Vec<(Path, Duration)>,
    /// Those that were killed because they did not end in time.
    pub killed: Vec<Path>,
    /// Those whose handler did not give its thread back. They are left behind.
    pub stuck: Vec<Path>,
    /// Those that owned each other in a circle, or themselves, when they were stopped, while nobody else owned them: one of
    /// each circle should hold a [`WeakActorRef`](crate::WeakActorRef), unless it was going to let go.
    pub cycles: Vec<Vec<Path>>,
}

impl ShutdownReport {
    /// Whether it was asked for and everything ended by itself, in time.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.cause.is_none() && self.killed.is_empty() && self.stuck.is_empty()
    }
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let actors = if self.stopped == 1 { "actor" } else { "actors" };
        write!(f, "{} {actors} stopped in {:?}", self.stopped, self.took)?;
        if let Some(cause) = &self.cause {
            write!(f, ", because a supervisor {cause}")?;
        }
        for (path, took) in &self.slow {
            write!(f, "; {path} took {took:?}")?;
        }
        for path in &self.killed {
            write!(f, "; {path} was killed")?;
        }
        for path in &self.stuck {
            write!(f, "; {path} is stuck and was left behind")?;
        }
        for cycle in &self.cycles {
            let names: Vec<_> = cycle.iter().chain(cycle.first()).map(Path::as_str).collect();
            write!(f, "; {} owned each other, and nobody else owned them", names.join(" → "))?;
        }
        Ok(())
    }
}

/// What the report is going to say, written while the actors end.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) cause: Option<GaveUp>,
    stopped: usize,
    slow: Vec<(Path, Duration)>,
    killed: Vec<Path>,
}

impl Draft {
    pub(super) fn note_end(&mut self) {
        self.stopped += 1;
    }

    pub(super) fn note_stop(&mut self, core: &Core, overran: bool, took: Duration) {
        if took >= SLOW {
            self.slow.push((core.path().clone(), took));
        }
        if overran {
            self.killed.push(core.path().clone());
        }
    }
}

/// Ends every actor of `system`, whose gate is closed already. It returns within the bound and a kill's bound.
pub(super) async fn run(system: &System) -> ShutdownReport {
    let begun = Instant::now();
    let suspects = Suspects::of(system);
    let deadline = begun + SHUTDOWN_BOUND;
    if timeout_at(deadline, stop_in_order(system)).await.is_err() {
        kill_the_rest(system, deadline).await;
    }
    let draft = std::mem::take(&mut *system.inner.draft.lock());
    let Draft { cause, stopped, slow, killed } = draft;
    // Also those that have been stuck for long. One that is not even declared so by now is as good as stuck.
    let mut stuck: Vec<_> = system.living().iter().map(|life| life.core().path().clone()).collect();
    stuck.extend(system.inner.replaced.lock().values().cloned());
    let cycles = suspects.cycles(system);
    ShutdownReport { cause, took: begun.elapsed(), stopped, slow, killed, stuck, cycles }
}

/// Those right below the root, last one first; each takes its children along, unless it is stuck. Again until nobody is
/// left, for an actor that was spawned just before the gate closed.
async fn stop_in_order(system: &System) {
    loop {
        let living = system.living();
        let stuck = |life: &&Arc<dyn Life>| matches!(life.core().status(), Status::Stuck);
        let stuck: HashSet<_> = living.iter().filter(stuck).map(|life| life.core().id).collect();
        let present: HashSet<_> = living.iter().map(|life| life.core().id).collect();
        let is_next = |life: &&Arc<dyn Life>| {
            // The parent of a child that an incarnation has left behind which was replaced may be gone.
            let alone = |parent| stuck.contains(&parent) || !present.contains(&parent);
            life.core().parent().is_none_or(alone)
        };
        let mut found = false;
        for life in living.iter().rev().filter(is_next) {
            if matches!(life.core().status(), Status::Stuck | Status::Stopped(_)) {
                continue;
            }
            found = true;
            life.order(Order::End { policy: life.core().policy() });
            life.core().stopped_or_stuck().await;
        }
        if !found {
            return;
        }
    }
}

async fn kill_the_rest(system: &System, deadline: Instant) {
    let living = system.living();
    for life in &living {
        life.order(Order::Expire);
    }
    // Each of them is dead or declared stuck by then; the watchdog comes a moment after the bound.
    let last = deadline + KILL_BOUND * 2;
    for life in living {
        if timeout_at(last, life.core().stopped_or_stuck()).await.is_err() {
            return;
        }
    }
}
