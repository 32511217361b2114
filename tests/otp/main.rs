//! The behaviours that the suites of OTP, Elixir and Pekko hold their supervisors to, as far as the contract adopts
//! them, each written afresh and naming its source. Where the sources disagree, the contract has chosen.
//!
//! A scenario in which time plays no part runs both ways: see [`kit::both_ways`]. The others run with the clock paused.
//! Each module lists the scenarios of its source that are left out, and why.

mod kit;

mod backoff;
mod death_watch;
mod dynamic;
mod gen_server;
mod partitions;
mod restarting;
mod supervisor;
