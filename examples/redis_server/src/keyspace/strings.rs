//! GET, SET, MSET, INCR and DECR.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::value::Entry;
use super::{Keyspace, Outcome, Refusal};
use crate::command::Condition;
use crate::number::integer;
use crate::reply::Reply;

impl Keyspace {
    pub(super) fn get(&mut self, key: &[u8], now: Instant) -> Outcome {
        Ok(self.read::<Bytes>(key, now)?.cloned().into())
    }

    pub(super) fn set(
        &mut self,
        key: &[u8],
        value: &[u8],
        ttl: Option<Duration>,
        condition: Option<Condition>,
        now: Instant,
    ) -> Outcome {
        let met = match condition {
            None => true,
            Some(Condition::Missing) => self.find(key, now).is_none(),
            Some(Condition::Present) => self.find(key, now).is_some(),
        };
        if !met {
            return Ok(Reply::Null);
        }
        // Before anything changes. `SET` has refused such times when it was read, on all clocks that we know.
        let deadline = match ttl {
            Some(ttl) => Some(now.checked_add(ttl).ok_or(Refusal::InvalidExpireTime)?),
            None => None,
        };
        let index = self.put(key, value);
        if deadline.is_some() {
            self.set_deadline(index, deadline);
        }
        Ok(Reply::OK)
    }

    /// Makes `value` the value of `key`, whatever was there and without an expiry. Returns where.
    pub(super) fn put(&mut self, key: &[u8], value: &[u8]) -> usize {
        let entry = Entry::new(Bytes::copy_from_slice(value).into());
        match self.entries.get_index_of(key) {
            Some(index) => {
                self.set_deadline(index, None);
                self.entries[index] = entry;
                index
            }
            None => self.entries.insert_full(Bytes::copy_from_slice(key), entry).0,
        }
    }

    pub(super) fn add(&mut self, key: &[u8], amount: i64, now: Instant) -> Outcome {
        let Some(index) = self.find(key, now) else {
            self.put(key, itoa::Buffer::new().format(amount).as_bytes());
            return Ok(Reply::Integer(amount));
        };
        let value: &mut Bytes =
            super::Kind::of_mut(&mut self.entries[index].value).ok_or(Refusal::WrongType)?;
        let number = integer(value).ok_or(Refusal::NotAnInteger)?;
        let sum = number.checked_add(amount).ok_or(Refusal::Overflow)?;
        *value = Bytes::copy_from_slice(itoa::Buffer::new().format(sum).as_bytes());
        Ok(Reply::Integer(sum))
    }
}
