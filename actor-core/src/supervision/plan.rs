//! What a supervisor decides: a pure function of its state, an event and the time.
//!
//! [`Plan`] knows keys and reasons, no actors. Keys are given in start order, so their order is the order of the
//! specification, then of addition. The keeper performs the actions in the order in which they are returned, and each
//! action that takes time comes back as an event.
//!
//! ```text
//!   Waiting ─Start─► Starting ─up─► Up ─ended─► what the strategy says:
//!                                              OneForOne   Backoff ─► Starting
//!                                              the others  a Group: Stopping ─► Backoff ─► Starting, in order
//! ```
//!
//! Long because each decision has to be read against the others.
//!
//! Invariant: at most one group restart is under way; a failure outside of it widens it. Invariant: a child whose
//! incarnation has ended is `Ended` (it comes back) or `Down` (its logical actor has ended), never both.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::backoff::{Backoff, Failures};
use super::child::Restart;
use super::intensity::{Intensity, Window};
use super::{AutoShutdown, Strategy};
use crate::reason::StopReason;
use crate::rt::Instant;

mod group;
#[cfg(test)]
mod tests;

use group::{Group, Stage};

/// A child, by its place in the start order.
pub(super) type Key = u64;

/// A wait, so that one that nobody waits for any more is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    key: Key,
    number: u64,
}

/// What the plan knows of a child's specification.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(super) restart: Restart,
    pub(super) backoff: Option<Backoff>,
    /// Its own final end may end the supervisor.
    pub(super) significant: bool,
}

#[derive(Debug)]
pub(super) struct Plan {
    strategy: Strategy,
    auto_shutdown: AutoShutdown,
    /// A child that has ended for good is forgotten.
    dynamic: bool,
    window: Window,
    children: BTreeMap<Key, Entry>,
    group: Option<Group>,
    /// Whose first start somebody waits for: it may be beside a group.
    by_hand: BTreeSet<Key>,
    phase: Phase,
    /// Children that ended while the supervisor started: it looks at them when it is up, as OTP does.
    deferred: VecDeque<(Key, StopReason)>,
    /// Children with keys from here on were added, not specified.
    specified: Key,
    waits: u64,
    roll: fn() -> f64,
}

#[derive(Debug)]
struct Entry {
    terms: Terms,
    state: State,
    failures: Failures,
    /// Somebody waits for its first start, which has not succeeded as yet.
    pending: Option<Origin>,
    /// The wait that its next start is bound to.
    wait: Option<Wait>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Specified; its turn has not come yet.
    Waiting,
    Starting(Origin),
    Up,
    /// Halted by its group: an incarnation that is ending and comes back.
    Halting,
    /// Its handler does not give its thread back; it comes back when that does.
    Stuck,
    /// Its incarnation has ended, and it comes back.
    Ended,
    /// Being ended for good, by order.
    Terminating,
    /// Has ended for good; its specification stays.
    Down,
}

/// Why a child is starting, which says what becomes of it if it does not come up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The supervisor itself is starting.
    Boot,
    /// It was added to a running supervisor.
    Added,
    /// Somebody starts it again after it had ended for good.
    Revived,
    /// It is restarted.
    Again,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Starting its children, one after another, `next` being the first that has not been looked at.
    Booting {
        next: Key,
    },
    Running,
    /// It has given up, could not start, or its significant children have ended; or the whole system ends.
    Over,
}

/// What happened.
#[derive(Debug)]
pub(super) enum Event {
    /// The supervisor itself is up.
    Begin,
    /// A child of a running supervisor is to be added.
    Add(Key, Terms),
    /// An incarnation is up.
    Started(Key),
    /// An incarnation has ended, or did not come up.
    Ended(Key, StopReason),
    /// A child that was halted does not give its thread back.
    Stuck(Key),
    /// A wait is over.
    Elapsed(Wait),
    /// Somebody wants a child ended for good.
    Terminate(Key),
    /// A child that was to be ended has ended, or is stuck and was left behind.
    Terminated(Key),
    /// Somebody wants a child started again that had ended for good.
    Revive(Key),
    /// Somebody wants a child forgotten that had ended for good.
    Delete(Key),
}

/// What the keeper is to do.
#[derive(Debug)]
pub(super) enum Action {
    /// Make the logical actor and start its first incarnation.
    Start(Key),
    /// Start the next incarnation.
    Restart(Key),
    /// Come back with [`Event::Elapsed`] in this time.
    Wait(Wait, Duration),
    /// Tell the world that the child comes back, and why it must.
    Announce(Key, StopReason, Duration),
    /// Stop the incarnation, keeping the mail for the next one.
    Halt(Key),
    /// The child has ended for good, and so has its logical actor.
    Finish(Key, StopReason),
    /// Forget the child.
    Remove(Key),
    /// End the child for good.
    Terminate(Key),
    /// All children are up.
    Ready,
    /// The supervisor could not start because of this child.
    Abort(Key, StopReason),
    /// The supervisor ends: too many restarts, the last one for this child.
    GiveUp(Key, StopReason),
    /// The supervisor ends because its significant children have.
    ShutDown,
}

impl Plan {
    pub(super) fn new(
        strategy: Strategy,
        auto_shutdown: AutoShutdown,
        intensity: Intensity,
        dynamic: bool,
        children: impl IntoIterator<Item = (Key, Terms)>,
    ) -> Self {
        let children: BTreeMap<_, _> =
            children.into_iter().map(|(key, terms)| (key, Entry::new(terms))).collect();
        let specified = children.last_key_value().map_or(0, |(last, _)| last + 1);
        Self {
            strategy,
            auto_shutdown,
            dynamic,
            window: Window::new(intensity),
            children,
            group: None,
            by_hand: BTreeSet::new(),
            phase: Phase::Booting { next: 0 },
            deferred: VecDeque::new(),
            specified,
            waits: 0,
            roll: fastrand::f64,
        }
    }

    pub(super) fn intensity(&self) -> Intensity {
        self.window.intensity()
    }

    pub(super) fn auto_shutdown(&self) -> AutoShutdown {
        self.auto_shutdown
    }

    /// Whether the child may have this restart type.
    pub(super) fn allows(&self, key: Key, restart: Restart) -> bool {
        let significant = self.children.get(&key).is_some_and(|entry| entry.terms.significant);
        !(significant && restart == Restart::Permanent)
    }

    /// Other rules from now on; what has happened still counts.
    pub(super) fn reconfigure(
        &mut self,
        intensity: Option<Intensity>,
        auto_shutdown: Option<AutoShutdown>,
        restarts: &[(Key, Restart)],
    ) {
        if let Some(intensity) = intensity {
            self.window.set_intensity(intensity);
        }
        self.auto_shutdown = auto_shutdown.unwrap_or(self.auto_shutdown);
        for (key, restart) in restarts {
            if let Some(entry) = self.children.get_mut(key) {
                entry.terms.restart = *restart;
            }
        }
    }

    /// The children in start order, with what they are doing.
    pub(super) fn children(&self) -> impl Iterator<Item = (Key, State)> + '_ {
        self.children.iter().map(|(key, entry)| (*key, entry.state))
    }

    pub(super) fn state(&self, key: Key) -> Option<State> {
        self.children.get(&key).map(|entry| entry.state)
    }

    /// Nobody is started from now on: the supervisor ends, or is going to.
    pub(super) fn close(&mut self) {
        self.phase = Phase::Over;
    }

    pub(super) fn decide(&mut self, event: Event, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.phase == Phase::Over {
            self.wind_down(event, &mut actions);
            return actions;
        }
        self.apply(event, now, &mut actions);
        while self.phase == Phase::Running && !self.deferred.is_empty() {
            let Some((key, reason)) = self.deferred.pop_front() else { break };
            self.ended(key, reason, now, &mut actions);
        }
        actions
    }

    /// Nobody is started any more. Whoever ends has ended for good, and whoever is left is stopped by the supervisor's end.
    fn wind_down(&mut self, event: Event, out: &mut Vec<Action>) {
        match event {
            Event::Started(key) => {
                self.came_up(key);
            }
            Event::Ended(key, reason) => match self.state(key) {
                None | Some(State::Waiting | State::Terminating | State::Down) => {}
                Some(_) => {
                    out.push(Action::Finish(key, reason));
                    self.put_down(key, out);
                }
            },
            Event::Terminated(key) => self.put_down(key, out),
            Event::Terminate(key) => self.terminate(key, out),
            Event::Delete(key) => self.delete(key, out),
            _ => {}
        }
    }

    fn apply(&mut self, event: Event, now: Instant, out: &mut Vec<Action>) {
        match event {
            Event::Begin => self.boot(out),
            Event::Add(key, terms) => self.add(key, terms, out),
            Event::Started(key) => self.started(key, now, out),
            Event::Ended(key, reason) => self.ended(key, reason, now, out),
            Event::Stuck(key) => {
                if self.state(key) == Some(State::Halting) {
                    self.set(key, State::Stuck);
                    self.advance(out);
                }
            }
            Event::Elapsed(wait) => self.elapsed(wait, out),
            Event::Terminate(key) => self.terminate(key, out),
            Event::Terminated(key) => self.terminated(key, out),
            Event::Revive(key) => self.revive(key, out),
            Event::Delete(key) => self.delete(key, out),
        }
    }

    fn terminate(&mut self, key: Key, out: &mut Vec<Action>) {
        if self.children.contains_key(&key) {
            self.deferred.retain(|(other, _)| *other != key);
            self.set(key, State::Terminating);
            out.push(Action::Terminate(key));
        }
    }

    fn delete(&mut self, key: Key, out: &mut Vec<Action>) {
        self.children.remove(&key);
        out.push(Action::Remove(key));
    }

    /// Starts the next child of a supervisor that is starting, unless one is at it.
    fn boot(&mut self, out: &mut Vec<Action>) {
        let Phase::Booting { next } = self.phase else { return };
        if next.checked_sub(1).and_then(|last| self.state(last)) == Some(State::Starting(Origin::Boot)) {
            return;
        }
        let mut waiting =
            self.children.range(next..self.specified).filter(|(_, entry)| entry.state == State::Waiting);
        if let Some(key) = waiting.next().map(|(key, _)| *key) {
            self.phase = Phase::Booting { next: key + 1 };
            self.start(key, Origin::Boot, out);
            return;
        }
        self.phase = Phase::Running;
        out.push(Action::Ready);
        let added = self.children.range(self.specified..).filter(|(_, entry)| entry.state == State::Waiting);
        let added: Vec<_> = added.map(|(key, _)| *key).collect();
        for key in added {
            self.start(key, Origin::Added, out);
        }
    }

    fn is_booting(&self) -> bool {
        matches!(self.phase, Phase::Booting { .. })
    }

    fn add(&mut self, key: Key, terms: Terms, out: &mut Vec<Action>) {
        self.children.insert(key, Entry { pending: Some(Origin::Added), ..Entry::new(terms) });
        if !self.is_booting() {
            self.start_in_turn(key, Origin::Added, out);
        }
    }

    fn revive(&mut self, key: Key, out: &mut Vec<Action>) {
        self.leave_out(key, false);
        if let Some(entry) = self.children.get_mut(&key) {
            entry.pending = Some(Origin::Revived);
        }
        self.start_in_turn(key, Origin::Revived, out);
    }

    fn start(&mut self, key: Key, origin: Origin, out: &mut Vec<Action>) {
        let Some(entry) = self.children.get_mut(&key) else { return };
        // One that comes back still has its logical actor.
        let again = entry.state == State::Ended;
        entry.state = State::Starting(entry.pending.unwrap_or(origin));
        if entry.pending.is_some() {
            self.by_hand.insert(key);
        }
        entry.wait = None;
        if !again {
            // A new logical actor starts afresh.
            entry.failures = Failures::default();
        }
        out.push(if again { Action::Restart(key) } else { Action::Start(key) });
    }

    fn started(&mut self, key: Key, now: Instant, out: &mut Vec<Action>) {
        let Some(entry) = self.came_up(key) else { return };
        entry.failures.up(now);
        if self.is_booting() {
            self.boot(out);
        } else {
            self.advance(out);
        }
    }

    /// `None` if it is being ended meanwhile, which has its own events.
    fn came_up(&mut self, key: Key) -> Option<&mut Entry> {
        self.by_hand.remove(&key);
        let entry = self.children.get_mut(&key)?;
        entry.pending = None;
        if !matches!(entry.state, State::Starting(_)) {
            return None;
        }
        entry.state = State::Up;
        Some(entry)
    }

    fn ended(&mut self, key: Key, reason: StopReason, now: Instant, out: &mut Vec<Action>) {
        let Some(state) = self.state(key) else { return };
        if let Some(Entry { terms: Terms { backoff: Some(backoff), .. }, failures, .. }) =
            self.children.get_mut(&key)
        {
            failures.ended(backoff, now);
        }
        match state {
            State::Terminating | State::Down | State::Waiting | State::Ended => {}
            State::Starting(Origin::Boot) if self.is_booting() => {
                self.phase = Phase::Over;
                out.push(Action::Finish(key, reason.clone()));
                out.push(Action::Abort(key, reason));
            }
            State::Starting(Origin::Added | Origin::Revived) => {
                out.push(Action::Finish(key, reason));
                self.put_down(key, out);
                self.lose_turn(key);
                self.advance(out);
            }
            _ if self.is_booting() => self.deferred.push_back((key, reason)),
            State::Halting | State::Stuck => self.halted(key, state, reason, out),
            State::Starting(_) | State::Up => self.failed_or_done(key, reason, now, out),
        }
    }

    /// An incarnation has ended by itself, or did not come up again.
    fn failed_or_done(&mut self, key: Key, reason: StopReason, now: Instant, out: &mut Vec<Action>) {
        if self.is_stopped_by_group(key) && self.restart_of(key) != Restart::Temporary {
            // It went before its group came to it, which is going to start it again anyway.
            self.set(key, State::Ended);
            self.advance(out);
            return;
        }
        let stays_down = match self.restart_of(key) {
            Restart::Permanent => false,
            Restart::Transient => reason.is_orderly(),
            Restart::Temporary => true,
        };
        if stays_down {
            self.finish(key, reason, out);
            return;
        }
        if !self.window.admit(now) {
            self.phase = Phase::Over;
            out.push(Action::Finish(key, reason.clone()));
            out.push(Action::GiveUp(key, reason));
            return;
        }
        self.set(key, State::Ended);
        let delay = self.delay(key);
        out.push(Action::Announce(key, reason, delay));
        match self.strategy {
            Strategy::OneForOne => self.come_back(key, delay, out),
            Strategy::OneForAll => self.restart_group(0, key, delay, out),
            Strategy::RestForOne => {
                let from = self.rest_from(key);
                self.restart_group(from, key, delay, out);
            }
        }
    }

    fn delay(&mut self, key: Key) -> Duration {
        let roll = (self.roll)();
        let Some(entry) = self.children.get_mut(&key) else { return Duration::ZERO };
        entry.terms.backoff.map_or(Duration::ZERO, |backoff| entry.failures.failed(&backoff, roll))
    }

    fn come_back(&mut self, key: Key, delay: Duration, out: &mut Vec<Action>) {
        if delay.is_zero() {
            self.start(key, Origin::Again, out);
            return;
        }
        let wait = self.wait(key, delay, out);
        if let Some(entry) = self.children.get_mut(&key) {
            entry.wait = Some(wait);
        }
    }

    fn wait(&mut self, key: Key, delay: Duration, out: &mut Vec<Action>) -> Wait {
        self.waits += 1;
        let wait = Wait { key, number: self.waits };
        out.push(Action::Wait(wait, delay));
        wait
    }

    fn elapsed(&mut self, wait: Wait, out: &mut Vec<Action>) {
        if matches!(&self.group, Some(Group { stage: Stage::BackingOff(awaited), .. }) if *awaited == wait) {
            self.start_group(out);
            return;
        }
        let awaited = self.children.get(&wait.key);
        if awaited.is_some_and(|entry| entry.wait == Some(wait) && entry.state == State::Ended) {
            self.start(wait.key, Origin::Again, out);
        }
    }

    /// A child has ended for good by itself.
    fn finish(&mut self, key: Key, reason: StopReason, out: &mut Vec<Action>) {
        let Some(entry) = self.children.get_mut(&key) else { return };
        let significant = entry.terms.significant;
        entry.state = State::Down;
        out.push(Action::Finish(key, reason));
        if significant {
            let left = self
                .children
                .values()
                .filter(|entry| entry.terms.significant && entry.state != State::Down)
                .count();
            let over = match self.auto_shutdown {
                AutoShutdown::Never => false,
                AutoShutdown::Any => true,
                AutoShutdown::All => left == 0,
            };
            if over {
                self.phase = Phase::Over;
                out.push(Action::ShutDown);
                return;
            }
        }
        self.put_down(key, out);
        self.lose_turn(key);
        self.advance(out);
    }

    fn terminated(&mut self, key: Key, out: &mut Vec<Action>) {
        self.put_down(key, out);
        self.leave_out(key, true);
        // It may have been the one that was waited for.
        self.lose_turn(key);
        if self.is_booting() {
            self.boot(out);
        } else {
            self.advance(out);
        }
    }

    /// The child has ended for good: it is forgotten, or its specification stays.
    fn put_down(&mut self, key: Key, out: &mut Vec<Action>) {
        self.by_hand.remove(&key);
        let Some(entry) = self.children.get_mut(&key) else { return };
        // A child that was added and never came up was never there.
        let added = entry.pending == Some(Origin::Added);
        if self.dynamic || added || entry.terms.restart == Restart::Temporary {
            self.children.remove(&key);
            out.push(Action::Remove(key));
        } else {
            (entry.state, entry.pending) = (State::Down, None);
        }
    }

    pub(super) fn restart_of(&self, key: Key) -> Restart {
        self.children.get(&key).map_or(Restart::Temporary, |entry| entry.terms.restart)
    }

    fn set(&mut self, key: Key, state: State) {
        if let Some(entry) = self.children.get_mut(&key) {
            entry.state = state;
        }
    }
}

impl Entry {
    fn new(terms: Terms) -> Self {
        Self { terms, state: State::Waiting, failures: Failures::default(), pending: None, wait: None }
    }
}
