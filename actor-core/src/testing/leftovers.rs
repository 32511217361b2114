//! What a test leaves behind: actors that own each other, and messages that nobody handled and nobody looked at.
//!
//! A complaint must be certain, or people learn to silence it. So of the strong cycles that the shutdown reports those
//! count whose actors were all at rest when the test's body was done: nothing ran in them or waited for them, they had
//! neither a task nor a timer nor a watch that could have changed them, and no delayed tell was on its way to anybody.

use std::collections::HashMap;
use std::fmt::Write;

use crate::dead_letter::DeadLetter;
use crate::erased::Life;
use crate::identity::Path;
use crate::lifecycle::Status;
use crate::rt::Arc;
use crate::system::{ShutdownReport, System};

/// So many dead letters are shown: the trace below has all of them.
const SHOWN: usize = 10;

/// How things stand when the body of a test is done, before the shutdown.
pub(super) struct Leftovers {
    pub(super) letters: Vec<DeadLetter>,
    /// Who might be leaked, and how to name it.
    pub(super) at_rest: HashMap<Path, String>,
}

impl Leftovers {
    /// Whether anybody is leaked turns out in the shutdown that follows.
    pub(super) fn of(system: &System, letters: Vec<DeadLetter>) -> Self {
        let at_rest = system.living().into_iter().filter(is_at_rest);
        let named = |life: Arc<dyn Life>| {
            let core = life.core();
            (core.path().clone(), format!("{} ({})", core.path(), core.actor_type()))
        };
        Self { letters, at_rest: at_rest.map(named).collect() }
    }

    /// What is to be said of it, once the system is shut down.
    pub(super) fn complaint(&self, report: &ShutdownReport) -> Option<String> {
        let mut text = String::new();
        for cycle in &report.cycles {
            let names: Option<Vec<_>> =
                cycle.iter().chain(cycle.first()).map(|path| self.at_rest.get(path)).collect();
            let Some(names) = names else { continue };
            let names: Vec<_> = names.into_iter().map(String::as_str).collect();
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
    matches!(core.status(), Status::Running) && life.is_idle() && !core.expects_something()
}
