//! The data of one shard: keys, their values, and when they expire.
//!
//! A pure value: it is handed commands and the time, and hands back replies. Commands that name several keys
//! see only those of this shard; [`shards`](crate::shards) takes them apart and puts the replies together.
//!
//! # Guarantees
//!
//! - A key is gone from the instant at which it expires, for every command but `DBSIZE`, whether or not
//!   [`expire`](Keyspace::expire) has come round to it. (`DBSIZE` counts it until then, as in Redis.)
//! - What is kept is copied out of the request. The copy costs what reading the value cost once more, and
//!   buys that memory is what the data comes to: a slice of a read buffer keeps the whole buffer alive.
//! - A collection that becomes empty is removed with its key.
//!
//! # What it does not do
//!
//! Nothing is ever evicted. The data grows until the machine's memory ends, and the process with it: put what
//! must not grow under an expiry. `FLUSHALL` and `DEL` of a large collection free it on the spot, and take as
//! long as that takes.

mod expiry;
mod hashes;
mod lists;
mod sets;
mod strings;
mod value;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Instant;

use bytes::Bytes;
use indexmap::IndexMap;

use crate::command::{DataCommand, KeyCommand};
use crate::reply::Reply;
use value::{Entry, Kind};

/// The keys and values of one shard.
///
/// Hashed with the standard library's keyed hash, since the keys are chosen by whoever connects.
#[derive(Debug)]
pub struct Keyspace {
    /// An index map rather than a hash map, so that finding a key, and dropping or changing its entry, hash
    /// it once.
    entries: IndexMap<Bytes, Entry>,
    /// When each key with an expiry expires. Invariant: holds exactly the pairs that `entries` shows, no
    /// stale ones, so a key whose expiry is renewed for ever takes no more room.
    deadlines: BTreeSet<(Instant, Bytes)>,
    /// Draws the members that `SPOP` removes.
    random: fastrand::Rng,
}

/// Why a command was refused after a look at the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    WrongType,
    NotAnInteger,
    Overflow,
    InvalidExpireTime,
}

type Outcome = Result<Reply, Refusal>;

impl Keyspace {
    /// An empty keyspace. The same seed and commands give the same members to `SPOP`.
    pub fn new(seed: u64) -> Self {
        Self { entries: IndexMap::new(), deadlines: BTreeSet::new(), random: fastrand::Rng::with_seed(seed) }
    }

    /// Carries out one command as of `now`. Never panics, whatever the command.
    ///
    /// Borrows it, since what is kept is copied anyway: whoever asked may want to ask again.
    pub fn apply(&mut self, command: &DataCommand, now: Instant) -> Reply {
        match command {
            DataCommand::Key { key, command } => {
                self.apply_to_key(key, command, now).unwrap_or_else(Reply::from)
            }
            DataCommand::Mget(keys) => {
                // Where `GET` refuses another type, `MGET` finds nothing.
                let value = |key: &Bytes| self.get(key, now).unwrap_or(Reply::Null);
                Reply::Array(keys.iter().map(value).collect())
            }
            DataCommand::Mset(pairs) => {
                for (key, value) in pairs {
                    self.put(key, value);
                }
                Reply::OK
            }
            DataCommand::Del(keys) => Reply::count(keys.iter().filter(|key| self.delete(key, now)).count()),
            DataCommand::Exists(keys) => {
                Reply::count(keys.iter().filter(|key| self.find(key, now).is_some()).count())
            }
            DataCommand::Dbsize => Reply::count(self.len()),
            DataCommand::Flushall => {
                self.entries = IndexMap::new();
                self.deadlines = BTreeSet::new();
                Reply::OK
            }
        }
    }

    /// How many keys there are, those among them that have expired unnoticed included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn apply_to_key(&mut self, key: &[u8], command: &KeyCommand, now: Instant) -> Outcome {
        match *command {
            KeyCommand::Get => self.get(key, now),
            KeyCommand::Set { ref value, ttl, condition } => self.set(key, value, ttl, condition, now),
            KeyCommand::Add(amount) => self.add(key, amount, now),
            KeyCommand::Expire { seconds } => self.expire_in(key, seconds, now),
            KeyCommand::Ttl => Ok(self.ttl(key, now)),
            KeyCommand::Persist => Ok(self.persist(key, now)),
            KeyCommand::Type => Ok(self.kind_of(key, now)),
            KeyCommand::Push(end, ref values) => self.push(key, end, values, now),
            KeyCommand::Pop(end, count) => self.pop(key, end, count, now),
            KeyCommand::Lrange { start, stop } => self.lrange(key, start, stop, now),
            KeyCommand::Llen => self.llen(key, now),
            KeyCommand::Hset(ref fields) => self.hset(key, fields, now),
            KeyCommand::Hget(ref field) => self.hget(key, field, now),
            KeyCommand::Hgetall => self.hgetall(key, now),
            KeyCommand::Sadd(ref members) => self.sadd(key, members, now),
            KeyCommand::Spop(count) => self.spop(key, count, now),
        }
    }

    fn kind_of(&mut self, key: &[u8], now: Instant) -> Reply {
        Reply::Simple(self.find(key, now).map_or("none", |index| self.entries[index].value.kind()))
    }

    fn delete(&mut self, key: &[u8], now: Instant) -> bool {
        self.find(key, now).map(|index| self.remove(index)).is_some()
    }

    /// Where the entry of `key` is, unless it has expired. All commands find their key through here.
    fn find(&mut self, key: &[u8], now: Instant) -> Option<usize> {
        let index = self.entries.get_index_of(key)?;
        if self.entries[index].expires.is_some_and(|deadline| deadline <= now) {
            self.remove(index);
            return None;
        }
        Some(index)
    }

    fn remove(&mut self, index: usize) {
        if let Some((key, Entry { expires: Some(deadline), .. })) = self.entries.swap_remove_index(index) {
            self.deadlines.remove(&(deadline, key));
        }
    }

    /// The value of `key`, if there is one.
    fn read<K: Kind>(&mut self, key: &[u8], now: Instant) -> Result<Option<&K>, Refusal> {
        match self.find(key, now) {
            Some(index) => K::of(&self.entries[index].value).ok_or(Refusal::WrongType).map(Some),
            None => Ok(None),
        }
    }

    /// The value of `key`, an empty one if there was none.
    fn open<K: Kind>(&mut self, key: &[u8], now: Instant) -> Result<&mut K, Refusal> {
        let index = match self.find(key, now) {
            Some(index) => index,
            None => self.entries.insert_full(Bytes::copy_from_slice(key), Entry::new(K::default().into())).0,
        };
        K::of_mut(&mut self.entries[index].value).ok_or(Refusal::WrongType)
    }

    /// Takes something out of the collection at `key`, and removes the key if that was the last of it.
    ///
    /// `None` if there is no such collection.
    fn take<K: Kind, T>(
        &mut self,
        key: &[u8],
        now: Instant,
        take: impl FnOnce(&mut K, &mut fastrand::Rng) -> T,
    ) -> Result<Option<T>, Refusal> {
        let Some(index) = self.find(key, now) else { return Ok(None) };
        let collection = K::of_mut(&mut self.entries[index].value).ok_or(Refusal::WrongType)?;
        let taken = take(collection, &mut self.random);
        if collection.is_empty() {
            self.remove(index);
        }
        Ok(Some(taken))
    }
}

impl Refusal {
    /// Redis's own texts, code included.
    const fn text(self) -> &'static str {
        match self {
            Self::WrongType => "WRONGTYPE Operation against a key holding the wrong kind of value",
            Self::NotAnInteger => "ERR value is not an integer or out of range",
            Self::Overflow => "ERR increment or decrement would overflow",
            Self::InvalidExpireTime => "ERR invalid expire time in 'expire' command",
        }
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::Error(Cow::Borrowed(refusal.text()))
    }
}

#[cfg(test)]
mod tests;
