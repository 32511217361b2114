//! Reads the arguments of the commands on keys, a function for each shape that they come in.

use std::time::Duration;

use super::{Condition, DataCommand, End, KeyCommand};
use crate::command::arguments::Arguments;
use crate::command::error::excerpt;
use crate::command::{Command, CommandError};
use crate::number::integer;

type Parsed = Result<Command, CommandError>;

/// The latest that a key may be told to expire, in milliseconds from now.
///
/// Redis refuses what would overflow its clock of milliseconds since 1970 in an `i64`. No wall clock is read
/// here, so the room for it is a constant, good until the year 2109.
const LONGEST_TTL: i64 = i64::MAX - (1 << 42);

fn on_key(
    mut arguments: Arguments,
    read: impl FnOnce(Arguments) -> Result<KeyCommand, CommandError>,
) -> Parsed {
    let key = arguments.required()?;
    let command = read(arguments)?;
    Ok(Command::Data(DataCommand::Key { key, command }))
}

/// A command on one key that takes nothing else.
pub(in crate::command) fn plain(arguments: Arguments, command: KeyCommand) -> Parsed {
    on_key(arguments, |_| Ok(command))
}

pub(in crate::command) fn set(arguments: Arguments) -> Parsed {
    on_key(arguments, |mut arguments| {
        let value = arguments.required()?;
        let mut ttl = None;
        let mut condition = None;
        while let Some(option) = arguments.next() {
            if option.eq_ignore_ascii_case(b"NX") {
                only_once(&mut condition, Condition::Missing)?;
            } else if option.eq_ignore_ascii_case(b"XX") {
                only_once(&mut condition, Condition::Present)?;
            } else if option.eq_ignore_ascii_case(b"EX") {
                ttl_option(&mut ttl, &mut arguments, 1000)?;
            } else if option.eq_ignore_ascii_case(b"PX") {
                ttl_option(&mut ttl, &mut arguments, 1)?;
            } else {
                return Err(CommandError::Syntax);
            }
        }
        // Redis reads the number last, so that a fault in the syntax is told before a fault in the number.
        let ttl = match ttl {
            Some((number, unit)) => Some(time_to_live(&number, unit)?),
            None => None,
        };
        Ok(KeyCommand::Set { value, ttl, condition })
    })
}

/// The same condition twice is as good as once; both together are nonsense.
fn only_once(condition: &mut Option<Condition>, wanted: Condition) -> Result<(), CommandError> {
    match condition.replace(wanted) {
        Some(other) if other != wanted => Err(CommandError::Syntax),
        _ => Ok(()),
    }
}

fn ttl_option(
    ttl: &mut Option<(bytes::Bytes, i64)>,
    arguments: &mut Arguments,
    unit: i64,
) -> Result<(), CommandError> {
    let number = arguments.next().ok_or(CommandError::Syntax)?;
    ttl.replace((number, unit)).map_or(Ok(()), |_| Err(CommandError::Syntax))
}

fn time_to_live(number: &[u8], unit: i64) -> Result<Duration, CommandError> {
    let milliseconds = integer(number).ok_or(CommandError::NotAnInteger)?.checked_mul(unit);
    match milliseconds.map(u64::try_from) {
        Some(Ok(milliseconds @ 1..)) if milliseconds <= LONGEST_TTL.unsigned_abs() => {
            Ok(Duration::from_millis(milliseconds))
        }
        _ => Err(CommandError::InvalidExpireTime("set")),
    }
}

pub(in crate::command) fn expire(arguments: Arguments) -> Parsed {
    on_key(arguments, |mut arguments| {
        let number = arguments.required()?;
        if let Some(option) = arguments.next() {
            return Err(CommandError::UnsupportedOption(excerpt(&option, 128)));
        }
        let seconds = integer(&number).ok_or(CommandError::NotAnInteger)?;
        // A time in the past is fine, as long as it can be told in milliseconds.
        if !(i64::MIN / 1000..=LONGEST_TTL / 1000).contains(&seconds) {
            return Err(CommandError::InvalidExpireTime("expire"));
        }
        Ok(KeyCommand::Expire { seconds })
    })
}

pub(in crate::command) fn push(arguments: Arguments, end: End) -> Parsed {
    on_key(arguments, |arguments| Ok(KeyCommand::Push(end, arguments.rest())))
}

pub(in crate::command) fn pop(arguments: Arguments, end: End) -> Parsed {
    on_key(arguments, |mut arguments| Ok(KeyCommand::Pop(end, arguments.count()?)))
}

pub(in crate::command) fn lrange(arguments: Arguments) -> Parsed {
    on_key(arguments, |mut arguments| {
        Ok(KeyCommand::Lrange { start: arguments.integer()?, stop: arguments.integer()? })
    })
}

pub(in crate::command) fn hset(arguments: Arguments) -> Parsed {
    on_key(arguments, |arguments| Ok(KeyCommand::Hset(arguments.pairs()?)))
}

pub(in crate::command) fn hget(arguments: Arguments) -> Parsed {
    on_key(arguments, |mut arguments| Ok(KeyCommand::Hget(arguments.required()?)))
}

pub(in crate::command) fn sadd(arguments: Arguments) -> Parsed {
    on_key(arguments, |arguments| Ok(KeyCommand::Sadd(arguments.rest())))
}

pub(in crate::command) fn spop(arguments: Arguments) -> Parsed {
    on_key(arguments, |mut arguments| {
        let count = arguments.count()?;
        // The only command with a fixed number of arguments that calls one too many a syntax error.
        arguments.next().map_or(Ok(KeyCommand::Spop(count)), |_| Err(CommandError::Syntax))
    })
}

pub(in crate::command) fn mget(arguments: Arguments) -> Parsed {
    Ok(Command::Data(DataCommand::Mget(arguments.rest())))
}

pub(in crate::command) fn mset(arguments: Arguments) -> Parsed {
    Ok(Command::Data(DataCommand::Mset(arguments.pairs()?)))
}

pub(in crate::command) fn del(arguments: Arguments) -> Parsed {
    Ok(Command::Data(DataCommand::Del(arguments.rest())))
}

pub(in crate::command) fn exists(arguments: Arguments) -> Parsed {
    Ok(Command::Data(DataCommand::Exists(arguments.rest())))
}

pub(in crate::command) fn dbsize(_: Arguments) -> Parsed {
    Ok(Command::Data(DataCommand::Dbsize))
}

/// `ASYNC` and `SYNC` are taken and make no difference: the shards flush beside one another, and each at
/// once.
pub(in crate::command) fn flushall(mut arguments: Arguments) -> Parsed {
    match arguments.next() {
        Some(mode) if !mode.eq_ignore_ascii_case(b"ASYNC") && !mode.eq_ignore_ascii_case(b"SYNC") => {
            Err(CommandError::Syntax)
        }
        _ if arguments.len() > 0 => Err(CommandError::Syntax),
        _ => Ok(Command::Data(DataCommand::Flushall)),
    }
}
