//! Group restarts: what `OneForAll` and `RestForOne` do beside restarting the child that failed.
//!
//! The members are stopped in reverse at once, the failed child's backoff is waited for, and they are started in order.
//! A failure in the middle of it begins anew: with all of them, or from the child that failed on.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Action, Key, Origin, Plan, Restart, State, Strategy, Wait};
use crate::reason::StopReason;

/// A group restart under way: the members are those from `from` on.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) from: Key,
    /// Whose failure it is, and how long to wait for it between the stops and the starts.
    failed: Key,
    delay: Duration,
    pub(super) stage: Stage,
    /// Those that somebody has ended for good since it began.
    without: Vec<Key>,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// Stopping the members in reverse, one after another; those from `done` on have been looked at.
    Stopping {
        done: Key,
    },
    BackingOff(Wait),
    /// Starting these in order, the first of them being at it.
    Starting(VecDeque<Key>),
}

impl Plan {
    /// The child that failed has ended; the members from `from` on are restarted with it.
    pub(super) fn restart_group(&mut self, from: Key, failed: Key, delay: Duration, out: &mut Vec<Action>) {
        self.group = Some(Group {
            from,
            failed,
            delay,
            stage: Stage::Stopping { done: Key::MAX },
            without: Vec::new(),
        });
        self.advance(out);
    }

    /// Where the group of `RestForOne` begins that `failed` leads to.
    pub(super) fn rest_from(&self, failed: Key) -> Key {
        match &self.group {
            // A retry begins at the child that failed; those before it are up.
            None => failed,
            // Those whose turn has not come are not forgotten.
            Some(Group { stage: Stage::Starting(todo), .. }) => todo.iter().copied().fold(failed, Key::min),
            // One that is under way and begins further down is part of this one.
            Some(group) => group.from.min(failed),
        }
    }

    /// Whether a group is about to stop this child.
    pub(super) fn is_stopped_by_group(&self, key: Key) -> bool {
        self.is_in_group(key) && matches!(&self.group, Some(Group { stage: Stage::Stopping { .. }, .. }))
    }

    /// A member of a group has been stopped by it.
    pub(super) fn halted(&mut self, key: Key, was: State, reason: StopReason, out: &mut Vec<Action>) {
        if self.restart_of(key) == Restart::Temporary {
            out.push(Action::Finish(key, reason));
            self.put_down(key, out);
        } else {
            self.set(key, State::Ended);
            let delay = self.group.as_ref().map_or(Duration::ZERO, |group| group.delay);
            out.push(Action::Announce(key, reason, delay));
        }
        let awaited = matches!(&self.group, Some(group) if key >= group.from && !matches!(group.stage, Stage::Starting(_)));
        if was == State::Stuck && !awaited && self.state(key).is_some() {
            // The group has gone on without it.
            self.start(key, Origin::Again, out);
        } else {
            self.advance(out);
        }
    }

    /// Moves a group restart on, if there is one and nothing is awaited.
    pub(super) fn advance(&mut self, out: &mut Vec<Action>) {
        match &self.group {
            None | Some(Group { stage: Stage::BackingOff(_), .. }) => {}
            Some(Group { stage: Stage::Stopping { .. }, .. }) => self.stop_next(out),
            Some(Group { stage: Stage::Starting(_), .. }) => self.start_next(out),
        }
    }

    fn stop_next(&mut self, out: &mut Vec<Action>) {
        let Some(Group { from, failed, delay, stage: Stage::Stopping { done }, .. }) = &mut self.group else {
            return;
        };
        let last = self.children.range(*from..*done).rev().find(|(_, entry)| entry.state.is_alive());
        match last.map(|(key, entry)| (*key, entry.state)) {
            Some((key, state)) => {
                *done = key + 1;
                if !matches!(state, State::Halting | State::Terminating) {
                    self.set(key, State::Halting);
                    out.push(Action::Halt(key));
                }
            }
            None if delay.is_zero() => self.start_group(out),
            None => {
                let (failed, delay) = (*failed, *delay);
                let wait = self.wait(failed, delay, out);
                if let Some(group) = &mut self.group {
                    group.stage = Stage::BackingOff(wait);
                }
            }
        }
    }

    /// All members are stopped, and the wait is over.
    pub(super) fn start_group(&mut self, out: &mut Vec<Action>) {
        let Some(group) = &mut self.group else { return };
        let members = self.children.range(group.from..);
        group.stage = Stage::Starting(
            members
                .filter(|(key, entry)| entry.state.is_down() && !group.without.contains(key))
                .map(|(key, _)| *key)
                .collect(),
        );
        self.start_next(out);
    }

    fn start_next(&mut self, out: &mut Vec<Action>) {
        let Some(Group { stage: Stage::Starting(todo), .. }) = &mut self.group else { return };
        while let Some(key) = todo.front().copied() {
            match self.children.get(&key).map(|entry| entry.state) {
                // One that is being ended for good leaves its turn when it has.
                Some(State::Starting(_) | State::Terminating) => return,
                Some(state) if state.is_down() => {
                    if self.is_any_starting_before(key) {
                        // Started by hand meanwhile, before what was left of the group.
                        return;
                    }
                    let origin = if state == State::Waiting { Origin::Added } else { Origin::Again };
                    self.start(key, origin, out);
                    return;
                }
                // It is up, or was taken out meanwhile.
                _ => {
                    todo.pop_front();
                }
            }
        }
        self.group = None;
    }

    /// A group that is starting its members does not start this one any more.
    pub(super) fn lose_turn(&mut self, key: Key) {
        if let Some(Group { stage: Stage::Starting(todo), .. }) = &mut self.group {
            todo.retain(|other| *other != key);
        }
    }

    /// Somebody has ended this child, so that the group under way does not start it; or wants it started again.
    pub(super) fn leave_out(&mut self, key: Key, out: bool) {
        if let Some(group) = &mut self.group {
            group.without.retain(|other| *other != key);
            if out {
                group.without.push(key);
            }
        }
    }

    /// Starts a child that somebody wants started: now, unless it stands behind members that a group has still to start.
    pub(super) fn start_in_turn(&mut self, key: Key, origin: Origin, out: &mut Vec<Action>) {
        let behind = self.is_behind_group(key);
        match &mut self.group {
            Some(Group { stage: Stage::Starting(todo), .. }) if behind => {
                // At its place in the order, after the one that is at it.
                let state = |key: &Key| self.children.get(key).map(|entry| entry.state);
                let at_it = |key: &Key| matches!(state(key), Some(State::Starting(_) | State::Terminating));
                let first = usize::from(todo.front().is_some_and(at_it));
                let later = todo.iter().skip(first).position(|other| *other > key);
                todo.insert(later.map_or(todo.len(), |at| first + at), key);
            }
            // Its group starts it, when its turn comes.
            Some(_) if behind => {}
            Some(group) => {
                // What is left of the group begins behind it.
                group.from = group.from.max(key + 1);
                self.start(key, origin, out);
            }
            None => self.start(key, origin, out),
        }
    }

    fn is_behind_group(&self, key: Key) -> bool {
        let Some(group) = &self.group else { return false };
        let before = |other: Key| other < key || self.strategy == Strategy::OneForAll && other != key;
        match &group.stage {
            _ if key < group.from => false,
            Stage::Starting(todo) => todo.iter().any(|other| before(*other)),
            Stage::Stopping { .. } | Stage::BackingOff(_) => self
                .children
                .range(group.from..)
                .any(|(other, _)| before(*other) && !group.without.contains(other)),
        }
    }

    fn is_any_starting_before(&self, key: Key) -> bool {
        let before = |other: Key| other < key || self.strategy == Strategy::OneForAll;
        self.by_hand
            .iter()
            .any(|other| before(*other) && matches!(self.state(*other), Some(State::Starting(_))))
    }

    fn is_in_group(&self, key: Key) -> bool {
        self.group.as_ref().is_some_and(|group| key >= group.from)
    }
}

impl State {
    /// Whether there is an incarnation that a group has to stop, or to wait for.
    fn is_alive(self) -> bool {
        matches!(self, Self::Up | Self::Starting(_) | Self::Halting | Self::Terminating)
    }

    /// Whether a group that starts its members starts this one.
    fn is_down(self) -> bool {
        matches!(self, Self::Waiting | Self::Ended | Self::Down)
    }
}
