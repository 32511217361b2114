//! What the public types are: their sizes, what threads may do with them, and how their errors read.

use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};
use std::error::Error;
use std::mem::size_of;

use actor_core::prelude::*;
use actor_core::testing::TestSystem;
use actor_core::{ActorId, AdminError, Phase, Returned, SpawnError, SupervisorError};

use crate::kit::{Worker, WorkerNote};

/// `Send`, and neither `Sync` nor `Debug`.
#[expect(dead_code, reason = "it is here for its type")]
struct Awkward(Cell<u8>);

#[test]
fn references_are_one_pointer_wide_and_may_be_shared() {
    fn shared<T: Send + Sync>() {}
    struct NotSync(#[expect(dead_code, reason = "it is here for its type")] Cell<u8>);
    impl Actor for NotSync {}
    assert_eq!(size_of::<ActorRef<NotSync>>(), size_of::<usize>());
    assert_eq!(size_of::<WeakActorRef<NotSync>>(), size_of::<usize>());
    assert_eq!(size_of::<Option<ActorRef<NotSync>>>(), size_of::<usize>());
    shared::<ActorRef<NotSync>>();
    shared::<WeakActorRef<NotSync>>();
    shared::<Recipient<Awkward>>();
    shared::<System>();
    shared::<StopReason>();
    shared::<Event>();
}

#[test]
fn errors_can_be_passed_on_with_a_question_mark_whatever_the_message_is() {
    fn passes<E: Error + Send + Sync + 'static>() {}
    passes::<TellError<Awkward>>();
    passes::<AskError<Awkward>>();
    passes::<SpawnError>();
    passes::<SupervisorError>();
    passes::<AdminError>();
    fn debug<T: std::fmt::Debug>() {}
    debug::<Returned<Awkward>>();
}

#[actor_core::test(paused)]
async fn errors_say_what_happened_and_hide_the_message(system: TestSystem) {
    let worker = system.spawn(Worker::default());
    worker.stop();
    worker.stopped().await;
    let told = worker.note(42).tell().await.unwrap_err();
    assert_eq!(told.to_string(), "WorkerNote was not sent: the actor has stopped: normal");
    assert_eq!(format!("{told:?}"), "Closed(WorkerNote(..), Normal)");
    let asked = worker.note(42).await.unwrap_err();
    assert_eq!(asked.to_string(), "WorkerNote was not delivered: the actor has stopped: normal");
    let timeout = AskError::<WorkerNote>::Timeout { phase: Phase::Queued, after: Duration::from_millis(50) };
    assert_eq!(
        timeout.to_string(),
        "no answer to WorkerNote within 50ms: it waited in the mailbox and will not be handled"
    );
}

#[actor_core::test(paused)]
async fn references_compare_and_hash_by_the_actor(system: TestSystem) {
    let one = system.build(Worker::default()).name("one").spawn().unwrap();
    let two = system.spawn(Worker::default());
    assert_eq!(one, one.clone());
    assert_eq!(one, one.downgrade());
    assert_ne!(one, two);
    assert_eq!(HashSet::from([one.clone(), one.clone(), two.clone()]).len(), 2);
    assert_eq!(BTreeSet::<ActorId>::from([two.id(), one.id()]).first(), Some(&one.id()));
    assert_eq!(format!("{one:?}"), format!("ActorRef<Worker>(/one{})", one.id()));
}

/// A handler of such a name would be hidden by the reference's own method: the macro refuses it. This holds its list
/// equal to the methods that there are.
#[test]
fn the_macro_refuses_exactly_the_names_that_references_have() {
    let read =
        |path: &str| std::fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let source = read("actor-core/src/reference.rs");
    let mut real: BTreeSet<String> = BTreeSet::new();
    let mut in_reference = false;
    for line in source.lines() {
        if line.starts_with("impl") {
            in_reference = line.contains("> ActorRef<") || line.contains("> WeakActorRef<");
        }
        if let (true, Some(rest)) = (in_reference, line.strip_prefix("    pub fn ")) {
            real.insert(rest.split(['(', '<']).next().unwrap().to_owned());
        }
    }
    // From the traits in the prelude that references implement.
    real.extend(
        ["clone", "clone_from", "clone_into", "deref", "eq", "into", "ne", "to_owned", "try_into"]
            .map(Into::into),
    );
    let list = read("actor-macros/src/reserved.rs");
    let list = list.split("NAMES: &[&str] = &[").nth(1).unwrap().split("];").next().unwrap();
    let refused: BTreeSet<String> = list.split('"').skip(1).step_by(2).map(Into::into).collect();
    assert_eq!(refused, real);
}
