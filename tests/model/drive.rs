//! The real tree: workers that keep a diary and break as they are told, and the comparison with the model.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{ActorId, Event as Happened, Events, Status, SupervisorRef};

use crate::admin;
use crate::model::{
    Answer, Call, EXITS, Event, Exit, Flaw, Kind, Model, Note, Phase, Policy, Reason, Spec, Strategy,
    Worker as Manner,
};
use crate::script::Script;

/// What the workers write down, and the notes of the test about them.
#[derive(Default)]
pub(crate) struct Shared {
    diary: Mutex<Vec<Line>>,
    flaky: Mutex<HashMap<usize, (u32, Flaw)>>,
    /// Each logical actor whose `on_start` was seen.
    pub(crate) seen: Mutex<Vec<(usize, WeakActorRef<Worker>)>>,
    downs: Mutex<Vec<(ActorId, Reason)>>,
    pub(crate) answers: Mutex<Vec<(usize, Call, Answer)>>,
}

/// The longest chain of tasks that hand something on and leave no trace.
const CALM: usize = 12;

/// How long a moment is looked at in which nothing is due: what happens too early is found a moment later at the latest.
const GLANCE: usize = 4;

impl Shared {
    fn written(&self) -> usize {
        let (diary, downs) = (self.diary.lock().unwrap().len(), self.downs.lock().unwrap().len());
        diary + downs + self.answers.lock().unwrap().len()
    }

    fn note_seen(&self, node: usize, worker: WeakActorRef<Worker>) {
        let mut seen = self.seen.lock().unwrap();
        if !seen.iter().any(|(_, other)| other.id() == worker.id()) {
            seen.push((node, worker));
        }
    }
}

#[derive(Clone, Copy)]
enum Line {
    Begin(usize),
    Up(usize, ActorId, u64),
    Stops(usize, Reason),
    Dropped(usize),
}

pub(crate) fn reason(reason: &StopReason) -> Reason {
    match reason {
        StopReason::Normal => Reason::Normal,
        StopReason::Shutdown => Reason::Shutdown,
        StopReason::Killed => Reason::Killed,
        StopReason::Panicked(_) => Reason::Panicked,
        StopReason::Failed(_) => Reason::Failed,
        StopReason::StartFailed(_) => Reason::StartFailed,
        other => panic!("a reason that the model does not know: {other}"),
    }
}

pub(crate) struct Worker {
    node: usize,
    manner: Manner,
    flaw: Option<Flaw>,
    shared: Arc<Shared>,
}

/// The text of every panic that is part of a script, by which the panic hook of the test knows it.
pub(crate) const ON_PURPOSE: &str = "on purpose";

impl Actor for Worker {
    async fn on_start(&mut self, ctx: &mut Context<Self>) -> Result<(), BoxError> {
        self.shared.note_seen(self.node, ctx.this());
        if self.manner.start > 0 {
            tokio::time::sleep(Duration::from_millis(self.manner.start)).await;
        }
        match self.flaw {
            Some(Flaw::HookError) => return Err(ON_PURPOSE.into()),
            Some(Flaw::HookPanic) => panic!("{ON_PURPOSE}"),
            _ => {}
        }
        self.shared.diary.lock().unwrap().push(Line::Up(self.node, ctx.id(), ctx.epoch()));
        if let Some((life, exit)) = self.manner.life {
            let _ = ctx.send_after(Duration::from_millis(life), Die(exit));
        }
        Ok(())
    }

    async fn on_stop(&mut self, why: &StopReason, _ctx: &mut Context<Self>) {
        self.shared.diary.lock().unwrap().push(Line::Stops(self.node, reason(why)));
        if self.manner.stop > 0 {
            tokio::time::sleep(Duration::from_millis(self.manner.stop)).await;
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.diary.lock().unwrap().push(Line::Dropped(self.node));
    }
}

struct Die(Exit);

impl Handler<Die> for Worker {
    type Reply = ();

    async fn handle(&mut self, Die(exit): Die, ctx: &mut Context<Self>) {
        match exit {
            Exit::Stop => ctx.this().stop(),
            Exit::Quit => ctx.stop(),
            Exit::Kill => ctx.this().kill(),
            Exit::Panic => panic!("{ON_PURPOSE}"),
            Exit::Fail => ctx.fail(ON_PURPOSE),
        }
    }
}

/// Hears of the ends, in a system of its own that outlives the other.
struct Watcher(Arc<Shared>);

impl Actor for Watcher {}

struct Watch(WeakActorRef<Worker>);

impl Handler<Watch> for Watcher {
    type Reply = ();

    async fn handle(&mut self, Watch(other): Watch, ctx: &mut Context<Self>) {
        ctx.watch(&other);
    }
}

impl Handler<Down> for Watcher {
    type Reply = ();

    async fn handle(&mut self, down: Down, _ctx: &mut Context<Self>) {
        self.0.downs.lock().unwrap().push((down.id, reason(&down.reason)));
    }
}

pub(crate) fn child(tree: &[Spec], node: usize, shared: &Arc<Shared>) -> Child<Worker> {
    let manner = tree[node].kind.worker().expect("only workers are children of this kind").clone();
    let (restart, policy, later) = (manner.restart, manner.policy, manner.clone());
    let shared = shared.clone();
    let make = move || {
        shared.diary.lock().unwrap().push(Line::Begin(node));
        let mut flaky = shared.flaky.lock().unwrap();
        let flaw = flaky.get_mut(&node).filter(|(times, _)| *times > 0).map(|(times, flaw)| {
            *times -= 1;
            *flaw
        });
        drop(flaky);
        match flaw {
            Some(Flaw::FactoryError) => return Err(ON_PURPOSE),
            Some(Flaw::FactoryPanic) => panic!("{ON_PURPOSE}"),
            _ => {}
        }
        Ok(Worker { node, manner: manner.clone(), flaw, shared: shared.clone() })
    };
    let child = Child::new(&tree[node].name, make).restart(restart).shutdown(match policy {
        Policy::Kill => Shutdown::Kill,
        Policy::After(bound) => Shutdown::After(Duration::from_millis(bound)),
    });
    admin::dress(child, &later)
}

fn supervisor(tree: &[Spec], p: usize, shared: &Arc<Shared>) -> Supervisor {
    let Kind::Supervisor { strategy, max, within, auto } = tree[p].kind else {
        unreachable!("not a supervisor")
    };
    let mut supervisor =
        admin::supervisor(strategy, auto).intensity(max as u32, Duration::from_millis(within));
    for (n, spec) in tree.iter().enumerate().filter(|(_, spec)| spec.parent == Some(p)) {
        supervisor = match &spec.kind {
            Kind::Worker(worker) if worker.later => supervisor,
            Kind::Worker(_) => supervisor.child(child(tree, n, shared)),
            &Kind::Supervisor { strategy: Strategy::Dynamic, max, within, .. } => {
                let dynamic = DynamicSupervisor::new().intensity(max as u32, Duration::from_millis(within));
                supervisor.supervisor(&spec.name, dynamic)
            }
            Kind::Supervisor { .. } => supervisor.supervisor(&spec.name, self::supervisor(tree, n, shared)),
        };
    }
    supervisor
}

/// One run of a script against the real tree.
pub(crate) struct Drive {
    system: TestSystem,
    script: Script,
    pub(crate) model: Model,
    shared: Arc<Shared>,
    watcher: ActorRef<Watcher>,
    paths: HashMap<String, usize>,
    top: Arc<Mutex<Option<Result<SupervisorRef, Reason>>>>,
    /// Which logical actor of its node an id is.
    logical: HashMap<ActorId, (usize, u32)>,
    counts: HashMap<usize, u32>,
    watched: usize,
    /// All that has happened, and how much of the model's log has been compared.
    stream: Events,
    /// What has happened and was not compared yet, and how much the actors have written.
    fresh: Vec<Happened>,
    written: usize,
    happened: Vec<Happened>,
    log: usize,
    /// Calls that must be answered before the end, some time.
    owed: Vec<(usize, Call, Answer)>,
}

/// What differs, as text.
type Mismatch = String;

impl Drive {
    pub(crate) async fn begin(system: TestSystem, script: Script) -> Self {
        let shared = Arc::<Shared>::default();
        let stream = system.events();
        let others = System::new("watchers");
        let watcher = others.spawn(Watcher(shared.clone()));
        let mut paths = HashMap::new();
        for n in 0..script.tree.len() {
            let mut names: Vec<_> = std::iter::successors(Some(n), |&n| script.tree[n].parent)
                .map(|n| script.tree[n].name.as_str())
                .collect();
            names.reverse();
            paths.insert(format!("/{}", names.join("/")), n);
        }
        let top = Arc::new(Mutex::new(None));
        let started = supervisor(&script.tree, 0, &shared).name("top");
        let (outcome, within) = (top.clone(), system.clone());
        tokio::spawn(async move {
            let started = started.start(&within).await;
            *outcome.lock().unwrap() = Some(started.map_err(|error| match error {
                actor_core::SupervisorError::NotStarted { reason: why, .. } => reason(&why),
                other => panic!("the generator made an impossible tree: {other}"),
            }));
        });
        let model = Model::new(script.tree.clone());
        Self {
            system,
            script,
            model,
            shared,
            watcher,
            paths,
            top,
            logical: HashMap::new(),
            counts: HashMap::new(),
            watched: 0,
            stream,
            fresh: Vec::new(),
            written: 0,
            happened: Vec::new(),
            log: 0,
            owed: Vec::new(),
        }
    }

    /// Plays the whole script and stops the tree.
    pub(crate) async fn play(&mut self) -> Result<(), Mismatch> {
        self.settle().await;
        self.compare("the start").await?;
        for (at, event) in self.script.events.clone().into_iter().enumerate() {
            if self.model.open.is_some() {
                return Ok(());
            }
            let what = format!("event {}: {event:?}", at + 1);
            match event {
                Event::Advance(span) => self.advance(self.model.now + span, &what).await?,
                Event::Fill(p) => {
                    for n in self.workers(p) {
                        if !self.model.nodes[n].known {
                            self.happen(Event::Admin(Call::Start, n), &what).await?;
                        }
                    }
                }
                Event::Storm(p, from) => {
                    for (at, n) in self.all_workers(p).into_iter().enumerate() {
                        if self.model.nodes[n].phase == Phase::Up {
                            self.happen(Event::Exit(n, EXITS[(from + at) % EXITS.len()]), &what).await?;
                        }
                    }
                }
                event => self.happen(event, &what).await?,
            }
        }
        if self.model.open.is_none() {
            self.happen(Event::Shutdown, "the end").await?;
        }
        while let (Some((due, _)), None) = (self.model.next_due(), self.model.open) {
            self.advance(due, "the final shutdown").await?;
        }
        match &self.owed[..] {
            [] => Ok(()),
            owed if self.model.open.is_none() => Err(format!("calls that were never answered: {owed:?}")),
            _ => Ok(()),
        }
    }

    fn workers(&self, p: usize) -> Vec<usize> {
        let tree = &self.script.tree;
        (0..tree.len()).filter(|&n| tree[n].parent == Some(p) && tree[n].kind.worker().is_some()).collect()
    }

    fn all_workers(&self, p: usize) -> Vec<usize> {
        let tree = &self.script.tree;
        let is_below = |n: usize| std::iter::successors(tree[n].parent, |&n| tree[n].parent).any(|n| n == p);
        (0..tree.len()).filter(|&n| tree[n].kind.worker().is_some() && is_below(n)).collect()
    }

    async fn happen(&mut self, event: Event, what: &str) -> Result<(), Mismatch> {
        if self.model.open.is_none() && self.applies(event) {
            self.cause(event);
            self.model.event(event);
            self.settle().await;
            self.compare(&format!("{what}, {event:?}")).await?;
            self.listings(what).await?;
        }
        Ok(())
    }

    /// Whether the contract says what this event does now.
    fn applies(&self, event: Event) -> bool {
        match event {
            // A message to one that is not up waits in its mailbox.
            Event::Exit(n, Exit::Quit | Exit::Panic | Exit::Fail) => self.model.nodes[n].phase == Phase::Up,
            // What a kill does to an `on_stop` that runs: left open.
            Event::Exit(n, _) => self.model.nodes[n].phase != Phase::Stopping,
            Event::StopSupervisor(n) => {
                self.handle(n).is_some() && self.model.nodes[n].phase != Phase::Stopping
            }
            Event::Admin(_, n) => {
                let p = self.script.tree[n].parent.expect("nobody administers the top");
                self.model.nodes[p].phase == Phase::Up && self.handle(p).is_some()
            }
            Event::Flaky(..) | Event::Shutdown => true,
            Event::Advance(_) | Event::Fill(_) | Event::Storm(..) => unreachable!("taken apart"),
        }
    }

    fn cause(&self, event: Event) {
        match event {
            Event::Exit(n, exit) => {
                let Some(worker) = self.worker(n) else { return };
                match exit {
                    Exit::Stop => worker.stop(),
                    Exit::Kill => worker.kill(),
                    // It may have been closed by something that the comparison is going to show.
                    _ => drop(worker.try_tell(Die(exit))),
                }
            }
            Event::StopSupervisor(n) => {
                if let Some(supervisor) = self.handle(n) {
                    supervisor.stop();
                }
            }
            Event::Flaky(n, times, flaw) => {
                self.shared.flaky.lock().unwrap().insert(n, (times, flaw));
            }
            Event::Admin(call, n) => {
                let p = self.script.tree[n].parent.expect("nobody administers the top");
                let (tree, shared) = (&self.script.tree, &self.shared);
                let dynamic = self.model.strategy(p) == Strategy::Dynamic;
                if dynamic {
                    let parent = self.script.tree[p].parent.and_then(|above| self.handle(above));
                    let supervisor = parent.and_then(|above| above.dynamic(&tree[p].name).ok());
                    admin::call_dynamic(supervisor, call, n, tree, shared);
                } else {
                    admin::call(self.handle(p), call, n, tree, shared);
                }
            }
            Event::Shutdown => {
                let system = self.system.clone();
                tokio::spawn(async move { system.shutdown().await });
            }
            Event::Advance(_) | Event::Fill(_) | Event::Storm(..) => unreachable!("taken apart"),
        }
    }

    /// The youngest logical actor of a node.
    fn worker(&self, n: usize) -> Option<WeakActorRef<Worker>> {
        let seen = self.shared.seen.lock().unwrap();
        seen.iter().rev().find(|(node, _)| *node == n).map(|(_, worker)| worker.clone())
    }

    pub(crate) fn handle(&self, p: usize) -> Option<SupervisorRef> {
        match self.script.tree[p].parent {
            None => match &*self.top.lock().unwrap() {
                Some(Ok(top)) => Some(top.clone()),
                _ => None,
            },
            Some(above) => self.handle(above)?.supervisor(&self.script.tree[p].name).ok(),
        }
    }

    /// Lets everybody run until nothing has happened for a while.
    ///
    /// `TestSystem::settle` compares whole trees and is too slow for this many steps.
    async fn settle(&mut self) {
        self.settle_for(CALM).await;
    }

    async fn settle_for(&mut self, rounds: usize) {
        let mut calm = 0;
        while calm < rounds {
            tokio::task::yield_now().await;
            let before = self.fresh.len();
            self.fresh.extend(std::iter::from_fn(|| self.stream.try_recv()));
            let written = self.shared.written();
            calm = if (self.fresh.len(), written) == (before, self.written) { calm + 1 } else { 0 };
            self.written = written;
        }
    }

    async fn pass(&mut self, ms: u64, rounds: usize) {
        tokio::time::advance(Duration::from_millis(ms)).await;
        self.settle_for(rounds).await;
    }

    /// From one due moment to the next; a millisecond before each, nothing may have happened.
    async fn advance(&mut self, to: u64, what: &str) -> Result<(), Mismatch> {
        while self.model.now < to && self.model.open.is_none() {
            let next = self.model.next_due().map_or(to, |(due, _)| due.min(to));
            let step = next - self.model.now;
            let began = self.model.now;
            if step > 1 {
                self.pass(step - 1, GLANCE).await;
                self.compare(&format!("{what}, at {} ms, when nothing is due", next - 1)).await?;
            }
            self.model.advance(next);
            if self.model.open.is_some() {
                return Ok(());
            }
            self.pass(1, CALM).await;
            self.compare(&format!("{what}, from {began} to {next} ms")).await?;
            if next == to {
                self.listings(what).await?;
            }
        }
        Ok(())
    }

    /// Lets the real tree settle and compares everything that can be seen.
    async fn compare(&mut self, what: &str) -> Result<(), Mismatch> {
        if self.model.open.is_some() {
            return Ok(());
        }
        let happened = std::mem::take(&mut self.fresh);
        self.number(&happened);
        let new: Vec<_> = {
            let seen = self.shared.seen.lock().unwrap();
            seen[self.watched..].iter().map(|(_, worker)| worker.clone()).collect()
        };
        self.watched += new.len();
        if !new.is_empty() {
            for worker in new {
                self.watcher.try_tell(Watch(worker)).map_err(|error| error.to_string())?;
            }
            self.settle().await;
        }

        let mut different = String::new();
        let log: Vec<_> = self.model.log[self.log..].to_vec();
        self.log = self.model.log.len();
        let is_worker = |n: usize| self.script.tree[n].kind.worker().is_some();

        let lines = std::mem::take(&mut *self.shared.diary.lock().unwrap());
        let diary: Vec<_> = lines.into_iter().map(|line| self.line(line)).collect();
        let in_diary = |note: &Note| match *note {
            Note::Begin(_) | Note::Stops(..) | Note::Dropped(_) => true,
            Note::Up(n, ..) => is_worker(n),
            _ => false,
        };
        self.differ(&mut different, "the workers' diary", filter(&log, in_diary), diary);

        let events: Vec<_> = happened.iter().filter_map(|event| self.note(event)).collect();
        self.happened.extend(happened);
        let ends = |note: &Note| match *note {
            Note::Ended(..) | Note::Lives(..) => true,
            Note::Up(n, ..) => is_worker(n),
            _ => false,
        };
        self.differ(&mut different, "starts and ends", filter(&log, ends), filter(&events, ends));
        let given_up = |note: &Note| matches!(note, Note::GaveUp(_));
        self.differ(&mut different, "who gave up", filter(&log, given_up), filter(&events, given_up));

        let mut answers = std::mem::take(&mut *self.shared.answers.lock().unwrap());
        let expected = log.iter().filter_map(|note| match *note {
            Note::Answered(n, call, answer) => Some((n, call, answer)),
            _ => None,
        });
        // Nothing says when a call that the end of its supervisor cuts short is answered.
        let (closed, mut expected): (Vec<_>, Vec<_>) =
            expected.partition(|answer| answer.2 == Answer::Closed);
        self.owed.extend(closed);
        answers.retain(|seen| {
            let fits = |owed: &(usize, Call, Answer)| {
                let late = matches!(seen.2, Answer::Closed | Answer::NotStarted);
                (owed.0, owed.1) == (seen.0, seen.1) && (late || owed.1 == Call::Terminate)
            };
            let owed = self.owed.iter().position(fits);
            owed.map(|at| self.owed.swap_remove(at)).is_none()
        });
        for (n, call, answer) in &mut answers {
            let vague = match answer {
                Answer::Running | Answer::Restarting => Answer::NotEnded,
                _ => Answer::Lost,
            };
            if expected.contains(&(*n, *call, vague)) {
                *answer = vague;
            }
        }
        answers.sort_unstable();
        expected.sort_unstable();
        if answers != expected {
            let _ = write!(
                different,
                "\n  answers of administration\n    expected {expected:?}\n    seen     {answers:?}"
            );
        }

        self.model.concurrent = false;
        self.states(&mut different);
        if different.is_empty() { Ok(()) } else { Err(self.report(what, &different)) }
    }

    fn report(&self, what: &str, different: &str) -> Mismatch {
        let happened: Vec<_> = self.happened.iter().map(|event| format!("    {event}")).collect();
        format!("after {what}:{different}\n  all events\n{}", happened.join("\n"))
    }

    /// Numbers the logical actors of each node in the order of their ids.
    fn number(&mut self, happened: &[Happened]) {
        let mut ids: Vec<_> = happened
            .iter()
            .filter_map(|event| match event {
                Happened::Started { actor, .. } | Happened::Stopped { actor, .. } => {
                    Some((actor.id, *self.paths.get(actor.path.as_str())?))
                }
                _ => None,
            })
            .collect();
        ids.extend(self.shared.seen.lock().unwrap().iter().map(|(node, worker)| (worker.id(), *node)));
        ids.sort_unstable();
        ids.dedup();
        for (id, node) in ids {
            self.logical.entry(id).or_insert_with(|| {
                let count = self.counts.entry(node).or_default();
                *count += 1;
                (node, *count)
            });
        }
    }

    fn line(&self, line: Line) -> Note {
        match line {
            Line::Begin(n) => Note::Begin(n),
            Line::Up(n, id, epoch) => Note::Up(n, self.logical[&id].1, epoch as u32),
            Line::Stops(n, reason) => Note::Stops(n, reason),
            Line::Dropped(n) => Note::Dropped(n),
        }
    }

    fn note(&self, event: &Happened) -> Option<Note> {
        let logical = |actor: &actor_core::Subject| self.logical.get(&actor.id).copied();
        Some(match event {
            Happened::Started { actor, epoch } => {
                let (n, logical) = logical(actor)?;
                let is_worker = self.script.tree[n].kind.worker().is_some();
                let note = if is_worker { Note::Up } else { Note::Lives };
                note(n, logical, *epoch as u32)
            }
            Happened::Stopped { actor, reason: why } => {
                let (n, logical) = logical(actor)?;
                Note::Ended(n, logical, reason(why))
            }
            Happened::GaveUp { actor, .. } => Note::GaveUp(*self.paths.get(actor.path.as_str())?),
            _ => return None,
        })
    }

    /// Children of a dynamic supervisor stop in parallel, so each has an order of its own only.
    fn in_order(&self, mut notes: Vec<Note>) -> Vec<Note> {
        let lane = |note: &Note| {
            let (Note::Begin(n)
            | Note::Up(n, ..)
            | Note::Lives(n, ..)
            | Note::Stops(n, _)
            | Note::Dropped(n)
            | Note::Ended(n, ..)
            | Note::GaveUp(n)
            | Note::Answered(n, ..)) = *note;
            match self.script.tree[n].parent {
                Some(p) if self.model.strategy(p) == Strategy::Dynamic => (1, n),
                Some(_) if self.model.concurrent => (1, n),
                _ => (0, 0),
            }
        };
        notes.sort_by_key(lane);
        notes
    }

    fn differ(&self, different: &mut String, of: &str, expected: Vec<Note>, seen: Vec<Note>) {
        let (expected, seen) = (self.in_order(expected), self.in_order(seen));
        if expected != seen {
            let _ = write!(
                different,
                "\n  {of}\n    expected {}\n    seen     {}",
                self.show(&expected),
                self.show(&seen)
            );
        }
    }

    fn show(&self, notes: &[Note]) -> String {
        let name = |n: usize| &self.script.tree[n].name;
        let show = |note: &Note| match *note {
            Note::Begin(n) => format!("{} begins", name(n)),
            Note::Up(n, logical, epoch) => format!("{}#{logical} up (epoch {epoch})", name(n)),
            Note::Lives(n, logical, epoch) => format!("{}#{logical} lives (epoch {epoch})", name(n)),
            Note::Stops(n, reason) => format!("{} on_stop({reason:?})", name(n)),
            Note::Dropped(n) => format!("{} dropped", name(n)),
            Note::Ended(n, logical, reason) => format!("{}#{logical} ended {reason:?}", name(n)),
            Note::GaveUp(n) => format!("{} gave up", name(n)),
            Note::Answered(n, call, answer) => format!("{call:?} {} -> {answer:?}", name(n)),
        };
        notes.iter().map(show).collect::<Vec<_>>().join(", ")
    }

    /// `status()`, `epoch()` and the watchers' `Down`s.
    fn states(&self, different: &mut String) {
        let downs = self.shared.downs.lock().unwrap();
        let seen = self.shared.seen.lock().unwrap();
        for (n, worker) in seen.iter() {
            let (node, number) = (&self.model.nodes[*n], self.logical[&worker.id()].1);
            let ended = self.model.log.iter().find_map(|note| match *note {
                Note::Ended(m, logical, reason) if (m, logical) == (*n, number) => Some(reason),
                _ => None,
            });
            let name = format!("{}#{number}", self.script.tree[*n].name);
            let heard: Vec<_> =
                downs.iter().filter(|(id, _)| *id == worker.id()).map(|(_, why)| *why).collect();
            if heard != Vec::from_iter(ended) {
                let _ =
                    write!(different, "\n  Downs of {name}\n    expected {ended:?}\n    seen     {heard:?}");
            }
            let status = worker.status();
            let same = match (&status, ended) {
                (Status::Stopped(why), Some(ended)) => reason(why) == ended,
                (Status::Stopped(_), None) | (_, Some(_)) => false,
                (status, None) => matches!(
                    (status, node.phase),
                    (Status::Starting, Phase::Starting)
                        | (Status::Running, Phase::Up)
                        | (Status::Stopping, Phase::Stopping)
                        | (Status::Restarting, Phase::Waiting)
                ),
            };
            if !same {
                let phase = node.phase;
                let _ = write!(
                    different,
                    "\n  status of {name}\n    expected {phase:?} {ended:?}\n    seen     {status}"
                );
            }
            if ended.is_none() && number == node.logical && node.epoch != worker.epoch() as u32 {
                let (expected, epoch) = (node.epoch, worker.epoch());
                let _ =
                    write!(different, "\n  epoch of {name}\n    expected {expected}\n    seen     {epoch}");
            }
        }
        let top = match &*self.top.lock().unwrap() {
            None => "starting",
            Some(Ok(_)) => "up",
            Some(Err(_)) => "failed",
        };
        let came_up = self.model.log.iter().any(|note| matches!(note, Note::Up(0, ..)));
        let expected = match self.model.nodes[0].phase {
            _ if came_up => "up",
            Phase::Ended => "failed",
            _ => "starting",
        };
        if top != expected {
            let _ = write!(different, "\n  outcome of start()\n    expected {expected}\n    seen     {top}");
        }
    }

    /// What the supervisors that are up say of their children.
    async fn listings(&mut self, what: &str) -> Result<(), Mismatch> {
        if self.model.nodes[0].phase == Phase::Ended || self.model.open.is_some() {
            return Ok(());
        }
        let is_up = |p: &usize| {
            self.script.tree[*p].kind.worker().is_none() && self.model.nodes[*p].phase == Phase::Up
        };
        let asked: Vec<_> = (0..self.script.tree.len())
            .filter(is_up)
            .filter_map(|p| Some((p, admin::ask(self.handle(p)?))))
            .collect();
        self.settle().await;
        for (p, asked) in asked {
            let kid = |&kid: &usize| (self.script.tree[kid].name.as_str(), &self.model.nodes[kid]);
            let expected: Vec<_> = self.model.nodes[p].kids.iter().map(kid).collect();
            if let Some(problem) = admin::listing(asked, &expected).await {
                let name = &self.script.tree[p].name;
                return Err(self.report(what, &format!("\n  children of {name}\n    {problem}")));
            }
        }
        Ok(())
    }
}

fn filter(notes: &[Note], fits: impl Fn(&Note) -> bool) -> Vec<Note> {
    notes.iter().copied().filter(|note| fits(note)).collect()
}
