//! Two hundred clients at once, pipelining, with shards crashing meanwhile: every reply is explained.

use std::collections::BTreeMap;

use actor_core::testing::TestSystem;
use fastrand::Rng;
use redis::aio::MultiplexedConnection;
use redis::{Value, pipe};
use redis_server::shards::{Shard, ShardMap};

use crate::model::{Belief, Operation, is_crash, show};
use crate::wire::{client, serve, settings, within};

const CLIENTS: u64 = 200;
const ROUNDS: usize = 12;
/// The deepest pipeline.
const DEEPEST: usize = 16;
const SHARDS: usize = 4;
/// Counters that all clients increment, so that they fall on several shards.
const SHARED: usize = 6;

/// What one client found.
struct Findings {
    keys: Vec<Belief>,
    /// The replies to its increments of the shared counters: which counter, and what it then was.
    shared: Vec<(usize, i64)>,
    writes: u64,
    errors: u64,
}

#[actor_core::test(workers = 2)]
async fn without_crashes_every_acknowledged_write_is_there(system: TestSystem) {
    assert_eq!(conversations(&system, None).await, (0, 0));
}

#[actor_core::test(workers = 2)]
async fn with_crashes_nothing_is_lost_but_what_the_shard_held_and_nobody_sees_an_error(system: TestSystem) {
    let (restarts, errors) = conversations(&system, Some(250)).await;
    assert!(restarts >= 10, "{restarts}");
    assert_eq!(errors, 0, "no pipeline holds 250 writes, so none crashes its shard twice");
}

#[actor_core::test(workers = 2)]
async fn even_when_whole_pipelines_fail_every_reply_is_explained(system: TestSystem) {
    let (restarts, errors) = conversations(&system, Some(6)).await;
    assert!(restarts >= 100 && errors > 0, "{restarts} restarts, {errors} errors");
}

/// Lets all clients talk and checks what they were told. Returns how often shards crashed and how many errors were seen.
async fn conversations(system: &TestSystem, crash_every: Option<u64>) -> (u64, u64) {
    let server = serve(system, &settings(SHARDS, crash_every)).await;
    let mut tasks = Vec::new();
    for id in 0..CLIENTS {
        let client = client(&server).await;
        tasks.push(tokio::spawn(converse(client, id)));
    }
    let mut findings = Vec::new();
    for task in tasks {
        findings.push(within("a conversation", task).await.expect("a conversation without surprises"));
    }
    let restarts: Vec<u64> = (0..SHARDS)
        .map(|shard| system.lookup::<Shard>(&format!("shard-{shard}")).expect("a shard").epoch() - 1)
        .collect();
    let map = ShardMap::new(SHARDS.try_into().expect("not zero"));
    let restarts_of = |key: &str| restarts[map.shard_of(key.as_bytes())];

    for key in findings.iter().flat_map(|found| &found.keys) {
        assert!(key.losses() <= restarts_of(key.key()), "{key:?} was lost more often than its shard");
    }
    for counter in 0..SHARED {
        let replies = findings.iter().flat_map(|found| &found.shared);
        check_counter(
            replies.filter(|(of, _)| *of == counter).map(|(_, value)| *value),
            restarts_of(&shared(counter)),
        );
    }
    let total = restarts.iter().sum();
    let writes: u64 = findings.iter().map(|found| found.writes).sum();
    // A write may have been tried twice. So the loss is bounded: no shard crashes that was not written to.
    assert!(total * crash_every.unwrap_or(0) <= 2 * writes, "{total} restarts for {writes} writes");
    (total, findings.iter().map(|found| found.errors).sum())
}

/// Increments are acknowledged as 1, 2, 3 and so on, from 1 again after a loss: no gap, and nothing twice.
fn check_counter(acknowledged: impl Iterator<Item = i64>, restarts: u64) {
    let mut times = BTreeMap::<i64, u64>::new();
    acknowledged.for_each(|value| *times.entry(value).or_default() += 1);
    assert!(times.get(&1).is_some_and(|times| *times <= restarts + 1), "{times:?}");
    for (value, (expected, count)) in (1..).zip(&times) {
        assert_eq!(value, *expected, "a gap, in {times:?}");
        assert!(value == 1 || times[&(value - 1)] >= *count, "{value} without a {}, in {times:?}", value - 1);
    }
}

fn shared(counter: usize) -> String {
    format!("shared:{counter}")
}

/// One client: pipelines on keys of its own, with increments of the shared counters between.
async fn converse(mut client: MultiplexedConnection, id: u64) -> Findings {
    let mut random = Rng::with_seed(id);
    let keys = (0..4).map(|key| Belief::new(format!("client:{id}:{key}"))).collect();
    let mut found = Findings { keys, shared: Vec::new(), writes: 0, errors: 0 };
    for _ in 0..ROUNDS {
        let mut pipeline = pipe();
        pipeline.ignore_errors();
        let mut asked = Vec::new();
        for _ in 0..random.usize(1..=DEEPEST) {
            if random.u8(..8) == 0 {
                let counter = random.usize(..SHARED);
                pipeline.cmd("INCR").arg(shared(counter));
                asked.push((counter, None));
            } else {
                let (key, operation) = (random.usize(..found.keys.len()), Operation::random(&mut random));
                pipeline.add_command(operation.command(found.keys[key].key()));
                asked.push((key, Some(operation)));
            }
        }
        let replies: Vec<Value> = pipeline.query_async(&mut client).await.expect("a reply to each command");
        assert_eq!(replies.len(), asked.len());
        for ((at, operation), reply) in asked.into_iter().zip(&replies) {
            let text = show(reply);
            found.errors += u64::from(is_crash(&text));
            found.writes += u64::from(operation.as_ref().is_none_or(Operation::is_write));
            match (operation, reply) {
                (Some(operation), _) => found.keys[at].learn(&operation, &text),
                (None, Value::Int(value)) => found.shared.push((at, *value)),
                (None, _) => assert!(is_crash(&text), "{text}"),
            }
        }
    }
    found
}
