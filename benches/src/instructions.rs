//! Instructions per operation, which a noisy machine does not change: what ours ÷ raw is gated on.
//!
//! `instructions` starts this program once more below callgrind. There every contestant does its work on one thread, some
//! and then twice as much; the difference is what the work takes without the making of runtime and actor. `counted` is the
//! function that callgrind counts in: one dump for each time that it returns.

use std::path::Path;
use std::process::Command;
use std::{env, fs, io};

use crate::contestants::CONTESTANTS;
use crate::harness::Place;
use crate::scenario::Scenario;

const SCENARIOS: [Scenario; 3] = [Scenario::Tell, Scenario::Ask, Scenario::Spawn];

/// The smaller number of operations.
const COUNT: u64 = 2_000;

/// Ours ÷ raw as it was recorded.
const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt");

/// How much worse than the record a ratio may be: hash seeds and addresses move it by less.
const TOLERANCE: f64 = 1.03;

/// The work that is counted: each scenario, each contestant, some and twice as much.
pub(crate) fn inside() {
    for scenario in SCENARIOS {
        for contestant in CONTESTANTS {
            for times in [1, 2] {
                counted(&mut || {
                    (contestant.run)(scenario, COUNT * times, Place::Here).expect("all can do these");
                });
            }
        }
    }
}

/// Named on callgrind's command line, so it must stay a function.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}

/// Prints the table, and then compares with the record or replaces it.
pub(crate) fn table(record: bool) -> io::Result<()> {
    let counts = count()?;
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

/// Instructions per operation, in the order of [`inside`].
fn count() -> io::Result<Vec<f64>> {
    let folder = env::temp_dir().join(format!("benches-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .args(["--toggle-collect=*instructions*counted*", "--dump-after=*instructions*counted*"])
        .arg(format!("--callgrind-out-file={}", folder.join("out").display()))
        .arg(env::current_exe()?)
        .arg("instructions-inside")
        .output()?;
    let totals = totals(&folder);
    fs::remove_dir_all(&folder)?;
    let totals = totals?;
    if !output.status.success() || totals.len() != 2 * SCENARIOS.len() * CONTESTANTS.len() {
        return Err(io::Error::other(format!(
            "{} counts\n{}",
            totals.len(),
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    let difference = |pair: &[u64]| (pair[1] - pair[0]) as f64 / COUNT as f64;
    Ok(totals.chunks(2).map(difference).collect())
}

/// The dumps are `out.1`, `out.2`, …, and each says its total in a line of its own.
fn totals(folder: &Path) -> io::Result<Vec<u64>> {
    let mut totals = Vec::new();
    for dump in 1.. {
        let Ok(text) = fs::read_to_string(folder.join(format!("out.{dump}"))) else { break };
        let total = text.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
        totals.push(total.ok_or_else(|| io::Error::other("a dump without a total"))?);
    }
    Ok(totals)
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
