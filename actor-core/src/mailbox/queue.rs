//! The queue behind a mailbox: what was accepted, who waits for room, and what the run loop is asked to do.
//!
//! There are two that behave alike. [`fast`] is what is used: a tell is a compare-and-swap. [`plain`] is the reference, a
//! lock and two deques; it takes the other's place where `--cfg plain_queue` says so, and a test drives both through the
//! same histories. What both say is in [`outcome`], what they decide in the same way in [`control`]; who waits for room, in [`line`]; whose turn
//! it is, in [`lanes`].

mod control;
mod fast;
mod high;
mod lanes;
mod line;
mod outcome;
#[cfg(any(test, plain_queue))]
mod plain;
#[cfg(test)]
mod tests;

#[cfg(not(plain_queue))]
pub(crate) use self::fast::Queue;
pub(crate) use self::line::Waiting;
pub(crate) use self::outcome::{Called, Next, Offer, Waited};
#[cfg(plain_queue)]
pub(crate) use self::plain::Queue;
