//! Conversations with one connection.

use std::time::Instant;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::keyspace::Keyspace;

fn session() -> Session {
    Session::new(7, SocketAddr::from(([127, 0, 0, 1], 1234)))
}

fn request(line: &str) -> Request {
    line.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect()
}

fn reply(session: &mut Session, line: &str) -> Reply {
    match session.step(request(line)) {
        Step::Reply(reply) => reply,
        other => panic!("{line}: {other:?}"),
    }
}

fn names(channels: &[Bytes]) -> Vec<&[u8]> {
    channels.iter().map(|channel| &channel[..]).collect()
}

#[test]
fn the_connection_answers_what_concerns_it_alone() {
    let mut session = session();
    assert_eq!(reply(&mut session, "PING"), Reply::Simple("PONG"));
    assert_eq!(reply(&mut session, "PING hi"), Reply::bulk("hi"));
    assert_eq!(reply(&mut session, "ECHO hi"), Reply::bulk("hi"));
    assert_eq!(reply(&mut session, "CLIENT ID"), Reply::Integer(7));
    assert_eq!(session.step(request("QUIT")), Step::Quit(Reply::OK));
}

#[test]
fn what_concerns_others_is_handed_on() {
    let mut session = session();
    assert_eq!(session.step(request("DBSIZE")), Step::Data(DataCommand::Dbsize));
    let (channel, message) = (Bytes::from("c"), Bytes::from("m"));
    assert_eq!(session.step(request("PUBLISH c m")), Step::Publish { channel, message });
    assert_eq!(session.step(request("INFO server")), Step::Info(vec![Bytes::from("server")]));
}

#[test]
fn a_name_is_set_by_either_command_and_taken_away_by_the_empty_one() {
    let mut session = session();
    assert_eq!(reply(&mut session, "CLIENT GETNAME"), Reply::Null);
    reply(&mut session, "HELLO 2 SETNAME a");
    assert_eq!(reply(&mut session, "CLIENT GETNAME"), Reply::bulk("a"));
    reply(&mut session, "CLIENT SETNAME b");
    reply(&mut session, "CLIENT SETINFO LIB-NAME lib");
    let Reply::Verbatim(info) = reply(&mut session, "CLIENT INFO") else { panic!("a text") };
    assert_eq!(info, "id=7 addr=127.0.0.1:1234 name=b sub=0 resp=2 lib-name=lib lib-ver=\n");
    reply(&mut session, "CLIENT SETNAME ");
    assert_eq!(reply(&mut session, "CLIENT GETNAME"), Reply::Null);
}

#[test]
fn hello_changes_the_protocol_only_when_it_is_accepted() {
    let mut session = session();
    assert!(reply(&mut session, "HELLO 3 nonsense").is_error());
    assert!(reply(&mut session, "HELLO 4").is_error());
    assert_eq!(session.protocol(), Protocol::Resp2);
    assert!(matches!(reply(&mut session, "HELLO 3"), Reply::Map(_)));
    assert_eq!(session.protocol(), Protocol::Resp3);
    reply(&mut session, "HELLO");
    assert_eq!(session.protocol(), Protocol::Resp3);
}

#[test]
fn each_channel_named_is_confirmed_and_only_new_ones_are_joined() {
    let mut session = session();
    let Step::Subscribe { channels, subscription, replies } = session.step(request("SUBSCRIBE a b a")) else {
        panic!()
    };
    assert_eq!(names(&channels), [b"a", b"b"]);
    let counts: Vec<_> = replies.iter().map(count).collect();
    assert_eq!(counts, [1, 2, 2]);
    let Step::Unsubscribe { channels, replies } = session.step(request("UNSUBSCRIBE a x")) else { panic!() };
    assert_eq!((names(&channels), replies.len()), (vec![&b"a"[..]], 2));
    assert!(session.listens(b"b", subscription) && !session.listens(b"a", subscription));
}

#[test]
fn a_channel_that_is_joined_again_is_listened_to_by_the_new_subscription_only() {
    let mut session = session();
    let mut join = || match session.step(request("SUBSCRIBE a")) {
        Step::Subscribe { subscription, .. } => subscription,
        step => panic!("{step:?}"),
    };
    let first = join();
    join();
    assert!(session.listens(b"a", first), "to join what is joined changes nothing");
    session.step(request("UNSUBSCRIBE a"));
    let Step::Subscribe { subscription, .. } = session.step(request("SUBSCRIBE a")) else { panic!() };
    assert!(session.listens(b"a", subscription) && !session.listens(b"a", first));
}

#[test]
fn unsubscribing_from_all_is_confirmed_even_when_there_is_nothing() {
    let mut session = session();
    session.step(request("SUBSCRIBE a b"));
    let Step::Unsubscribe { channels, replies } = session.step(request("UNSUBSCRIBE")) else { panic!() };
    assert_eq!((channels.len(), replies.iter().map(count).collect::<Vec<_>>()), (2, vec![1, 0]));
    let Step::Unsubscribe { channels, replies } = session.step(request("UNSUBSCRIBE")) else { panic!() };
    assert!(channels.is_empty());
    let nothing = Reply::Push(vec![Reply::bulk("unsubscribe"), Reply::Null, Reply::Integer(0)]);
    assert_eq!(replies, [nothing]);
}

fn count(reply: &Reply) -> i64 {
    match reply {
        Reply::Push(parts) => match parts[..] {
            [_, _, Reply::Integer(count)] => count,
            _ => panic!("{parts:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_subscribed_connection_may_say_little_in_resp2_and_anything_in_resp3() {
    let mut session = session();
    session.step(request("SUBSCRIBE a"));
    assert_eq!(
        reply(&mut session, "GET k"),
        Reply::error(
            "ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this \
             context"
        )
    );
    assert!(reply(&mut session, "GET").is_error_with("wrong number"), "the number of arguments comes first");
    assert_eq!(reply(&mut session, "PING"), Reply::bulks([Bytes::from("pong"), Bytes::new()]));
    session.step(request("UNSUBSCRIBE"));
    assert!(matches!(session.step(request("GET k")), Step::Data(_)));
    reply(&mut session, "HELLO 3");
    session.step(request("SUBSCRIBE a"));
    assert!(matches!(session.step(request("GET k")), Step::Data(_)));
    assert_eq!(reply(&mut session, "PING"), Reply::Simple("PONG"));
}

#[test]
fn what_a_session_keeps_shares_no_memory_with_the_request() {
    let mut session = session();
    let wire = Bytes::from(b"SUBSCRIBE a CLIENT SETNAME n HELLO 2".to_vec());
    let cut = |range| wire.slice(range);
    session.step(vec![cut(12..18), cut(19..26), cut(27..28)]);
    let Step::Subscribe { subscription, .. } = session.step(vec![cut(0..9), cut(10..11)]) else { panic!() };
    assert!(wire.is_unique());
    assert!(session.listens(b"a", subscription));
}

proptest! {
    #[test]
    fn no_request_is_too_odd_for_a_session_and_a_keyspace(requests in vec(odd_request(), 1..40)) {
        let (mut session, mut keyspace) = (session(), Keyspace::new(1));
        for request in requests {
            if let Step::Data(command) = session.step(request) {
                keyspace.apply(&command, Instant::now());
            }
        }
    }
}

/// A command that exists, with arguments out of place.
fn odd_request() -> impl Strategy<Value = Request> {
    let word = prop_oneof![
        prop::sample::select(vec!["a", "b", "0", "-1", "7", "NX", "EX", "SETNAME", "GET", "3", "*"])
            .prop_map(|word| Bytes::from_static(word.as_bytes())),
        any::<i64>().prop_map(|number| Bytes::from(number.to_string())),
        vec(any::<u8>(), 0..10).prop_map(Bytes::from),
    ];
    (0..COMMANDS.len(), vec(word, 0..5)).prop_map(|(command, mut request)| {
        request.insert(0, Bytes::from_static(COMMANDS[command].name().as_bytes()));
        request
    })
}

impl Reply {
    fn is_error_with(&self, text: &str) -> bool {
        matches!(self, Self::Error(error) if error.contains(text))
    }
}
