//! The roll of a system: everybody who has not ended.
//!
//! An actor has a place on it from its creation to its end, and knows its number. So entering and leaving take the time of
//! one lock, however many there are, and whoever keeps a number instead of a reference can find the actor again.
//!
//! Places are used again: who keeps a number must bear to find somebody else there.

use slab::Slab;

use crate::erased::Life;
use crate::rt::{Arc, Mutex, Weak};

/// Parts with a lock each, so that threads which spawn at the same time rarely meet. More would cost idle systems memory.
const PARTS: usize = 8;

/// Weak references, so that a runtime that ends without a shutdown leaves no cycle behind.
#[derive(Default)]
pub(crate) struct Roll([Part; PARTS]);

/// By itself on its line of the cache.
#[derive(Default)]
#[repr(align(64))]
struct Part(Mutex<Slab<Weak<dyn Life>>>);

/// The number of a place on the roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number(u32);

impl Number {
    fn part(self) -> usize {
        self.0 as usize % PARTS
    }

    fn index(self) -> usize {
        self.0 as usize / PARTS
    }

    pub(crate) fn to_u32(self) -> u32 {
        self.0
    }

    pub(crate) fn from_u32(number: u32) -> Self {
        Self(number)
    }
}

impl Roll {
    pub(crate) fn enter(&self, life: Weak<dyn Life>, serial: u64) -> Number {
        let part = serial as usize % PARTS;
        let index = self.0[part].0.lock().insert(life);
        let number =
            u32::try_from(index * PARTS + part).expect("half a billion actors have no room in memory");
        Number(number)
    }

    pub(crate) fn leave(&self, number: Number) {
        let left = self.0[number.part()].0.lock().try_remove(number.index());
        drop(left);
    }

    /// Whoever is there now.
    pub(crate) fn find(&self, number: Number) -> Option<Arc<dyn Life>> {
        self.0[number.part()].0.lock().get(number.index())?.upgrade()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(|part| part.0.lock().len()).sum()
    }

    /// Everybody, in start order.
    pub(crate) fn living(&self) -> Vec<Arc<dyn Life>> {
        let mut living = Vec::new();
        for part in &self.0 {
            living.extend(part.0.lock().iter().filter_map(|(_, life)| life.upgrade()));
        }
        living.sort_unstable_by_key(|life| life.core().id);
        living
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_says_part_and_index() {
        let number = Number(3 * PARTS as u32 + 5);
        assert_eq!((number.part(), number.index()), (5, 3));
        assert_eq!(Number::from_u32(number.to_u32()), number);
    }
}
