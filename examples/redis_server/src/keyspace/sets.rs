//! SADD and SPOP.

use std::time::Instant;

use bytes::Bytes;

use super::value::Set;
use super::{Keyspace, Outcome};
use crate::reply::Reply;

impl Keyspace {
    /// Replies with how many members are new.
    pub(super) fn sadd(&mut self, key: &[u8], members: &[Bytes], now: Instant) -> Outcome {
        let set: &mut Set = self.open(key, now)?;
        let before = set.len();
        for member in members {
            // Asks first, so that a member already there is not copied to be thrown away.
            if !set.contains(member) {
                set.insert(Bytes::copy_from_slice(member));
            }
        }
        Ok(Reply::count(set.len() - before))
    }

    /// Removes members drawn at random: one, or a set of up to `count`.
    pub(super) fn spop(&mut self, key: &[u8], count: Option<usize>, now: Instant) -> Outcome {
        let draw = |set: &mut Set, random: &mut fastrand::Rng| match set.len() {
            0 => None,
            length => set.swap_remove_index(random.usize(..length)),
        };
        match count {
            None => Ok(self.take(key, now, draw)?.flatten().into()),
            Some(count) => {
                let drawn = self.take(key, now, |set: &mut Set, random| {
                    let count = count.min(set.len());
                    (0..count).filter_map(|_| draw(set, random)).map(Reply::Bulk).collect()
                })?;
                Ok(Reply::Set(drawn.unwrap_or_default()))
            }
        }
    }
}
