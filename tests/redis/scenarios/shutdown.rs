//! The end: what has been read is answered, in a bounded time, and nobody is left.

use std::time::Duration;

use actor_core::testing::TestSystem;
use redis_server::Server;
use redis_server::connection::DRAIN;
use tokio::net::TcpStream;

use crate::wire::{Wire, serve, settings};

#[actor_core::test(workers = 2)]
async fn clients_in_full_swing_get_whole_replies_to_the_last_and_then_the_end(system: TestSystem) {
    let server = serve(&system, &settings(2, None)).await;
    let mut wires = Vec::new();
    for client in 0..50 {
        let mut wire = Wire::open(&server).await;
        // One segment, so one read: answered in full if the first of it is answered.
        wire.send(format!("INCR {client}\r\n").repeat(100)).await;
        assert_eq!(wire.reply().await, ":1");
        wires.push(wire);
    }
    let report = server.shutdown().await;
    assert!(report.is_clean() && report.took < DRAIN, "{report}");
    for mut wire in wires {
        let rest = String::from_utf8(wire.rest().await).expect("replies are text");
        let expected: String = (2..=100).map(|n| format!(":{n}\r\n")).collect();
        assert_eq!(rest, expected);
    }
    assert!(TcpStream::connect(server.local_addr()).await.is_err(), "nobody listens");
}

#[actor_core::test(workers = 2)]
async fn a_peer_that_does_not_read_holds_up_the_end_no_longer_than_is_allowed(system: TestSystem) {
    let server = serve(&system, &settings(2, None)).await;
    let mut slow = Wire::open(&server).await;
    slow.send(format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n{}\r\n", "x".repeat(1_000_000))).await;
    assert_eq!(slow.reply().await, "+OK");
    slow.send("GET k\r\n".repeat(100)).await;
    // Has begun to answer: that many bytes fit no buffer, so now it waits.
    slow.skip(1_000_000).await;
    let report = server.shutdown().await;
    assert!(report.is_clean() && report.stuck.is_empty(), "{report}");
    assert!(report.took >= DRAIN && report.took < DRAIN + Duration::from_secs(2), "{report}");
}

#[actor_core::test(workers = 2)]
async fn idle_and_subscribed_connections_close_at_once(system: TestSystem) {
    let server = serve(&system, &settings(2, None)).await;
    let (mut idle, mut subscribed) = (Wire::open(&server).await, Wire::open(&server).await);
    assert_eq!(idle.ask("PING").await, "+PONG");
    assert_eq!(subscribed.ask("SUBSCRIBE news").await, "*[subscribe news :1]");
    let report = server.shutdown().await;
    assert!(report.is_clean() && report.took < DRAIN, "{report}");
    assert_eq!((idle.rest().await, subscribed.rest().await), (Vec::new(), Vec::new()));
}

#[actor_core::test(workers = 2)]
async fn an_address_that_is_taken_is_told(system: TestSystem) {
    let server = serve(&system, &settings(1, None)).await;
    let mut taken = settings(1, None);
    taken.addr = server.local_addr().to_string();
    let error = Server::start(&taken).await.expect_err("nobody shares an address");
    assert_eq!(error.to_string(), format!("cannot listen on {}", taken.addr));
}
