//! Commands about the connection or the server: what the connection answers by itself.

use bytes::Bytes;

use super::arguments::Arguments;
use super::error::excerpt;
use super::{Command, CommandError};
use crate::number::integer;
use crate::protocol::Protocol;

type Parsed = Result<Command, CommandError>;

/// A command that touches no key and no channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionCommand {
    /// `PING [message]`
    Ping(Option<Bytes>),
    /// `ECHO message`
    Echo(Bytes),
    /// `HELLO [version …]`
    Hello(Hello),
    /// `QUIT`
    Quit,
    /// `COMMAND COUNT`
    CommandCount,
    /// `COMMAND`, `COMMAND INFO`, `COMMAND LIST`: answered with no entries. Clients ask to route in a
    /// cluster.
    CommandList,
    /// `COMMAND DOCS`: answered with no entries. `redis-cli` asks for its hints and does without.
    CommandDocs,
    /// `INFO [section…]`
    Info(Vec<Bytes>),
    /// `CLIENT …`
    Client(ClientCommand),
    /// `CONFIG GET name…`
    ConfigGet(Vec<Bytes>),
}

/// What `HELLO` asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// The version to speak from here on; unchanged if there is none.
    pub protocol: Option<Protocol>,
    /// The name that the connection takes.
    pub name: Option<Bytes>,
}

/// The subcommands of `CLIENT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientCommand {
    /// `CLIENT ID`
    Id,
    /// `CLIENT INFO`
    Info,
    /// `CLIENT GETNAME`
    Name,
    /// `CLIENT SETNAME name`
    SetName(Bytes),
    /// `CLIENT SETINFO LIB-NAME name`
    SetLibraryName(Bytes),
    /// `CLIENT SETINFO LIB-VER version`
    SetLibraryVersion(Bytes),
}

fn session(command: SessionCommand) -> Parsed {
    Ok(Command::Session(command))
}

pub(super) fn ping(mut arguments: Arguments) -> Parsed {
    session(SessionCommand::Ping(arguments.next()))
}

pub(super) fn echo(mut arguments: Arguments) -> Parsed {
    session(SessionCommand::Echo(arguments.required()?))
}

pub(super) fn quit(_: Arguments) -> Parsed {
    session(SessionCommand::Quit)
}

pub(super) fn info(arguments: Arguments) -> Parsed {
    session(SessionCommand::Info(arguments.rest()))
}

pub(super) fn hello(mut arguments: Arguments) -> Parsed {
    let mut hello = Hello::default();
    if let Some(version) = arguments.next() {
        hello.protocol = Some(match integer(&version).ok_or(CommandError::InvalidProtocol)? {
            2 => Protocol::Resp2,
            3 => Protocol::Resp3,
            _ => return Err(CommandError::UnsupportedProtocol),
        });
    }
    while let Some(option) = arguments.next() {
        if option.eq_ignore_ascii_case(b"AUTH") && arguments.len() >= 2 {
            // There is one user, and as in a Redis without `requirepass` any password is its own.
            let (user, _) = (arguments.required()?, arguments.required()?);
            if user != "default" {
                return Err(CommandError::WrongPassword);
            }
        } else if option.eq_ignore_ascii_case(b"SETNAME") && arguments.len() >= 1 {
            hello.name = Some(client_text(arguments.required()?, "Client names")?);
        } else {
            return Err(CommandError::HelloOption(excerpt(&option, 128)));
        }
    }
    session(SessionCommand::Hello(hello))
}

pub(super) fn command(mut arguments: Arguments) -> Parsed {
    let Some(subcommand) = arguments.next() else { return session(SessionCommand::CommandList) };
    match lower(&subcommand, &mut [0; 8]) {
        b"count" => {
            Arguments::new("command|count", arguments.rest().into_iter()).end()?;
            session(SessionCommand::CommandCount)
        }
        b"docs" => session(SessionCommand::CommandDocs),
        b"info" | b"list" => session(SessionCommand::CommandList),
        _ => Err(CommandError::unknown_subcommand("command", &subcommand)),
    }
}

pub(super) fn config(mut arguments: Arguments) -> Parsed {
    let subcommand = arguments.required()?;
    match lower(&subcommand, &mut [0; 8]) {
        b"get" if arguments.len() == 0 => Err(CommandError::WrongArity("config|get")),
        b"get" => session(SessionCommand::ConfigGet(arguments.rest())),
        _ => Err(CommandError::unknown_subcommand("config", &subcommand)),
    }
}

pub(super) fn client(mut arguments: Arguments) -> Parsed {
    let subcommand = arguments.required()?;
    let scoped = |command, arguments: Arguments| Arguments::new(command, arguments.rest().into_iter());
    let (command, arguments) = match lower(&subcommand, &mut [0; 8]) {
        b"id" => (ClientCommand::Id, scoped("client|id", arguments)),
        b"info" => (ClientCommand::Info, scoped("client|info", arguments)),
        b"getname" => (ClientCommand::Name, scoped("client|getname", arguments)),
        b"setname" => {
            let mut arguments = scoped("client|setname", arguments);
            let name = arguments.required()?;
            // Its arguments are counted before they are looked at.
            if arguments.len() > 0 {
                return Err(arguments.wrong_arity());
            }
            (ClientCommand::SetName(client_text(name, "Client names")?), arguments)
        }
        b"setinfo" => set_info(scoped("client|setinfo", arguments))?,
        _ => return Err(CommandError::unknown_subcommand("client", &subcommand)),
    };
    arguments.end()?;
    session(SessionCommand::Client(command))
}

/// Redis has this since 7.2. We have it because client libraries send it with every connection.
fn set_info(mut arguments: Arguments) -> Result<(ClientCommand, Arguments), CommandError> {
    let (attribute, value) = (arguments.required()?, arguments.required()?);
    let command = match lower(&attribute, &mut [0; 8]) {
        b"lib-name" => ClientCommand::SetLibraryName(client_text(value, "lib-name")?),
        b"lib-ver" => ClientCommand::SetLibraryVersion(client_text(value, "lib-ver")?),
        _ => return Err(CommandError::UnrecognizedOption(excerpt(&attribute, 128))),
    };
    Ok((command, arguments))
}

/// A text that stands in one field of `CLIENT INFO`, where blanks part the fields.
fn client_text(text: Bytes, what: &'static str) -> Result<Bytes, CommandError> {
    if text.iter().all(u8::is_ascii_graphic) { Ok(text) } else { Err(CommandError::ClientText(what)) }
}

/// `word` in small letters, in a buffer of the caller's. Empty if it does not fit, which is no word of ours.
pub(super) fn lower<'a>(word: &[u8], buffer: &'a mut [u8]) -> &'a [u8] {
    let Some(buffer) = buffer.get_mut(..word.len()) else { return &[] };
    buffer.copy_from_slice(word);
    buffer.make_ascii_lowercase();
    buffer
}
