//! What one connection has said so far, and what it has to do about the next request.
//!
//! A pure value: a request goes in, a [`Step`] comes out. The session answers what concerns the connection
//! alone; the rest it hands on, parsed, for the connection's actor to carry to the shards and the channels.
//! It also knows the rules that depend on what was said before: the version of the protocol, and what a
//! subscribed connection may say.

mod identity;
mod subscriptions;

use std::net::SocketAddr;

use bytes::Bytes;

use crate::command::{
    COMMANDS, ClientCommand, Command, CommandError, DataCommand, Hello, Invocation, PubSubCommand,
    SessionCommand,
};
use crate::protocol::{Protocol, Request};
use crate::reply::Reply;
use crate::server;
use identity::Identity;
use subscriptions::Subscriptions;

pub use subscriptions::message;

/// The state of one connection.
#[derive(Debug)]
pub struct Session {
    identity: Identity,
    protocol: Protocol,
    subscriptions: Subscriptions,
}

/// What a connection does about a request.
///
/// Replies are due in the order of the requests. A reply is encoded in the version that [`Session::protocol`]
/// names right after its request was taken: `HELLO 3` in the middle of a pipeline changes it for itself and
/// what follows.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Answer with this.
    Reply(Reply),
    /// Ask the shards, and answer with what they say.
    Data(DataCommand),
    /// Begin listening to `channels`, which are new to this connection, and answer with all of `replies`.
    Subscribe {
        /// The channels to join.
        channels: Vec<Bytes>,
        /// What their messages are to carry, for [`Session::listens`].
        subscription: u64,
        /// One for each channel named, new or not.
        replies: Vec<Reply>,
    },
    /// Stop listening to `channels`, and answer with all of `replies`.
    Unsubscribe {
        /// The channels to leave.
        channels: Vec<Bytes>,
        /// One for each channel named, or one in all.
        replies: Vec<Reply>,
    },
    /// Hand on the message, and answer with the number of connections that it went to.
    Publish {
        /// Where it goes.
        channel: Bytes,
        /// What goes there.
        message: Bytes,
    },
    /// Answer with these sections of [`server::Info`]; with all if none is named.
    Info(Vec<Bytes>),
    /// Answer with this and close.
    Quit(Reply),
}

impl From<CommandError> for Step {
    fn from(error: CommandError) -> Self {
        Self::Reply(error.into())
    }
}

impl Session {
    /// The session of a connection that has just been accepted. Ids are never used twice while the server
    /// runs.
    pub fn new(id: u64, peer: SocketAddr) -> Self {
        Self {
            identity: Identity::new(id, peer),
            protocol: Protocol::default(),
            subscriptions: Subscriptions::default(),
        }
    }

    /// The version in which the connection is answered from here on.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Whether the connection still listens to `channel` by this subscription.
    ///
    /// A message may be under way when its channel is left, and may still be when the channel is joined again.
    pub fn listens(&self, channel: &[u8], subscription: u64) -> bool {
        self.subscriptions.holds(channel, subscription)
    }

    /// Takes one request.
    pub fn step(&mut self, request: Request) -> Step {
        match self.admit(request) {
            Ok(Command::Data(command)) => Step::Data(command),
            Ok(Command::Session(command)) => self.answer(command),
            Ok(Command::PubSub(PubSubCommand::Subscribe(channels))) => self.subscriptions.subscribe(channels),
            Ok(Command::PubSub(PubSubCommand::Unsubscribe(channels))) => {
                self.subscriptions.unsubscribe(channels)
            }
            Ok(Command::PubSub(PubSubCommand::Publish { channel, message })) => {
                // Copied, since it may wait for slow readers, and must not keep this connection's read buffer
                // meanwhile.
                let [channel, message] = [channel, message].map(|bytes| Bytes::copy_from_slice(&bytes));
                Step::Publish { channel, message }
            }
            Err(refusal) => Step::Reply(refusal),
        }
    }

    /// In RESP2 a subscribed connection cannot tell replies from messages, so it may say little.
    fn admit(&self, request: Request) -> Result<Command, Reply> {
        let invocation = Invocation::find(request)?;
        let spec = invocation.spec();
        if self.is_confined() && !spec.is_allowed_while_subscribed() {
            return Err(Reply::error(format!(
                "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in \
                 this context",
                spec.name()
            )));
        }
        Ok(invocation.parse()?)
    }

    fn is_confined(&self) -> bool {
        self.protocol == Protocol::Resp2 && self.subscriptions.count() > 0
    }

    fn answer(&mut self, command: SessionCommand) -> Step {
        Step::Reply(match command {
            SessionCommand::Quit => return Step::Quit(Reply::OK),
            SessionCommand::Info(sections) => return Step::Info(sections),
            SessionCommand::Ping(message) => self.pong(message),
            SessionCommand::Echo(message) => Reply::Bulk(message),
            SessionCommand::Hello(hello) => self.hello(hello),
            SessionCommand::CommandCount => Reply::count(COMMANDS.len()),
            SessionCommand::CommandList => Reply::Array(Vec::new()),
            SessionCommand::CommandDocs => Reply::Map(Vec::new()),
            SessionCommand::Client(command) => self.client(command),
            SessionCommand::ConfigGet(names) => server::parameters(&names),
        })
    }

    fn pong(&self, message: Option<Bytes>) -> Reply {
        if self.is_confined() {
            // In the shape of a message, the only one that such a connection expects.
            return Reply::bulks([Bytes::from_static(b"pong"), message.unwrap_or_default()]);
        }
        message.map_or(Reply::Simple("PONG"), Reply::Bulk)
    }

    fn hello(&mut self, hello: Hello) -> Reply {
        if let Some(protocol) = hello.protocol {
            self.protocol = protocol;
        }
        if let Some(name) = hello.name {
            self.identity.set_name(&name);
        }
        server::hello(self.protocol, self.identity.id())
    }

    fn client(&mut self, command: ClientCommand) -> Reply {
        match command {
            ClientCommand::Id => self.identity.id(),
            ClientCommand::Name => self.identity.name().into(),
            ClientCommand::Info => {
                Reply::Verbatim(self.identity.describe(self.protocol, self.subscriptions.count()))
            }
            ClientCommand::SetName(name) => self.identity.set_name(&name),
            ClientCommand::SetLibraryName(name) => self.identity.set_library_name(&name),
            ClientCommand::SetLibraryVersion(version) => self.identity.set_library_version(&version),
        }
    }
}

#[cfg(test)]
mod tests;
