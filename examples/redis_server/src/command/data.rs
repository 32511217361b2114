//! Commands on keys: what the shards carry out.

mod parse;

use std::time::Duration;

use bytes::Bytes;

pub(super) use parse::*;

/// A command on one key, on several, or on all of them.
///
/// Also what one shard is given: its own part of a command on several keys is a command on fewer keys. See
/// [`ShardMap::route`](crate::shards::ShardMap::route).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataCommand {
    /// Any command on a single key.
    Key {
        /// The key.
        key: Bytes,
        /// What is done to it.
        command: KeyCommand,
    },
    /// `MGET key…`
    Mget(Vec<Bytes>),
    /// `MSET key value…`
    Mset(Vec<(Bytes, Bytes)>),
    /// `DEL key…`
    Del(Vec<Bytes>),
    /// `EXISTS key…`; a key named twice counts twice.
    Exists(Vec<Bytes>),
    /// `DBSIZE`
    Dbsize,
    /// `FLUSHALL`
    Flushall,
}

/// What can be done to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyCommand {
    /// `GET`
    Get,
    /// `SET value [EX seconds | PX milliseconds] [NX | XX]`
    Set {
        /// The new value, whatever was there before.
        value: Bytes,
        /// How long it lives; for ever if there is none, whatever was set before.
        ttl: Option<Duration>,
        /// When it is set at all.
        condition: Option<Condition>,
    },
    /// `INCR` and `DECR`: adds this much.
    Add(i64),
    /// `EXPIRE seconds`, without the options that Redis 7 added; zero and less delete the key.
    Expire {
        /// From now.
        seconds: i64,
    },
    /// `TTL`
    Ttl,
    /// `PERSIST`
    Persist,
    /// `TYPE`
    Type,
    /// `LPUSH` and `RPUSH`
    Push(End, Vec<Bytes>),
    /// `LPOP [count]` and `RPOP [count]`
    Pop(End, Option<usize>),
    /// `LRANGE start stop`; both inclusive, negative ones count from the end.
    Lrange {
        /// The first index.
        start: i64,
        /// The last index.
        stop: i64,
    },
    /// `LLEN`
    Llen,
    /// `HSET field value…`
    Hset(Vec<(Bytes, Bytes)>),
    /// `HGET field`
    Hget(Bytes),
    /// `HGETALL`
    Hgetall,
    /// `SADD member…`
    Sadd(Vec<Bytes>),
    /// `SPOP [count]`
    Spop(Option<usize>),
}

/// When `SET` sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `NX`
    Missing,
    /// `XX`
    Present,
}

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The end of index 0: `LPUSH`, `LPOP`.
    Left,
    /// The end of index -1: `RPUSH`, `RPOP`.
    Right,
}

impl DataCommand {
    /// Whether it may change what a shard holds.
    pub fn is_write(&self) -> bool {
        use KeyCommand as K;
        match self {
            Self::Mset(_) | Self::Del(_) | Self::Flushall => true,
            Self::Mget(_) | Self::Exists(_) | Self::Dbsize => false,
            Self::Key { command, .. } => match command {
                K::Set { .. } | K::Add(_) | K::Expire { .. } | K::Persist => true,
                K::Push(..) | K::Pop(..) | K::Hset(_) | K::Sadd(_) | K::Spop(_) => true,
                K::Get | K::Ttl | K::Type | K::Lrange { .. } | K::Llen | K::Hget(_) | K::Hgetall => false,
            },
        }
    }

    /// Whether its reply may have as many elements as the data has.
    ///
    /// A reply shares the payload of the values in it, but takes some forty bytes an element. Whoever asks
    /// for many replies ahead of a slow reader holds them all: ahead of these, ask for one at a time.
    pub fn has_large_reply(&self) -> bool {
        use KeyCommand as K;
        match self {
            Self::Mget(_) => true,
            Self::Key { command, .. } => {
                matches!(command, K::Lrange { .. } | K::Hgetall | K::Pop(_, Some(_)) | K::Spop(Some(_)))
            }
            _ => false,
        }
    }
}
