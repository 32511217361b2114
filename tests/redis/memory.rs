//! What hostile peers make the server allocate. One test, since the counter counts for the whole program.

#[path = "scenarios/wire.rs"]
mod wire;

use actor_core::testing::TestSystem;
use peak_alloc::PeakAlloc;
use redis_server::Server;
use redis_server::pubsub::UNREAD_BYTES;

use crate::wire::{Wire, serve, settings, within};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// How much more than now the program has allocated at any one time while `doing` was done.
async fn growth(doing: impl Future<Output = ()>) -> usize {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    doing.await;
    HEAP.peak_usage().saturating_sub(before)
}

#[actor_core::test(workers = 2)]
async fn no_peer_makes_the_server_allocate_much(system: TestSystem) {
    let server = serve(&system, &settings(2, None)).await;
    declared_lengths(&server).await;
    nested_arrays(&server).await;
    replies_unread(&server).await;
    long_replies_unread(&server).await;
    messages_unread(&server).await;
}

/// Lengths that are declared and not sent, past the limits and within them.
async fn declared_lengths(server: &Server) {
    let (mut too_much, mut bulk, mut array) =
        (Wire::open(server).await, Wire::open(server).await, Wire::open(server).await);
    let grown = growth(async {
        too_much.send("*2\r\n$3\r\nGET\r\n$536870912\r\n").await;
        assert_eq!(too_much.rest().await, b"-ERR Protocol error: invalid bulk length\r\n");
        bulk.send("PING\r\n*2\r\n$3\r\nGET\r\n$67108864\r\nsome of it").await;
        array.send("PING\r\n*1048576\r\n$3\r\nDEL\r\n").await;
        // Answered, so what stands behind it has been looked at.
        assert_eq!((&*bulk.reply().await, &*array.reply().await), ("+PONG", "+PONG"));
    })
    .await;
    assert!(grown < 256 * KIB, "{grown}");
}

async fn nested_arrays(server: &Server) {
    let mut wire = Wire::open(server).await;
    let million = "*1\r\n".repeat(1_000_000);
    let grown = growth(async {
        wire.send_in_vain(&million).await;
        assert_eq!(wire.rest().await, b"-ERR Protocol error: expected '$', got '*'\r\n");
    })
    .await;
    assert!(grown < 256 * KIB, "{grown}");
}

/// A hundred thousand replies of 4 KiB each, none of them read.
async fn replies_unread(server: &Server) {
    let mut wire = Wire::open(server).await;
    assert_eq!(wire.ask(&format!("SET k {}", "x".repeat(4 * KIB))).await, "+OK");
    let requests = "GET k\r\n".repeat(100_000);
    let grown = growth(async {
        let others = async {
            let mut other = Wire::open(server).await;
            for _ in 0..1_000 {
                assert_eq!(other.ask("EXISTS k").await, ":1");
            }
        };
        let sending = async {
            wire.send(&requests).await;
            // It may be that the buffers of the system take all of it.
            std::future::pending().await
        };
        tokio::select! {
            () = others => {}
            () = sending => {}
        }
    })
    .await;
    assert!(grown < 512 * KIB, "{grown}");
}

/// A list of 100,000 elements, asked for a hundred times: four megabytes of handles for each reply.
async fn long_replies_unread(server: &Server) {
    let mut wire = Wire::open(server).await;
    let element = " 0123456789".repeat(1_000);
    for _ in 0..100 {
        wire.send(format!("RPUSH l{element}\r\n")).await;
        wire.reply().await;
    }
    let grown = growth(async {
        wire.send("LRANGE l 0 -1\r\n".repeat(100)).await;
        let mut other = Wire::open(server).await;
        for _ in 0..100 {
            assert_eq!(other.ask("LLEN l").await, ":100000");
        }
    })
    .await;
    assert!(grown < 8 * MIB, "{grown}");
}

/// A subscriber that does not read, until it is cut off.
async fn messages_unread(server: &Server) {
    let (mut deaf, mut publisher) = (Wire::open(server).await, Wire::open(server).await);
    deaf.ask("SUBSCRIBE news").await;
    let publish = format!("*3\r\n$7\r\nPUBLISH\r\n$4\r\nnews\r\n${MIB}\r\n{}\r\n", "m".repeat(MIB));
    let grown = growth(within("cutting it off", async {
        loop {
            publisher.send(&publish).await;
            if publisher.reply().await == ":0" {
                return;
            }
        }
    }))
    .await;
    assert!(grown < UNREAD_BYTES + 8 * MIB, "{grown}");
}
