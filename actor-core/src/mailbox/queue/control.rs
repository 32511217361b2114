//! What is decided under the lock of either queue: whether mail is accepted, who waits for room, and how urgently the run loop
//! is asked to end.

use std::task::Waker;

use super::line::Line;
use super::outcome::Called;
use crate::lifecycle::Rung;
use crate::mailbox::Overflow;
use crate::reason::{Reason, StopReason};

pub(super) struct Control<A> {
    pub(super) overflow: Overflow,
    pub(super) line: Line<A>,
    gate: Gate,
    /// Why it is shut.
    reason: Reason,
    /// The incarnation that the mail is for. An earlier one that comes back late finds that it is over.
    pub(super) epoch: u64,
    /// How urgently the run loop is asked to end; see [`Rung`].
    pub(super) alarm: Rung,
    /// The run loop's.
    pub(super) waker: Option<Waker>,
}

/// Whether mail is accepted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    /// An incarnation is stopping. The gate opens again if a successor starts.
    Shut,
    /// The logical actor has ended.
    Closed,
}

impl<A> Control<A> {
    pub(super) fn new(overflow: Overflow) -> Self {
        Self {
            overflow,
            line: Line::new(),
            gate: Gate::Open,
            reason: Reason::default(),
            epoch: 0,
            alarm: Rung::Running,
            waker: None,
        }
    }

    /// Why no mail is accepted; `None` while it is.
    pub(super) fn refusal(&self) -> Option<&StopReason> {
        (self.gate != Gate::Open).then(|| self.reason.get())
    }

    /// How urgently the run loop of `epoch` is asked to end; its waker is kept, to be called when that changes.
    pub(super) fn alarm_of(&mut self, epoch: u64, waker: &Waker) -> Rung {
        if self.epoch != epoch {
            return Rung::Stuck;
        }
        self.keep_waker(waker);
        self.alarm
    }

    /// The run loop's own waker, which is tokio's and no foreign code.
    pub(super) fn keep_waker(&mut self, waker: &Waker) {
        match &self.waker {
            Some(kept) if kept.will_wake(waker) => {}
            _ => self.waker = Some(waker.clone()),
        }
    }

    /// Never less urgent than before. With a reason to `refuse`, the gate is shut if it is open. The wakers are to be called once
    /// the lock is released.
    pub(super) fn raise(&mut self, rung: Rung, refuse: Option<Reason>) -> Called {
        let line = match refuse {
            Some(reason) if self.gate == Gate::Open => self.shut(Gate::Shut, reason),
            _ => Vec::new(),
        };
        let mut own = None;
        if rung > self.alarm {
            self.alarm = rung;
            own = self.waker.take();
        }
        Called { own, line }
    }

    /// Another incarnation begins. `false` if the actor has ended.
    pub(super) fn reopen(&mut self, epoch: u64) -> bool {
        if self.is_closed() {
            return false;
        }
        self.gate = Gate::Open;
        self.epoch = epoch;
        self.alarm = Rung::Running;
        true
    }

    /// For good. The wakers are to be called once the lock is released.
    pub(super) fn close(&mut self, reason: Reason) -> Vec<Waker> {
        self.shut(Gate::Closed, reason)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.gate == Gate::Closed
    }

    /// Senders in line get their messages back.
    fn shut(&mut self, gate: Gate, reason: Reason) -> Vec<Waker> {
        let woken = self.line.turn_away(reason.get());
        self.gate = gate;
        self.reason = reason;
        woken
    }
}
