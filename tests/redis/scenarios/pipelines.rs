//! Many requests at once, on one connection.

use actor_core::testing::TestSystem;
use redis::{RedisResult, pipe};

use crate::wire::{Wire, client, serve, settings};

#[actor_core::test(workers = 2)]
async fn ten_thousand_requests_in_one_pipeline_are_answered_in_order(system: TestSystem) -> RedisResult<()> {
    let server = serve(&system, &settings(4, None)).await;
    let mut pipeline = pipe();
    for n in 0..10_000_i64 {
        // Seven keys, so that every shard has its part in it.
        pipeline.cmd("INCR").arg(n % 7);
    }
    let replies: Vec<i64> = pipeline.query_async(&mut client(&server).await).await?;
    let expected: Vec<_> = (0..10_000).map(|n| n / 7 + 1).collect();
    assert_eq!(replies, expected);
    Ok(())
}

#[actor_core::test(workers = 2)]
async fn requests_that_arrive_byte_by_byte_are_answered_like_any_other(system: TestSystem) {
    let server = serve(&system, &settings(4, None)).await;
    let mut wire = Wire::open(&server).await;
    for byte in b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\r\n\r\n\r\nGET k\r\nMGET k x\r\n" {
        wire.send([*byte]).await;
    }
    assert_eq!(wire.reply().await, "+OK");
    assert_eq!(wire.reply().await, "\r\n\r\n");
    assert_eq!(wire.reply().await, "*[\r\n\r\n $-1]");
}

#[actor_core::test(workers = 2)]
async fn a_pipeline_may_mix_everything_and_sees_its_own_writes(system: TestSystem) {
    // What is published just before QUIT may find its peer's actor gone, or not.
    system.allow_dead_letters();
    let server = serve(&system, &settings(4, None)).await;
    let mut wire = Wire::open(&server).await;
    wire.send(
        "MSET a 1 b 2 c 3\r\nPING\r\nMGET c a b\r\nDEL a b\r\nRPUSH l 1 2 3\r\nLRANGE l 0 -1\r\nHELLO 3\r\n\
         GET a\r\nSUBSCRIBE news\r\nPUBLISH news hi\r\nDBSIZE\r\nNONSENSE\r\nQUIT\r\nGET c\r\n",
    )
    .await;
    for expected in ["+OK", "+PONG", "*[3 1 2]", ":2", ":3", "*[1 2 3]"] {
        assert_eq!(wire.reply().await, expected);
    }
    assert!(wire.reply().await.starts_with("%[server redis"));
    for expected in ["_", ">[subscribe news :1]", ":1", ":2"] {
        assert_eq!(wire.reply().await, expected);
    }
    assert!(wire.reply().await.starts_with("-ERR unknown command"));
    assert_eq!(wire.reply().await, "+OK");
    // What stands behind QUIT is not carried out, and what was published came too late for a peer that left.
    assert_eq!(wire.rest().await, b"");
}
