//! What a supervisor decides: a pure function of its state, an event and the time.
//!
//! [`Plan`] knows keys and reasons, no actors. Keys are given in start order, so their order is the order of the
//! specification, then of addition. The keeper performs the actions in the order in which they are returned.

use std::collections::BTreeMap;

use super::child::Restart;
use super::intensity::{Intensity, Window};
use crate::reason::StopReason;
use crate::rt::Instant;

/// A child, by its place in the start order.
pub(super) type Key = u64;

#[derive(Debug)]
pub(super) struct Plan {
    window: Window,
    children: BTreeMap<Key, Entry>,
    phase: Phase,
}

#[derive(Debug)]
struct Entry {
    restart: Restart,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Specified; the supervisor has not come to it yet.
    Waiting,
    /// Its first incarnation is starting.
    Starting,
    /// A later incarnation is starting.
    Restarting,
    Up,
    /// Being ended for good, by order.
    Ending,
    /// Has ended for good; its specification stays.
    Down,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Starting its children, one after another.
    Starting,
    Running,
    /// It has given up, or could not start.
    Over,
}

/// What happened.
#[derive(Debug)]
pub(super) enum Event {
    /// The supervisor itself is up.
    Begin,
    /// A child of a running supervisor is to be added.
    Add(Key, Restart),
    /// An incarnation is up.
    Started(Key),
    /// An incarnation has ended, or did not come up.
    Ended(Key, StopReason),
    /// Somebody wants a child ended for good.
    Terminate(Key),
    /// A child that was to be ended has ended, or is stuck and was left behind.
    Terminated(Key),
}

/// What the keeper is to do.
#[derive(Debug)]
pub(super) enum Action {
    /// Start the first incarnation.
    Start(Key),
    /// Start the next incarnation, the last one having ended for this reason.
    Restart(Key, StopReason),
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
}

impl Plan {
    pub(super) fn new(intensity: Intensity, children: impl IntoIterator<Item = (Key, Restart)>) -> Self {
        let children = children
            .into_iter()
            .map(|(key, restart)| (key, Entry { restart, state: State::Waiting }))
            .collect();
        Self { window: Window::new(intensity), children, phase: Phase::Starting }
    }

    pub(super) fn intensity(&self) -> Intensity {
        self.window.intensity()
    }

    pub(super) fn decide(&mut self, event: Event, now: Instant) -> Vec<Action> {
        if self.phase == Phase::Over {
            // The end of the supervisor stops whoever is left; nobody is restarted any more.
            return Vec::new();
        }
        match event {
            Event::Begin => self.start_next(),
            Event::Add(key, restart) => {
                self.children.insert(key, Entry { restart, state: State::Starting });
                vec![Action::Start(key)]
            }
            Event::Started(key) => self.started(key),
            Event::Ended(key, reason) => self.ended(key, reason, now),
            Event::Terminate(key) => {
                self.set(key, State::Ending);
                vec![Action::Terminate(key)]
            }
            Event::Terminated(key) => {
                self.children.remove(&key);
                let mut actions = vec![Action::Remove(key)];
                // It may have been the one that the start waited for.
                if self.phase == Phase::Starting && !self.is_starting() {
                    actions.extend(self.start_next());
                }
                actions
            }
        }
    }

    fn start_next(&mut self) -> Vec<Action> {
        match self.children.iter_mut().find(|(_, entry)| entry.state == State::Waiting) {
            Some((key, entry)) => {
                entry.state = State::Starting;
                vec![Action::Start(*key)]
            }
            None => {
                self.phase = Phase::Running;
                vec![Action::Ready]
            }
        }
    }

    fn is_starting(&self) -> bool {
        self.children.values().any(|entry| entry.state == State::Starting)
    }

    fn started(&mut self, key: Key) -> Vec<Action> {
        let Some(entry) = self.children.get_mut(&key) else { return Vec::new() };
        let first = entry.state == State::Starting;
        if matches!(entry.state, State::Starting | State::Restarting) {
            entry.state = State::Up;
        }
        // Only the child that the start waits for moves it on: a sibling may be restarting meanwhile.
        if first && self.phase == Phase::Starting { self.start_next() } else { Vec::new() }
    }

    fn ended(&mut self, key: Key, reason: StopReason, now: Instant) -> Vec<Action> {
        let Some(entry) = self.children.get(&key) else { return Vec::new() };
        match entry.state {
            State::Ending | State::Down | State::Waiting => Vec::new(),
            State::Starting if self.phase == Phase::Starting => {
                self.phase = Phase::Over;
                vec![Action::Finish(key, reason.clone()), Action::Abort(key, reason)]
            }
            // A child that was added and did not come up was never there.
            State::Starting => self.finish(key, reason, true),
            State::Restarting | State::Up => match entry.restart {
                Restart::Temporary => self.finish(key, reason, true),
                Restart::Transient if reason.is_orderly() => self.finish(key, reason, false),
                Restart::Permanent | Restart::Transient if self.window.admit(now) => {
                    self.set(key, State::Restarting);
                    vec![Action::Restart(key, reason)]
                }
                Restart::Permanent | Restart::Transient => {
                    self.phase = Phase::Over;
                    vec![Action::Finish(key, reason.clone()), Action::GiveUp(key, reason)]
                }
            },
        }
    }

    fn finish(&mut self, key: Key, reason: StopReason, forget: bool) -> Vec<Action> {
        if forget {
            self.children.remove(&key);
            return vec![Action::Finish(key, reason), Action::Remove(key)];
        }
        self.set(key, State::Down);
        vec![Action::Finish(key, reason)]
    }

    fn set(&mut self, key: Key, state: State) {
        if let Some(entry) = self.children.get_mut(&key) {
            entry.state = state;
        }
    }
}
