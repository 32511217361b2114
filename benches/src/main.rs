//! Measures what an actor costs over what a careful person writes by hand, for us and for our peers.
//!
//! `cargo run --release -- table` prints the whole table as Markdown; [`USAGE`] tells the other commands, and README.md the
//! rules. `scenario` holds the work, `contestants` what each library says to it, `harness` the clock and the runtime.

mod allocator;
mod compile;
mod contestants;
mod harness;
mod instructions;
mod library;
mod memory;
mod million;
mod plot;
mod report;
mod scenario;
mod tail;
mod work;

use std::error::Error;
use std::process::ExitCode;
use std::{fs, panic};

use contestants::CONTESTANTS;
use harness::Place;
use scenario::Scenario;

const USAGE: &str = "\
benches table                    every scenario, then memory, as Markdown
benches one SCENARIO             one scenario, with its rounds
benches plot FILE.svg            every scenario, as a picture
benches tail                     slow asks, kills and restarts
benches memory                   allocations and bytes
benches million                  a million idle actors of ours, and their end
benches instructions [--record]  instructions per operation, compared with the record
benches compile                  what the macros cost the compiler

--workers N   threads of the runtime, 1 by default
--rounds N    at least 5; 9 by default, 15 with more workers than one
--quick       a tenth of the work: to see that all runs, not for figures

scenarios:";

/// A check takes seconds, and says the same each time to some percent.
const COMPILE_ROUNDS: usize = 7;

/// How to measure.
#[derive(Clone, Copy)]
struct Setup {
    workers: usize,
    rounds: usize,
    quick: bool,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => {
            eprintln!("{complaint}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<(), Box<dyn Error>> {
    let (words, setup) = parse(words)?;
    match words[..] {
        ["table"] => {
            println!("{}", report::head(setup));
            for scenario in Scenario::all() {
                println!("{}", report::row(scenario.about(), &measure(scenario, setup)));
            }
            memory_rows();
        }
        ["one", name] => {
            let scenario = Scenario::all().find(|scenario| scenario.name() == name);
            let scenario = scenario.ok_or_else(|| format!("there is no scenario `{name}`"))?;
            let rounds = measure(scenario, setup);
            print!("{}\n{}", report::head(setup), report::rounds(&rounds));
            println!("{}", report::row(scenario.about(), &rounds));
        }
        ["plot", file] => {
            let row = |scenario: Scenario| (scenario.about(), measure(scenario, setup));
            let rows: Vec<_> = Scenario::all().map(row).collect();
            fs::write(file, plot::svg(&report::setting(setup), &rows))?;
        }
        ["tail"] => {
            // Panics that are asked for are nothing to be read.
            let told = panic::take_hook();
            panic::set_hook(Box::new(move |panic| {
                if !panic.to_string().contains("asked for") {
                    told(panic);
                }
            }));
            println!("{}", report::head(setup));
            let place = Place::Workers(setup.workers);
            let rounds: Vec<Vec<_>> =
                (0..setup.rounds).map(|_| CONTESTANTS.iter().map(|it| (it.tail)(place)).collect()).collect();
            for (line, about) in tail::ROWS.iter().enumerate() {
                let rounds: Vec<Vec<_>> =
                    rounds.iter().map(|round| round.iter().map(|rows| rows[line]).collect()).collect();
                println!("{}", report::row(about, &rounds));
            }
        }
        ["memory"] => {
            println!("{}", report::head(setup));
            memory_rows();
        }
        ["million"] => million::run(setup.workers, setup.quick),
        ["instructions"] => instructions::table(false)?,
        ["instructions", "--record"] => instructions::table(true)?,
        ["compile"] => compile::table(COMPILE_ROUNDS)?,
        // What `memory` and `instructions` start.
        ["resident", name] => {
            let contestant = CONTESTANTS.iter().find(|it| it.name == name).ok_or("no such contestant")?;
            let [fresh, rested] = (contestant.resident)().ok_or("it does not run here")?;
            println!("{fresh} {rested}");
        }
        ["instructions-inside", scenario, name, count] => {
            instructions::inside(scenario, name, count).ok_or("no such work")?;
        }
        _ => {
            let names: String = Scenario::all()
                .map(|scenario| format!("\n  {:<13} {}", scenario.name(), scenario.about()))
                .collect();
            return Err(format!("{USAGE}{names}").into());
        }
    }
    Ok(())
}

fn parse(words: &[String]) -> Result<(Vec<&str>, Setup), String> {
    let (mut workers, mut rounds, mut quick) = (1, None, false);
    let mut plain = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut number = || words.next()?.parse().ok();
        match word.as_str() {
            "--workers" => workers = number().ok_or("--workers needs a number")?,
            "--rounds" => rounds = Some(number().ok_or("--rounds needs a number")?),
            "--quick" => quick = true,
            other => plain.push(other),
        }
    }
    // Medians of nine settle on a shared machine. Two workers share it with each other, too.
    let rounds = rounds.unwrap_or(if workers == 1 { 9 } else { 15 });
    if workers == 0 || rounds < 5 {
        return Err("at least 1 worker and 5 rounds".into());
    }
    Ok((plain, Setup { workers, rounds, quick }))
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
    let tenth = scenario.rounded(scenario.count() / 10);
    // The first round pays for pages and caches that the others find warm.
    run(tenth);
    let count = if setup.quick { tenth } else { scenario.count() };
    (0..setup.rounds).map(|_| run(count)).collect()
}

/// Counts, and not times: once is enough.
fn memory_rows() {
    let columns: Vec<_> = CONTESTANTS.iter().map(|it| (it.memory)()).collect();
    for (line, about) in memory::ROWS.iter().enumerate() {
        println!("{}", report::counts(about, columns.iter().map(|rows| rows[line])));
    }
}
