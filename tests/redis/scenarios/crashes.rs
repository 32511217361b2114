//! Shards that crash: who notices, and what is lost.

use std::num::NonZeroUsize;

use actor_core::testing::TestSystem;
use redis_server::shards::{Shard, ShardMap};

use crate::wire::{Wire, serve, settings, within};

/// So many keys of one shard.
fn keys(map: ShardMap, shard: usize, count: usize) -> Vec<String> {
    let names = (0..).map(|n| format!("k{n}"));
    names.filter(|key| map.shard_of(key.as_bytes()) == shard).take(count).collect()
}

#[actor_core::test(workers = 2)]
async fn a_crash_loses_the_keys_of_its_shard_and_the_write_that_crashed_is_done_after_it(system: TestSystem) {
    let server = serve(&system, &settings(2, Some(5))).await;
    let map = ShardMap::new(NonZeroUsize::new(2).expect("two"));
    let (first, second) = (keys(map, 0, 5), keys(map, 1, 4));
    let mut wire = Wire::open(&server).await;
    for key in first.iter().chain(&second) {
        // The fifth write of the first shard crashes it.
        assert_eq!(wire.ask(&format!("SET {key} v")).await, "+OK");
    }
    for (at, key) in first.iter().enumerate() {
        assert_eq!(wire.ask(&format!("GET {key}")).await, if at == 4 { "v" } else { "$-1" });
    }
    for key in &second {
        assert_eq!(wire.ask(&format!("GET {key}")).await, "v");
    }
    assert!(wire.ask("INFO stats").await.contains("shard_restarts:1\r\n"));
    assert_eq!(wire.ask("DBSIZE").await, ":5");
}

#[actor_core::test(workers = 2)]
async fn a_batch_that_crashes_its_shard_twice_is_an_error_for_who_sent_it_and_for_nobody_else(
    system: TestSystem,
) {
    let server = serve(&system, &settings(1, Some(3))).await;
    let (mut wire, mut other) = (Wire::open(&server).await, Wire::open(&server).await);
    assert_eq!(other.ask("SET before v").await, "+OK");
    wire.send("PING\r\nSET a 1\r\nSET b 2\r\nSET c 3\r\nGET a\r\nPING\r\n").await;
    assert_eq!(wire.reply().await, "+PONG");
    for _ in 0..4 {
        assert_eq!(wire.reply().await, "-ERR shard 0 crashed twice as it ran this, and has lost its keys");
    }
    assert_eq!(wire.reply().await, "+PONG");
    assert_eq!(wire.ask("MGET before a b c").await, "*[$-1 $-1 $-1 $-1]");
    assert_eq!(other.ask("SET after v").await, "+OK");
    assert_eq!(other.ask("GET after").await, "v");
}

#[actor_core::test(workers = 2)]
async fn shards_that_fail_again_and_again_end_the_server_and_it_says_why(system: TestSystem) {
    let server = serve(&system, &settings(1, None)).await;
    let mut wire = Wire::open(&server).await;
    let shard = system.lookup::<Shard>("shard-0").expect("a shard");
    let report = within("giving up", async {
        let killing = async {
            loop {
                shard.kill();
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            report = server.terminated() => report,
            () = killing => unreachable!(),
        }
    })
    .await;
    let cause = report.cause.expect("a supervisor that gave up");
    assert_eq!((&*cause.child, cause.max_restarts), ("shard-0", 10));
    assert_eq!(wire.rest().await, b"");
}
