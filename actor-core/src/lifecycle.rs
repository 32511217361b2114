//! The stop ladder: how one incarnation is brought to its end, each step within a bound.
//!
//! [`Ladder`] is a pure value. It takes orders and the time, and says which [`Rung`] the incarnation stands on and when
//! to look again. The run loop obeys the rung; the [watchdog](crate::watchdog) looks again in time.
//!
//! ```text
//!   Running ─drain─► Draining ─5 s─► Stopping ─grace─► Killing ─1 s─► Stuck
//!      └──────stop / fail / panic──────┘                  ▲
//!      └───────────────────────kill───────────────────────┘
//! ```
//!
//! Invariant: a rung is never left downwards. Invariant: every rung but `Running` has a time to look again, unless its
//! stop policy is [`Shutdown::Unlimited`] or it waits for children, whose own ladders are bounded.

use std::fmt;
use std::time::Duration;

use crate::reason::{Reason, StartFailure, StopReason};
use crate::rt::Moment;

/// How long `on_start` and the factory may take together. OTP waits for ever; half a minute is what a person waits.
pub(crate) const START_BOUND: Duration = Duration::from_secs(30);
/// How long `on_stop` may take.
pub(crate) const HOOK_BOUND: Duration = Duration::from_secs(5);
/// How long the accepted mail may take once the last owner is gone, or `drain()` was called.
pub(crate) const DRAIN_BOUND: Duration = Duration::from_secs(5);
/// How long a killed handler may take to reach its next await before it counts as stuck.
pub(crate) const KILL_BOUND: Duration = Duration::from_secs(1);

/// How long an actor may take to stop before it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shutdown {
    /// Kill it at once: its handler is dropped at the next await and `on_stop` does not run.
    Kill,
    /// Let the handler finish and `on_stop` run for this long in all. The default is 5 s.
    After(Duration),
    /// As long as it takes. For supervisors, whose children are bounded.
    Unlimited,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::After(Duration::from_secs(5))
    }
}

/// What a logical actor is doing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Status {
    /// Its factory or `on_start` runs.
    Starting,
    /// It handles messages.
    Running,
    /// Its incarnation is ending.
    Stopping,
    /// It has no incarnation; its supervisor decides, backs off, or is about to start the next one.
    Restarting,
    /// A handler does not give its thread back.
    Stuck,
    /// It has ended, for good.
    Stopped(StopReason),
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("starting"),
            Self::Running => f.write_str("running"),
            Self::Stopping => f.write_str("stopping"),
            Self::Restarting => f.write_str("restarting"),
            Self::Stuck => f.write_str("stuck"),
            Self::Stopped(reason) => write!(f, "stopped ({reason})"),
        }
    }
}

/// How far down an incarnation is, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rung {
    Running,
    /// Handles what it has, then ends.
    Draining,
    /// Finishes the message at hand, then ends.
    Stopping,
    /// The handler's future is dropped at its next await.
    Killing,
    /// The thread has not come back.
    Stuck,
}

/// What somebody wants of an incarnation.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    Drain,
    Stop {
        reason: StopReason,
        policy: Shutdown,
    },
    /// Stop with [`StopReason::Shutdown`], by its owner or the system: nobody follows.
    End {
        policy: Shutdown,
    },
    /// Stop for a group restart: the mail stays, and goes on being accepted.
    Halt {
        policy: Shutdown,
    },
    Kill,
    /// The clock of the whole system is over: a kill that nobody asked for.
    Expire,
}

/// What happens to the mail that an incarnation leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leftovers {
    /// The successor handles it, if there is one.
    Keep,
    /// It becomes dead letters, successor or not.
    Report,
}

/// What an incarnation is busy with, as far as the bounds care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Starting,
    Live,
    /// Waiting for its children to be gone.
    Children,
    /// In `on_stop`.
    Hook,
}

#[derive(Debug)]
pub(crate) struct Ladder {
    rung: Rung,
    phase: Phase,
    reason: Reason,
    leftovers: Leftovers,
    until: Option<Moment>,
    /// When an order to stop wants it to be gone, children apart.
    stop_by: Option<Moment>,
    /// Since when it waits for its children.
    waiting_since: Option<Moment>,
    /// It was killed because its time was over, not because somebody said so.
    overran: bool,
    /// Whoever ordered it to end wants no successor.
    for_good: bool,
    /// When the first order came.
    since: Option<Moment>,
}

impl Ladder {
    pub(crate) fn new() -> Self {
        Self {
            rung: Rung::Running,
            phase: Phase::Starting,
            reason: Reason::default(),
            leftovers: Leftovers::Keep,
            until: None,
            stop_by: None,
            waiting_since: None,
            overran: false,
            for_good: false,
            since: None,
        }
    }

    pub(crate) fn rung(&self) -> Rung {
        self.rung
    }

    /// What a person who looks at the actor is shown.
    pub(crate) fn status(&self) -> Status {
        match (self.rung, self.phase) {
            (Rung::Stuck, _) => Status::Stuck,
            (Rung::Stopping | Rung::Killing, _) => Status::Stopping,
            (Rung::Running | Rung::Draining, Phase::Starting) => Status::Starting,
            (Rung::Running | Rung::Draining, _) => Status::Running,
        }
    }

    pub(crate) fn reason(&self) -> &StopReason {
        self.reason.get()
    }

    pub(crate) fn kept_reason(&self) -> Reason {
        self.reason.clone()
    }

    fn set_reason(&mut self, reason: StopReason) {
        self.reason = reason.into();
    }

    pub(crate) fn leftovers(&self) -> Leftovers {
        self.leftovers
    }

    pub(crate) fn since(&self) -> Option<Moment> {
        self.since
    }

    /// Whether it was killed because its time was over.
    pub(crate) fn overran(&self) -> bool {
        self.overran
    }

    /// Whether its owner or the system has ended it, so that nobody follows.
    pub(crate) fn is_for_good(&self) -> bool {
        self.for_good
    }

    /// When to call [`Ladder::overdue`].
    pub(crate) fn until(&self) -> Option<Moment> {
        self.until
    }

    /// Takes an order. A later, milder order changes nothing; the first reason stands, but for a kill.
    pub(crate) fn order(&mut self, order: Order, now: Moment) {
        self.since.get_or_insert(now);
        self.for_good |= matches!(order, Order::Expire | Order::End { .. });
        match order {
            Order::Drain if self.rung < Rung::Draining => {
                self.rung = Rung::Draining;
                self.until = Some(now + DRAIN_BOUND);
            }
            Order::Stop { policy: Shutdown::Kill, .. }
            | Order::End { policy: Shutdown::Kill }
            | Order::Halt { policy: Shutdown::Kill }
            | Order::Kill => {
                self.kill(now);
            }
            Order::Expire => {
                self.overran |= self.rung < Rung::Killing;
                self.kill(now);
            }
            Order::Stop { reason, policy } => {
                if self.rung < Rung::Stopping {
                    self.stop(reason, policy, now);
                    self.leftovers = Leftovers::Report;
                } else {
                    self.hasten(policy, now);
                }
            }
            Order::End { policy } => {
                let reason = StopReason::Shutdown;
                self.order(Order::Stop { reason, policy }, now);
            }
            Order::Halt { policy } if self.rung < Rung::Stopping => {
                self.stop(StopReason::Shutdown, policy, now)
            }
            Order::Halt { policy } => self.hasten(policy, now),
            Order::Drain => {}
        }
    }

    /// A second order to stop may leave less time, never more.
    fn hasten(&mut self, policy: Shutdown, now: Moment) {
        if self.rung == Rung::Stopping && self.phase != Phase::Children {
            self.until = earlier(self.until, bound(policy, now));
            self.stop_by = earlier(self.stop_by, self.until);
        }
    }

    /// The incarnation ends by itself, for `reason`: it overrides the reason of a stop that was under way. `policy` is how long
    /// a stop may take when the order does not say.
    pub(crate) fn end(&mut self, reason: StopReason, policy: Shutdown, now: Moment) {
        self.since.get_or_insert(now);
        self.set_reason(reason);
        if self.rung < Rung::Stopping {
            self.rung = Rung::Stopping;
            // What it still does is bounded as if it had been told to stop, but that it may do it is its right: `on_stop`
            // runs after a failure, also of one that is to be killed rather than stopped.
            let policy = if policy == Shutdown::Kill { Shutdown::default() } else { policy };
            self.until = bound(policy, now);
        }
    }

    /// The factory is about to run.
    pub(crate) fn starting(&mut self, now: Moment) {
        self.until = Some(now + START_BOUND);
    }

    /// `on_start` has succeeded. `false` if it was killed meanwhile, and must not live.
    pub(crate) fn started(&mut self) -> bool {
        if self.rung >= Rung::Killing {
            return false;
        }
        self.phase = Phase::Live;
        if self.rung == Rung::Running {
            self.until = None;
        }
        true
    }

    /// The loop is over and the children are being stopped, each within its own bound.
    pub(crate) fn awaiting_children(&mut self, now: impl Into<Moment>) {
        self.phase = Phase::Children;
        self.until = None;
        self.waiting_since = Some(now.into());
    }

    /// `on_stop` begins, or, for an incarnation that was killed, its state is about to be dropped.
    ///
    /// It has 5 s of its own, and what an order to stop has left; the time that went to the children does not count.
    pub(crate) fn hook(&mut self, now: impl Into<Moment>) {
        let now = now.into();
        self.phase = Phase::Hook;
        if self.rung <= Rung::Stopping {
            self.rung = Rung::Stopping;
            let waited = self.waiting_since.map_or(Duration::ZERO, |since| now.since(since));
            let left = self.stop_by.map(|by| by + waited);
            self.until = earlier(left, Some(now + HOOK_BOUND));
        } else {
            self.until = Some(now + KILL_BOUND);
        }
    }

    /// Goes one rung down if its time is over. Returns whether it did. `policy` is as in [`Ladder::end`].
    pub(crate) fn overdue(&mut self, policy: Shutdown, now: Moment) -> bool {
        if self.until.is_none_or(|until| now < until) {
            return false;
        }
        match (self.rung, self.phase) {
            (Rung::Running, Phase::Starting) => {
                self.set_reason(StopReason::StartFailed(StartFailure::TimedOut(START_BOUND)));
                self.descend_to_kill(now);
            }
            (Rung::Running, _) => self.until = None,
            (Rung::Draining, _) => {
                self.stop(StopReason::Normal, policy, now);
                self.leftovers = Leftovers::Report;
            }
            // A hook that outlasts its bound is cut short; why the actor ends stays what it was.
            (Rung::Stopping, Phase::Hook) => self.descend_to_kill(now),
            (Rung::Stopping, _) => {
                self.overran = true;
                self.kill(now);
            }
            (Rung::Killing, _) => {
                self.rung = Rung::Stuck;
                self.until = None;
            }
            (Rung::Stuck, _) => self.until = None,
        }
        true
    }

    fn stop(&mut self, reason: StopReason, policy: Shutdown, now: Moment) {
        self.rung = Rung::Stopping;
        self.set_reason(reason);
        self.stop_by = bound(policy, now);
        if self.phase != Phase::Children {
            self.until = self.stop_by;
        }
    }

    fn kill(&mut self, now: Moment) {
        if self.rung < Rung::Killing {
            // One that has failed by itself and is too slow about it has still failed.
            if !self.reason().is_crash() {
                self.set_reason(StopReason::Killed);
            }
            self.descend_to_kill(now);
        }
    }

    fn descend_to_kill(&mut self, now: Moment) {
        self.rung = Rung::Killing;
        if self.phase != Phase::Children {
            self.until = Some(now + KILL_BOUND);
        }
    }
}

fn bound(policy: Shutdown, now: Moment) -> Option<Moment> {
    match policy {
        Shutdown::Kill => Some(now),
        Shutdown::After(grace) => Some(now + grace),
        Shutdown::Unlimited => None,
    }
}

fn earlier(a: Option<Moment>, b: Option<Moment>) -> Option<Moment> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rt::Arc;

    fn live() -> (Ladder, Moment) {
        let mut ladder = Ladder::new();
        assert!(ladder.started());
        (ladder, Moment::now())
    }

    fn stop(ladder: &mut Ladder, now: Moment) {
        ladder.order(Order::Stop { reason: StopReason::Shutdown, policy: Shutdown::default() }, now);
    }

    #[test]
    fn each_rung_gives_way_to_the_next_when_its_time_is_over_and_not_before() {
        let (mut ladder, t) = live();
        ladder.order(Order::Drain, t);
        assert!(!ladder.overdue(Shutdown::default(), t + (DRAIN_BOUND - Duration::from_millis(1))));
        let mut now = t;
        for rung in [Rung::Stopping, Rung::Killing, Rung::Stuck] {
            now = ladder.until().expect("every rung above stuck has a bound");
            assert!(ladder.overdue(Shutdown::default(), now));
            assert_eq!(ladder.rung(), rung);
        }
        assert_eq!(now.since(t), DRAIN_BOUND + Duration::from_secs(5) + KILL_BOUND);
        assert!(matches!(ladder.reason(), StopReason::Killed));
    }

    #[test]
    fn a_milder_order_changes_nothing() {
        let (mut ladder, t) = live();
        ladder.order(Order::Kill, t);
        stop(&mut ladder, t);
        ladder.order(Order::Drain, t);
        assert_eq!(ladder.rung(), Rung::Killing);
        assert!(matches!(ladder.reason(), StopReason::Killed));
    }

    #[test]
    fn a_stricter_stop_shortens_the_grace_and_keeps_the_first_reason() {
        let (mut ladder, t) = live();
        ladder.order(Order::Stop { reason: StopReason::Normal, policy: Shutdown::Unlimited }, t);
        assert_eq!(ladder.until(), None);
        stop(&mut ladder, t);
        assert_eq!(ladder.until(), Some(t + Duration::from_secs(5)));
        assert!(matches!(ladder.reason(), StopReason::Normal));
    }

    #[test]
    fn an_actor_that_fails_while_it_is_stopped_keeps_its_own_reason() {
        let (mut ladder, t) = live();
        stop(&mut ladder, t);
        ladder.end(StopReason::Failed(Arc::new(std::io::Error::other("disk"))), Shutdown::default(), t);
        assert!(matches!(ladder.reason(), StopReason::Failed(_)));
    }

    #[test]
    fn a_hook_that_is_cut_short_does_not_change_the_reason() {
        let (mut ladder, t) = live();
        stop(&mut ladder, t);
        ladder.hook(t);
        assert!(ladder.overdue(Shutdown::default(), t + HOOK_BOUND));
        assert_eq!(ladder.rung(), Rung::Killing);
        assert!(matches!(ladder.reason(), StopReason::Shutdown));
    }

    #[test]
    fn waiting_for_children_has_no_bound_of_its_own() {
        let (mut ladder, t) = live();
        stop(&mut ladder, t);
        ladder.awaiting_children(t);
        ladder.order(Order::Kill, t);
        assert_eq!(ladder.until(), None);
    }
}
