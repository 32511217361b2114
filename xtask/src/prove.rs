//! `cargo xtask prove`: what needs a nightly toolchain and minutes, and is therefore not part of the gate.
//!
//! Each proof that passes writes its row of PROOFS.md, with the date and the commit, and leaves the other rows alone. A
//! proof that fails leaves the file as it was: the older row still tells the truth about the older commit.

use crate::mutations;
use crate::step::{Outcome, Step};
use crate::tools::{self, Cmd};

const RECORD: &str = "PROOFS.md";

const HEAD: &str = "# Proofs

What `cargo xtask prove` has shown, and when. The programs write this file; nobody edits it.

| proof | what it shows | date | commit |
|---|---|---|---|
";

pub(crate) fn steps() -> Vec<Step> {
    vec![
        Step {
            name: "miri",
            about: "no undefined behaviour and no leak in the core's unit tests, under both borrow models",
            run: miri,
        },
        Step {
            name: "loom",
            about: "each interleaving of mailbox, reply slot and lock that a bound lets through: one preemption more than the gate has, and up to two million runs of each scenario",
            run: loom,
        },
        Step { name: "tsan", about: "no data race in the behaviour tests, the runtime included", run: tsan },
        Step {
            name: "mutations",
            about: "the tests notice each promise of tests/mutations.txt that is broken; a number or a word after it chooses",
            run: mutations,
        },
    ]
}

fn miri() -> Outcome {
    components("miri rust-src")?;
    // In miri's isolation the clock follows the work: no test runs out of time because miri is slow. Both models of what a
    // borrow allows, since neither is settled.
    for flags in ["", "-Zmiri-tree-borrows"] {
        Cmd::new("cargo +nightly miri test --package actor-core --lib").env("MIRIFLAGS", flags).run()?;
    }
    record("miri")
}

fn loom() -> Outcome {
    Cmd::new("cargo test --package loom-tests --tests").env("DEEP", "1").run()?;
    record("loom")
}

fn tsan() -> Outcome {
    components("rust-src")?;
    // The standard library is built along: an uninstrumented `Mutex` or `Arc` would look like a race. With `--target`
    // the flags spare build scripts and macros, which could not load the sanitizer. A folder of its own, since the
    // flags would make the next ordinary build start anew.
    let host = host(&Cmd::new("rustc -vV").output()?);
    let test = Cmd::new("cargo +nightly test -Zbuild-std --package actor-tests --test behaviour --target");
    let test = test.arg(host).arg("--target-dir").arg(tools::target().join("tsan"));
    test.env("RUSTFLAGS", "-Zsanitizer=thread").run()?;
    record("tsan")
}

/// Stable will do, but it takes its time.
fn mutations() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let chosen = words.split_first().map_or(&[][..], |(command, rest)| mutations::words(command, rest));
    mutations::prove(chosen)?;
    // A choice of them proves nothing of the rest.
    if chosen.is_empty() { record("mutations") } else { Ok(()) }
}

fn components(names: &str) -> Outcome {
    Cmd::new(&format!("rustup component add --toolchain nightly {names}")).run()
}

/// The triple in the output of `rustc -vV`.
fn host(version: &str) -> String {
    version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().to_owned()
}

fn record(name: &str) -> Outcome {
    let about = steps().iter().find(|step| step.name == name).map_or("", |step| step.about);
    let date = Cmd::new("date -u +%F").output()?;
    let commit = Cmd::new("git describe --always --dirty").output()?;
    let row = format!("| {name} | {about} | {} | `{}` |", date.trim(), commit.trim());
    let old = std::fs::read_to_string(RECORD).unwrap_or_default();
    std::fs::write(RECORD, with_row(&old, name, &row))
        .map_err(|error| crate::step::Failure::new(format!("{RECORD}: {error}")))
}

/// The record with one proof's row put in the place of its former one.
fn with_row(old: &str, name: &str, row: &str) -> String {
    let mut rows: Vec<&str> =
        old.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| proof |")).collect();
    let own = format!("| {name} |");
    rows.retain(|line| !line.starts_with(&own));
    rows.push(row);
    rows.sort_unstable();
    format!("{HEAD}{}\n", rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_replaces_its_own_row_only() {
        let first = with_row("", "tsan", "| tsan | old |");
        let second = with_row(&first, "miri", "| miri | new |");
        let third = with_row(&second, "tsan", "| tsan | new |");
        assert_eq!(third, format!("{HEAD}| miri | new |\n| tsan | new |\n"));
    }

    #[test]
    fn the_host_is_read_from_rustc() {
        assert_eq!(
            host("rustc 1.95.0\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\n"),
            "x86_64-unknown-linux-gnu"
        );
    }
}
