//! The table: medians, spread, and ratios to raw, as Markdown.

use crate::Setup;
use crate::contestants::CONTESTANTS;

/// The lock file tells the versions that were measured.
const LOCK: &str = include_str!("../Cargo.lock");

/// Who is measured, and on what.
pub(crate) fn setting(setup: Setup) -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("?", |it| it.1);
    let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("?");
    let quick = if setup.quick { " A quick run, not for figures." } else { "" };
    format!(
        "{cpu}, {cores} cores, load {load} before; {} worker(s), {} rounds.{quick}",
        setup.workers, setup.rounds
    )
}

pub(crate) fn head(setup: Setup) -> String {
    let names: Vec<_> =
        CONTESTANTS.iter().map(|it| format!("{} {}", it.package, version(it.package))).collect();
    let columns: String = CONTESTANTS.iter().skip(1).map(|it| format!(" {} |", it.name)).collect();
    let rules = "---|".repeat(CONTESTANTS.len());
    format!(
        "{} {}.\n\
         raw: median ns per operation; the others: median of the ratios to raw, round by round, and median ns. \
         In brackets the middle half of the rounds.\n\n\
         | scenario | raw |{columns}\n|---|{rules}",
        setting(setup),
        names.join(", "),
    )
}

fn version(package: &str) -> &str {
    let own = format!("name = \"{package}\"\nversion = \"");
    LOCK.split_once(&own).and_then(|(_, rest)| rest.split('"').next()).unwrap_or("?")
}

pub(crate) fn row(about: &str, rounds: &[Vec<Option<f64>>]) -> String {
    let mut row = format!("| {about} |");
    for place in 0..CONTESTANTS.len() {
        row += &match (times(rounds, place), ratios(rounds, place)) {
            (Some([low, middle, high]), _) if place == 0 => format!(" {middle:.0} ns [{low:.0}–{high:.0}] |"),
            (Some([_, time, _]), Some([low, middle, high])) => {
                format!(" {middle:.2} × [{low:.2}–{high:.2}], {time:.0} ns |")
            }
            (Some([_, time, _]), None) => format!(" {time:.0} ns |"),
            _ => " – |".into(),
        };
    }
    row
}

/// A contestant's times, as quartiles; `None` if it did not take part.
fn times(rounds: &[Vec<Option<f64>>], place: usize) -> Option<[f64; 3]> {
    rounds.iter().map(|round| round[place]).collect::<Option<Vec<_>>>().map(quartiles)
}

/// Its ratios to raw in the same round, as quartiles; `None` if one of them did not take part.
pub(crate) fn ratios(rounds: &[Vec<Option<f64>>], place: usize) -> Option<[f64; 3]> {
    let ratio = |round: &Vec<Option<f64>>| Some(round[place]? / round[0]?);
    rounds.iter().map(ratio).collect::<Option<Vec<_>>>().map(quartiles)
}

/// A row of what was counted and not timed.
pub(crate) fn counts(about: &str, counts: impl Iterator<Item = Option<f64>>) -> String {
    let cell = |count: Option<f64>| match count {
        None => " – |".into(),
        Some(count) if count < 100.0 => format!(" {} |", (count * 100.0).round() / 100.0),
        Some(count) => format!(" {count:.0} |"),
    };
    format!("| {about} |{}", counts.map(cell).collect::<String>())
}

/// Each round's nanoseconds, for a closer look; in comments, so that the whole output stays Markdown.
pub(crate) fn rounds(rounds: &[Vec<Option<f64>>]) -> String {
    let line = |round: &Vec<Option<f64>>| {
        let cells = CONTESTANTS.iter().zip(round);
        let cells: Vec<_> = cells.filter_map(|(it, ns)| Some(format!("{} {:.0}", it.name, (*ns)?))).collect();
        format!("<!-- {} -->\n", cells.join(", "))
    };
    rounds.iter().map(line).collect()
}

/// The 25th, 50th and 75th percentile, by nearest rank.
fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    let last = (values.len() - 1) as f64;
    [0.25, 0.5, 0.75].map(|part| values[(last * part).round() as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_cut_off_what_stands_apart() {
        assert_eq!(quartiles(vec![900.0, 3.0, 1.0, 2.0, 4.0]), [2.0, 3.0, 4.0]);
    }

    #[test]
    fn counts_are_short() {
        assert_eq!(
            counts("a", [Some(0.0), Some(0.066), None, Some(1281.4)].into_iter()),
            "| a | 0 | 0.07 | – | 1281 |"
        );
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let mut quiet = vec![None; CONTESTANTS.len()];
        (quiet[0], quiet[1]) = (Some(10.0), Some(20.0));
        let mut loud = quiet.clone();
        (loud[0], loud[1]) = (Some(100.0), Some(200.0));
        let row = row("tell", &[quiet, loud]);
        assert!(row.contains("2.00 × [2.00–2.00]") && row.ends_with("– |"), "{row}");
    }
}
