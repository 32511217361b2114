//! Measures what an actor costs over what a careful person writes by hand, for us and for our peers.
//!
//! `cargo run --release -- table` prints the whole table as Markdown, `-- one SCENARIO` the rounds of one scenario, and
//! `-- compile` how long the compiler takes for the actors of each. The rules are in README.md; `harness` holds the clock
//! and the runtime, `contestants` what each library does.

mod compile;
mod contestants;
mod harness;
mod library;
mod report;
mod scenario;
mod work;

use std::process::ExitCode;

use contestants::CONTESTANTS;
use harness::Place;
use scenario::Scenario;

/// A check takes seconds, and says the same each time to some percent.
const COMPILE_ROUNDS: usize = 7;

/// How to measure.
#[derive(Clone, Copy)]
struct Setup {
    workers: usize,
    rounds: usize,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words == ["compile"] {
        return match compile::table(COMPILE_ROUNDS) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    match parse(&words) {
        Ok((scenarios, setup)) => {
            println!("{}", report::head(setup));
            for scenario in &scenarios {
                let rounds = measure(*scenario, setup);
                if scenarios.len() == 1 {
                    print!("{}", report::rounds(&rounds));
                }
                println!("{}", report::row(*scenario, &rounds));
            }
            ExitCode::SUCCESS
        }
        Err(complaint) => {
            eprintln!(
                "{complaint}\n\nbenches table | one SCENARIO | compile   [--workers N] [--rounds N]\n\nscenarios:"
            );
            for scenario in Scenario::all() {
                eprintln!("  {:<13} {}", scenario.name(), scenario.about());
            }
            ExitCode::from(2)
        }
    }
}

fn parse(words: &[String]) -> Result<(Vec<Scenario>, Setup), String> {
    // Medians of nine settle on the shared machine that this is run on; five are the least that the rules allow.
    let mut setup = Setup { workers: 1, rounds: 9 };
    let mut plain = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let number = match word.as_str() {
            "--workers" => &mut setup.workers,
            "--rounds" => &mut setup.rounds,
            other => {
                plain.push(other);
                continue;
            }
        };
        let value = words.next().and_then(|value| value.parse().ok());
        *number = value.ok_or_else(|| format!("{word} needs a number"))?;
    }
    if setup.workers == 0 || setup.rounds < 5 {
        return Err("at least 1 worker and 5 rounds".into());
    }
    match plain[..] {
        ["table"] => Ok((Scenario::all().collect(), setup)),
        ["one", name] => match Scenario::all().find(|scenario| scenario.name() == name) {
            Some(scenario) => Ok((vec![scenario], setup)),
            None => Err(format!("there is no scenario `{name}`")),
        },
        _ => Err("say `table` or `one SCENARIO`".into()),
    }
}

/// The nanoseconds per operation of each contestant, by round; `None` where it cannot take part.
///
/// Interleaved, A B C A B C …: whatever else the machine does meets all of them alike, and the ratios of one round belong
/// together.
fn measure(scenario: Scenario, setup: Setup) -> Vec<Vec<Option<f64>>> {
    let run = |count: u64| {
        let each = CONTESTANTS.iter().map(|contestant| {
            let took = (contestant.run)(scenario, count, Place::Workers(setup.workers))?;
            Some(took.as_nanos() as f64 / count as f64)
        });
        each.collect::<Vec<_>>()
    };
    // The first round pays for pages and caches that the others find warm.
    run(scenario.rounded(scenario.count() / 10));
    (0..setup.rounds).map(|_| run(scenario.count())).collect()
}
