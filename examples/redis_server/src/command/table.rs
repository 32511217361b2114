//! The table of commands: names, numbers of arguments, and who reads them.

use std::ops::RangeInclusive;

use WhileSubscribed::{Allowed, Refused};

use super::arguments::Arguments;
use super::session::{self, lower};
use super::{Command, CommandError, End, KeyCommand, PubSubCommand, data};
use crate::protocol::Request;

/// What is known of a command before its arguments are read.
#[derive(Debug)]
pub struct Spec {
    /// In small letters, as error texts spell it and the table is searched.
    name: &'static str,
    /// How many arguments there may be, without the name.
    arity: RangeInclusive<usize>,
    while_subscribed: WhileSubscribed,
    read: fn(Arguments) -> Result<Command, CommandError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WhileSubscribed {
    Allowed,
    Refused,
}

impl Spec {
    /// The name in small letters, as error texts spell it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether a RESP2 connection may say it between `SUBSCRIBE` and the last `UNSUBSCRIBE`.
    pub fn is_allowed_while_subscribed(&self) -> bool {
        self.while_subscribed == WhileSubscribed::Allowed
    }
}

/// A request that names a command and has a fitting number of arguments.
#[derive(Debug)]
pub struct Invocation {
    spec: &'static Spec,
    arguments: Arguments,
}

impl Invocation {
    /// Looks up the command that `request` names. Compares a few short slices, allocates nothing.
    ///
    /// # Errors
    /// No such command, or not with so many arguments.
    pub fn find(request: Request) -> Result<Self, CommandError> {
        let Some(spec) = request.first().and_then(|name| look_up(name)) else {
            return Err(CommandError::unknown_command(&request));
        };
        let mut words = request.into_iter();
        words.next();
        if !spec.arity.contains(&words.len()) {
            return Err(CommandError::WrongArity(spec.name));
        }
        Ok(Self { spec, arguments: Arguments::new(spec.name, words) })
    }

    /// The command that was named.
    pub fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// Reads the arguments.
    ///
    /// # Errors
    /// They do not fit the command.
    pub fn parse(self) -> Result<Command, CommandError> {
        (self.spec.read)(self.arguments)
    }
}

fn look_up(name: &[u8]) -> Option<&'static Spec> {
    let mut buffer = [0; LONGEST_NAME];
    let name = lower(name, &mut buffer);
    COMMANDS.binary_search_by(|spec| spec.name.as_bytes().cmp(name)).ok().map(|index| &COMMANDS[index])
}

const LONGEST_NAME: usize = 16;

/// Any number of arguments; the decoder has its own limit.
const ANY: usize = usize::MAX;

/// All commands, in the order of their names, by which they are searched.
pub static COMMANDS: &[Spec] = &[
    row("client", 1..=ANY, Refused, session::client),
    row("command", 0..=ANY, Refused, session::command),
    row("config", 1..=ANY, Refused, session::config),
    row("dbsize", 0..=0, Refused, data::dbsize),
    row("decr", 1..=1, Refused, |rest| data::plain(rest, KeyCommand::Add(-1))),
    row("del", 1..=ANY, Refused, data::del),
    row("echo", 1..=1, Refused, session::echo),
    row("exists", 1..=ANY, Refused, data::exists),
    row("expire", 2..=ANY, Refused, data::expire),
    row("flushall", 0..=ANY, Refused, data::flushall),
    row("get", 1..=1, Refused, |rest| data::plain(rest, KeyCommand::Get)),
    row("hello", 0..=ANY, Refused, session::hello),
    row("hget", 2..=2, Refused, data::hget),
    row("hgetall", 1..=1, Refused, |rest| data::plain(rest, KeyCommand::Hgetall)),
    row("hset", 3..=ANY, Refused, data::hset),
    row("incr", 1..=1, Refused, |rest| data::plain(rest, KeyCommand::Add(1))),
    row("info", 0..=ANY, Refused, session::info),
    row("llen", 1..=1, Refused, |rest| data::plain(rest, KeyCommand::Llen)),
    row("lpop", 1..=2, Refused, |rest| data::pop(rest, End::Left)),
    row("lpush", 2..=ANY, Refused, |rest| data::push(rest, End::Left)),
    row("lrange", 3..=3, Refused, data::lrange),
    row("mget", 1..=ANY, Refused, data::mget),
    row("mset", 2..=ANY, Refused, data::mset),
    row("persist", 1..=1, Refused, |rest| data::plain(rest, KeyCommand::Persist)),
    row("ping", 0..=1, Allowed, session::ping),
    row("publish", 2..=2, Refused, publish),
    row("quit", 0..=ANY, Allowed, session::quit),
    row("rpop", 1..=2, Refused, |rest| data::pop(rest, End::Right)),
    row("rpush", 2..=ANY, Refused, |rest| data::push(rest, End::Right)),
    row("sadd", 2..=ANY, Refused, data::sadd),
    row("set", 2..=ANY, Refused, data::set),
    row("spop", 1..=ANY, Refused, data::spop),
    row("subscribe", 1..=ANY, Allowed, subscribe),
    row("ttl", 1..=1, Refused, |rest| data::plain(rest, KeyCommand::Ttl)),
    row("type", 1..=1, Refused, |rest| data::plain(rest, KeyCommand::Type)),
    row("unsubscribe", 0..=ANY, Allowed, unsubscribe),
];

const fn row(
    name: &'static str,
    arity: RangeInclusive<usize>,
    while_subscribed: WhileSubscribed,
    read: fn(Arguments) -> Result<Command, CommandError>,
) -> Spec {
    Spec { name, arity, while_subscribed, read }
}

fn subscribe(arguments: Arguments) -> Result<Command, CommandError> {
    Ok(Command::PubSub(PubSubCommand::Subscribe(arguments.rest())))
}

fn unsubscribe(arguments: Arguments) -> Result<Command, CommandError> {
    Ok(Command::PubSub(PubSubCommand::Unsubscribe(arguments.rest())))
}

fn publish(mut arguments: Arguments) -> Result<Command, CommandError> {
    let (channel, message) = (arguments.required()?, arguments.required()?);
    Ok(Command::PubSub(PubSubCommand::Publish { channel, message }))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn the_table_is_sorted_and_spelled_consistently() {
        assert!(COMMANDS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for spec in COMMANDS {
            assert_eq!(spec.name.to_ascii_lowercase(), spec.name, "the search is in small letters");
            assert!(spec.name.len() <= LONGEST_NAME);
        }
    }

    #[test]
    fn names_are_found_in_any_case_and_only_whole() {
        assert_eq!(look_up(b"unSubscribe").map(Spec::name), Some("unsubscribe"));
        for name in ["", "GE", "GETT", "GET ", "A_NAME_LONGER_THAN_ANY_COMMAND", "G\u{0}T"] {
            assert!(look_up(name.as_bytes()).is_none(), "{name:?}");
        }
    }

    #[test]
    fn each_command_with_too_few_or_too_many_arguments_names_itself() {
        for spec in COMMANDS {
            for count in (0..10).filter(|count| !spec.arity.contains(count)) {
                let mut request = vec![Bytes::from_static(spec.name.as_bytes())];
                request.resize(count + 1, Bytes::new());
                let error = Invocation::find(request).expect_err("a wrong number of arguments");
                assert_eq!(error, CommandError::WrongArity(spec.name));
            }
        }
    }

    #[test]
    fn each_command_with_its_fewest_arguments_is_read_without_a_panic() {
        for spec in COMMANDS {
            let mut request = vec![Bytes::from_static(spec.name.as_bytes())];
            request.resize(spec.arity.start() + 1, Bytes::from_static(b"1"));
            let _ = Invocation::find(request).expect("enough arguments").parse();
        }
    }
}
