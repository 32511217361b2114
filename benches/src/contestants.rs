//! Who takes part. Each writes every scenario out in its own words, as its users would: an interface over all of them
//! would be measured along.

mod actix;
mod kameo;
mod ours;
mod ractor;
mod raw;

use std::time::Duration;

use crate::scenario::Scenario;

pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    /// Whose version the table's head names.
    pub(crate) package: &'static str,
    /// Does a scenario's work so many times, on so many workers. `None` if the library cannot.
    pub(crate) run: fn(Scenario, u64, usize) -> Option<Duration>,
}

/// Raw comes first: it is the yardstick.
pub(crate) const CONTESTANTS: &[Contestant] = &[
    Contestant { name: "raw", package: "tokio", run: raw::run },
    Contestant { name: "ours", package: "actor-core", run: ours::run },
    Contestant { name: "kameo", package: "kameo", run: kameo::run },
    Contestant { name: "ractor", package: "ractor", run: ractor::run },
    Contestant { name: "actix", package: "actix", run: actix::run },
];
