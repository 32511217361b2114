//! From the words of a request to a typed command, refused in Redis's own words.
//!
//! Reading goes in two steps, because Redis lets a rule in between: a subscribed RESP2 connection refuses
//! most commands, but only after it has found the command to exist and to have enough arguments.
//! [`Invocation::find`] does the first step, [`Invocation::parse`] the second; [`parse`] does both.
//!
//! Commands are sorted by who carries them out: [`DataCommand`] by the shards, [`SessionCommand`] by the
//! connection alone, [`PubSubCommand`] by the keepers of the channels. A command that has been parsed can
//! only be refused for what the data turns out to be.

mod arguments;
mod data;
mod error;
mod session;
mod table;

use bytes::Bytes;

pub use data::{Condition, DataCommand, End, KeyCommand};
pub use error::CommandError;
pub use session::{ClientCommand, Hello, SessionCommand};
pub use table::{COMMANDS, Invocation, Spec};

use crate::protocol::Request;

/// A command that is well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// For the shards.
    Data(DataCommand),
    /// For the connection that received it.
    Session(SessionCommand),
    /// For the channels.
    PubSub(PubSubCommand),
}

/// A command about channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PubSubCommand {
    /// `SUBSCRIBE channel…`
    Subscribe(Vec<Bytes>),
    /// `UNSUBSCRIBE [channel…]`; from all if none is named.
    Unsubscribe(Vec<Bytes>),
    /// `PUBLISH channel message`
    Publish {
        /// Where it goes.
        channel: Bytes,
        /// What goes there.
        message: Bytes,
    },
}

/// The command that a request spells.
///
/// # Errors
/// The command does not exist, or its arguments do not fit it.
pub fn parse(request: Request) -> Result<Command, CommandError> {
    Invocation::find(request)?.parse()
}

#[cfg(test)]
mod tests;
