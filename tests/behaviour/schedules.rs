//! Scenarios that must come out alike in whatever order tasks run: each is run under many seeds.
//!
//! `SCHEDULES=10000` runs more of them than usual; a failure names its seed.

use std::collections::HashMap;

use actor_core::prelude::*;
use actor_core::testing::{Setup, TestSystem, run};
use actor_core::{ActorId, System};

use crate::kit::{Diary, Worker, WorkerNote};

/// Runs `scenario` once for each seed.
fn explore<F>(name: &'static str, scenario: impl Fn(TestSystem, fastrand::Rng) -> F + Copy + Send + 'static)
where
    F: Future<Output = ()> + 'static,
{
    let seeds = std::env::var("SCHEDULES").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    for seed in 0..seeds {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run(Setup::new(name).paused().schedule(seed), move |system| {
                // What is told just before a crash or an end may be lost: the scenario counts what it must.
                system.allow_dead_letters();
                scenario(system, fastrand::Rng::with_seed(seed))
            })
        }));
        assert!(outcome.is_ok(), "{name} fails with seed {seed}");
    }
}

/// Every incarnation is dropped before the next one of its name begins.
fn assert_no_overlap(lines: &[String]) {
    let mut alive: HashMap<&str, i32> = HashMap::new();
    for line in lines {
        let (name, what) = line.split_once(' ').unwrap();
        match what {
            "started" => *alive.entry(name).or_default() += 1,
            "dropped" => *alive.entry(name).or_default() -= 1,
            _ => continue,
        }
        assert!((0..=1).contains(&alive[name]), "{name} overlaps itself in {lines:#?}");
    }
    assert!(alive.values().all(|alive| *alive == 0), "somebody is left over in {lines:#?}");
}

/// A factory whose starts fail now and then, as the seed has it.
fn unreliable(name: &'static str, diary: &Diary, rng: &mut fastrand::Rng) -> Child<Worker> {
    let diary = diary.clone();
    let fails: Vec<bool> = std::iter::once(false).chain((0..20).map(|_| rng.u8(..4) == 0)).collect();
    let starts = std::sync::atomic::AtomicUsize::new(0);
    Child::new(name, move || {
        let start = starts.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let fails = fails.get(start).copied().unwrap_or(false);
        let diary = diary.clone();
        async move {
            tokio::task::yield_now().await;
            if fails { Err("no luck") } else { Ok(Worker::new(name, &diary)) }
        }
    })
}

async fn tree(system: &TestSystem, diary: &Diary, rng: &mut fastrand::Rng) -> actor_core::SupervisorRef {
    let strategy = match rng.u8(..3) {
        0 => Supervisor::one_for_one(),
        1 => Supervisor::one_for_all(),
        _ => Supervisor::rest_for_one(),
    };
    let nested =
        Supervisor::one_for_one().intensity(1_000, Duration::from_secs(5)).child(unreliable("c", diary, rng));
    strategy
        .intensity(1_000, Duration::from_secs(5))
        .child(unreliable("a", diary, rng))
        .child(unreliable("b", diary, rng).backoff(Backoff::constant(Duration::from_millis(rng.u64(..3)))))
        .supervisor("nested", nested)
        .start(system)
        .await
        .unwrap()
}

/// One of the things that people do to an actor, at a time that the seed chooses.
async fn meddle(tree: actor_core::SupervisorRef, mut rng: fastrand::Rng) {
    for _ in 0..rng.u8(1..4) {
        for _ in 0..rng.u8(..12) {
            tokio::task::yield_now().await;
        }
        let name = ["a", "b", "nested"][rng.usize(..3)];
        let Ok(worker) = tree.child::<Worker>(if name == "nested" { "a" } else { name }) else { continue };
        match rng.u8(..9) {
            0 | 1 => drop(worker.crash().tell().await),
            2 => worker.stop(),
            3 => worker.kill(),
            4 => drop(worker.fail().tell().await),
            5 => drop(tree.terminate_child(name).await),
            6 => drop(tree.restart_child(name).await),
            7 => drop(tree.children().await),
            _ => drop(worker.note(1).tell().await),
        }
    }
}

#[test]
fn restart_stop_terminate_and_crash_during_start_in_any_order_leave_a_tree_that_shuts_down() {
    explore("meddling", |system: TestSystem, mut rng: fastrand::Rng| async move {
        let diary = Diary::default();
        let tree = tree(&system, &diary, &mut rng).await;
        let meddlers: Vec<_> = (0..3).map(|_| tokio::spawn(meddle(tree.clone(), rng.fork()))).collect();
        if rng.bool() {
            for meddler in meddlers {
                meddler.await.unwrap();
            }
        }
        let report = system.shutdown().await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(system.stats().actors, 0);
        assert_no_overlap(&diary.lines());
    });
}

#[test]
fn every_watcher_hears_once_of_every_logical_end_in_any_order() {
    explore("watching", |system: TestSystem, mut rng: fastrand::Rng| async move {
        let diary = Diary::default();
        let tree = tree(&system, &diary, &mut rng).await;
        let mut probe = system.probe::<Down>();
        let mut watched: Vec<ActorId> = Vec::new();
        let meddlers: Vec<_> = (0..2).map(|_| tokio::spawn(meddle(tree.clone(), rng.fork()))).collect();
        for name in ["a", "b"] {
            if let Ok(worker) = tree.child::<Worker>(name) {
                probe.watch(&worker).await;
                watched.push(worker.id());
            }
        }
        for meddler in meddlers {
            meddler.await.unwrap();
        }
        // The supervisor ends before the probe does, which was spawned later: so by hand.
        tree.stop();
        tree.stopped().await;
        system.settle().await;
        let mut heard: Vec<ActorId> = std::iter::from_fn(|| probe.try_recv()).map(|down| down.id).collect();
        heard.sort_unstable();
        watched.sort_unstable();
        assert_eq!(heard, watched);
    });
}

#[test]
fn no_accepted_message_vanishes_in_any_order() {
    explore("mail", |system: TestSystem, mut rng: fastrand::Rng| async move {
        let diary = Diary::default();
        let tree = tree(&system, &diary, &mut rng).await;
        let worker: ActorRef<Worker> = tree.child("a").unwrap();
        let meddler = tokio::spawn(meddle(tree.clone(), rng.fork()));
        let sender = tokio::spawn(async move {
            let mut accepted = 0;
            for _ in 0..20 {
                accepted += u32::from(worker.note(7).tell().await.is_ok());
                tokio::task::yield_now().await;
            }
            accepted
        });
        let accepted = sender.await.unwrap();
        meddler.await.unwrap();
        let plain = System::clone(&system);
        plain.shutdown().await;
        let handled = diary.lines().iter().filter(|line| *line == "a saw 7").count();
        let letters = system.dead_letters();
        let dead = letters
            .iter()
            .filter_map(|letter| letter.take::<WorkerNote>())
            .filter(|note| note.n == 7)
            .count();
        assert_eq!(accepted as usize, handled + dead);
    });
}
