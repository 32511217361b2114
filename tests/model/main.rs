//! Supervision against its reference model: random trees and random scripts, compared after every step.
//!
//! ```text
//!   model.rs    what must happen, written from the contract alone
//!   script.rs   random trees, and what happens to them
//!   drive.rs    the real tree, driven and compared
//!   admin.rs    administration: its answers and its listings
//! ```
//!
//! `MODEL_CASES` says how many cases are played (256), each of them [`BUNDLE`] scripts, and `MODEL_SEED` which. The whole
//! is deterministic. It prints how often each kind of end was met, and fails if one of them was met too rarely.

mod admin;
mod drive;
mod model;
mod script;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex};
use std::thread;

use actor_core::Restart;
use actor_core::testing::{Setup, run};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use drive::{Drive, ON_PURPOSE};
use model::{Coverage, Moment, Reason, Strategy};
use script::{BUNDLE, Script, scripts};

/// Which parts of the contract take part: a part that is broken can be left out while it is.
pub(crate) struct Enabled {
    pub(crate) strategies: &'static [Strategy],
    pub(crate) backoff: bool,
    pub(crate) significant: bool,
    /// Of static supervisors: start, restart, delete.
    pub(crate) admin: bool,
}

pub(crate) const ENABLED: Enabled = Enabled {
    strategies: &[Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne, Strategy::Dynamic],
    backoff: true,
    significant: true,
    admin: true,
};

const CASES: u32 = 256;
/// How often each cell of the coverage must have been met in a run of that many cases or more.
const HITS: u32 = 20;
/// The scripts are played on so many threads, each with a seed of its own.
const SHARDS: u32 = 2;

fn from_environment(name: &str, default: u32) -> u32 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")),
        Err(_) => default,
    }
}

#[derive(Default)]
struct Tally {
    coverage: Coverage,
    scripts: u32,
    /// Scripts that ended early, and why.
    open: BTreeMap<&'static str, u32>,
}

#[test]
fn the_tree_does_what_the_model_says() {
    let former = take_hook();
    set_hook(Box::new(move |info| {
        let text = info.payload_as_str().unwrap_or_default();
        // These are part of a script.
        if text != ON_PURPOSE && !text.contains("the shutdown was not clean") {
            former(info);
        }
    }));
    let (cases, seed) = (from_environment("MODEL_CASES", CASES), from_environment("MODEL_SEED", 1));
    let tally = Arc::new(Mutex::new(Tally::default()));
    let play = |shard| {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&seed.to_le_bytes());
        bytes[4] = shard;
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let scripts_each = cases.saturating_mul(BUNDLE).div_ceil(SHARDS);
        let config = Config {
            cases: scripts_each,
            failure_persistence: None,
            max_shrink_iters: 1_500,
            ..Config::default()
        };
        let tally = &tally;
        match TestRunner::new_with_rng(config, rng).run(&scripts(), |script| check(script, tally)) {
            Ok(()) => None,
            Err(TestError::Fail(why, _)) => Some(why.message().to_owned()),
            Err(abort) => Some(abort.to_string()),
        }
    };
    let failures: Vec<_> = thread::scope(|scope| {
        let shards: Vec<_> = (0..SHARDS as u8).map(|shard| scope.spawn(move || play(shard))).collect();
        shards.into_iter().filter_map(|shard| shard.join().expect("a shard does not panic")).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    let rare = print(&tally.lock().unwrap());
    assert!(cases < CASES || rare.is_empty(), "met fewer than {HITS} times:\n{}", rare.join("\n"));
}

fn check(script: Script, tally: &Arc<Mutex<Tally>>) -> Result<(), TestCaseError> {
    let outcome = Arc::new(Mutex::new(None));
    let (slot, sum) = (outcome.clone(), tally.clone());
    let text = format!("  the script{script}");
    let ran = catch_unwind(AssertUnwindSafe(|| {
        run(Setup::new("model").paused(), move |system| async move {
            // Scripts crash and kill with mail in the queue.
            system.allow_dead_letters();
            let mut drive = Drive::begin(system, script).await;
            let result = drive.play().await;
            let mut sum = sum.lock().unwrap();
            for (cell, hits) in &drive.model.coverage {
                *sum.coverage.entry(*cell).or_default() += hits;
            }
            sum.scripts += 1;
            if let Some(why) = drive.model.open {
                *sum.open.entry(why).or_default() += 1;
            }
            *slot.lock().unwrap() = Some((result, drive.model.overran || drive.model.open.is_some()));
        });
    }));
    let Some((result, overran)) = outcome.lock().unwrap().take() else {
        return Err(TestCaseError::fail(format!("the test itself panicked\n{text}")));
    };
    result.map_err(|mismatch| TestCaseError::fail(format!("{mismatch}\n{text}")))?;
    // The run ends with a look at the shutdown's report, which must be clean unless the script made it otherwise.
    if ran.is_err() && !overran {
        return Err(TestCaseError::fail(format!("the shutdown was not clean\n{text}")));
    }
    Ok(())
}

/// Cells that cannot be met.
fn meaningless(restart: Restart, reason: Reason, moment: Moment) -> bool {
    // A start that fails is a start that is under way; and a `Temporary` child is never restarted.
    let never_restarted = restart == Restart::Temporary && moment == Moment::Restarting;
    reason == Reason::StartFailed && (moment == Moment::Steady || never_restarted)
}

/// The table; returns the cells that were met too rarely.
fn print(tally: &Tally) -> Vec<String> {
    let moments = [Moment::Steady, Moment::Starting, Moment::Restarting, Moment::Shutdown];
    let reasons = [Reason::Normal, Reason::Killed, Reason::Panicked, Reason::Failed, Reason::StartFailed];
    let mut rare = Vec::new();
    let exits: u32 = tally.coverage.values().sum();
    println!("{exits} ends in {} scripts; ended early: {:?}", tally.scripts, tally.open);
    println!("{:<35}{}", "", moments.map(|moment| format!("{:>11}", format!("{moment:?}"))).concat());
    for &strategy in ENABLED.strategies {
        for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
            for reason in reasons {
                let names = [format!("{strategy:?}"), format!("{restart:?}"), format!("{reason:?}")];
                let mut line = format!("{:<12}{:<11}{:<12}", names[0], names[1], names[2]);
                for moment in moments {
                    let cell = (strategy, restart as u8, reason, moment);
                    let hits = tally.coverage.get(&cell).copied().unwrap_or(0);
                    let none = meaningless(restart, reason, moment);
                    line += &format!("{:>11}", if none { "-".to_owned() } else { hits.to_string() });
                    if !none && hits < HITS {
                        rare.push(format!("{} {moment:?}: {hits}", names.join(" ")));
                    }
                }
                println!("{line}");
            }
        }
    }
    rare
}
