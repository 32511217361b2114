//! `cargo xtask ci`: what the gate runs. `cargo xtask test`, and what keeps the house in order.
//!
//! The checks of seconds come first: they fail most often.

use crate::step::{Outcome, Step};
use crate::tools::{Cmd, from_pypi};
use crate::{rules, test, tree};

/// `typos` on PyPI is the binary of the typos of the same version. Pinned: its word list grows, and a gate must not
/// fail for a change that nobody made.
const TYPOS: (&str, &str) = ("typos", "1.52.0");

pub(crate) fn steps() -> Vec<Step> {
    let mut steps = vec![
        Step { name: "lock", about: "Cargo.lock is whole and current", run: lock },
        Step { name: "fmt", about: "the code is formatted", run: fmt },
        Step { name: "rules", about: "the house's own rules", run: rules::check },
        Step { name: "typos", about: "words are spelt right", run: typos },
        Step { name: "tree", about: "actor-core brings few crates, each once", run: tree::check },
        Step { name: "clippy", about: "no lint is broken, MSRV included", run: clippy },
        Step { name: "docs", about: "the docs build without a broken link", run: docs },
    ];
    steps.extend(test::steps());
    steps
}

fn lock() -> Outcome {
    Cmd::new("cargo metadata --locked --format-version 1").output().map(drop)
}

fn fmt() -> Outcome {
    component("rustfmt", "cargo fmt --version")?;
    Cmd::new("cargo fmt --all --check").run()?;
    // A workspace of its own. Formatting is all the gate does there: to compile the peers takes minutes.
    Cmd::new("cargo fmt --manifest-path benches/Cargo.toml --check").run()
}

fn typos() -> Outcome {
    Cmd::new("").arg(from_pypi(TYPOS.0, TYPOS.1, "typos")?).arg("--format").arg("brief").run()
}

fn clippy() -> Outcome {
    component("clippy", "cargo clippy --version")?;
    Cmd::new("cargo clippy --workspace --all-targets --all-features -- -D warnings").run()?;
    // What users build: without the test kit, something may be unused or missing.
    Cmd::new("cargo clippy --package actor-core --lib -- -D warnings").run()
}

fn docs() -> Outcome {
    Cmd::new("cargo doc --workspace --no-deps --all-features").env("RUSTDOCFLAGS", "-D warnings").run()
}

/// A minimal toolchain comes without some components.
fn component(name: &str, present: &str) -> Outcome {
    if Cmd::new(present).output().is_ok() { Ok(()) } else { Cmd::new("rustup component add").arg(name).run() }
}
