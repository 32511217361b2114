//! `cargo xtask test`: everything a change must pass, on a stable toolchain and a fresh machine.
//!
//! The cheap checks of text come after the tests: what a newcomer wants to know first is whether the code works.

use std::time::Duration;

use crate::step::{Failure, Outcome, Step};
use crate::tools::{self, Cmd};
use crate::{book, readme, semantics};

/// Examples that run until they are told to stop. Their tests drive them.
const SERVERS: &[&str] = &["axum_service", "redis_server"];

/// An example that shows something shows it in a few seconds; a loaded machine gets ten times that.
const EXAMPLE_LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn steps() -> Vec<Step> {
    vec![
        Step { name: "build", about: "every crate, test and example of the workspace", run: build },
        Step { name: "tests", about: "unit, behaviour and service tests", run: tests },
        Step {
            name: "loom",
            about: "every interleaving, within stated bounds, of what has no lock",
            run: loom,
        },
        Step {
            name: "plain",
            about: "the behaviour suites over the plain queue, the fast one's reference",
            run: plain,
        },
        Step {
            name: "inline",
            about: "the behaviour suites with every handler that is not async marked inline",
            run: inline,
        },
        Step { name: "abort", about: "what is said where a panic ends the process", run: abort },
        Step { name: "doctests", about: "the examples in the docs", run: doctests },
        Step { name: "examples", about: "every example that ends by itself ends well", run: examples },
        Step { name: "readme", about: "README.md shows real programs and real output", run: readme::check },
        Step {
            name: "book",
            about: "the book's listings are compiled code, and it builds",
            run: book::check,
        },
        Step {
            name: "semantics",
            about: "each row of SEMANTICS.md names a test that exists",
            run: semantics::check,
        },
    ]
}

/// Not `cargo build --all-targets`: that builds libraries another time, which the tests then do not use.
fn build() -> Outcome {
    Cmd::new("cargo test --workspace --no-run").run()
}

fn tests() -> Outcome {
    // Some tests run an example as a program.
    Cmd::new("cargo build --workspace --examples").run()?;
    Cmd::new("cargo test --workspace --exclude loom-tests --tests").run()
}

/// Apart, since it takes long beside the others. The bounds stand in the tests.
fn loom() -> Outcome {
    Cmd::new("cargo test --package loom-tests --tests").run()
}

fn plain() -> Outcome {
    suites("plain", "--cfg plain_queue")
}

fn inline() -> Outcome {
    suites("inline", "--cfg inline_asks")
}

/// In a folder of its own, since the flag would make the next ordinary build start anew.
fn suites(folder: &str, flags: &'static str) -> Outcome {
    let test = Cmd::new("cargo test --package actor-tests --test behaviour --test otp --target-dir");
    test.arg(tools::target().join(folder)).env("RUSTFLAGS", flags).run()
}

fn abort() -> Outcome {
    Cmd::new("cargo run --quiet --package actor-abort-test --profile abort").run()
}

fn doctests() -> Outcome {
    Cmd::new("cargo test --workspace --doc").run()
}

fn examples() -> Outcome {
    let names = example_names(&Cmd::new("cargo metadata --no-deps --offline --format-version 1").output()?);
    let ending: Vec<_> = names.iter().filter(|name| !SERVERS.contains(&name.as_str())).collect();
    if ending.is_empty() {
        return Err(Failure::new("no example ends by itself: cargo knows none but servers"));
    }
    for name in ending {
        print!("{}", output_of_example(name)?);
    }
    Ok(())
}

pub(crate) fn output_of_example(name: &str) -> Result<String, Failure> {
    Cmd::new("cargo run --quiet --example").arg(name).output_within(EXAMPLE_LIMIT)
}

/// The example targets in the output of `cargo metadata`. Cargo writes a target as
/// `{"kind":["example"],"crate_types":["bin"],"name":"quickstart",…`; a JSON parser for that would be most of this
/// crate's compile time.
fn example_names(metadata: &str) -> Vec<String> {
    let mut names: Vec<String> = metadata
        .split(r#""kind":["example"]"#)
        .skip(1)
        .filter_map(|target| target.split_once(r#""name":""#)?.1.split('"').next())
        .map(str::to_owned)
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_read_from_cargos_metadata() {
        let metadata = r#"{"targets":[{"kind":["lib"],"crate_types":["lib"],"name":"examples","src_path":"a"},
            {"kind":["example"],"crate_types":["bin"],"name":"quickstart","src_path":"b"},
            {"kind":["example"],"crate_types":["bin"],"name":"counter","src_path":"c"}]}"#;
        assert_eq!(example_names(metadata), ["counter", "quickstart"]);
    }
}
