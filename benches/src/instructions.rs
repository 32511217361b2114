//! Instructions per operation, which a noisy machine does not change: what ours ÷ raw is gated on.
//!
//! `instructions` starts this program below callgrind, once for some operations and once for twice as many, on one thread;
//! the difference is what the operations take without the making of process, runtime and actor.

use std::process::Command;
use std::{env, fs, io};

use crate::contestants::CONTESTANTS;
use crate::harness::Place;
use crate::scenario::Scenario;

const SCENARIOS: [Scenario; 4] = [Scenario::Tell, Scenario::Ask, Scenario::AskInline, Scenario::Spawn];

/// The smaller number of operations.
const COUNT: u64 = 5_000;

/// Ours ÷ raw as it was recorded.
const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt");

/// How much worse than the record a ratio may be: hash seeds and addresses move it by less.
const TOLERANCE: f64 = 1.03;

/// The work that is counted: what `instructions-inside` does below callgrind.
pub(crate) fn inside(scenario: &str, name: &str, count: &str) -> Option<()> {
    let scenario = Scenario::all().find(|it| it.name() == scenario)?;
    let contestant = CONTESTANTS.iter().find(|it| it.name == name)?;
    (contestant.run)(scenario, count.parse().ok()?, Place::Here).map(drop)
}

/// Prints the table, and then compares with the record or replaces it.
pub(crate) fn table(record: bool) -> io::Result<()> {
    let mut counts = Vec::new();
    for scenario in SCENARIOS {
        for contestant in CONTESTANTS {
            let [once, twice] = [COUNT, 2 * COUNT].map(|count| count_in(scenario, contestant.name, count));
            counts.push((twice? - once?) / COUNT as f64);
        }
    }
    let names: String = CONTESTANTS.iter().map(|it| format!(" {} |", it.name)).collect();
    println!(
        "| instructions per operation |{names} ours ÷ raw |\n|---|{}---|",
        "---|".repeat(CONTESTANTS.len())
    );
    let mut lines = String::new();
    for (scenario, counts) in SCENARIOS.iter().zip(counts.chunks(CONTESTANTS.len())) {
        let cells: String = counts.iter().map(|count| format!(" {count:.0} |")).collect();
        let ratio = counts[1] / counts[0];
        println!("| {} |{cells} {ratio:.2} |", scenario.about());
        lines += &format!("{} {ratio:.3}\n", scenario.name());
    }
    if record {
        return fs::write(RECORD, lines);
    }
    compare(&fs::read_to_string(RECORD)?, &lines).map_err(io::Error::other)
}

/// Whether no ratio is worse than the record's.
fn compare(record: &str, now: &str) -> Result<(), String> {
    let ratio = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.parse::<f64>().ok()
    };
    for name in now.lines().filter_map(|line| line.split(' ').next()) {
        let (old, new) = (ratio(record, name), ratio(now, name));
        let (Some(old), Some(new)) = (old, new) else { return Err(format!("`{name}` is not in the record")) };
        if new > old * TOLERANCE {
            return Err(format!("{name}: ours is {new:.3} × raw, where {old:.3} is recorded"));
        }
    }
    Ok(())
}

/// Instructions of the whole process.
fn count_in(scenario: Scenario, name: &str, count: u64) -> io::Result<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["instructions-inside", scenario.name(), name, &count.to_string()])
        .output()?;
    let log = String::from_utf8_lossy(&output.stderr);
    let collected = log.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    match collected {
        Some(collected) if output.status.success() => Ok(collected),
        _ => Err(io::Error::other(format!("{name} in {}: {log}", scenario.name()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_that_got_worse_is_told() {
        let record = "tell 1.000\nask 2.000\n";
        assert_eq!(compare(record, "tell 1.010\nask 0.500\n"), Ok(()));
        assert!(compare(record, "tell 1.010\nask 2.500\n").unwrap_err().contains("ask"));
        assert!(compare(record, "spawn 1.000\n").is_err());
    }
}
