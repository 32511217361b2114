//! The keyspace as a client sees it, command by command, and against a simple model.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::command::{self, Command};

/// A keyspace with a clock that the test turns.
struct Fixture {
    keyspace: Keyspace,
    now: Instant,
}

impl Fixture {
    fn new() -> Self {
        Self { keyspace: Keyspace::new(1), now: Instant::now() }
    }

    /// What the command that `line` spells is answered, in the notation of the assertions below.
    fn say(&mut self, line: &str) -> String {
        let request = line.split(' ').map(|word| Bytes::copy_from_slice(word.as_bytes())).collect();
        let reply = match command::parse(request) {
            Ok(Command::Data(command)) => self.keyspace.apply(&command, self.now),
            other => panic!("{line}: {other:?}"),
        };
        self.check();
        show(&reply)
    }

    fn wait(&mut self, duration: Duration) {
        self.now += duration;
    }

    /// The invariant of `deadlines`, and no empty collections.
    fn check(&self) {
        let shown = self.keyspace.entries.iter();
        let shown = shown.filter_map(|(key, entry)| Some((entry.expires?, key.clone()))).collect();
        assert_eq!(self.keyspace.deadlines, shown);
    }
}

fn show(reply: &Reply) -> String {
    let list = |items: &[Reply]| items.iter().map(show).collect::<Vec<_>>().join(" ");
    match reply {
        Reply::Simple(text) => (*text).to_owned(),
        Reply::Error(text) => text.to_string(),
        Reply::Integer(number) => number.to_string(),
        Reply::Bulk(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
        Reply::Null => "nil".into(),
        Reply::NullArray => "nil array".into(),
        Reply::Array(items) => format!("[{}]", list(items)),
        Reply::Set(items) => format!("{{{}}}", list(items)),
        Reply::Map(items) => format!("{{{}}}", items.chunks(2).map(list).collect::<Vec<_>>().join(", ")),
        other => panic!("no reply of a keyspace: {other:?}"),
    }
}

#[track_caller]
fn dialogue(lines: &[(&str, &str)]) {
    let mut fixture = Fixture::new();
    for (line, reply) in lines {
        assert_eq!(fixture.say(line), *reply, "{line}");
    }
}

const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";

#[test]
fn strings_are_set_under_conditions_and_counted_with() {
    dialogue(&[
        ("GET k", "nil"),
        ("SET k v XX", "nil"),
        ("SET k v NX", "OK"),
        ("SET k w NX", "nil"),
        ("SET k w XX", "OK"),
        ("GET k", "\"w\""),
        ("INCR k", "ERR value is not an integer or out of range"),
        ("INCR n", "1"),
        ("DECR n", "0"),
        ("DECR n", "-1"),
        ("SET n 9223372036854775807", "OK"),
        ("INCR n", "ERR increment or decrement would overflow"),
        ("GET n", "\"9223372036854775807\""),
    ]);
}

#[test]
fn commands_on_several_keys_count_what_they_met() {
    dialogue(&[
        ("MSET a 1 b 2 a 3", "OK"),
        ("LPUSH l x", "1"),
        ("MGET a b l c", "[\"3\" \"2\" nil nil]"),
        ("EXISTS a a b c", "3"),
        ("DBSIZE", "3"),
        ("DEL a a c", "1"),
        ("FLUSHALL", "OK"),
        ("DBSIZE", "0"),
    ]);
}

#[test]
fn lists_grow_and_shrink_at_both_ends_and_go_when_empty() {
    dialogue(&[
        ("LPUSH l b a", "2"),
        ("RPUSH l c d", "4"),
        ("LRANGE l 0 -1", "[\"a\" \"b\" \"c\" \"d\"]"),
        ("LRANGE l -2 1", "[]"),
        ("LLEN l", "4"),
        ("LPOP l", "\"a\""),
        ("RPOP l 2", "[\"d\" \"c\"]"),
        ("LPOP l 0", "[]"),
        ("LPOP l 5", "[\"b\"]"),
        ("EXISTS l", "0"),
        ("LPOP l", "nil"),
        ("LPOP l 1", "nil array"),
        ("LRANGE l 0 -1", "[]"),
        ("LLEN l", "0"),
    ]);
}

#[test]
fn hashes_tell_new_fields_from_known_ones() {
    dialogue(&[
        ("HSET h a 1 b 2 a 3", "2"),
        ("HSET h a 4", "0"),
        ("HGET h a", "\"4\""),
        ("HGET h z", "nil"),
        ("HGET z a", "nil"),
        ("HGETALL h", "{\"a\" \"4\", \"b\" \"2\"}"),
        ("HGETALL z", "{}"),
    ]);
}

#[test]
fn sets_give_each_member_once() {
    dialogue(&[("SADD s a a", "1"), ("SADD s a", "0"), ("SPOP s 0", "{}"), ("SPOP s", "\"a\"")]);
    dialogue(&[
        ("SPOP s", "nil"),
        ("SPOP s 2", "{}"),
        ("SADD s a", "1"),
        ("SPOP s 9", "{\"a\"}"),
        ("DBSIZE", "0"),
    ]);
    let mut fixture = Fixture::new();
    fixture.say("SADD s a b c d e");
    let mut drawn: Vec<String> = (0..5).map(|_| fixture.say("SPOP s")).collect();
    drawn.sort();
    assert_eq!(drawn.concat(), r#""a""b""c""d""e""#);
}

#[test]
fn a_command_for_another_type_is_refused_and_changes_nothing() {
    for (setup, kind) in
        [("SET k 1", "string"), ("RPUSH k x", "list"), ("HSET k f v", "hash"), ("SADD k m", "set")]
    {
        let mut fixture = Fixture::new();
        fixture.say(setup);
        for (line, of) in [
            ("GET k", "string"),
            ("INCR k", "string"),
            ("LPUSH k x", "list"),
            ("LPOP k", "list"),
            ("RPOP k 1", "list"),
            ("LRANGE k 0 -1", "list"),
            ("LLEN k", "list"),
            ("HSET k f v", "hash"),
            ("HGET k f", "hash"),
            ("HGETALL k", "hash"),
            ("SADD k m", "set"),
            ("SPOP k", "set"),
            ("SPOP k 1", "set"),
        ] {
            if of != kind {
                assert_eq!(fixture.say(line), WRONG_TYPE, "{line} on a {kind}");
            }
        }
        assert_eq!(fixture.say("TYPE k"), kind);
        assert_eq!(fixture.say("SET k anything"), "OK");
    }
    assert_eq!(Fixture::new().say("TYPE k"), "none");
}

#[test]
fn a_key_is_gone_from_the_instant_at_which_it_expires() {
    let mut fixture = Fixture::new();
    fixture.say("SET k v PX 1500");
    assert_eq!(fixture.say("TTL k"), "2", "half a second is rounded up");
    fixture.wait(Duration::from_millis(1499));
    assert_eq!((fixture.say("GET k"), fixture.say("TTL k")), ("\"v\"".into(), "0".into()));
    fixture.wait(Duration::from_millis(1));
    for (line, reply) in [("DBSIZE", "1"), ("TTL k", "-2"), ("DBSIZE", "0"), ("GET k", "nil")] {
        assert_eq!(fixture.say(line), reply, "{line}");
    }
}

#[test]
fn an_expired_collection_does_not_come_back_with_the_next_member() {
    let mut fixture = Fixture::new();
    fixture.say("RPUSH l old");
    fixture.say("EXPIRE l 1");
    fixture.wait(Duration::from_secs(1));
    assert_eq!(fixture.say("RPUSH l new"), "1");
    assert_eq!(fixture.say("TTL l"), "-1");
}

#[test]
fn an_expiry_is_moved_taken_away_and_forgotten_by_set() {
    dialogue(&[
        ("EXPIRE k 10", "0"),
        ("PERSIST k", "0"),
        ("SET k v", "OK"),
        ("TTL k", "-1"),
        ("EXPIRE k 10", "1"),
        ("EXPIRE k 20", "1"),
        ("TTL k", "20"),
        ("INCR n", "1"),
        ("PERSIST k", "1"),
        ("PERSIST k", "0"),
        ("SET k v EX 5", "OK"),
        ("SET k v", "OK"),
        ("TTL k", "-1"),
        ("EXPIRE k -1", "1"),
        ("EXISTS k", "0"),
    ]);
}

#[test]
fn the_timer_removes_what_has_expired_a_bounded_number_at_a_time() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.keyspace.next_expiry(), None);
    for key in 0..10 {
        fixture.say(&format!("SET {key} v EX {}", 1 + key / 5));
    }
    let second = Duration::from_secs(1);
    assert_eq!(fixture.keyspace.next_expiry(), Some(fixture.now + second));
    assert_eq!(fixture.keyspace.expire(fixture.now, 100), 0);
    fixture.wait(second);
    assert_eq!(fixture.keyspace.expire(fixture.now, 3), 3);
    assert_eq!(fixture.keyspace.next_expiry(), Some(fixture.now), "there is more to do at once");
    assert_eq!(fixture.keyspace.expire(fixture.now, 100), 2);
    fixture.check();
    assert_eq!((fixture.keyspace.len(), fixture.keyspace.next_expiry()), (5, Some(fixture.now + second)));
}

#[test]
fn what_is_kept_shares_no_memory_with_the_request() {
    let wire = Bytes::from(vec![b'x'; 1 << 20]);
    let mut keyspace = Keyspace::new(1);
    let key = |command| DataCommand::Key { key: wire.slice(0..3), command };
    let value = || wire.slice(3..6);
    let now = Instant::now();
    keyspace.apply(
        &key(KeyCommand::Set { value: value(), ttl: Some(Duration::from_secs(1)), condition: None }),
        now,
    );
    keyspace.apply(&DataCommand::Mset(vec![(wire.slice(6..10), value())]), now);
    let fresh = |length| wire.slice(0..length);
    let other = |key, command| DataCommand::Key { key, command };
    keyspace.apply(&other(fresh(11), KeyCommand::Push(command::End::Left, vec![value()])), now);
    keyspace.apply(&other(fresh(12), KeyCommand::Hset(vec![(value(), value())])), now);
    keyspace.apply(&other(fresh(13), KeyCommand::Sadd(vec![value()])), now);
    assert_eq!(keyspace.len(), 5);
    assert!(wire.is_unique(), "only this test holds the buffer");
}

proptest! {
    #[test]
    fn strings_with_and_without_expiry_follow_the_model(
        steps in proptest::collection::vec((0_u8..8, 0_u8..4, 1_u64..4), 1..60)
    ) {
        let mut fixture = Fixture::new();
        let mut model: BTreeMap<u8, (u64, Option<Instant>)> = BTreeMap::new();
        for (action, key, number) in steps {
            let (now, second) = (fixture.now, Duration::from_secs);
            model.retain(|_, (_, deadline)| deadline.is_none_or(|deadline| deadline > now));
            let known = model.get(&key).copied();
            let (line, reply) = match action {
                0 => {
                    model.insert(key, (number, None));
                    (format!("SET {key} {number}"), "OK".into())
                }
                1 => {
                    model.insert(key, (number, Some(now + second(number))));
                    (format!("SET {key} {number} EX {number}"), "OK".into())
                }
                2 => {
                    let sum = known.map_or(1, |(value, _)| value + 1);
                    model.insert(key, (sum, known.and_then(|(_, deadline)| deadline)));
                    (format!("INCR {key}"), sum.to_string())
                }
                3 => {
                    model.entry(key).and_modify(|(_, deadline)| *deadline = Some(now + second(number)));
                    (format!("EXPIRE {key} {number}"), u8::from(known.is_some()).to_string())
                }
                4 => {
                    model.entry(key).and_modify(|(_, deadline)| *deadline = None);
                    (format!("PERSIST {key}"), u8::from(known.is_some_and(|(_, deadline)| deadline.is_some())).to_string())
                }
                5 => {
                    fixture.wait(second(1));
                    continue;
                }
                6 => {
                    fixture.keyspace.expire(now, 1);
                    continue;
                }
                _ => {
                    model.remove(&key);
                    (format!("DEL {key}"), u8::from(known.is_some()).to_string())
                }
            };
            prop_assert_eq!(fixture.say(&line), reply, "{}", line);
            for key in 0..4 {
                let value = model.get(&key).map_or("nil".into(), |(value, _)| format!("\"{value}\""));
                prop_assert_eq!(fixture.say(&format!("GET {key}")), value);
            }
        }
    }
}
