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
        let parent = |life: &Arc<dyn Life>| Some((life.core().parent()?, life.core().id));
        let families = lives.iter().filter_map(parent).collect();
        let mut kept = HashSet::new();
        // Ids grow, so that parents come before their children.
        lives.retain(|life| {
            let core = life.core();
            let keep = core.parent().is_some_and(|parent| kept.contains(&parent)) || system.owns(core);
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
        let leaked: HashMap<_, _> = leaked.map(|life| (life.core().id, life.core().path())).collect();
        let among = leaked.keys().copied().collect();
        let named = |cycle: Vec<ActorId>| cycle.iter().map(|id| leaked[id].clone()).collect();
        cycles(&among, &ownings).into_iter().map(named).collect()
    }
}

/// The circles of ownership among these actors, the oldest first: one of each knot of actors that own each other.
///
/// It takes time in proportion to the actors and what they own. The knots are the strongly connected components, by
/// Kosaraju's algorithm: whoever is reached backwards, in the reverse order of leaving a search forwards, is one of them.
fn cycles(among: &HashSet<ActorId>, ownings: &[Owning]) -> Vec<Vec<ActorId>> {
    let (mut owned, mut owners) = (Owned::new(), Owned::new());
    for (owner, other) in ownings {
        if among.contains(owner) && among.contains(other) {
            owned.entry(*owner).or_default().push(*other);
            owners.entry(*other).or_default().push(*owner);
        }
    }
    let mut starts: Vec<_> = owned.keys().copied().collect();
    starts.sort_unstable();
    let mut seen = HashSet::new();
    let left: Vec<_> = starts.iter().flat_map(|start| leaving(*start, &owned, &mut seen)).collect();
    let mut seen = HashSet::new();
    let knots = left.into_iter().rev().map(|start| leaving(start, &owners, &mut seen));
    let cycle = |knot: Vec<ActorId>| {
        let oldest = *knot.iter().min()?;
        let knot: HashSet<_> = knot.into_iter().collect();
        way_back(oldest, &owned, &knot)
    };
    let mut cycles: Vec<_> = knots.filter_map(cycle).collect();
    cycles.sort_unstable();
    cycles
}

type Owned = HashMap<ActorId, Vec<ActorId>>;

/// Whom a search from `start` finds that has not been seen, in the order in which it leaves them.
fn leaving(start: ActorId, edges: &Owned, seen: &mut HashSet<ActorId>) -> Vec<ActorId> {
    let mut left = Vec::new();
    if !seen.insert(start) {
        return left;
    }
    let next = |id: &ActorId| edges.get(id).map_or(&[][..], Vec::as_slice).iter();
    let mut way = vec![(start, next(&start))];
    while let Some((at, others)) = way.last_mut() {
        match others.next() {
            Some(other) if seen.insert(*other) => way.push((*other, next(other))),
            Some(_) => {}
            None => {
                left.push(*at);
                way.pop();
            }
        }
    }
    left
}

/// The shortest way from an actor through others of its knot back to itself.
fn way_back(start: ActorId, owned: &Owned, knot: &HashSet<ActorId>) -> Option<Vec<ActorId>> {
    let mut from = HashMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(at) = waiting.pop_front() {
        for next in owned.get(&at).into_iter().flatten().filter(|next| knot.contains(next)) {
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
