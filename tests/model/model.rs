//! What supervision does, step by step, written from the contract alone (sections 1, 5, 6, 7) and not from the code.
//!
//! One thread, whole milliseconds, no futures. [`Model`] holds one [`State`] per node of the tree, takes an [`Event`],
//! and writes what everybody must be able to see into its log of [`Note`]s. A supervisor has one rule, [`Model::pump`]:
//! *if I end, stop the last child that is left; else if a group is to be stopped, stop its last member; else if nobody is
//! starting, start the first child that is due.*
//!
//! # Where the contract leaves room, and what is read into it
//!
//! The numbers are used in reports. Where the first reading and the framework differ, a constant below says which of the
//! two is compared, so that each can be decided and turned round by itself.
//!
//! 1. *"Start is a handshake, one after another, in spec order"*: of the starts of a supervisor and of a group. Restarts
//!    and `start_child`s that have nothing to do with each other do not wait ([`SERIAL`]).
//! 2. *"If a child fails while the supervisor starts"*: a child that does not **come up**. One that had come up and ends
//!    while a later sibling is still starting is dealt with when the supervisor is up [OTP: its exit waits in the queue].
//! 3. *"stop"* while `on_start` runs: it has the time of the policy to come up, then `on_stop` runs; *"terminate and
//!    shutdown still work at once"* would rather cut it short ([`STOP_CUTS_START`]). The reason is that of the order.
//! 4. `stop()` and `kill()` *"act on the current incarnation"*: while there is none (backoff, waiting for its group)
//!    they do nothing.
//! 5. A child that is ended while it has no incarnation ends with the reason of its last one.
//! 6. `Shutdown::Kill` gives `Killed`, also by `stop()` and `ctx.stop()`, which go by the policy. An `on_stop` that
//!    outlasts `After(d)` is dropped and the reason stays ([`HOOK_CUT_IS_KILLED`]). *"Each child that ends by itself keeps
//!    its own reason"*, also if it is ordered to stop in its `on_stop` ([`KILL_TAKES_REASON`]).
//! 7. *"waits the failed child's backoff"*: from the moment the group has been stopped, as the sentence has it. If a
//!    second child fails meanwhile, its backoff holds ([`LONGEST`]).
//! 8. A member that ends by itself while its group is being stopped belongs to that group restart and counts nothing. A
//!    `Temporary` one ends with its own reason, and so does a `Transient` one that ended `Normal` before it was its turn
//!    to be stopped ([`OWN_END_IN_HALT`]); such an end is its own, for auto-shutdown too.
//! 9. *"an ended Transient one is started again"*: so is a `Permanent` one that was terminated; whatever has a
//!    specification [OTP]. Also one that is terminated while the group waits ([`REVIVES`]).
//! 10. *"A failed attempt counts as one"*: so does one that a `stop()` or a `kill()` ended before it was up.
//! 11. The window is looked at when the incarnation is gone (after `on_stop`), not when it began to end.
//! 12. One restart too many: the child whose it was ends with its own reason *before* its siblings are stopped.
//! 13. *"reset after a healthy period"*: one incarnation was there for that long or longer ([`STOP_IS_HEALTHY`],
//!     [`HALT_RESETS`]). A restart as a mere member of a group changes nothing else. A new logical actor starts afresh.
//! 14. Auto-shutdown `All`: fires on a significant child's own final end if no other significant child is left, however
//!     the others ended. At the top it ends the supervisor with `Shutdown` and not the system: it has not given up.
//! 15. Nested supervisors are `Permanent` and `Unlimited`; one that ended itself by auto-shutdown is restarted, and counts.
//! 16. *"reverse start order"*: reverse spec order. A child without an incarnation ends when it is its turn
//!     ([`ENDS_AT_ONCE`]).
//! 17. Failed `start_child` and `restart_child` count nothing; the first forgets the specification, the second keeps it.
//! 18. A child that is added while a group is restarted stands behind it, but for one that stands before the group. One
//!     that is starting when its group is restarted is a member.
//! 19. Every attempt is an incarnation, so every attempt adds one to the epoch.
//! 20. Terminating a child that is down already is fine and does nothing.
//! 21. A supervisor's `Started` event comes when its loop lives, before its children start.
//! 22. *"During shutdown … nobody is restarted"*: below a supervisor that stops, and below any other from the moment when the
//!     system begins to shut down.
//!
//! # What is not compared
//!
//! The order of what two supervisors do at the same moment, and of the stops below a dynamic one; whether a call that the
//! end of its supervisor cuts short says `Closed`; `Stopping`, `Running` or `Restarting` of a child that is ending. A
//! script ends early ([`Model::open`]) when two timers are due at once, and at two races that are named there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use actor_core::Restart;

/// Reading 1. First read: `true`.
const SERIAL: bool = false;
/// Reading 3: an order to stop cuts `on_start` short at once. First read: `true`.
const STOP_CUTS_START: bool = false;
/// Reading 6. First read: `true`.
const HOOK_CUT_IS_KILLED: bool = false;
/// Reading 6: a supervisor's stop by `Shutdown::Kill` takes the reason of a child that had ended by itself already. First
/// read, and in the words of the contract: `false`.
const KILL_TAKES_REASON: bool = false;
/// Reading 7: a group whose second child fails in the backoff of the first waits for the longer of the two. First read:
/// `true`.
const LONGEST: bool = false;
/// Reading 8. First read: `false`, the member comes back as the same actor.
const OWN_END_IN_HALT: bool = false;
/// Reading 9: a member that is terminated while its group is stopped or waits for the backoff comes back with the group,
/// as a new actor that goes on counting the failures of the old one; once the first member starts, it does not. First
/// read: `false`.
const REVIVES: bool = false;
/// Whether the next member starts when the one that is starting has been told to end, or when it has ended; `true` leaves
/// that out of the comparison.
const TERMINATED_START_IS_OPEN: bool = true;
/// Reading 13: the time in `on_stop` counts as healthy. First read: `false`.
const STOP_IS_HEALTHY: bool = true;
/// Reading 13: a healthy period that a halt ends counts also if the next start succeeds. First read, and in the words of
/// the contract: `true`.
const HALT_RESETS: bool = true;
/// Reading 16: a child that ends by itself while its supervisor stops is an ended actor at once, and not when it is its
/// turn. First read: `true`.
const ENDS_AT_ONCE: bool = true;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strategy {
    OneForOne,
    OneForAll,
    RestForOne,
    Dynamic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auto {
    Never,
    Any,
    All,
}

/// How an incarnation ended; the payload of a failure does not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    Normal,
    Shutdown,
    Killed,
    Panicked,
    Failed,
    StartFailed,
}

/// How a worker comes to end: `stop()` and `kill()` from outside, `ctx.stop()`, a panic, `ctx.fail()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    Stop,
    Quit,
    Kill,
    Panic,
    Fail,
}

pub(crate) const EXITS: [Exit; 5] = [Exit::Stop, Exit::Kill, Exit::Panic, Exit::Fail, Exit::Quit];

/// How an attempt to start fails: before there is any state, or in `on_start`; with an error or by a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    FactoryError,
    FactoryPanic,
    HookError,
    HookPanic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Kill,
    After(u64),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    pub(crate) first: u64,
    pub(crate) cap: u64,
    pub(crate) reset: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Worker {
    pub(crate) restart: Restart,
    pub(crate) policy: Policy,
    pub(crate) significant: bool,
    pub(crate) backoff: Option<Backoff>,
    /// How long `on_start` and `on_stop` take.
    pub(crate) start: u64,
    pub(crate) stop: u64,
    /// Each incarnation ends by itself after so long.
    pub(crate) life: Option<(u64, Exit)>,
    /// Not in the specification: it is added by `start_child`.
    pub(crate) later: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Worker(Worker),
    Supervisor { strategy: Strategy, max: usize, within: u64, auto: Auto },
}

/// A node's parent comes before it; node 0 is the top.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) name: String,
    pub(crate) parent: Option<usize>,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Exit(usize, Exit),
    /// `stop()` on a supervisor.
    StopSupervisor(usize),
    /// The next so many attempts of this worker fail.
    Flaky(usize, u32, Flaw),
    Admin(Call, usize),
    /// `start_child` for each worker of a supervisor that is not there, in turn.
    Fill(usize),
    /// Each worker anywhere below a supervisor that is up ends by itself, in turn and each in another way, from this
    /// one on.
    Storm(usize, usize),
    Advance(u64),
    Shutdown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Call {
    Start,
    Terminate,
    Restart,
    Delete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answer {
    Ok,
    Duplicate,
    Unknown,
    Running,
    Restarting,
    /// `Running` or `Restarting`: of one that ends, nothing says which.
    NotEnded,
    /// `Ok` or `NotStarted`: of one that came up when it had been told to end for good, nothing says which.
    Lost,
    NotStarted,
    Closed,
}

/// What can be seen from outside. The second number says which logical actor of that node it is, the third the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// The factory was called.
    Begin(usize),
    Up(usize, u32, u32),
    /// The loop of a supervisor lives; its children are about to start.
    Lives(usize, u32, u32),
    /// `on_stop` was called.
    Stops(usize, Reason),
    Dropped(usize),
    /// The end of the logical actor.
    Ended(usize, u32, Reason),
    GaveUp(usize),
    Answered(usize, Call, Answer),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    /// Unknown to its supervisor, or not started as yet.
    #[default]
    Absent,
    /// No incarnation, and one will come.
    Waiting,
    Starting,
    Up,
    Stopping,
    Ended,
}

/// What a supervisor and its worker were at when that worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    Steady,
    Starting,
    Restarting,
    Shutdown,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) phase: Phase,
    /// Whether the supervisor has a specification of it.
    pub(crate) known: bool,
    pub(crate) logical: u32,
    pub(crate) epoch: u32,
    /// Why the incarnation ends or has ended.
    pub(crate) reason: Option<Reason>,
    /// The incarnation that is waited for or starting is a restart.
    pub(crate) restarting: bool,
    /// The next incarnation is a new logical actor.
    pub(crate) fresh: bool,
    /// When an order to stop that came during a start wants it to be gone.
    stop_by: Option<u64>,
    /// The end of a start, of an `on_stop`, or of a short life.
    due: Option<u64>,
    not_before: u64,
    flaky: (u32, Option<Flaw>),
    flaw: Option<Flaw>,
    /// It has been told to stop in `on_start`; `Some(true)`: and will be killed there.
    in_start: Option<bool>,
    /// It came up to be terminated: the next one waits until that is done.
    fades: bool,
    up_since: Option<u64>,
    healthy: u64,
    strikes: u32,
    /// It has been ordered to stop, as a member of its group.
    pub(crate) halt: bool,
    ordered: bool,
    /// Nobody had asked the incarnation to end.
    own: bool,
    /// It has ended, and its group starts it again when it is its turn.
    pub(crate) revive: bool,
    /// It was added while a group waited, and stands behind it.
    queued: bool,
    /// It was terminated while its group waited.
    keeps: bool,
    terminating: u32,
    /// It was started by this call, which waits.
    pub(crate) call: Option<Call>,
    /// Its end waits until its supervisor is up.
    deferred: bool,
    // Of supervisors.
    pub(crate) kids: Vec<usize>,
    window: Vec<u64>,
    /// The backoff of a group restart, until its members have been stopped.
    group_delay: Option<u64>,
    /// The first member of the group has begun to start.
    begun: bool,
    late: Vec<usize>,
    /// When it last decided that somebody is restarted.
    decided: Option<u64>,
}

pub(crate) type Coverage = BTreeMap<(Strategy, u8, Reason, Moment), u32>;

pub(crate) struct Model {
    pub(crate) tree: Vec<Spec>,
    pub(crate) now: u64,
    pub(crate) nodes: Vec<State>,
    pub(crate) log: Vec<Note>,
    pub(crate) coverage: Coverage,
    /// Two things are due at the same moment, or the contract says nothing: the case ends here.
    pub(crate) open: Option<&'static str>,
    /// Someone outlasted the time that it had for stopping.
    pub(crate) overran: bool,
    /// Two supervisors had something to do at once, or one learns of several ends at once: what follows has no order
    /// that the contract would know.
    pub(crate) concurrent: bool,
    /// The system shuts down.
    closing: bool,
    agenda: VecDeque<usize>,
}

use Note::{Answered, Begin, Dropped, Ended, GaveUp, Stops};

impl Model {
    /// Starts the tree.
    pub(crate) fn new(tree: Vec<Spec>) -> Self {
        let nodes = vec![State::default(); tree.len()];
        let mut model = Self {
            tree,
            now: 0,
            nodes,
            log: Vec::new(),
            coverage: Coverage::new(),
            open: None,
            overran: false,
            concurrent: false,
            closing: false,
            agenda: VecDeque::new(),
        };
        model.nodes[0].known = true;
        model.nodes[0].fresh = true;
        model.begin(0);
        model.settle();
        model
    }

    fn worker(&self, n: usize) -> Option<&Worker> {
        match &self.tree[n].kind {
            Kind::Worker(worker) => Some(worker),
            Kind::Supervisor { .. } => None,
        }
    }

    pub(crate) fn strategy(&self, p: usize) -> Strategy {
        match self.tree[p].kind {
            Kind::Supervisor { strategy, .. } => strategy,
            Kind::Worker(_) => unreachable!("a worker has no strategy"),
        }
    }

    fn is_grouped(&self, p: usize) -> bool {
        matches!(self.strategy(p), Strategy::OneForAll | Strategy::RestForOne)
    }

    pub(crate) fn restart(&self, n: usize) -> Restart {
        self.worker(n).map_or(Restart::Permanent, |worker| worker.restart)
    }

    /// What happens next without anybody's doing, and when.
    pub(crate) fn next_due(&self) -> Option<(u64, usize)> {
        let waits = |n: usize| {
            let (node, parent) = (&self.nodes[n], self.tree[n].parent?);
            let due = match node.phase {
                // Its supervisor decides when it looks again; the time itself is what counts here.
                Phase::Waiting
                    if node.not_before > self.now && self.nodes[parent].phase != Phase::Stopping =>
                {
                    Some(node.not_before)
                }
                Phase::Ended if node.revive && node.not_before > self.now => Some(node.not_before),
                _ => node.due,
            };
            due.map(|due| (due, n))
        };
        (0..self.nodes.len()).filter_map(waits).min()
    }

    pub(crate) fn event(&mut self, event: Event) {
        match event {
            Event::Exit(n, exit) => self.exit(n, exit),
            Event::StopSupervisor(n) => self.order(n, Reason::Normal),
            Event::Flaky(n, times, flaw) => self.nodes[n].flaky = (times, Some(flaw)),
            Event::Admin(call, n) => self.admin(call, n),
            Event::Shutdown => {
                self.closing = true;
                self.order(0, Reason::Shutdown);
            }
            Event::Advance(_) | Event::Fill(_) | Event::Storm(..) => {
                unreachable!("the driver takes them apart")
            }
        }
        self.settle();
    }

    /// The clock reaches `to`, which is not beyond the next due moment.
    pub(crate) fn advance(&mut self, to: u64) {
        let due = (0..self.nodes.len()).filter(|&n| {
            let node = &self.nodes[n];
            let waits = node.phase == Phase::Waiting || node.revive;
            node.due == Some(to) || waits && node.not_before == to && to > self.now
        });
        let due: Vec<_> = due.collect();
        // Members of one group have one common time.
        let source = |&n: &usize| match self.tree[n].parent {
            Some(p) if self.nodes[n].due.is_none() && self.is_grouped(p) => p,
            _ => n,
        };
        if due.iter().map(source).collect::<BTreeSet<_>>().len() > 1 {
            self.open = Some("two things are due at the same moment");
        }
        self.now = to;
        for n in due {
            if self.nodes[n].due != Some(to) {
                self.agenda.extend(self.tree[n].parent);
                self.settle();
                continue;
            }
            match self.nodes[n].phase {
                Phase::Starting => self.come_up(n),
                Phase::Stopping => match self.nodes[n].in_start.take() {
                    None => self.finish(n),
                    Some(true) => {
                        self.nodes[n].reason = Some(Reason::Killed);
                        self.finish(n);
                    }
                    Some(false) => {
                        let reason = self.nodes[n].reason.expect("whoever stops has a reason");
                        self.nodes[n].phase = Phase::Starting;
                        self.nodes[n].fades = self.nodes[n].terminating > 0;
                        self.come_up(n);
                        if self.nodes[n].phase == Phase::Up {
                            let worker = self.worker(n).expect("supervisors take no time");
                            let stop = worker.stop;
                            // What the order has left it.
                            let policy =
                                Policy::After(self.nodes[n].stop_by.map_or(5_000, |by| by - self.now));
                            let parent = self.tree[n].parent.map_or(0, |p| p);
                            let others =
                                self.nodes[parent].phase == Phase::Starting || self.group_waits(parent);
                            if stop == 0 && others && self.nodes[parent].phase != Phase::Stopping {
                                self.open = Some(
                                    "one comes up and is gone in the same moment: may the next one start between?",
                                );
                            }
                            self.stopping(n, reason, stop, policy);
                        }
                    }
                },
                Phase::Up => {
                    let (_, exit) =
                        self.worker(n).and_then(|worker| worker.life).expect("only workers have a due end");
                    self.exit(n, exit);
                }
                _ => unreachable!("nothing of it is due"),
            }
            self.settle();
        }
    }

    fn settle(&mut self) {
        while let Some(p) = self.agenda.pop_front() {
            self.pump(p);
        }
    }

    // One incarnation, from its begin to its end.

    fn begin(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        if std::mem::take(&mut node.fresh) {
            node.logical += 1;
            node.epoch = 0;
            if !std::mem::take(&mut node.keeps) {
                node.strikes = 0;
            }
        }
        node.epoch += 1;
        (node.phase, node.reason, node.up_since, node.own) = (Phase::Starting, None, None, false);
        let Some(worker) = self.worker(n) else { return self.begin_supervisor(n) };
        let start = worker.start;
        self.log.push(Begin(n));
        let node = &mut self.nodes[n];
        node.own = false;
        node.flaw = if node.flaky.0 > 0 { node.flaky.1 } else { None };
        node.flaky.0 = node.flaky.0.saturating_sub(1);
        if matches!(node.flaw, Some(Flaw::FactoryError | Flaw::FactoryPanic)) {
            self.cover(n, Reason::StartFailed);
            return self.gone(n, Reason::StartFailed);
        }
        node.due = Some(self.now + start);
        if start == 0 {
            self.come_up(n);
        }
    }

    fn begin_supervisor(&mut self, n: usize) {
        let kids = (0..self.tree.len()).filter(|&kid| self.tree[kid].parent == Some(n));
        let (later, kids): (Vec<_>, Vec<_>) =
            kids.partition(|&kid| self.worker(kid).is_some_and(|worker| worker.later));
        for &kid in later.iter().chain(&kids) {
            let old = &self.nodes[kid];
            // Scripts of failing starts stay.
            let (logical, flaky) = (old.logical, old.flaky);
            self.nodes[kid] = State { logical, flaky, fresh: true, ..State::default() };
        }
        for &kid in &kids {
            (self.nodes[kid].known, self.nodes[kid].phase) = (true, Phase::Waiting);
        }
        let node = &mut self.nodes[n];
        (node.kids, node.window, node.group_delay, node.begun) = (kids, Vec::new(), None, false);
        node.late.clear();
        self.log.push(Note::Lives(n, node.logical, node.epoch));
        self.agenda.push_back(n);
    }

    fn come_up(&mut self, n: usize) {
        let life = self.worker(n).and_then(|worker| worker.life);
        let life_is_one = self.restart(n) == Restart::Temporary;
        let node = &mut self.nodes[n];
        (node.due, node.queued) = (None, false);
        if node.flaw.take().is_some() {
            node.own = true;
            self.log.push(Dropped(n));
            self.cover(n, Reason::StartFailed);
            return self.gone(n, Reason::StartFailed);
        }
        (node.phase, node.restarting, node.up_since) = (Phase::Up, node.halt, Some(self.now));
        node.healthy = 0;
        node.due = life.map(|(life, _)| self.now + life);
        self.log.push(Note::Up(n, node.logical, node.epoch));
        let lost = node.halt && life_is_one || node.terminating > 0 || node.own;
        let call = node.call.take();
        if let (Some(call), Some(p)) = (call, self.tree[n].parent) {
            let answer = match self.nodes[p].phase {
                Phase::Stopping => Answer::Closed,
                _ if lost => Answer::Lost,
                _ => Answer::Ok,
            };
            self.log.push(Answered(n, call, answer));
        }
        self.agenda.extend(self.tree[n].parent);
        let late = &self.nodes[n].late;
        self.concurrent |= late.len() > usize::from(n == 0);
        if self.worker(n).is_none() {
            self.agenda.push_back(n);
        }
    }

    /// A worker comes to an end that its supervisor did not ask for.
    fn exit(&mut self, n: usize, exit: Exit) {
        let reason = match exit {
            Exit::Stop | Exit::Quit => Reason::Normal,
            Exit::Kill => Reason::Killed,
            Exit::Panic => Reason::Panicked,
            Exit::Fail => Reason::Failed,
        };
        let Some(worker) = self.worker(n) else { return };
        let (stop, policy) = (worker.stop, worker.policy);
        self.nodes[n].own |= matches!(self.nodes[n].phase, Phase::Starting | Phase::Up);
        match self.nodes[n].phase {
            Phase::Up if exit == Exit::Kill => {
                self.cover(n, reason);
                self.log.push(Dropped(n));
                self.gone(n, reason);
            }
            Phase::Up => {
                let killed = reason == Reason::Normal && policy == Policy::Kill;
                self.cover(n, if killed { Reason::Killed } else { reason });
                // `stop()` and `ctx.stop()` are bounded by the actor's policy, a failure by the bound of the hook alone.
                let policy = if reason == Reason::Normal { policy } else { Policy::After(5_000) };
                self.stopping(n, reason, stop, policy);
            }
            // Messages wait until it is up: the driver sends none.
            Phase::Starting if matches!(exit, Exit::Stop | Exit::Kill) => {
                self.cover(n, reason);
                self.stop_start(n, reason, if exit == Exit::Kill { Policy::Kill } else { policy });
            }
            _ => {}
        }
    }

    fn stopping(&mut self, n: usize, reason: Reason, stop: u64, policy: Policy) {
        let node = &mut self.nodes[n];
        node.healthy = node.up_since.map_or(0, |since| self.now - since);
        (node.phase, node.reason, node.due) = (Phase::Stopping, Some(reason), Some(self.now + stop));
        match policy {
            Policy::Kill => {
                node.reason = Some(Reason::Killed);
                self.finish(n);
            }
            Policy::After(bound) => {
                self.log.push(Stops(n, reason));
                self.overran |= bound <= stop;
                if bound < stop {
                    node.due = Some(self.now + bound);
                    if HOOK_CUT_IS_KILLED {
                        node.reason = Some(Reason::Killed);
                    }
                }
                if stop == 0 {
                    self.log.push(Dropped(n));
                    self.gone(n, reason);
                }
            }
        }
    }

    /// An order to stop meets one whose `on_start` runs.
    fn stop_start(&mut self, n: usize, reason: Reason, policy: Policy) {
        let node = &mut self.nodes[n];
        match policy {
            Policy::After(bound) if !STOP_CUTS_START => {
                let (end, cut) = (node.due.expect("it is starting"), self.now + bound);
                (node.phase, node.reason, node.due) = (Phase::Stopping, Some(reason), Some(end.min(cut)));
                node.in_start = Some(cut < end);
                node.stop_by = Some(cut);
                self.overran |= cut < end;
                if cut == end {
                    self.open = Some("two things are due at the same moment");
                }
            }
            _ => {
                let reason = if policy == Policy::Kill { Reason::Killed } else { reason };
                self.log.push(Dropped(n));
                self.gone(n, reason);
            }
        }
    }

    fn finish(&mut self, n: usize) {
        self.log.push(Dropped(n));
        let reason = self.nodes[n].reason.expect("whoever stops has a reason");
        self.gone(n, reason);
    }

    /// Its owner, or whoever holds a supervisor, wants it to stop.
    fn order(&mut self, n: usize, reason: Reason) {
        let node = &mut self.nodes[n];
        let Some(worker) = self.tree[n].kind.worker() else {
            match node.phase {
                Phase::Starting | Phase::Up => {
                    if node.phase == Phase::Up && !node.late.is_empty() {
                        self.open = Some("a supervisor that has ends to deal with is told to stop");
                    }
                    if node.decided == Some(self.now) {
                        self.open =
                            Some("a supervisor is told to stop in the moment in which it restarts somebody");
                    }
                    (node.phase, node.reason) = (Phase::Stopping, Some(reason));
                    self.agenda.push_back(n);
                }
                Phase::Waiting if reason != Reason::Normal => self.end(n),
                _ => {}
            }
            return;
        };
        match node.phase {
            Phase::Up => {
                let (stop, policy) = (worker.stop, worker.policy);
                self.stopping(n, reason, stop, policy);
            }
            Phase::Starting => {
                let policy = worker.policy;
                self.stop_start(n, reason, policy);
            }
            Phase::Stopping if node.in_start.is_some() => {}
            Phase::Stopping => {
                let bound = match worker.policy {
                    Policy::Kill => self.now,
                    Policy::After(bound) => self.now + bound,
                };
                self.overran |= worker.policy != Policy::Kill && node.due.is_some_and(|due| bound <= due);
                node.due = node.due.min(Some(bound));
                if worker.policy == Policy::Kill && KILL_TAKES_REASON {
                    node.reason = Some(Reason::Killed);
                }
                if node.due == Some(self.now) {
                    self.finish(n);
                }
            }
            Phase::Waiting => self.end(n),
            Phase::Absent | Phase::Ended => {}
        }
    }

    /// The same, once.
    fn order_once(&mut self, n: usize) {
        if !std::mem::replace(&mut self.nodes[n].ordered, true) {
            self.order(n, Reason::Shutdown);
        }
    }

    // What a supervisor makes of it.

    /// The incarnation is over.
    fn gone(&mut self, n: usize, reason: Reason) {
        let node = &mut self.nodes[n];
        let came_up = node.up_since.is_some();
        if let Some(since) = node.up_since.filter(|_| node.phase == Phase::Up || STOP_IS_HEALTHY) {
            node.healthy = self.now - since;
        }
        if HALT_RESETS || !node.halt {
            self.forgive(n);
        }
        let node = &mut self.nodes[n];
        // An end that was under way when the order came counts as ordered.
        node.own &= !node.ordered;
        (node.phase, node.reason, node.due, node.ordered) = (Phase::Waiting, Some(reason), None, false);
        (node.in_start, node.fades) = (None, false);
        let Some(p) = self.tree[n].parent else { return self.end(n) };
        let halt = std::mem::take(&mut self.nodes[n].halt);
        self.agenda.push_back(p);
        if self.nodes[n].terminating > 0
            || self.closing
            || self.nodes[p].phase == Phase::Stopping && ENDS_AT_ONCE
        {
            self.end(n);
        } else if self.nodes[p].phase == Phase::Stopping {
            // It waits until it is its turn.
        } else if halt && self.nodes[n].call.is_some() && self.nodes[n].own {
            // A start that was asked for has failed by itself.
            self.end(n);
        } else if halt {
            self.end_in_group(p, n);
        } else if self.nodes[n].call.is_some() {
            self.end(n);
        } else if self.nodes[p].phase == Phase::Starting && !came_up {
            self.end(n);
            (self.nodes[p].phase, self.nodes[p].reason) = (Phase::Stopping, Some(Reason::StartFailed));
        } else if self.nodes[p].phase == Phase::Starting {
            self.nodes[n].deferred = true;
            self.nodes[p].late.push(n);
        } else {
            self.react(p, n);
        }
    }

    /// A member of a group that is being restarted has no incarnation any more: does it have a future?
    fn end_in_group(&mut self, p: usize, n: usize) {
        let own = self.nodes[n].own;
        let over = own && self.nodes[n].reason == Some(Reason::Normal) && OWN_END_IN_HALT;
        let over = over && self.restart(n) == Restart::Transient;
        if self.restart(n) == Restart::Temporary || over {
            self.end(n);
            self.nodes[n].revive = over;
            if own {
                self.auto_shutdown(p, n);
            }
        }
    }

    /// The child `n` of `p` has ended for good by itself.
    fn auto_shutdown(&mut self, p: usize, n: usize) {
        let Kind::Supervisor { auto, .. } = self.tree[p].kind else { return };
        let significant = |n: usize| self.worker(n).is_some_and(|worker| worker.significant);
        let alive = |n: usize| !matches!(self.nodes[n].phase, Phase::Absent | Phase::Ended);
        let left = self.nodes[p].kids.iter().any(|&kid| significant(kid) && alive(kid));
        if significant(n) && (auto == Auto::Any || auto == Auto::All && !left) {
            self.give_in(p);
        }
    }

    /// The child `n` of `p` has ended by itself.
    fn react(&mut self, p: usize, n: usize) {
        let Kind::Supervisor { strategy, max, within, .. } = self.tree[p].kind else { return };
        let reason = self.nodes[n].reason.expect("it has ended");
        let orderly = matches!(reason, Reason::Normal | Reason::Shutdown);
        let comes_back = match self.restart(n) {
            Restart::Permanent => true,
            Restart::Transient => !orderly,
            Restart::Temporary => false,
        };
        if !comes_back {
            self.end(n);
            return self.auto_shutdown(p, n);
        }
        let now = self.now;
        let window = &mut self.nodes[p].window;
        window.retain(|&restart| now - restart <= within);
        window.push(now);
        if window.len() > max {
            self.log.push(GaveUp(p));
            self.end(n);
            self.give_in(p);
            if p == 0 {
                // It shuts the system down with it.
                self.closing = true;
                if (1..self.nodes.len()).any(|q| !self.nodes[q].late.is_empty() || self.agenda.contains(&q)) {
                    self.open =
                        Some("the top gives up in a moment in which another supervisor has something to do");
                }
            }
            return;
        }
        self.nodes[p].decided = Some(now);
        let delay = self.backoff(n);
        if matches!(strategy, Strategy::OneForOne | Strategy::Dynamic) {
            (self.nodes[n].restarting, self.nodes[n].not_before) = (true, now + delay);
            return;
        }
        let kids = self.nodes[p].kids.clone();
        let first = if strategy == Strategy::OneForAll { kids[0] } else { n };
        for kid in kids.into_iter().skip_while(|&kid| kid != first) {
            let node = &mut self.nodes[kid];
            match node.phase {
                // Its first start stands behind the group.
                Phase::Waiting if node.call.is_some() => node.queued = true,
                // Its own end has not been dealt with.
                Phase::Waiting if node.deferred => (node.halt, node.restarting) = (true, true),
                Phase::Waiting => node.restarting = true,
                Phase::Ended => node.revive = true,
                _ => (node.halt, node.restarting) = (true, true),
            }
        }
        let other = if LONGEST { self.nodes[p].group_delay } else { None };
        self.nodes[p].group_delay = other.max(Some(delay));
        self.nodes[p].begun = false;
    }

    /// The supervisor ends by its own decision.
    fn give_in(&mut self, p: usize) {
        if !self.nodes[p].late.is_empty() {
            self.open = Some("a supervisor that has several ends to deal with gives in at one of them");
        }
        let others = |q: usize| self.nodes[q].phase == Phase::Starting || self.group_waits(q);
        if self.nodes[p].up_since == Some(self.now) && self.tree[p].parent.is_some_and(others) {
            self.open = Some(
                "a supervisor comes up and gives in in the same moment: may the next one start between?",
            );
        }
        (self.nodes[p].phase, self.nodes[p].reason) = (Phase::Stopping, Some(Reason::Shutdown));
    }

    /// Ends that waited for this supervisor to be up: it deals with one after another, without waiting for what follows.
    fn react_late(&mut self, p: usize) {
        while self.nodes[p].phase == Phase::Up && !self.nodes[p].late.is_empty() {
            let kid = self.nodes[p].late.remove(0);
            let deferred = std::mem::take(&mut self.nodes[kid].deferred);
            if std::mem::take(&mut self.nodes[kid].halt) {
                self.end_in_group(p, kid);
            } else if deferred {
                self.react(p, kid);
                let (node, more) = (&self.nodes[kid], !self.nodes[p].late.is_empty());
                let comes_back = node.phase == Phase::Waiting && self.nodes[p].phase == Phase::Up;
                let halting =
                    self.nodes[p].kids.iter().any(|&n| self.nodes[n].halt && !self.nodes[n].deferred);
                if comes_back && !self.is_grouped(p) && node.not_before <= self.now {
                    self.begin(kid);
                    if more && self.nodes[kid].phase != Phase::Starting && self.nodes[kid].phase != Phase::Up
                    {
                        self.open = Some("a restart fails in the moment in which other ends are dealt with");
                    }
                } else if comes_back && self.is_grouped(p) && !halting && more {
                    self.open = Some(
                        "a group of which nobody is left is restarted, and more ends are to be dealt with",
                    );
                }
            }
            self.agenda.push_back(p);
        }
    }

    /// A healthy period makes the failures before it forgotten.
    fn forgive(&mut self, n: usize) {
        let healthy = std::mem::take(&mut self.nodes[n].healthy);
        if self.worker(n).and_then(|worker| worker.backoff).is_some_and(|backoff| healthy >= backoff.reset) {
            self.nodes[n].strikes = 0;
        }
    }

    fn backoff(&mut self, n: usize) -> u64 {
        let Some(Backoff { first, cap, .. }) = self.worker(n).and_then(|worker| worker.backoff) else {
            return 0;
        };
        self.forgive(n);
        let node = &mut self.nodes[n];
        node.strikes += 1;
        (first << (node.strikes - 1).min(20)).min(cap)
    }

    /// The end of the logical actor.
    fn end(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        let reason = node.reason.unwrap_or(Reason::Shutdown);
        // One that its supervisor had not come to was never an actor.
        if !node.fresh {
            self.log.push(Ended(n, node.logical, reason));
        }
        let call = node.call.take();
        // It is a member of a group that waits.
        let was_waiting = node.phase == Phase::Waiting && node.restarting;
        (node.phase, node.restarting, node.halt) = (Phase::Ended, false, false);
        (node.deferred, node.ordered, node.queued) = (false, false, false);
        let ended = std::mem::take(&mut node.terminating);
        let revive = REVIVES && was_waiting && ended > 0 && node.known;
        let Some(p) = self.tree[n].parent else { return };
        if revive && self.is_grouped(p) && !self.nodes[p].begun {
            (self.nodes[n].revive, self.nodes[n].keeps) = (true, true);
        }
        let closing = self.closing || self.nodes[p].phase == Phase::Stopping;
        if let Some(call) = call {
            self.log.push(Answered(n, call, if closing { Answer::Closed } else { Answer::NotStarted }));
        }
        for _ in 0..ended {
            self.log.push(Answered(n, Call::Terminate, if closing { Answer::Closed } else { Answer::Ok }));
        }
        if self.restart(n) == Restart::Temporary
            || self.strategy(p) == Strategy::Dynamic
            || call == Some(Call::Start)
        {
            self.forget(p, n);
        }
        self.agenda.push_back(p);
    }

    fn forget(&mut self, p: usize, n: usize) {
        self.nodes[p].kids.retain(|&kid| kid != n);
        (self.nodes[n].known, self.nodes[n].phase) = (false, Phase::Absent);
    }

    /// The next thing that supervisor `p` has to do, if it is its turn to do one.
    fn pump(&mut self, p: usize) {
        let kids = self.nodes[p].kids.clone();
        if self.nodes[p].phase == Phase::Stopping {
            let living = |&n: &usize| self.nodes[n].phase != Phase::Ended;
            let mut left: Vec<_> = kids.into_iter().filter(living).collect();
            if self.strategy(p) != Strategy::Dynamic {
                left = left.pop().into_iter().collect();
            } else if !ENDS_AT_ONCE {
                let last = left.last().copied();
                left.retain(|&n| self.nodes[n].phase != Phase::Waiting || last == Some(n));
            }
            if left.is_empty() {
                let reason = self.nodes[p].reason.expect("whoever stops has a reason");
                self.gone(p, reason);
            }
            for kid in left {
                self.order_once(kid);
            }
            return;
        }
        if self.closing || !matches!(self.nodes[p].phase, Phase::Starting | Phase::Up) {
            return;
        }
        // One that is added, and has nothing to do with a group that is restarted.
        let alone = |node: &State| node.phase == Phase::Waiting && !node.queued && !node.restarting;
        let alone = kids.iter().find(|&&n| self.nodes[n].call.is_some() && alone(&self.nodes[n]));
        if let Some(&n) = alone.filter(|_| !SERIAL) {
            self.agenda.push_back(p);
            return self.begin(n);
        }
        if kids.iter().any(|&n| self.nodes[n].halt) {
            let last = kids.iter().rev().find(|&&n| self.nodes[n].halt && !self.nodes[n].deferred);
            last.into_iter().for_each(|&last| self.order_once(last));
            return self.react_late(p);
        }
        if let Some(delay) = self.nodes[p].group_delay.take() {
            let is_member = |node: &State| {
                node.phase == Phase::Waiting && (node.restarting || node.queued) || node.revive
            };
            let members = kids.iter().filter(|&&n| is_member(&self.nodes[n]));
            let members: Vec<_> = members.copied().collect();
            let pending = members.iter().map(|&n| self.nodes[n].not_before).max().unwrap_or(0);
            for n in members {
                let until = self.now + delay;
                self.nodes[n].not_before = if LONGEST { until.max(pending) } else { until };
            }
        }
        let group_waits = self.group_waits(p);
        // The starts of the supervisor and of a group are made one after another.
        let all = SERIAL || self.nodes[p].phase == Phase::Starting;
        let one_of_them = |node: &State| all || group_waits && (node.restarting || node.queued || node.fades);
        if kids.iter().map(|&n| &self.nodes[n]).any(|node| node.is_starting() && one_of_them(node)) {
            return self.react_late(p);
        }
        let waits = |n: usize| {
            self.nodes[n].phase == Phase::Waiting && !self.nodes[n].deferred || self.nodes[n].revive
        };
        let due = |n: usize| self.nodes[n].not_before <= self.now;
        let next = kids.iter().copied().find(|&n| waits(n) && (group_waits || due(n)));
        // One that was started by hand before what was left of the group comes first.
        let whole = self.strategy(p) == Strategy::OneForAll;
        let before = |n: usize| kids.iter().take_while(move |&&kid| kid != n || whole);
        let comes_first = |n: usize| group_waits && before(n).any(|&kid| self.nodes[kid].is_starting());
        match next {
            Some(n) if due(n) && comes_first(n) => self.react_late(p),
            Some(n) if due(n) => {
                if std::mem::take(&mut self.nodes[n].revive) {
                    (self.nodes[n].fresh, self.nodes[n].restarting) = (true, true);
                }
                self.nodes[p].begun |= group_waits;
                self.agenda.push_back(p);
                self.begin(n);
            }
            None if self.nodes[p].phase == Phase::Starting => self.come_up(p),
            _ => self.react_late(p),
        }
    }

    /// Whether a group restart is under way.
    fn group_waits(&self, p: usize) -> bool {
        let waits = |node: &State| node.restarting || node.revive || node.queued;
        self.is_grouped(p) && self.nodes[p].kids.iter().any(|&n| waits(&self.nodes[n]))
    }

    fn admin(&mut self, call: Call, n: usize) {
        let p = self.tree[n].parent.expect("nobody administers the top");
        let waits =
            |&kid: &usize| self.nodes[kid].restarting || self.nodes[kid].revive || self.nodes[kid].queued;
        let kids = &self.nodes[p].kids;
        let behind = match self.strategy(p) {
            Strategy::OneForAll => kids.iter().any(waits),
            _ => kids.iter().take_while(|&&kid| kid != n).any(waits) || kids.contains(&n) && waits(&n),
        };
        let queued = self.is_grouped(p) && behind;
        let pending =
            self.nodes[p].kids.iter().filter(|_| queued).map(|&kid| self.nodes[kid].not_before).max();
        let not_before = pending.unwrap_or(0);
        let in_group = queued || self.group_waits(p);
        let node = &mut self.nodes[n];
        let answer = match (call, node.known, node.phase) {
            (Call::Start, ..) if self.closing => Answer::Closed,
            (Call::Start, true, _) => Answer::Duplicate,
            (_, false, _) if call != Call::Start => Answer::Unknown,
            (Call::Start, ..) => {
                let (logical, flaky) = (node.logical, node.flaky);
                let (phase, call) = (Phase::Waiting, Some(call));
                let new = State { logical, flaky, phase, queued, not_before, call, ..State::default() };
                *node = State { known: true, fresh: true, ..new };
                self.nodes[p].kids.push(n);
                return self.agenda.push_back(p);
            }
            (Call::Terminate, _, Phase::Ended) => Answer::Ok,
            (Call::Terminate, ..) => {
                if in_group && node.is_starting() && TERMINATED_START_IS_OPEN {
                    self.open = Some("one is terminated while it starts and a group waits");
                }
                node.terminating += 1;
                return self.order_once(n);
            }
            (Call::Restart, _, Phase::Ended) if self.closing => Answer::Closed,
            (Call::Restart, _, Phase::Ended) => {
                (node.phase, node.fresh, node.call, node.not_before) =
                    (Phase::Waiting, true, Some(call), not_before);
                (node.revive, node.keeps, node.queued) = (false, false, queued);
                return self.agenda.push_back(p);
            }
            (Call::Delete, _, Phase::Ended) => {
                self.forget(p, n);
                Answer::Ok
            }
            (..) if node.halt || node.phase == Phase::Stopping => Answer::NotEnded,
            (.., phase) if node.restarting && (node.call.is_none() || phase == Phase::Waiting) => {
                Answer::Restarting
            }
            _ => Answer::Running,
        };
        self.log.push(Answered(n, call, answer));
    }

    /// Notes that `n` ended by itself, and at which moment.
    fn cover(&mut self, n: usize, reason: Reason) {
        let p = self.tree[n].parent.expect("workers have supervisors");
        let above = std::iter::successors(Some(p), |&p| self.tree[p].parent);
        let above: Vec<_> = above.map(|p| self.nodes[p].phase).collect();
        let kids = || self.nodes[p].kids.iter().map(|&kid| &self.nodes[kid]);
        let moment = if above.contains(&Phase::Stopping) {
            Moment::Shutdown
        } else if above.contains(&Phase::Starting) || kids().any(|kid| kid.is_starting() && !kid.restarting) {
            Moment::Starting
        } else if kids().any(|kid| kid.restarting) {
            Moment::Restarting
        } else {
            Moment::Steady
        };
        let cell = (self.strategy(p), self.restart(n) as u8, reason, moment);
        *self.coverage.entry(cell).or_default() += 1;
    }
}

impl State {
    /// Also if it has been told to stop meanwhile.
    fn is_starting(&self) -> bool {
        let stops = self.phase == Phase::Stopping && self.up_since.is_none();
        self.phase == Phase::Starting || stops || self.fades
    }
}

impl Kind {
    pub(crate) fn worker(&self) -> Option<&Worker> {
        match self {
            Self::Worker(worker) => Some(worker),
            Self::Supervisor { .. } => None,
        }
    }
}
