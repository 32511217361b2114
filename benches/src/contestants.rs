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

/// A [`Library`] as a value, for a list of them.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    /// Does a scenario's work so many times. `None` if the library cannot.
    pub(crate) run: fn(Scenario, u64, Place) -> Option<Duration>,
}

impl Contestant {
    const fn of<L: Library>() -> Self {
        Self { name: L::NAME, package: L::PACKAGE, run: Scenario::run::<L> }
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
