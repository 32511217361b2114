//! Who takes part, each in a room of its own and in its own words, as its users would write it.

mod actix;
mod coerce;
mod kameo;
mod ours;
mod ractor;
mod raw;
mod xtra;

use std::time::Duration;

use crate::harness::Place;
use crate::library::Library;
use crate::scenario::Scenario;
use crate::{memory, tail};

/// A [`Library`] as a value, for a list of them.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    /// Does a scenario's work so many times. `None` if the library cannot.
    pub(crate) run: fn(Scenario, u64, Place) -> Option<Duration>,
    /// The [`memory::ROWS`].
    pub(crate) memory: fn() -> [Option<f64>; 7],
    /// Of those the last two, in a process that has done nothing else.
    pub(crate) resident: fn() -> Option<[f64; 2]>,
    /// The [`tail::ROWS`], once.
    pub(crate) tail: fn(Place) -> [Option<f64>; 5],
}

impl Contestant {
    const fn of<L: Library>() -> Self {
        Self {
            name: L::NAME,
            package: L::PACKAGE,
            run: Scenario::run::<L>,
            memory: memory::rows::<L>,
            resident: memory::resident::<L>,
            tail: tail::rows::<L>,
        }
    }
}

/// Raw comes first: it is the yardstick.
pub(crate) const CONTESTANTS: &[Contestant] = &[
    Contestant::of::<raw::Raw>(),
    Contestant::of::<ours::Ours>(),
    Contestant::of::<kameo::Kameo>(),
    Contestant::of::<ractor::Ractor>(),
    Contestant::of::<actix::Actix>(),
    Contestant::of::<xtra::Xtra>(),
    Contestant::of::<coerce::Coerce>(),
];
