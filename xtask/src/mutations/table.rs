//! The table of mutations in CONTRIBUTING.md, and whether each mutation still finds its place: held by tests, since
//! trying them all takes too long for every run.

#![cfg(test)]

use std::fmt::Write as _;

use super::list::{LIST, Mutation, parse};
use crate::step::Failure;
use crate::tools;

const GUIDE: &str = "CONTRIBUTING.md";
const BEGIN: &str = "<!-- the mutations, written by a test -->\n";
const END: &str = "<!-- the end of the mutations -->\n";

const SECTIONS: [(&str, &str); 9] = [
    ("1", "Section 1: identity and ownership"),
    ("2", "Section 2: messages and handlers"),
    ("3", "Section 3: mailbox"),
    ("4", "Section 4: tell, ask"),
    ("5", "Section 5: lifecycle"),
    ("6", "Section 6: supervision"),
    ("7", "Section 7: watching"),
    ("8", "Section 8: time"),
    ("testing", "Testing"),
];

fn read(path: &str) -> Result<String, Failure> {
    tools::read(tools::root().join(path))
}

fn table(mutations: &[Mutation]) -> String {
    let mut text = String::new();
    let mut listed = 0;
    for (section, title) in SECTIONS {
        let _ =
            write!(text, "\n### {title}\n\n| | promise | mutant | must be noticed by |\n|---|---|---|---|\n");
        for (number, mutation) in (1..).zip(mutations) {
            let Some((_, promise)) = mutation.row.split_once(": ").filter(|(of, _)| *of == section) else {
                continue;
            };
            listed += 1;
            let tests: Vec<_> = mutation.tests.iter().map(|test| format!("`{test}`")).collect();
            let _ = writeln!(text, "| {number} | {promise} | {} | {} |", mutation.mutant, tests.join(", "));
        }
    }
    assert_eq!(listed, mutations.len(), "an entry of {LIST} is of a section that has no title");
    text + "\n"
}

/// It is renewed with `MUTATIONS=overwrite cargo test -p xtask`.
#[test]
fn the_guide_lists_every_mutation() {
    let mutations = parse(&read(LIST).unwrap()).unwrap();
    let guide = read(GUIDE).unwrap();
    let (before, rest) = guide.split_once(BEGIN).expect("the table has a begin");
    let (old, after) = rest.split_once(END).expect("the table has an end");
    let new = table(&mutations);
    if std::env::var_os("MUTATIONS").is_some_and(|value| value == "overwrite") {
        std::fs::write(tools::root().join(GUIDE), format!("{before}{BEGIN}{new}{END}{after}")).unwrap();
    } else {
        assert!(
            old == new,
            "the table is not that of {LIST}: renew it with `MUTATIONS=overwrite cargo test -p xtask`"
        );
    }
}

#[test]
fn every_mutation_finds_its_place() {
    let mutations = parse(&read(LIST).unwrap()).unwrap();
    let lost: Vec<_> = mutations.iter().filter_map(|mutation| mutation.changed(read).err()).collect();
    assert!(lost.is_empty(), "{lost:?}");
}
