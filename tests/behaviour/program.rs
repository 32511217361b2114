//! `#[actor_core::main]`: what a program is given, and what becomes of its actors however it ends.

use std::panic::catch_unwind;
use std::sync::{LazyLock, Mutex};

use actor_core::prelude::*;
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::kit::{Diary, Log, Worker};

#[test]
fn a_program_ends_with_its_actors() {
    static DIARY: LazyLock<Diary> = LazyLock::new(Diary::default);

    #[actor_core::main]
    async fn main(system: System) -> u8 {
        assert_eq!(system.name(), "behaviour::program");
        assert_eq!(Handle::current().runtime_flavor(), RuntimeFlavor::MultiThread);
        let worker = system.start(Worker::new("w", &DIARY)).await.unwrap();
        worker.detach();
        7
    }

    assert_eq!(main(), 7);
    assert_eq!(DIARY.lines(), ["w started", "w stops: shutdown", "w dropped"]);
}

#[test]
fn a_program_that_returns_an_error_ends_with_its_actors() {
    static DIARY: LazyLock<Diary> = LazyLock::new(Diary::default);

    #[actor_core::main(current_thread, name = "faulty")]
    async fn main(system: System) -> Result<(), String> {
        let worker = system.start(Worker::new("w", &DIARY)).await.unwrap();
        worker.detach();
        Err(format!("{} {:?}", system.name(), Handle::current().runtime_flavor()))
    }

    assert_eq!(main().unwrap_err(), "faulty CurrentThread");
    assert_eq!(DIARY.lines(), ["w started", "w stops: shutdown", "w dropped"]);
}

#[test]
fn a_program_that_panics_ends_with_its_actors_and_panics_then() {
    static DIARY: LazyLock<Diary> = LazyLock::new(Diary::default);

    #[actor_core::main(workers = 2)]
    async fn main(system: System) {
        assert_eq!(Handle::current().metrics().num_workers(), 2);
        let worker = system.start(Worker::new("w", &DIARY)).await.unwrap();
        worker.detach();
        panic!("on purpose");
    }

    let payload = catch_unwind(main).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"on purpose"));
    assert_eq!(DIARY.lines(), ["w started", "w stops: shutdown", "w dropped"]);
}

#[test]
fn a_program_does_not_wait_for_a_stuck_actor_and_says_so_in_the_log() {
    type Gate = std::sync::mpsc::Sender<()>;
    static GATE: Mutex<Option<Gate>> = Mutex::new(None);

    #[actor_core::main(workers = 2)]
    async fn main(system: System) {
        let mule = system.build(Worker::default()).shutdown(Shutdown::Kill).name("mule").spawn().unwrap();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (gate, until) = std::sync::mpsc::channel();
        mule.block(begun, until).tell().await.unwrap();
        has_begun.await.unwrap();
        *GATE.lock().unwrap() = Some(gate);
    }

    let log = Diary::default();
    tracing::subscriber::with_default(Log(log.clone()), main);
    // It still holds its thread.
    assert!(GATE.lock().unwrap().take().is_some());
    let lines = log.lines();
    let warned = lines.iter().any(|line| {
        line.contains("the shutdown was not clean") && line.contains("/mule is stuck and was left behind")
    });
    assert!(warned, "{lines:?}");
}
