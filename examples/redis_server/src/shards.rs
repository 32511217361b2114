//! Which shard a key lives on, and how a command on several keys is taken apart and put together again. The actors that
//! hold the keys are [`Shard`]s; a connection reaches them through [`Shards`].
//!
//! Keys are placed as in a Redis Cluster: CRC16 of the key into 16 384 slots, and a contiguous range of slots
//! for each shard. The hash is stable, so a key finds its shard again after any restart. If a key holds
//! `{tag}`, only the tag is hashed: keys with one tag share a shard.
//!
//! # What a command on several keys guarantees
//!
//! Each shard carries out its part at once; the parts run beside one another. Within one shard (and so among
//! keys with one tag) `MSET`, `MGET`, `DEL` and `EXISTS` are atomic, as in Redis; across shards another
//! client may see one part done and the other not yet, and if one shard fails the others have done their
//! parts all the same.

mod join;
mod pool;
mod shard;

use std::num::NonZeroUsize;

use bytes::Bytes;
use crc::{CRC_16_XMODEM, Crc, Table};

use crate::command::DataCommand;

pub use join::Join;
pub use pool::Shards;
pub use shard::Shard;

/// How many slots a Redis Cluster has.
const SLOTS: usize = 16 * 1024;

static CRC16: Crc<u16, Table<1>> = Crc::<u16, Table<1>>::new(&CRC_16_XMODEM);

/// Places keys on shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShardMap {
    shards: NonZeroUsize,
}

/// Where a command goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Route {
    /// To one shard, whose reply is the reply. All commands on one key, and those on several that live
    /// together.
    One(usize, DataCommand),
    /// To several shards.
    Many {
        /// Each shard's part.
        parts: Vec<(usize, DataCommand)>,
        /// Makes one reply of the replies to `parts`, given in that order.
        join: Join,
    },
}

impl ShardMap {
    /// A map for this many shards. More than there are slots leaves the rest without keys.
    pub fn new(shards: NonZeroUsize) -> Self {
        Self { shards }
    }

    /// How many shards there are.
    pub fn shards(&self) -> usize {
        self.shards.get()
    }

    /// The shard of a key, counted from 0.
    pub fn shard_of(&self, key: &[u8]) -> usize {
        slot(key) * self.shards() / SLOTS
    }

    /// Where `command` goes. Allocates only if it has several keys.
    pub fn route(&self, command: DataCommand) -> Route {
        match command {
            DataCommand::Key { ref key, .. } => Route::One(self.shard_of(key), command),
            DataCommand::Mget(keys) => {
                let (parts, sources) = self.part(keys, |key| key);
                route(parts, DataCommand::Mget, Join::Interleave(sources))
            }
            DataCommand::Mset(pairs) => {
                route(self.part(pairs, |(key, _)| key).0, DataCommand::Mset, Join::Ok)
            }
            DataCommand::Del(keys) => route(self.part(keys, |key| key).0, DataCommand::Del, Join::Sum),
            DataCommand::Exists(keys) => route(self.part(keys, |key| key).0, DataCommand::Exists, Join::Sum),
            DataCommand::Dbsize => self.everywhere(DataCommand::Dbsize, Join::Sum),
            DataCommand::Flushall => self.everywhere(DataCommand::Flushall, Join::Ok),
        }
    }

    fn everywhere(&self, command: DataCommand, join: Join) -> Route {
        Route::Many { parts: (0..self.shards()).map(|shard| (shard, command.clone())).collect(), join }
    }

    /// Sorts `items` by shard, in the order in which the shards first come up; and for each item, which part
    /// it went to.
    ///
    /// Within a part the items keep their order, so that of two values for one key the last still wins.
    fn part<T>(&self, items: Vec<T>, key: impl Fn(&T) -> &Bytes) -> (Vec<(usize, Vec<T>)>, Vec<usize>) {
        let mut parts: Vec<(usize, Vec<T>)> = Vec::new();
        let mut part_of_shard = vec![None; self.shards()];
        let mut sources = Vec::with_capacity(items.len());
        for item in items {
            let shard = self.shard_of(key(&item));
            let part = *part_of_shard[shard].get_or_insert_with(|| {
                parts.push((shard, Vec::new()));
                parts.len() - 1
            });
            parts[part].1.push(item);
            sources.push(part);
        }
        (parts, sources)
    }
}

/// The route for parts of a command; one part needs no joining.
fn route<T>(mut parts: Vec<(usize, Vec<T>)>, command: impl Fn(Vec<T>) -> DataCommand, join: Join) -> Route {
    match parts.pop() {
        Some((shard, items)) if parts.is_empty() => Route::One(shard, command(items)),
        last => {
            let parts = parts.into_iter().chain(last).map(|(shard, items)| (shard, command(items))).collect();
            Route::Many { parts, join }
        }
    }
}

fn slot(key: &[u8]) -> usize {
    usize::from(CRC16.checksum(tag(key))) % SLOTS
}

/// What of a key is hashed: what stands between the first `{` and the next `}`, if anything does, and else
/// all of it.
fn tag(key: &[u8]) -> &[u8] {
    let tag = || {
        let open = key.iter().position(|byte| *byte == b'{')?;
        let tagged = &key[open + 1..];
        let close = tagged.iter().position(|byte| *byte == b'}')?;
        (close > 0).then(|| &tagged[..close])
    };
    tag().unwrap_or(key)
}

#[cfg(test)]
mod tests;
