//! The one room with unsafe code: what lies in a mailbox and runs in a run loop without an allocation of its own.
//!
//! ```text
//!   Parcel    [ table | 48 bytes: the message itself, or a box of it ]
//!   Stage     state and context of an actor, and the place in which its handlers' futures run
//!   Blocks    [ parcel | parcel | … ] ──► [ parcel | … ]   the normal lane of a mailbox
//!   Exchange  Asking ──► [ state | waker | entry | content ] ◄── Answering
//!   Roster    a coarse clock ──► the entries of those who wait
//!   Said      a thread ──► the type of its message ◄── whoever looks at it
//! ```
//!
//! Each file opens with its invariants. What a file hands out can be used without unsafe code, however it is used: also if
//! it is forgotten, dropped half-way, or if foreign code in it panics. One thing is asked for: that nobody but [`Stage::next`]
//! asks a queue for the mail of an incarnation whose stage is lent. Those who use it need not know how it is done.

#![deny(unsafe_op_in_unsafe_fn)]

mod block;
mod blocks;
mod exchange;
mod front;
mod guest;
mod head;
mod parcel;
mod place;
mod roster;
mod said;
mod slot;
mod stage;
#[cfg(all(test, feature = "main"))]
mod tests;

pub(crate) use self::block::made;
pub(crate) use self::blocks::{Blocks, Flags, Popped};
pub(crate) use self::exchange::{Answering, Asking, Claim, Found, Untaken, exchange};
pub(crate) use self::front::{Taken, Taking};
pub(crate) use self::guest::Guest;
pub(crate) use self::head::Then;
pub use self::parcel::Parcel;
pub(crate) use self::place::Polled;
pub(crate) use self::roster::{Due, Roster, TICK};
pub(crate) use self::said::{Kind, Said};
pub(crate) use self::stage::{Begun, Lent, Stage};
