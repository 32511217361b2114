//! Random trees and scripts. What a script names is resolved here, so that what shrinks stays a valid script.

use std::fmt;

use actor_core::Restart;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::ENABLED;
use crate::model::{
    Auto, Backoff, Call, EXITS, Event, Exit, Flaw, Kind, Moment, Policy, Spec, Strategy as Group, Worker,
};

/// A tree and what happens to it.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) tree: Vec<Spec>,
    pub(crate) events: Vec<Event>,
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for spec in &self.tree {
            let parent = spec.parent.map_or("the system", |p| self.tree[p].name.as_str());
            write!(f, "\n    {} below {parent}: ", spec.name)?;
            match &spec.kind {
                Kind::Supervisor { strategy, max, within, auto } => {
                    write!(f, "{strategy:?}, at most {max} in {within} ms, auto-shutdown {auto:?}")?;
                }
                Kind::Worker(worker) => {
                    write!(f, "{:?}", worker.restart)?;
                    let time = |ms: u64, what: &str| {
                        if ms == 0 { String::new() } else { format!(", {what} takes {ms}") }
                    };
                    write!(f, "{}{}", time(worker.start, "on_start"), time(worker.stop, "on_stop"))?;
                    if worker.policy != Policy::After(5_000) {
                        write!(f, ", shutdown {:?}", worker.policy)?;
                    }
                    if let Some(backoff) = worker.backoff {
                        write!(f, ", {backoff:?}")?;
                    }
                    if let Some((life, exit)) = worker.life {
                        write!(f, ", lives {life} and ends by {exit:?}")?;
                    }
                    if worker.significant {
                        f.write_str(", significant")?;
                    }
                    if worker.later {
                        f.write_str(", added later")?;
                    }
                }
            }
        }
        for (at, event) in self.events.iter().enumerate() {
            write!(f, "\n    event {}: ", at + 1)?;
            let name = |n: usize| &self.tree[n].name;
            match *event {
                Event::Exit(n, exit) => write!(f, "{exit:?} {}", name(n))?,
                Event::StopSupervisor(n) => write!(f, "stop() {}", name(n))?,
                Event::Flaky(n, times, flaw) => {
                    write!(f, "the next {times} starts of {} fail by {flaw:?}", name(n))?
                }
                Event::Admin(call, n) => write!(f, "{call:?} child {}", name(n))?,
                Event::Fill(p) => write!(f, "start_child of every worker that is not below {}", name(p))?,
                Event::Storm(p, from) => {
                    write!(
                        f,
                        "every worker below {} ends, from {:?} on",
                        name(p),
                        EXITS[from % EXITS.len()]
                    )?;
                }
                Event::Advance(ms) => write!(f, "advance {ms} ms")?,
                Event::Shutdown => f.write_str("shutdown")?,
            }
        }
        Ok(())
    }
}

const WORKERS: usize = 8;
/// Draws; each comes to one event or to a few that belong together.
const DRAWS: usize = 12;
const DEPTH: usize = 3;

/// Where a node goes, and what it is.
type Raw = (u8, Kind);

/// One free script, and several that lead a supervisor to a moment and end its children there: without those, the rare
/// cells of the coverage would need very many cases.
pub(crate) fn scripts() -> impl Strategy<Value = Script> {
    prop_oneof![1 => free(), BUNDLE - 1 => aimed()]
}

/// How many scripts make a case.
pub(crate) const BUNDLE: u32 = 11;

/// `w1`, `w2` and `w3`, one of each restart type, below a supervisor of each kind, with siblings that make room for the
/// moment: one that starts again slowly, one that stops slowly, one that is added and starts slowly.
fn aimed() -> impl Strategy<Value = Script> {
    let moment = prop_oneof![
        1 => Just(Moment::Steady),
        5 => Just(Moment::Starting),
        5 => Just(Moment::Restarting),
        5 => Just(Moment::Shutdown),
    ];
    let times = (1_u64..=9, 0_u64..=9, 10_u64..=25, 15_u64..=30, 10_u64..=25, 10_u64..=25);
    let aims = vec((any::<u8>(), 0_u32..100, any::<u8>()), 3);
    let noise = option::weighted(0.3, (any::<u8>(), any::<u8>(), any::<u8>(), 1_u64..=60));
    let few = prop_oneof![3 => 20_usize..=60, 1 => 0_usize..=4];
    (
        even_groups(),
        moment,
        times,
        aims,
        vec(option::weighted(0.3, worker()), 2),
        (noise, any::<u8>(), few, autos()),
    )
        .prop_map(|(strategy, moment, times, aims, guests, (noise, place, max, auto))| {
            let (start, stop, slow_start, backoff, slow_stop, wide) = times;
            let auto = if strategy == Group::Dynamic { Auto::Never } else { auto };
            let p = Kind::Supervisor { strategy, max, within: 60, auto };
            let top = Kind::Supervisor { strategy: Group::OneForOne, max: 60, within: 60, auto: Auto::Never };
            let plain = Worker {
                restart: Restart::Permanent,
                policy: Policy::After(5_000),
                significant: false,
                backoff: None,
                start,
                stop,
                life: None,
                later: strategy == Group::Dynamic,
            };
            let node = |name: &str, parent, worker| Spec {
                name: name.to_owned(),
                parent: Some(parent),
                kind: Kind::Worker(worker),
            };
            // No two things should be due at once; below a dynamic supervisor they start side by side.
            let worker = |n: u64| {
                let far = if strategy == Group::Dynamic { 10 } else { 1 };
                Worker { start: start + far * n, stop: stop + 2 * n, ..plain.clone() }
            };
            let delay = Backoff { first: backoff, cap: backoff, reset: 40 };
            let mut tree = vec![
                Spec { name: "top".to_owned(), parent: None, kind: top },
                Spec { name: "p".to_owned(), parent: Some(0), kind: p },
                node("w1", 1, Worker { stop: 0, ..plain.clone() }),
                node(
                    "w2",
                    1,
                    Worker { restart: Restart::Transient, significant: auto != Auto::Never, ..worker(1) },
                ),
                node("w3", 1, Worker { restart: Restart::Temporary, ..worker(2) }),
                node("again", 1, Worker { backoff: Some(delay), ..worker(3) }),
                node("slow", 1, Worker { stop: slow_stop, ..worker(4) }),
                node(
                    "added",
                    1,
                    Worker {
                        restart: Restart::Temporary,
                        start: slow_start + worker(5).start,
                        later: true,
                        ..worker(5)
                    },
                ),
                // Stands after the supervisor, and so holds up its end when all ends.
                node("last", 0, Worker { stop: wide, later: false, ..plain }),
            ];
            for (n, guest) in guests.into_iter().flatten().enumerate() {
                let Kind::Worker(mut guest) = guest else { continue };
                guest.later |= strategy == Group::Dynamic;
                guest.significant = false;
                tree.push(node(&format!("guest{n}"), 1, guest));
            }
            // The first calls need a tree that is up.
            let mut events = vec![Event::Advance(60)];
            for (at, (how, fails, flaw)) in aims.into_iter().enumerate() {
                let w = 2 + (at + usize::from(how)) % 3;
                let how = usize::from(how) / 3;
                // Two of the exits are `Normal`.
                let exit = if how % 8 == 4 { Exit::Quit } else { EXITS[how % 4] };
                if events.contains(&Event::Shutdown) {
                    events.push(Event::Exit(w, exit));
                    continue;
                }
                events.extend([Event::Fill(1), Event::Advance(90)]);
                let fails = fails < if moment == Moment::Shutdown { 35 } else { 18 };
                aim(&mut events, w, moment, strategy, exit, fails.then_some(FLAWS[usize::from(flaw) % 4]));
                if !events.contains(&Event::Shutdown) {
                    events.push(Event::Advance(70));
                }
            }
            let noise = noise.map(|noise| happen(&tree, noise)).unwrap_or_default();
            let place = usize::from(place) % (events.len() + 1);
            events.splice(place..place, noise);
            Script { tree, events }
        })
}

/// Ends `w` at this moment, by `exit`, or by a start that fails.
fn aim(events: &mut Vec<Event>, w: usize, moment: Moment, strategy: Group, exit: Exit, flaw: Option<Flaw>) {
    let (again, added) = (5, 7);
    let fresh = [Event::Admin(Call::Terminate, w), Event::Advance(12), Event::Admin(Call::Delete, w)];
    let fresh = fresh
        .into_iter()
        .filter(|event| strategy != Group::Dynamic || !matches!(event, Event::Admin(Call::Delete, _)));
    let end = if strategy == Group::Dynamic { Event::Shutdown } else { Event::StopSupervisor(1) };
    match (moment, flaw) {
        (Moment::Steady, None) => {}
        (Moment::Starting, None) => {
            let gone = [Event::Admin(Call::Terminate, added), Event::Advance(16)];
            events.extend(gone.into_iter().chain([Event::Admin(Call::Start, added)]));
        }
        (Moment::Restarting, None) => events.push(Event::Exit(again, Exit::Kill)),
        (Moment::Shutdown, None) => events.push(end),
        (Moment::Restarting | Moment::Steady, Some(flaw)) => events.push(Event::Flaky(w, 1, flaw)),
        (Moment::Starting, Some(flaw)) => {
            events.extend(fresh);
            return events.extend([Event::Flaky(w, 1, flaw), Event::Admin(Call::Start, w)]);
        }
        (Moment::Shutdown, Some(flaw)) => {
            let flaw = if flaw == Flaw::FactoryError { Flaw::HookError } else { Flaw::HookPanic };
            events.extend(fresh);
            events.extend([Event::Flaky(w, 1, flaw), Event::Admin(Call::Start, w)]);
            // There is one shutdown only, so all three go into it.
            for other in (2..=4).filter(|other| strategy == Group::Dynamic && *other != w) {
                let gone = [Event::Admin(Call::Terminate, other), Event::Advance(12)];
                let start = [Event::Flaky(other, 1, flaw), Event::Admin(Call::Start, other)];
                events.splice(
                    events.len() - 2..,
                    gone.into_iter()
                        .chain(start)
                        .chain([Event::Flaky(w, 1, flaw), Event::Admin(Call::Start, w)]),
                );
            }
            return events.push(end);
        }
    }
    events.push(Event::Exit(w, exit));
}

fn free() -> impl Strategy<Value = Script> {
    let happening = (any::<u8>(), any::<u8>(), any::<u8>(), 1_u64..=250);
    (top(), vec(nodes(), 4..=WORKERS + 3), vec(happening, 3..=DRAWS)).prop_map(|(top, nodes, raw)| {
        let tree = grow(top, nodes);
        let events = raw.into_iter().flat_map(|raw| happen(&tree, raw)).collect();
        Script { tree, events }
    })
}

fn nodes() -> impl Strategy<Value = Raw> {
    (any::<u8>(), prop_oneof![1 => supervisor(), 3 => worker()])
}

fn groups() -> impl Strategy<Value = Group> {
    let mut groups: Vec<_> = ENABLED.strategies.to_vec();
    groups.extend(groups.contains(&Group::Dynamic).then_some(Group::Dynamic));
    proptest::sample::select(groups)
}

/// Four of a dynamic supervisor to three of each other: it ends once only in a script.
fn even_groups() -> impl Strategy<Value = Group> {
    let of = |group: &Group| vec![*group; if *group == Group::Dynamic { 4 } else { 3 }];
    proptest::sample::select(ENABLED.strategies.iter().flat_map(of).collect::<Vec<_>>())
}

fn autos() -> impl Strategy<Value = Auto> {
    let autos = if ENABLED.significant {
        vec![Auto::Never, Auto::Never, Auto::Never, Auto::Never, Auto::Any, Auto::All]
    } else {
        vec![Auto::Never]
    };
    proptest::sample::select(autos)
}

fn top() -> impl Strategy<Value = Kind> {
    // The top should survive for a while.
    let groups: Vec<_> =
        ENABLED.strategies.iter().copied().filter(|group| *group != Group::Dynamic).collect();
    let max = prop_oneof![1 => 0_usize..=5, 6 => 10_usize..=60];
    (proptest::sample::select(groups), max, 20_u64..=200, autos())
        .prop_map(|(strategy, max, within, auto)| Kind::Supervisor { strategy, max, within, auto })
}

fn supervisor() -> impl Strategy<Value = Kind> {
    (groups(), prop_oneof![1 => 0_usize..=4, 3 => 5_usize..=30], 20_u64..=200, autos())
        .prop_map(|(strategy, max, within, auto)| Kind::Supervisor { strategy, max, within, auto })
}

fn exits() -> impl Strategy<Value = Exit> {
    proptest::sample::select(EXITS.to_vec())
}

const FLAWS: [Flaw; 4] = [Flaw::FactoryError, Flaw::FactoryPanic, Flaw::HookError, Flaw::HookPanic];

fn worker() -> impl Strategy<Value = Kind> {
    let restart = proptest::sample::select(vec![
        Restart::Permanent,
        Restart::Transient,
        Restart::Transient,
        Restart::Temporary,
        Restart::Temporary,
    ]);
    let policy = prop_oneof![6 => Just(Policy::After(5_000)), 1 => Just(Policy::Kill), 1 => (1_u64..20).prop_map(Policy::After)];
    let backoff =
        (5_u64..=40, 20_u64..=60, 30_u64..=100).prop_map(|(first, cap, reset)| Backoff { first, cap, reset });
    let backoff = option::weighted(0.4, backoff).prop_map(|backoff| backoff.filter(|_| ENABLED.backoff));
    let time = || prop_oneof![1 => Just(0), 1 => 1_u64..=25];
    let life = option::weighted(0.3, (7_u64..=70, exits()));
    let later = proptest::bool::weighted(0.2).prop_map(|later| later && ENABLED.admin);
    (restart, policy, any::<bool>(), backoff, time(), time(), life, later).prop_map(
        |(restart, policy, significant, backoff, start, stop, life, later)| {
            Kind::Worker(Worker { restart, policy, significant, backoff, start, stop, life, later })
        },
    )
}

fn grow(top: Kind, nodes: Vec<Raw>) -> Vec<Spec> {
    let mut tree = vec![Spec { name: "top".to_owned(), parent: None, kind: top }];
    let depth = |tree: &[Spec], n: usize| std::iter::successors(Some(n), |&n| tree[n].parent).count();
    let is_group = |spec: &Spec| !matches!(spec.kind, Kind::Supervisor { strategy: Group::Dynamic, .. });
    let mut workers = 0;
    for (under, mut kind) in nodes {
        let supervisors = (0..tree.len()).filter(|&n| tree[n].kind.worker().is_none());
        let fits: Vec<_> = match &kind {
            Kind::Worker(_) => supervisors.collect(),
            Kind::Supervisor { .. } => {
                supervisors.filter(|&n| is_group(&tree[n]) && depth(&tree, n) < DEPTH).collect()
            }
        };
        let parent = fits[usize::from(under) % fits.len()];
        let number = tree.len();
        let name = match &mut kind {
            Kind::Worker(worker) => {
                workers += 1;
                if workers > WORKERS {
                    continue;
                }
                let Kind::Supervisor { strategy, auto, .. } = tree[parent].kind else { unreachable!() };
                worker.later |= strategy == Group::Dynamic;
                worker.significant &= auto != Auto::Never && worker.restart != Restart::Permanent;
                format!("w{number}")
            }
            Kind::Supervisor { strategy, auto, .. } => {
                if *strategy == Group::Dynamic {
                    *auto = Auto::Never;
                }
                format!("s{number}")
            }
        };
        tree.push(Spec { name, parent: Some(parent), kind });
    }
    tree
}

/// A few events that belong together: what one draw comes to.
fn happen(tree: &[Spec], (what, whom, how, span): (u8, u8, u8, u64)) -> Vec<Event> {
    let kind = |n: usize| &tree[n].kind;
    let is_worker = |n: usize| kind(n).worker().is_some();
    let is_dynamic = |n: usize| matches!(kind(n), Kind::Supervisor { strategy: Group::Dynamic, .. });
    let below_dynamic = |n: usize| tree[n].parent.is_some_and(is_dynamic);
    let pick = |fits: &dyn Fn(usize) -> bool| {
        let fits: Vec<_> = (0..tree.len()).filter(|&n| fits(n)).collect();
        fits.get(usize::from(whom) % fits.len().max(1)).copied()
    };
    let worker = pick(&is_worker);
    // A supervisor is picked as often as it has workers.
    let parent = worker.and_then(|worker| tree[worker].parent);
    let nested = pick(&|n| n > 0 && !is_worker(n));
    let child = pick(&|n| n > 0);
    let kept = pick(&|n| n > 0 && !below_dynamic(n));
    let how = usize::from(how);
    let exit = worker.map(|n| Event::Exit(n, EXITS[how % 5]));
    let storm = parent.map(|p| Event::Storm(p, how / 5));
    let fill = parent.map(Event::Fill);
    // Of one that stands in the way, `stop()` is a shutdown of what is below it.
    let stop = match parent {
        Some(0) | None => Event::Shutdown,
        Some(p) if is_dynamic(p) => {
            tree[p].parent.filter(|&p| p > 0).map_or(Event::Shutdown, Event::StopSupervisor)
        }
        Some(p) => Event::StopSupervisor(p),
    };
    let stop = Some(stop);
    let again = stop.filter(|stop| *stop != Event::Shutdown);
    let pause = Some(Event::Advance(1 + span % 24));
    let flaky = worker.map(|n| Event::Flaky(n, 1 + (how % 3) as u32, FLAWS[how / 3 % 4]));
    let events = match what {
        0..=39 => vec![Some(Event::Advance(span))],
        40..=69 => vec![fill, pause, storm],
        70..=84 => vec![fill, storm],
        85..=109 => vec![fill, pause, exit, storm],
        110..=139 => vec![fill, pause, again, storm],
        140..=159 => vec![again, pause, storm],
        160..=174 => vec![flaky, fill, pause],
        175..=189 => vec![flaky, exit, pause],
        190..=199 => vec![flaky, fill, exit, again, pause],
        200..=204 => vec![exit],
        205..=209 => vec![nested.filter(|&p| !is_dynamic(p)).map(Event::StopSupervisor)],
        210..=219 => vec![child.map(|n| Event::Admin(Call::Terminate, n))],
        220..=229 => vec![kept.map(|n| Event::Admin(Call::Restart, n))],
        230..=235 => vec![kept.map(|n| Event::Admin(Call::Delete, n))],
        236..=241 => vec![worker.map(|n| Event::Admin(Call::Start, n))],
        242..=251 => vec![fill, pause, stop, storm],
        252..=254 => vec![flaky, fill, exit, stop, pause],
        255 => vec![Some(Event::Shutdown)],
    };
    events.into_iter().flatten().collect()
}
