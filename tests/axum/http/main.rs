//! The bank of `axum_service` over real HTTP: what it answers, under pressure, after crashes, and at its end.
//!
//! Nothing here sleeps. A test holds a [`journal::Held`], so it decides how long an account is busy; and where a timeout
//! is meant to fire it is an hour long, and [`service::pass`] moves the clock once everything is in place.

mod answers;
mod client;
mod crashes;
mod ending;
mod journal;
mod pressure;
mod service;
mod transfers;
