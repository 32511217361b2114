//! Peers that send and do not read. What memory they take is measured in `memory.rs`.

use actor_core::testing::TestSystem;

use crate::wire::{Wire, serve, settings, within};

/// The value that is asked for, and how often: together more than all the buffers between two sockets of one machine.
const VALUE: usize = 256 * 1024;
const TIMES: usize = 150;

#[actor_core::test(workers = 2)]
async fn a_peer_that_does_not_read_holds_up_nobody_and_gets_all_when_it_does(system: TestSystem) {
    let server = serve(&system, &settings(1, None)).await;
    let mut slow = Wire::open(&server).await;
    assert_eq!(slow.ask(&format!("SET k {}", "x".repeat(60_000))).await, "+OK");
    slow.send(format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${VALUE}\r\n{}\r\n", "x".repeat(VALUE))).await;
    assert_eq!(slow.reply().await, "+OK");
    slow.send("GET k\r\n".repeat(TIMES)).await;
    // The same shard, which has answered the slow one long since or will whenever it is asked.
    let mut quick = Wire::open(&server).await;
    for n in 1..=300 {
        assert_eq!(quick.ask("INCR n").await, format!(":{n}"));
    }
    let reply = format!("${VALUE}\r\n\r\n").len() + VALUE;
    slow.skip(reply * TIMES).await;
    assert_eq!(slow.ask("PING").await, "+PONG");
}

#[actor_core::test(workers = 2)]
async fn a_subscriber_that_does_not_read_is_cut_off_and_another_hears_everything(system: TestSystem) {
    // What was on its way to the one that is cut off.
    system.allow_dead_letters();
    let server = serve(&system, &settings(1, None)).await;
    let (mut deaf, mut quick) = (Wire::open(&server).await, Wire::open(&server).await);
    for wire in [&mut deaf, &mut quick] {
        assert_eq!(wire.ask("SUBSCRIBE news").await, "*[subscribe news :1]");
    }
    let mut publisher = Wire::open(&server).await;
    let message = "m".repeat(VALUE);
    let publish = format!("*3\r\n$7\r\nPUBLISH\r\n$4\r\nnews\r\n${VALUE}\r\n{message}\r\n");
    let published = within("cutting it off", async {
        for published in 1.. {
            publisher.send(&publish).await;
            let receivers = publisher.reply().await;
            assert_eq!(quick.reply().await, format!("*[message news {message}]"));
            if receivers == ":1" {
                return published;
            }
            assert_eq!(receivers, ":2");
        }
        unreachable!()
    })
    .await;
    // 32 MiB, and what the sockets took.
    assert!((128..400).contains(&published), "{published}");
    let heard = deaf.rest().await;
    assert!(heard.len() < published * (VALUE + 100), "no more than was published");
}
