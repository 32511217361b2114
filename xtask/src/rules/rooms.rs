//! The rooms of `actor-core`: who may know whom, who may reach the runtime, where types are erased.

use std::collections::BTreeSet;
use std::path::Path;

use crate::source::Source;

const CORE: &str = "actor-core/src";

/// What a room may know of the others. A path stands for everything in it: `supervision` for `supervision/plan`, and in
/// a list `mailbox` for `mailbox::queue`.
struct Wall {
    room: &'static str,
    rule: Knows,
    why: &'static str,
}

enum Knows {
    Only(&'static [&'static str]),
    /// Nothing of the first list, save what the second lets through.
    Not(&'static [&'static str], &'static [&'static str]),
}

use Knows::{Not, Only};

const WALLS: &[Wall] = &[
    Wall { room: "rt", rule: Only(&[]), why: "a model checker puts its own in the runtime's place" },
    Wall { room: "identity", rule: Only(&["rt"]), why: "everybody names actors" },
    Wall { room: "reason", rule: Only(&["identity", "rt"]), why: "everybody tells reasons" },
    Wall { room: "fence", rule: Only(&["reason", "rt"]), why: "it may catch anybody's panic" },
    Wall { room: "registry", rule: Only(&["identity", "rt"]), why: "it keeps what it does not understand" },
    Wall { room: "lifecycle", rule: Only(&["reason", "rt"]), why: "the ladder decides, others act" },
    Wall {
        room: "ownership",
        rule: Only(&["cell", "erased", "identity", "rt", "system"]),
        why: "it sees who owns whom, not what they do",
    },
    Wall { room: "program", rule: Only(&["rt", "system"]), why: "a program is a runtime and a system" },
    Wall {
        room: "supervision/plan",
        rule: Only(&["reason", "rt"]),
        why: "the plan decides, the keeper acts",
    },
    Wall { room: "supervision/intensity", rule: Only(&["rt"]), why: "the window counts, the plan decides" },
    Wall {
        room: "reply",
        rule: Only(&["error", "fence", "raw", "reason", "rt"]),
        why: "a slot does not ask who asks whom",
    },
    Wall { room: "raw/exchange", rule: Only(&["fence", "rt"]), why: "it is model-checked alone" },
    Wall { room: "raw/head", rule: Only(&["rt"]), why: "it is model-checked with `exchange`" },
    Wall { room: "raw/roster", rule: Only(&["fence", "rt"]), why: "it is model-checked with `exchange`" },
    Wall { room: "raw/block", rule: Only(&["rt"]), why: "it is model-checked with the queue" },
    Wall { room: "raw/blocks", rule: Only(&["rt"]), why: "it is model-checked with the queue" },
    Wall { room: "raw/front", rule: Only(&["rt"]), why: "it is model-checked with the queue" },
    Wall { room: "raw/slot", rule: Only(&[]), why: "anything may lie there" },
    Wall { room: "deadline", rule: Only(&["reply", "rt"]), why: "the clock ends any ask" },
    Wall {
        room: "mailbox/queue/fast",
        rule: Only(&["fence", "lifecycle", "mailbox", "raw", "reason", "rt"]),
        why: "it is model-checked alone",
    },
    Wall {
        room: "mailbox/queue/plain",
        rule: Only(&["fence", "lifecycle", "mailbox", "raw", "reason", "rt"]),
        why: "another queue takes its place",
    },
    Wall {
        room: "mailbox",
        rule: Not(&["cell", "registry", "run", "supervision", "system"], &[]),
        why: "mail waits, whoever reads it",
    },
    Wall {
        room: "request",
        rule: Not(&["run", "supervision"], &[]),
        why: "a request does not ask who supervises",
    },
    Wall { room: "reference", rule: Not(&["run", "supervision"], &[]), why: "a reference outlives any run" },
    Wall {
        room: "run",
        rule: Not(&["registry", "supervision"], &[]),
        why: "the loop reports, supervisors decide",
    },
    Wall {
        room: "supervision",
        rule: Not(&["deadline", "mailbox::queue", "reply", "request", "run", "watchdog"], &["run::launch"]),
        why: "a supervisor starts a run and knows nothing of its insides",
    },
];

/// Dependencies run one way. Seen are paths that begin with `crate::`; a room's own front page is `super` to its files.
pub(super) fn one_way(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in core(sources) {
        let room = room(&source.path);
        for (line, after) in source.uses("crate::") {
            if after.starts_with('{') {
                // The crate's root gathers names for users; it is no room.
                if room != "lib" {
                    complaints.push(source.at(line, "name the rooms one by one, as `crate::room`"));
                }
                continue;
            }
            let known = path(after);
            for wall in WALLS.iter().filter(|wall| within(&room, wall.room, '/')) {
                if !wall.rule.allow(&known) && !within(&known, wall.room, ':') {
                    let what = format!("`{}` must not know `{known}`: {}", wall.room, wall.why);
                    complaints.push(source.at(line, what));
                }
            }
        }
    }
    complaints
}

impl Knows {
    fn allow(&self, known: &str) -> bool {
        let listed = |list: &[&str]| list.iter().any(|path| within(known, path, ':'));
        match self {
            Only(list) => listed(list),
            Not(list, save) => !listed(list) || listed(save),
        }
    }
}

/// Only `rt` names what a model checker, a schedule explorer or the test clock replaces. The test kit stands outside:
/// it makes the runtime.
pub(super) fn one_door_to_the_runtime(sources: &[Source]) -> Vec<String> {
    const BEHIND_THE_DOOR: &[&str] = &[
        "std::sync::Mutex",
        "std::sync::RwLock",
        "std::sync::atomic",
        "std::sync::{",
        "std::thread::spawn",
        "std::time::Instant",
        "std::time::{",
        "tokio::runtime",
        "tokio::spawn",
        "tokio::sync",
        "tokio::time",
        "tokio::{",
    ];
    let mut complaints = Vec::new();
    for source in core(sources)
        .filter(|source| !["rt", "testing"].iter().any(|it| within(&room(&source.path), it, '/')))
    {
        for word in BEHIND_THE_DOOR {
            let found = source.uses(word);
            complaints
                .extend(found.map(|(line, _)| source.at(line, format!("`{word}`: go through `crate::rt`"))));
        }
    }
    complaints
}

/// Traits used as `dyn` are defined where types are erased: in `erased`, or at a plug of its own that nobody else sees.
pub(super) fn erasure(sources: &[Source]) -> Vec<String> {
    const PLACES: &[&str] =
        &["erased", "mailbox/envelope", "reference/recipient", "reply", "supervision/factory"];
    let objects: BTreeSet<String> = core(sources)
        .flat_map(|source| source.uses("dyn ").map(|(_, after)| path(after)).collect::<Vec<_>>())
        .filter_map(|path| path.rsplit("::").next().map(str::to_owned))
        .collect();
    let mut complaints = Vec::new();
    for source in core(sources).filter(|source| !PLACES.contains(&room(&source.path).as_str())) {
        for (line, after) in source.uses("trait ") {
            let name = path(after);
            if objects.contains(&name) {
                complaints.push(
                    source
                        .at(line, format!("`dyn {name}`: type erasure has its rooms: {}", PLACES.join(", "))),
                );
            }
        }
    }
    complaints
}

fn core(sources: &[Source]) -> impl Iterator<Item = &Source> {
    sources.iter().filter(|source| source.is_below(CORE))
}

/// `supervision/plan` for `actor-core/src/supervision/plan.rs`.
fn room(path: &Path) -> String {
    path.strip_prefix(CORE).unwrap_or(path).with_extension("").display().to_string()
}

/// The path of names that a text begins with.
fn path(text: &str) -> String {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    text[..end].trim_end_matches(':').to_owned()
}

/// Whether a path is another or lies in it.
fn within(path: &str, outer: &str, separator: char) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_core(room: &str, text: &str) -> [Source; 1] {
        [Source::new(format!("{CORE}/{room}.rs"), text)]
    }

    #[test]
    fn supervision_may_launch_a_run_and_no_more() {
        assert_eq!(one_way(&in_core("supervision/child", "use crate::run::launch;")), [""; 0]);
        assert_eq!(one_way(&in_core("supervision/child", "use crate::run::step;")).len(), 1);
        assert_eq!(one_way(&in_core("supervision", "use crate::mailbox::Mailbox;")), [""; 0]);
        assert_eq!(one_way(&in_core("supervision", "use crate::mailbox::queue::Queue;")).len(), 1);
    }

    #[test]
    fn a_closed_room_knows_only_its_list_and_itself() {
        assert_eq!(one_way(&in_core("supervision/plan", "use crate::reason::StopReason;")), [""; 0]);
        assert_eq!(one_way(&in_core("supervision/plan", "use crate::cell::Cell;")).len(), 1);
        assert_eq!(one_way(&in_core("lifecycle", "use crate::lifecycle::Rung;")), [""; 0]);
        assert_eq!(
            one_way(&in_core("request", "/// [`x`](crate::supervision)\n")),
            [""; 0],
            "docs may point anywhere"
        );
    }

    #[test]
    fn a_gathered_import_hides_rooms_and_is_refused() {
        assert_eq!(one_way(&in_core("request", "use crate::{run, rt};")).len(), 1);
        assert_eq!(one_way(&in_core("lib", "pub use crate::{run, rt};")), [""; 0]);
    }

    #[test]
    fn the_runtime_has_one_door() {
        assert_eq!(one_door_to_the_runtime(&in_core("cell", "use std::sync::Mutex;")).len(), 1);
        assert_eq!(one_door_to_the_runtime(&in_core("rt", "use std::sync::Mutex;")), [""; 0]);
        assert_eq!(one_door_to_the_runtime(&in_core("testing/probe", "tokio::time::pause();")), [""; 0]);
        assert_eq!(
            one_door_to_the_runtime(&in_core("cell", "use crate::rt::Mutex; tokio::select! {}")),
            [""; 0]
        );
    }

    #[test]
    fn a_trait_object_comes_from_a_room_of_erasure() {
        let text = "pub(crate) trait Life {}\nfn f(life: &dyn Life) {}";
        assert_eq!(erasure(&in_core("cell", text)).len(), 1);
        assert_eq!(erasure(&in_core("erased", text)), [""; 0]);
        assert_eq!(
            erasure(&in_core("cell", "trait Life {}\nfn f(error: &dyn std::error::Error) {}")),
            [""; 0]
        );
    }
}
