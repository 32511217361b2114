//! Steps: named pieces of a command that run one after another until one fails.

use std::fmt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn() -> Outcome,
}

pub(crate) type Outcome = Result<(), Failure>;

/// Why a step failed.
#[derive(Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) what: String,
    /// The command that shows it again, where that is less than the whole step.
    pub(crate) rerun: Option<String>,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), rerun: None }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// The outcome of a check: no complaint, or all of them at once, so that one run is enough to mend them.
pub(crate) fn verdict(complaints: Vec<String>) -> Outcome {
    if complaints.is_empty() { Ok(()) } else { Err(Failure::new(complaints.join("\n"))) }
}

/// Runs the steps in order and stops at the first failure. The last line is what the gate reads.
pub(crate) fn run(command: &str, steps: &[Step], wanted: &[String]) -> ExitCode {
    if let Some(unknown) = wanted.iter().find(|name| !steps.iter().any(|step| step.name == **name)) {
        let names: Vec<_> = steps.iter().map(|step| step.name).collect();
        eprintln!("`cargo xtask {command}` has no step `{unknown}`; it has {}", names.join(", "));
        return ExitCode::from(2);
    }
    let chosen = steps.iter().filter(|step| wanted.is_empty() || wanted.iter().any(|name| name == step.name));

    let begun = Instant::now();
    let mut passed = Vec::new();
    let mut failed = 0;
    for step in chosen {
        println!("── {}: {}", step.name, step.about);
        let started = Instant::now();
        let outcome = (step.run)();
        let took = started.elapsed();
        match outcome {
            Ok(()) => {
                println!("ok {} in {}\n", step.name, seconds(took));
                passed.push((step.name, took));
            }
            Err(failure) => {
                let again =
                    failure.rerun.clone().unwrap_or_else(|| format!("cargo xtask {command} {}", step.name));
                println!("FAILED {} after {}\n\n{failure}\n\nagain: {again}\n", step.name, seconds(took));
                failed += 1;
                break;
            }
        }
    }
    for (name, took) in &passed {
        println!("{name:<10} {:>9}", seconds(*took));
    }
    println!("{:<10} {:>9}\n", "together", seconds(begun.elapsed()));
    println!("{} passed, {failed} failed", passed.len());
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
