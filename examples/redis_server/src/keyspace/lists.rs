//! LPUSH, RPUSH, LPOP, RPOP, LRANGE and LLEN.

use std::ops::Range;
use std::time::Instant;

use bytes::Bytes;

use super::value::List;
use super::{Keyspace, Outcome};
use crate::command::End;
use crate::reply::Reply;

impl Keyspace {
    pub(super) fn push(&mut self, key: &[u8], end: End, values: &[Bytes], now: Instant) -> Outcome {
        let list: &mut List = self.open(key, now)?;
        for value in values {
            let value = Bytes::copy_from_slice(value);
            match end {
                End::Left => list.push_front(value),
                End::Right => list.push_back(value),
            }
        }
        Ok(Reply::count(list.len()))
    }

    pub(super) fn pop(&mut self, key: &[u8], end: End, count: Option<usize>, now: Instant) -> Outcome {
        let pop = |list: &mut List| match end {
            End::Left => list.pop_front(),
            End::Right => list.pop_back(),
        };
        match count {
            None => Ok(self.take(key, now, |list, _| pop(list))?.flatten().into()),
            Some(count) => {
                let popped = self.take(key, now, |list: &mut List, _| {
                    let count = count.min(list.len());
                    Reply::bulks((0..count).filter_map(|_| pop(list)))
                })?;
                Ok(popped.unwrap_or(Reply::NullArray))
            }
        }
    }

    pub(super) fn lrange(&mut self, key: &[u8], start: i64, stop: i64, now: Instant) -> Outcome {
        let Some(list) = self.read::<List>(key, now)? else { return Ok(Reply::Array(Vec::new())) };
        Ok(Reply::bulks(list.range(slice(start, stop, list.len())).cloned()))
    }

    pub(super) fn llen(&mut self, key: &[u8], now: Instant) -> Outcome {
        Ok(Reply::count(self.read::<List>(key, now)?.map_or(0, List::len)))
    }
}

/// The indices that `start` and `stop` mean in a list of `length`: both inclusive, negative ones from the
/// end, whatever lies outside cut off.
fn slice(start: i64, stop: i64, length: usize) -> Range<usize> {
    // No list is longer than i64::MAX; i128 keeps the sums from overflowing at the ends of i64.
    let length = length as i128;
    let from_front = |index: i64| if index < 0 { length + i128::from(index) } else { i128::from(index) };
    let start = from_front(start).clamp(0, length);
    let end = (from_front(stop) + 1).clamp(start, length);
    // Both lie between 0 and the length, which came from a usize.
    start as usize..end as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_is_cut_to_what_the_list_has() {
        for (start, stop, indices) in [
            (0, -1, 0..3),
            (0, 0, 0..1),
            (-2, -1, 1..3),
            (-100, 100, 0..3),
            (1, 0, 1..1),
            (3, 5, 3..3),
            (0, -4, 0..0),
            (i64::MIN, i64::MAX, 0..3),
            (i64::MAX, i64::MIN, 3..3),
        ] {
            assert_eq!(slice(start, stop, 3), indices, "{start} {stop}");
        }
        assert_eq!(slice(0, -1, 0), 0..0);
    }
}
