//! What no well-behaved client sends.

use actor_core::testing::TestSystem;

use crate::wire::{Wire, serve, settings, until};

#[actor_core::test(workers = 2)]
async fn a_malformed_frame_is_told_and_closes_that_connection_alone(system: TestSystem) {
    let server = serve(&system, &settings(2, None)).await;
    let mut bystander = Wire::open(&server).await;
    for (frame, error) in [
        ("*x\r\n", "invalid multibulk length"),
        ("*99999999999999999999\r\n", "invalid multibulk length"),
        ("*2147483648\r\n", "invalid multibulk length"),
        ("*1\r\n$-5\r\n", "invalid bulk length"),
        // 512 MiB, Redis's own limit, is past ours.
        ("*1\r\n$536870912\r\n", "invalid bulk length"),
        ("*1\r\n:1\r\n", "expected '$', got ':'"),
        ("*1\r\n*1\r\n", "expected '$', got '*'"),
        ("*1\r\n$4\r\nPINGxx", "bulk string not followed by a line end"),
        ("SET k \"v\r\n", "unbalanced quotes in request"),
    ] {
        let mut wire = Wire::open(&server).await;
        // Behind two requests in order, which are answered first, and before one that is not.
        wire.send(format!("PING\r\nSET k v\r\n{frame}")).await;
        wire.send_in_vain("PING\r\n").await;
        let expected = format!("+PONG\r\n+OK\r\n-ERR Protocol error: {error}\r\n");
        assert_eq!(String::from_utf8_lossy(&wire.rest().await), expected, "{frame:?}");
        assert_eq!(bystander.ask("GET k").await, "v");
    }
}

#[actor_core::test(workers = 2)]
async fn a_million_nested_arrays_are_refused_at_the_second(system: TestSystem) {
    let server = serve(&system, &settings(2, None)).await;
    let mut wire = Wire::open(&server).await;
    wire.send_in_vain("*1\r\n".repeat(1_000_000)).await;
    assert_eq!(wire.rest().await, b"-ERR Protocol error: expected '$', got '*'\r\n");
    assert_eq!(Wire::open(&server).await.ask("PING").await, "+PONG");
}

#[actor_core::test(workers = 2)]
async fn what_is_well_framed_and_wrong_is_refused_in_the_words_of_redis_and_the_connection_stays(
    system: TestSystem,
) {
    let server = serve(&system, &settings(2, None)).await;
    let mut wire = Wire::open(&server).await;
    for (line, reply) in [
        ("NONSENSE a b", "-ERR unknown command 'NONSENSE', with args beginning with: 'a' 'b' "),
        ("GET", "-ERR wrong number of arguments for 'get' command"),
        ("SET k v EX 0", "-ERR invalid expire time in 'set' command"),
        ("SET k v", "+OK"),
        ("LPUSH k v", "-WRONGTYPE Operation against a key holding the wrong kind of value"),
        ("INCR k", "-ERR value is not an integer or out of range"),
        ("CONFIG SET a b", "-ERR unknown subcommand 'SET'. Try CONFIG HELP."),
        ("HELLO 4", "-NOPROTO unsupported protocol version"),
        ("GET k", "v"),
    ] {
        assert_eq!(wire.ask(line).await, reply, "{line}");
    }
}

#[actor_core::test(workers = 2)]
async fn a_peer_that_goes_away_in_the_middle_of_a_request_leaves_nothing_behind(system: TestSystem) {
    let server = serve(&system, &settings(2, None)).await;
    for part in ["", "*2\r\n", "*2\r\n$3\r\nGET\r\n$1\r\n", "SET k"] {
        let mut wire = Wire::open(&server).await;
        wire.send(part).await;
    }
    let mut last = Wire::open(&server).await;
    until(&mut last, "INFO clients", |info| info.contains("connected_clients:1\r\n")).await;
}
