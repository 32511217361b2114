//! The table: medians, spread, and ratios to raw, as Markdown.

use crate::Setup;
use crate::contestants::CONTESTANTS;
use crate::scenario::Scenario;

/// The lock file tells the versions that were measured.
const LOCK: &str = include_str!("../Cargo.lock");

pub(crate) fn head(setup: Setup) -> String {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpus
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("?", |it| it.1);
    let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
    let names: Vec<_> =
        CONTESTANTS.iter().map(|it| format!("{} {}", it.package, version(it.package))).collect();
    let columns: String = CONTESTANTS.iter().skip(1).map(|it| format!(" {} |", it.name)).collect();
    let rules = "---|".repeat(CONTESTANTS.len());
    format!(
        "{cpu}, {cores} cores; {} worker(s), {} rounds. {}.\n\
         raw: median ns per operation; the others: median of the ratios to raw, round by round, and median ns. \
         In brackets the middle half of the rounds.\n\n\
         | scenario | raw |{columns}\n|---|{rules}",
        setup.workers,
        setup.rounds,
        names.join(", "),
    )
}

fn version(package: &str) -> &str {
    let own = format!("name = \"{package}\"\nversion = \"");
    LOCK.split_once(&own).and_then(|(_, rest)| rest.split('"').next()).unwrap_or("?")
}

pub(crate) fn row(scenario: Scenario, rounds: &[Vec<Option<f64>>]) -> String {
    let mut row = format!("| {} |", scenario.about());
    for place in 0..CONTESTANTS.len() {
        let times: Option<Vec<f64>> = rounds.iter().map(|round| round[place]).collect();
        let ratios: Option<Vec<f64>> = rounds.iter().map(|round| Some(round[place]? / round[0]?)).collect();
        row += &match (times, ratios) {
            (Some(times), _) if place == 0 => {
                let [low, middle, high] = quartiles(times);
                format!(" {middle:.0} ns [{low:.0}–{high:.0}] |")
            }
            (Some(times), Some(ratios)) => {
                let [low, middle, high] = quartiles(ratios);
                format!(" {middle:.2} × [{low:.2}–{high:.2}], {:.0} ns |", quartiles(times)[1])
            }
            _ => " – |".into(),
        };
    }
    row
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
    fn ratios_are_taken_round_by_round() {
        let mut quiet = vec![None; CONTESTANTS.len()];
        (quiet[0], quiet[1]) = (Some(10.0), Some(20.0));
        let mut loud = quiet.clone();
        (loud[0], loud[1]) = (Some(100.0), Some(200.0));
        let row = row(Scenario::Tell, &[quiet, loud]);
        assert!(row.contains("2.00 × [2.00–2.00]") && row.ends_with("– |"), "{row}");
    }
}
