//! A library as its author might have it who denies every lint there is. It compiles, and its clippy is clean: the
//! macros add no code that a strict crate would have to excuse.
//!
//! The forms that must compile are in `tests/ui/forms`, the mistakes that must not in `tests/ui/mistakes`.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, rust_2018_idioms, unreachable_pub)]
#![deny(missing_debug_implementations, unnameable_types, unused_qualifications)]
#![deny(single_use_lifetimes, unused_lifetimes, let_underscore_drop, elided_lifetimes_in_paths)]
#![deny(clippy::all, clippy::pedantic)]

pub mod counter;
pub mod made;
pub mod store;
