//! What depending on `actor-core` brings along: few crates, and each once.

use std::collections::{BTreeMap, BTreeSet};

use crate::step::{Outcome, verdict};
use crate::tools::Cmd;

/// Fewer than this, `actor-core` itself counted, with default features, on this platform.
const CRATES: usize = 30;

pub(crate) fn check() -> Outcome {
    let listed =
        Cmd::new("cargo tree --package actor-core --edges normal --prefix none --format {p}").output()?;
    let crates = crates(&listed);
    let total: usize = crates.values().map(BTreeSet::len).sum();
    println!("actor-core and what it depends on: {total} crates");
    verdict(complaints(&crates, total))
}

fn complaints(crates: &BTreeMap<&str, BTreeSet<&str>>, total: usize) -> Vec<String> {
    let mut complaints = Vec::new();
    if total >= CRATES {
        complaints.push(format!(
            "{total} crates, where {} are the most: see `cargo tree -p actor-core -e normal`",
            CRATES - 1
        ));
    }
    for (name, versions) in crates.iter().filter(|(_, versions)| versions.len() > 1) {
        let versions: Vec<_> = versions.iter().copied().collect();
        complaints.push(format!(
            "{name} comes in {}: see `cargo tree -p actor-core -e normal -i {name}`",
            versions.join(" and ")
        ));
    }
    complaints
}

/// The versions of each crate in lines like `name v1.2.3 (proc-macro) (*)`.
fn crates(listed: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut crates: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for line in listed.lines() {
        let mut words = line.split(' ');
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            crates.entry(name).or_default().insert(version);
        }
    }
    crates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_counts_once_and_must_come_once() {
        let once = crates("actor-core v0.1.0 (/x)\nsyn v3.0.0\nquote v1.0.0\nsyn v3.0.0 (*)\n");
        assert_eq!((once.len(), complaints(&once, once.len())), (3, vec![]));
        let twice = crates("syn v3.0.0\nsyn v2.0.0\n");
        assert_eq!(complaints(&twice, 2).len(), 1);
        assert_eq!(complaints(&once, CRATES).len(), 1);
    }
}
