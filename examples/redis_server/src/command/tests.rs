//! Requests and what they are read as, or refused with.

use std::time::Duration;

use super::*;
use crate::protocol::Protocol;

fn request(line: &str) -> Request {
    line.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect()
}

fn command(line: &str) -> Command {
    parse(request(line)).unwrap_or_else(|error| panic!("{line}: {error}"))
}

fn key(line: &str) -> KeyCommand {
    match command(line) {
        Command::Data(DataCommand::Key { command, .. }) => command,
        other => panic!("{line}: {other:?}"),
    }
}

#[track_caller]
fn assert_refused(line: &str, text: &str) {
    assert_eq!(parse(request(line)).expect_err(line).to_string(), text, "{line}");
}

#[test]
fn set_reads_its_options_in_any_order_and_case() {
    let set = |ttl, condition| KeyCommand::Set { value: Bytes::from_static(b"v"), ttl, condition };
    let second = Some(Duration::from_secs(1));
    assert_eq!(key("SET k v"), set(None, None));
    assert_eq!(key("set k v ex 1"), set(second, None));
    assert_eq!(key("SET k v NX px 1000"), set(second, Some(Condition::Missing)));
    assert_eq!(key("SET k v EX 1 XX XX"), set(second, Some(Condition::Present)));
}

#[test]
fn set_refuses_what_redis_refuses() {
    for line in ["SET k v EX", "SET k v NX XX", "SET k v EX 1 PX 1", "SET k v EX x PX", "SET k v what"] {
        assert_refused(line, "ERR syntax error");
    }
    assert_refused("SET k v EX x", "ERR value is not an integer or out of range");
    for ttl in ["EX 0", "EX -1", "PX 0", "EX 9223372036854775807", "PX 9223372036854775807"] {
        assert_refused(&format!("SET k v {ttl}"), "ERR invalid expire time in 'set' command");
    }
}

#[test]
fn expire_takes_the_past_and_refuses_what_no_clock_holds() {
    assert_eq!(key("EXPIRE k -1"), KeyCommand::Expire { seconds: -1 });
    assert_refused("EXPIRE k x", "ERR value is not an integer or out of range");
    assert_refused("EXPIRE k 9223372036854775807", "ERR invalid expire time in 'expire' command");
    assert_refused("EXPIRE k -9223372036854775807", "ERR invalid expire time in 'expire' command");
    assert_refused("EXPIRE k 1 foo", "ERR Unsupported option foo");
}

#[test]
fn counts_are_never_negative() {
    assert_eq!(key("LPOP k 0"), KeyCommand::Pop(End::Left, Some(0)));
    assert_eq!(key("RPOP k"), KeyCommand::Pop(End::Right, None));
    assert_refused("LPOP k -1", "ERR value is out of range, must be positive");
    assert_refused("SPOP k x", "ERR value is out of range, must be positive");
    assert_refused("SPOP k 1 2", "ERR syntax error");
    assert_refused("LPOP k 1 2", "ERR wrong number of arguments for 'lpop' command");
}

#[test]
fn a_value_without_its_key_or_field_is_a_wrong_number_of_arguments() {
    assert_refused("MSET a 1 b", "ERR wrong number of arguments for 'mset' command");
    assert_refused("HSET h a 1 b", "ERR wrong number of arguments for 'hset' command");
}

#[test]
fn an_unknown_command_is_quoted_up_to_a_point() {
    assert_refused("foo a b", "ERR unknown command 'foo', with args beginning with: 'a' 'b' ");
    let long = "x".repeat(1000);
    let error = parse(request(&format!("{long} {long} {long}"))).expect_err("unknown").to_string();
    assert!(error.len() < 400, "{} bytes", error.len());
}

#[test]
fn subcommands_are_refused_under_their_own_names() {
    assert_refused("CLIENT nope", "ERR unknown subcommand 'nope'. Try CLIENT HELP.");
    assert_refused("client SETNAME", "ERR wrong number of arguments for 'client|setname' command");
    assert_refused("client id 1", "ERR wrong number of arguments for 'client|id' command");
    assert_refused("CONFIG GET", "ERR wrong number of arguments for 'config|get' command");
    assert_refused("COMMAND COUNT 1", "ERR wrong number of arguments for 'command|count' command");
}

#[test]
fn a_name_that_would_break_a_line_of_client_info_is_refused() {
    let request = ["CLIENT", "SETNAME", "a b"].map(|word| Bytes::from_static(word.as_bytes())).to_vec();
    let error = parse(request).expect_err("a blank");
    assert_eq!(error.to_string(), "ERR Client names cannot contain spaces, newlines or special characters.");
}

#[test]
fn hello_reads_version_user_and_name() {
    let hello = |line| match command(line) {
        Command::Session(SessionCommand::Hello(hello)) => hello,
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(hello("HELLO"), Hello::default());
    let named = Hello { protocol: Some(Protocol::Resp3), name: Some(Bytes::from_static(b"n")) };
    assert_eq!(hello("HELLO 3 AUTH default x SETNAME n"), named);
    assert_refused("HELLO 4", "NOPROTO unsupported protocol version");
    assert_refused("HELLO x", "ERR Protocol version is not an integer or out of range");
    assert_refused("HELLO 3 AUTH default", "ERR Syntax error in HELLO option 'AUTH'");
    assert_refused("HELLO 3 AUTH me x", "WRONGPASS invalid username-password pair or user is disabled.");
}
