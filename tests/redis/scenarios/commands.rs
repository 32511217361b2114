//! Each command once, through the client library.

use std::collections::BTreeMap;

use actor_core::testing::TestSystem;
use redis::{AsyncTypedCommands, RedisResult, Value, cmd};

use crate::wire::{Wire, client, serve, settings, until};

type Outcome = RedisResult<()>;

#[actor_core::test(workers = 2)]
async fn strings_and_their_expiry(system: TestSystem) -> Outcome {
    let server = serve(&system, &settings(4, None)).await;
    let mut redis = client(&server).await;
    redis.set("a", 1).await?;
    assert_eq!(redis.get("a").await?.as_deref(), Some("1"));
    let step = |name: &'static str| cmd(name).arg("a").to_owned();
    assert_eq!(step("INCR").query_async::<i64>(&mut redis).await?, 2);
    assert_eq!(step("DECR").query_async::<i64>(&mut redis).await?, 1);
    redis.mset(&[("b", "2"), ("c", "3")]).await?;
    let mget: Vec<Option<String>> = cmd("MGET").arg(&["a", "x", "c"]).query_async(&mut redis).await?;
    assert_eq!(mget, [Some("1".into()), None, Some("3".into())]);
    let set = |option: &'static str| cmd("SET").arg(&["a", "9", option]).to_owned();
    assert_eq!(set("NX").query_async::<Value>(&mut redis).await?, Value::Nil);
    assert_eq!(set("XX").query_async::<Value>(&mut redis).await?, Value::Okay);
    assert_eq!((redis.exists("a").await?, redis.del(&["a", "b", "x"]).await?), (true, 2));

    let (): () = cmd("SET").arg(&["c", "3", "EX", "100"]).query_async(&mut redis).await?;
    let ttl: i64 = cmd("TTL").arg("c").query_async(&mut redis).await?;
    assert!((99..=100).contains(&ttl), "{ttl}");
    assert!(redis.persist("c").await?);
    assert!(redis.expire("c", 100).await?);
    assert!(redis.expire("c", -1).await?, "which deletes it");
    assert!(!redis.expire("c", 100).await?);
    Ok(())
}

#[actor_core::test(workers = 2)]
async fn a_key_that_expires_is_removed_without_being_asked_for(system: TestSystem) -> Outcome {
    let server = serve(&system, &settings(4, None)).await;
    let (): () = cmd("SET").arg(&["k", "v", "PX", "20"]).query_async(&mut client(&server).await).await?;
    // DBSIZE looks at no key, so it sees the work of the shard's timer.
    until(&mut Wire::open(&server).await, "DBSIZE", |size| size == ":0").await;
    Ok(())
}

#[actor_core::test(workers = 2)]
async fn lists_hashes_and_sets(system: TestSystem) -> Outcome {
    let server = serve(&system, &settings(4, None)).await;
    let mut redis = client(&server).await;
    assert_eq!((redis.rpush("l", &["b", "c"]).await?, redis.lpush("l", "a").await?), (2, 3));
    assert_eq!(redis.lrange("l", 0, -1).await?, ["a", "b", "c"]);
    assert_eq!(redis.llen("l").await?, 3);
    let pop = |name: &'static str| cmd(name).arg("l").to_owned();
    assert_eq!(pop("LPOP").query_async::<String>(&mut redis).await?, "a");
    assert_eq!(pop("RPOP").query_async::<String>(&mut redis).await?, "c");

    assert_eq!(cmd("HSET").arg(&["h", "f", "1", "g", "2"]).query_async::<i64>(&mut redis).await?, 2);
    assert_eq!(redis.hset("h", "f", "3").await?, 0);
    assert_eq!(redis.hget("h", "f").await?.as_deref(), Some("3"));
    let all: BTreeMap<String, String> = cmd("HGETALL").arg("h").query_async(&mut redis).await?;
    assert_eq!(all, BTreeMap::from([("f".into(), "3".into()), ("g".into(), "2".into())]));

    assert_eq!(redis.sadd("s", &["x", "y", "x"]).await?, 2);
    let mut popped: Vec<String> = cmd("SPOP").arg("s").arg(9).query_async(&mut redis).await?;
    popped.sort();
    assert_eq!(popped, ["x", "y"]);

    let kind = |key: &'static str| cmd("TYPE").arg(key).to_owned();
    for (key, expected) in [("l", "list"), ("h", "hash"), ("s", "none")] {
        assert_eq!(kind(key).query_async::<String>(&mut redis).await?, expected);
    }
    let size: usize = cmd("DBSIZE").query_async(&mut redis).await?;
    let (): () = cmd("FLUSHALL").query_async(&mut redis).await?;
    let flushed: usize = cmd("DBSIZE").query_async(&mut redis).await?;
    assert_eq!((size, flushed), (2, 0));
    Ok(())
}

#[actor_core::test(workers = 2)]
async fn what_concerns_the_connection_and_the_server(system: TestSystem) -> Outcome {
    let server = serve(&system, &settings(3, None)).await;
    let mut redis = client(&server).await;
    assert_eq!(redis.ping().await?, "PONG");
    assert_eq!(cmd("ECHO").arg("hi").query_async::<String>(&mut redis).await?, "hi");
    let (): () = cmd("CLIENT").arg(&["SETNAME", "tester"]).query_async(&mut redis).await?;
    assert_eq!(cmd("CLIENT").arg("GETNAME").query_async::<String>(&mut redis).await?, "tester");
    let config: BTreeMap<String, String> =
        cmd("CONFIG").arg(&["GET", "maxmemory"]).query_async(&mut redis).await?;
    assert_eq!(config["maxmemory"], "0");
    redis.set("k", "v").await?;
    let info: String = cmd("INFO").query_async(&mut redis).await?;
    for line in
        ["connected_clients:1", "total_connections_received:1", "shards:3", "shard_restarts:0", "db0:keys=1"]
    {
        assert!(info.contains(line), "{line} is not in {info}");
    }
    let count: usize = cmd("COMMAND").arg("COUNT").query_async(&mut redis).await?;
    assert!(count > 30, "{count}");
    Ok(())
}

#[actor_core::test(workers = 2)]
async fn resp3_is_spoken_to_who_says_hello_3(system: TestSystem) {
    let server = serve(&system, &settings(2, None)).await;
    let mut wire = Wire::open(&server).await;
    assert!(wire.ask("HELLO 3").await.starts_with("%[server redis version 7.0.15 proto :3"));
    assert_eq!(wire.ask("HSET h f v").await, ":1");
    assert_eq!(wire.ask("HGETALL h").await, "%[f v]");
    assert_eq!(wire.ask("GET x").await, "_");
    assert_eq!(wire.ask("QUIT").await, "+OK");
    assert_eq!(wire.rest().await, b"");
}
