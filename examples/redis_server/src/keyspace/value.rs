//! The four types of value, and the one place where a key of one type is told from another.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;
use indexmap::{IndexMap, IndexSet};

pub(super) type List = VecDeque<Bytes>;
/// Keeps its fields in the order of their first `HSET`, as Redis does while a hash is small.
pub(super) type Hash = IndexMap<Bytes, Bytes>;
/// Indexed, so that a member can be drawn at random in constant time.
pub(super) type Set = IndexSet<Bytes>;

/// What stands under a key.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) expires: Option<Instant>,
}

impl Entry {
    pub(super) fn new(value: Value) -> Self {
        Self { value, expires: None }
    }
}

/// The larger types stand in a box, so that a short string does not take their room.
#[derive(Debug)]
pub(super) enum Value {
    String(Bytes),
    List(List),
    Hash(Box<Hash>),
    Set(Box<Set>),
}

impl Value {
    /// As `TYPE` names it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Hash(_) => "hash",
            Self::Set(_) => "set",
        }
    }
}

/// A type that a value can be of. `None` is Redis's `WRONGTYPE`.
pub(super) trait Kind: Default + Into<Value> {
    fn of(value: &Value) -> Option<&Self>;
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
    /// Whether the key goes. Strings stay however short.
    fn is_empty(&self) -> bool;
}

macro_rules! kind {
    ($kind:ty, $variant:ident, $wrap:expr, $is_empty:expr) => {
        impl Kind for $kind {
            fn of(value: &Value) -> Option<&Self> {
                match value {
                    Value::$variant(value) => Some(value),
                    _ => None,
                }
            }

            fn of_mut(value: &mut Value) -> Option<&mut Self> {
                match value {
                    Value::$variant(value) => Some(value),
                    _ => None,
                }
            }

            fn is_empty(&self) -> bool {
                $is_empty(self)
            }
        }

        impl From<$kind> for Value {
            fn from(value: $kind) -> Self {
                Self::$variant($wrap(value))
            }
        }
    };
}

kind!(Bytes, String, std::convert::identity, |_| false);
kind!(List, List, std::convert::identity, List::is_empty);
kind!(Hash, Hash, Box::new, Hash::is_empty);
kind!(Set, Set, Box::new, Set::is_empty);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_no_more_than_its_largest_unboxed_value_and_the_deadline() {
        // 32 bytes of string or list, a tag, and an instant. A set in place would take twice that for every
        // key.
        assert!(size_of::<Entry>() <= 56, "{}", size_of::<Entry>());
    }
}
