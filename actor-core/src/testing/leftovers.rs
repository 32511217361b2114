//! What a test leaves behind: actors that own each other, and messages that nobody handled and nobody looked at.
//!
//! A complaint must be certain, or people learn to silence it. So an actor counts as leaked only if all of this holds when
//! the test's body is done and everybody has come to rest:
//!
//! - It is at rest: nothing runs in it or waits for it, and it has neither a task nor a timer that could change it.
//! - The system does not own it, nor another that the system owns: it is not detached, not registered, and not below such
//!   an actor or supervisor.
//! - Its state owns it, by way of others of the same kind or by itself. What a state owns shows at the shutdown, when it
//!   is dropped.
//!
//! An actor whose reference is in a task that the test has left running, in a static or in another thread is none of
//! those: whoever has it may let it go.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Write;

use crate::dead_letter::DeadLetter;
use crate::erased::Life;
use crate::identity::ActorId;
use crate::lifecycle::Status;
use crate::ownership::Owning;
use crate::rt::Arc;
use crate::system::System;

/// So many dead letters are shown: the trace below has all of them.
const SHOWN: usize = 10;

/// How things stand when the body of a test is done, before the shutdown.
pub(super) struct Leftovers {
    pub(super) letters: Vec<DeadLetter>,
    /// Who might be leaked, and how to name it.
    pub(super) suspects: HashMap<ActorId, String>,
    /// Parents own their children.
    families: Vec<Owning>,
}

impl Leftovers {
    /// Whether anybody is leaked turns out in the shutdown that follows.
    pub(super) fn of(system: &System, letters: Vec<DeadLetter>) -> Self {
        system.ownings().begin();
        let living = system.living();
        let families: Vec<_> = living
            .iter()
            .filter_map(|life| life.core().parent.map(|parent| (parent, life.core().id)))
            .collect();
        let mut kept = HashSet::new();
        // Ids grow, so that parents come before their children.
        for life in &living {
            let core = life.core();
            if core.parent.is_some_and(|parent| kept.contains(&parent)) || system.owns(core) {
                kept.insert(core.id);
            }
        }
        let suspects = living.iter().filter(|life| !kept.contains(&life.core().id) && is_at_rest(life));
        let suspects = suspects.map(|life| {
            let core = life.core();
            (core.id, format!("{} ({})", core.path, core.actor_type))
        });
        Self { letters, suspects: suspects.collect(), families }
    }

    /// What is to be said of it, once the system is shut down.
    pub(super) fn complaint(&self, system: &System) -> Option<String> {
        let mut ownings = system.ownings().take();
        ownings.extend(&self.families);
        let mut text = String::new();
        for cycle in cycles(&self.suspects.keys().copied().collect(), &ownings) {
            let names: Vec<_> =
                cycle.iter().chain(cycle.first()).map(|id| self.suspects[id].as_str()).collect();
            let _ = write!(
                text,
                "\n  actors own each other and would never end: {}: let one of them hold a `WeakActorRef`, or say \
                 `system.allow_leaks()`",
                names.join(" → ")
            );
        }
        for letter in self.letters.iter().take(SHOWN) {
            let _ = write!(text, "\n  a {letter}");
        }
        if let Some(more @ 1..) = self.letters.len().checked_sub(SHOWN) {
            let _ = write!(text, "\n  and {more} more");
        }
        if !self.letters.is_empty() {
            text +=
                "\n  look at dead letters with `system.dead_letters()`, or say `system.allow_dead_letters()`";
        }
        (!text.is_empty()).then_some(text)
    }
}

fn is_at_rest(life: &Arc<dyn Life>) -> bool {
    let core = life.core();
    matches!(core.status(), Status::Running) && life.is_idle() && !core.has_tasks()
}

/// The circles of ownership among these actors, the oldest first, none that has an actor of another.
fn cycles(among: &HashSet<ActorId>, ownings: &[Owning]) -> Vec<Vec<ActorId>> {
    let mut owned: HashMap<ActorId, Vec<ActorId>> = HashMap::new();
    for (owner, other) in ownings {
        if among.contains(owner) && among.contains(other) {
            owned.entry(*owner).or_default().push(*other);
        }
    }
    let mut starts: Vec<_> = owned.keys().copied().collect();
    starts.sort_unstable();
    let mut known: HashSet<ActorId> = HashSet::new();
    let mut cycles = Vec::new();
    for start in starts {
        if let Some(cycle) = way_back(start, &owned) {
            if cycle.iter().all(|id| !known.contains(id)) {
                known.extend(&cycle);
                cycles.push(cycle);
            }
        }
    }
    cycles
}

/// The shortest way from an actor through those it owns back to itself.
fn way_back(start: ActorId, owned: &HashMap<ActorId, Vec<ActorId>>) -> Option<Vec<ActorId>> {
    let mut from = HashMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(at) = waiting.pop_front() {
        for next in owned.get(&at).into_iter().flatten() {
            if *next == start {
                let mut way: Vec<_> = std::iter::successors(Some(at), |id| from.get(id).copied()).collect();
                way.reverse();
                return Some(way);
            }
            if let Entry::Vacant(new) = from.entry(*next) {
                new.insert(at);
                waiting.push_back(*next);
            }
        }
    }
    None
}
