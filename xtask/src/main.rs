//! The project's own commands: `cargo xtask test`, `cargo xtask ci`, `cargo xtask prove`.
//!
//! Plain `std`, because this is the first thing that a newcomer compiles: it must be there in seconds. For the same
//! reason every check reads text rather than a syntax tree. Each check is a function from text to complaints, with a
//! test beside it; what runs commands is kept apart, in `tools`.

mod book;
mod ci;
mod listing;
mod markdown;
mod mutations;
mod prove;
mod readme;
mod rules;
mod semantics;
mod source;
mod step;
mod test;
mod tools;
mod tree;

use std::process::ExitCode;

use step::Step;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let wanted: Vec<String> = words.collect();

    if let Err(error) = std::env::set_current_dir(tools::root()) {
        eprintln!("cannot enter the project's root: {error}");
        return ExitCode::FAILURE;
    }
    // What follows `prove mutations` says which of them, and names no steps.
    let names = if mutations::words(&command, &wanted).is_empty() { &wanted[..] } else { &wanted[..1] };
    match steps_of(&command) {
        Some(steps) => step::run(&command, &steps, names),
        None => {
            eprint!("{}", usage());
            ExitCode::from(2)
        }
    }
}

fn steps_of(command: &str) -> Option<Vec<Step>> {
    match command {
        "test" => Some(test::steps()),
        "ci" => Some(ci::steps()),
        "prove" => Some(prove::steps()),
        _ => None,
    }
}

fn usage() -> String {
    let mut text =
        String::from("cargo xtask COMMAND [STEP…]: all steps of the command, or only those named\n");
    for (command, about) in [
        ("test", "everything a change must pass, on a stable toolchain"),
        ("ci", "what the gate runs: `test`, and the house's rules on top"),
        ("prove", "what needs a nightly toolchain and time; writes PROOFS.md"),
    ] {
        text += &format!("\n{command}: {about}\n");
        for step in steps_of(command).unwrap_or_default() {
            text += &format!("  {:<10} {}\n", step.name, step.about);
        }
    }
    text
}
