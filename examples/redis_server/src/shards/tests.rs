//! Placement as in a Redis Cluster, and taking apart against not taking apart.

use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::keyspace::Keyspace;
use crate::reply::Reply;

fn map(shards: usize) -> ShardMap {
    ShardMap::new(NonZeroUsize::new(shards).expect("not zero"))
}

fn keys(names: &[&str]) -> Vec<Bytes> {
    names.iter().map(|name| Bytes::copy_from_slice(name.as_bytes())).collect()
}

#[test]
fn keys_fall_into_the_slots_of_a_redis_cluster() {
    // As `CLUSTER KEYSLOT` of Redis 7.0.15 has them.
    for (key, expected) in [
        ("", 0),
        ("foo", 12182),
        ("123456789", 12739),
        ("{user}:a", 5474),
        ("user", 5474),
        ("a{}b", 13694),
        ("a{b", 13340),
        ("a{{b}}c", 6215),
        ("}{x}", 16287),
    ] {
        assert_eq!(slot(key.as_bytes()), expected, "{key:?}");
    }
}

#[test]
fn every_shard_gets_its_share_of_the_slots() {
    for shards in [1, 2, 3, 7, 16, 1000] {
        let mut shares = vec![0; shards];
        (0..SLOTS).for_each(|slot| shares[slot * shards / SLOTS] += 1);
        let (least, most) = (shares.iter().min(), shares.iter().max());
        assert!(least.zip(most).is_some_and(|(least, most)| most - least <= 1), "{shards}: {shares:?}");
    }
}

#[test]
fn keys_with_one_tag_stay_together_and_need_no_joining() {
    let command = DataCommand::Del(keys(&["{user}:a", "{user}:b", "x{user}"]));
    assert!(matches!(map(1000).route(command), Route::One(_, DataCommand::Del(keys)) if keys.len() == 3));
}

#[test]
fn commands_on_all_keys_go_to_all_shards() {
    let Route::Many { parts, join } = map(3).route(DataCommand::Dbsize) else { panic!("several shards") };
    assert_eq!(parts.iter().map(|(shard, _)| *shard).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(join.join(vec![Reply::Integer(1), Reply::Integer(2), Reply::Integer(3)]), Reply::Integer(6));
}

#[test]
fn one_failed_part_fails_the_whole() {
    let failed = Reply::error("ERR shard 1 is down");
    for join in [Join::Ok, Join::Sum, Join::Interleave(vec![0, 1])] {
        assert_eq!(join.join(vec![Reply::Integer(1), failed.clone()]), failed);
    }
}

#[test]
fn replies_that_do_not_fit_are_an_error_and_not_a_panic() {
    for (join, replies) in [
        (Join::Sum, vec![Reply::OK]),
        (Join::Sum, vec![Reply::Integer(i64::MAX), Reply::Integer(1)]),
        (Join::Interleave(vec![0, 0]), vec![Reply::Array(vec![Reply::Null])]),
        (Join::Interleave(vec![1]), vec![Reply::Array(vec![Reply::Null])]),
        (Join::Interleave(vec![0]), vec![Reply::Null]),
    ] {
        assert!(join.join(replies).is_error());
    }
}

/// Carries `command` out on as many keyspaces as the map has shards.
fn carry_out(map: ShardMap, keyspaces: &mut [Keyspace], command: DataCommand, now: Instant) -> Reply {
    match map.route(command) {
        Route::One(shard, command) => keyspaces[shard].apply(&command, now),
        Route::Many { parts, join } => join
            .join(parts.into_iter().map(|(shard, command)| keyspaces[shard].apply(&command, now)).collect()),
    }
}

fn commands() -> impl Strategy<Value = DataCommand> {
    let key = || (0_u8..12).prop_map(|key| Bytes::from(vec![b'k', key]));
    let several = || proptest::collection::vec(key(), 1..10);
    prop_oneof![
        several().prop_map(DataCommand::Mget),
        several().prop_map(DataCommand::Del),
        several().prop_map(DataCommand::Exists),
        proptest::collection::vec((key(), key()), 1..10).prop_map(DataCommand::Mset),
        Just(DataCommand::Dbsize),
        Just(DataCommand::Flushall),
    ]
}

proptest! {
    #[test]
    fn several_shards_answer_like_one(commands in proptest::collection::vec(commands(), 1..30), shards in 2_usize..6) {
        let now = Instant::now();
        let mut alone = [Keyspace::new(1)];
        let mut several: Vec<Keyspace> = (0..shards).map(|_| Keyspace::new(1)).collect();
        for command in commands {
            let expected = carry_out(map(1), &mut alone, command.clone(), now);
            prop_assert_eq!(carry_out(map(shards), &mut several, command.clone(), now), expected, "{:?}", command);
        }
    }
}
