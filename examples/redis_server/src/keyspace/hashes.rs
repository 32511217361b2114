//! HSET, HGET and HGETALL.

use std::time::Instant;

use bytes::Bytes;

use super::value::Hash;
use super::{Keyspace, Outcome};
use crate::reply::Reply;

impl Keyspace {
    /// Replies with how many fields are new.
    pub(super) fn hset(&mut self, key: &[u8], fields: &[(Bytes, Bytes)], now: Instant) -> Outcome {
        let hash: &mut Hash = self.open(key, now)?;
        let before = hash.len();
        for (field, value) in fields {
            let value = Bytes::copy_from_slice(value);
            match hash.get_mut(field) {
                Some(known) => *known = value,
                None => {
                    hash.insert(Bytes::copy_from_slice(field), value);
                }
            }
        }
        Ok(Reply::count(hash.len() - before))
    }

    pub(super) fn hget(&mut self, key: &[u8], field: &[u8], now: Instant) -> Outcome {
        Ok(self.read::<Hash>(key, now)?.and_then(|hash| hash.get(field)).cloned().into())
    }

    pub(super) fn hgetall(&mut self, key: &[u8], now: Instant) -> Outcome {
        let pairs = self.read::<Hash>(key, now)?.into_iter().flatten();
        let shared = |bytes: &Bytes| Reply::Bulk(bytes.clone());
        Ok(Reply::map(pairs.map(|(field, value)| (shared(field), shared(value)))))
    }
}
