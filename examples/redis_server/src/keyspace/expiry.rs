//! EXPIRE, TTL and PERSIST, and the removal of keys that nobody asks for again.

use std::time::{Duration, Instant};

use super::{Keyspace, Outcome, Refusal};
use crate::reply::Reply;

impl Keyspace {
    /// When the next key expires: when [`expire`](Self::expire) has something to do. `None` if no key ever
    /// does.
    pub fn next_expiry(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Removes keys that have expired, at most `at_most` of them, and returns how many.
    ///
    /// Bounded, so that a million keys with one deadline do not hold up the commands behind them: while
    /// [`next_expiry`](Self::next_expiry) is not after `now`, there is more to do. Commands treat the rest as
    /// gone.
    pub fn expire(&mut self, now: Instant, at_most: usize) -> usize {
        for done in 0..at_most {
            match self.deadlines.first() {
                Some((deadline, _)) if *deadline <= now => {}
                _ => return done,
            }
            if let Some((_, key)) = self.deadlines.pop_first() {
                self.entries.swap_remove(&key);
            }
        }
        at_most
    }

    pub(super) fn expire_in(&mut self, key: &[u8], seconds: i64, now: Instant) -> Outcome {
        let Some(index) = self.find(key, now) else { return Ok(Reply::Integer(0)) };
        match u64::try_from(seconds) {
            Ok(seconds @ 1..) => {
                let deadline =
                    now.checked_add(Duration::from_secs(seconds)).ok_or(Refusal::InvalidExpireTime)?;
                self.set_deadline(index, Some(deadline));
            }
            _ => self.remove(index),
        }
        Ok(Reply::Integer(1))
    }

    /// Whole seconds, rounded to the nearest as in Redis; -1 for ever, -2 for no such key.
    pub(super) fn ttl(&mut self, key: &[u8], now: Instant) -> Reply {
        let Some(index) = self.find(key, now) else { return Reply::Integer(-2) };
        let Some(deadline) = self.entries[index].expires else { return Reply::Integer(-1) };
        let left = deadline.saturating_duration_since(now) + Duration::from_millis(500);
        Reply::Integer(i64::try_from(left.as_secs()).unwrap_or(i64::MAX))
    }

    pub(super) fn persist(&mut self, key: &[u8], now: Instant) -> Reply {
        let persisted = self.find(key, now).and_then(|index| self.set_deadline(index, None));
        Reply::Integer(i64::from(persisted.is_some()))
    }

    /// Gives the entry at `index` this deadline, in both places that know it. Returns the former one.
    pub(super) fn set_deadline(&mut self, index: usize, deadline: Option<Instant>) -> Option<Instant> {
        let (key, entry) = self.entries.get_index_mut(index)?;
        let former = std::mem::replace(&mut entry.expires, deadline);
        if former != deadline {
            if let Some(former) = former {
                self.deadlines.remove(&(former, key.clone()));
            }
            self.deadlines.extend(deadline.map(|deadline| (deadline, key.clone())));
        }
        former
    }
}
