//! Strong cycles: actors that own each other, or themselves, and that nobody else would ever end.
//!
//! An actor is in one if, when the shutdown begins, neither the system owns it nor another that the system owns, and if,
//! when all is over, no reference to it is left: so its owners were states, and the ledgers say whose. What a variable, a
//! static or a task still holds is no leak: whoever has it may let it go.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

use super::Owning;
use crate::erased::Life;
use crate::identity::{ActorId, Path};
use crate::rt::Arc;
use crate::system::System;

/// Those that may turn out to own each other, as a shutdown begins.
pub(crate) struct Suspects {
    lives: Vec<Arc<dyn Life>>,
    /// Parents own their children.
    families: Vec<Owning>,
}

impl Suspects {
    /// From now on ledgers are kept.
    pub(crate) fn of(system: &System) -> Self {
        system.ownings().begin();
        let mut lives = system.living();
        let parent = |life: &Arc<dyn Life>| Some((life.core().parent?, life.core().id));
        let families = lives.iter().filter_map(parent).collect();
        let mut kept = HashSet::new();
        // Ids grow, so that parents come before their children.
        lives.retain(|life| {
            let core = life.core();
            let keep = core.parent.is_some_and(|parent| kept.contains(&parent)) || system.owns(core);
            if keep {
                kept.insert(core.id);
            }
            !keep
        });
        Self { lives, families }
    }

    /// The cycles among them, once everybody has ended.
    pub(crate) fn cycles(self, system: &System) -> Vec<Vec<Path>> {
        let mut ownings = system.ownings().take();
        ownings.extend(self.families);
        let leaked = self.lives.iter().filter(|life| !life.is_owned());
        let leaked: HashMap<_, _> = leaked.map(|life| (life.core().id, &life.core().path)).collect();
        let among = leaked.keys().copied().collect();
        let named = |cycle: Vec<ActorId>| cycle.iter().map(|id| leaked[id].clone()).collect();
        cycles(&among, &ownings).into_iter().map(named).collect()
    }
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
