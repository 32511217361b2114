//! A picture of who is there.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::erased::Life;
use crate::identity::{ActorId, Path};
use crate::lifecycle::Status;
use crate::rt::Arc;
use crate::stats::ActorStats;

/// The actors of a system at one moment, those of a parent in start order. It prints as a tree.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Tree {
    /// The name of the system.
    pub system: String,
    /// The actors right below its root.
    pub roots: Vec<Node>,
}

/// One actor of a [`Tree`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Node {
    /// Which actor.
    pub id: ActorId,
    /// Where it stands.
    pub path: Path,
    /// Its type, without modules.
    pub actor_type: String,
    /// What it is doing.
    pub status: Status,
    /// Which incarnation it is in.
    pub epoch: u64,
    /// Messages that wait for it.
    pub queued: usize,
    /// What it has done, as [`ActorRef::stats`](crate::ActorRef::stats) has it.
    pub stats: ActorStats,
    /// Its children.
    pub children: Vec<Node>,
}

impl Tree {
    pub(super) fn of(system: &str, living: Vec<Arc<dyn Life>>) -> Self {
        let mut below: HashMap<Option<ActorId>, Vec<Node>> = HashMap::new();
        let ids: HashSet<_> = living.iter().map(|life| life.core().id).collect();
        // Children are younger than their parents, so from the youngest on, everybody's children are complete.
        for life in living.into_iter().rev() {
            let core = life.core();
            let mut children = below.remove(&Some(core.id)).unwrap_or_default();
            children.reverse();
            let queued = life.queued();
            let node = Node {
                id: core.id,
                path: core.path().clone(),
                actor_type: core.actor_type(),
                status: core.status(),
                epoch: core.epoch(),
                queued,
                stats: core.counts.stats(queued, core.epoch()),
                children,
            };
            // One that was left behind, stuck, outlives its parent.
            let parent = core.parent().filter(|parent| ids.contains(parent));
            below.entry(parent).or_default().push(node);
        }
        let mut roots = below.remove(&None).unwrap_or_default();
        roots.reverse();
        Self { system: system.to_owned(), roots }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.system)?;
        draw(&self.roots, &mut String::new(), f)
    }
}

fn draw(nodes: &[Node], indent: &mut String, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, node) in nodes.iter().enumerate() {
        let last = at + 1 == nodes.len();
        write!(f, "\n{indent}{}{node}", if last { "└─ " } else { "├─ " })?;
        let length = indent.len();
        indent.push_str(if last { "   " } else { "│  " });
        draw(&node.children, indent, f)?;
        indent.truncate(length);
    }
    Ok(())
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {} {}", self.path.name(), self.actor_type, self.status)?;
        if self.epoch > 1 {
            write!(f, ", epoch {}", self.epoch)?;
        }
        if self.queued > 0 {
            write!(f, ", {} queued", self.queued)?;
        }
        Ok(())
    }
}
