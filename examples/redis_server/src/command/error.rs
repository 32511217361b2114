//! Why a request is no command. `Display` is what goes over the wire, code included, word for word as Redis 7
//! has it.

use std::fmt;

use bytes::Bytes;

use crate::reply::Reply;

/// A request that was refused before any data was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommandError {
    /// No command of this name. Quotes the beginning of the request.
    UnknownCommand {
        /// The name, as given.
        name: String,
        /// The first arguments, quoted, cut to 128 bytes in all.
        arguments: String,
    },
    /// The command exists and has no such subcommand.
    UnknownSubcommand {
        /// The command.
        command: &'static str,
        /// The subcommand, as given.
        subcommand: String,
    },
    /// Too few or too many arguments for this command, spelled as Redis spells it (`client|setname`).
    WrongArity(&'static str),
    /// Arguments in a shape that the command does not have.
    Syntax,
    /// An argument is no 64-bit integer.
    NotAnInteger,
    /// A count is negative, or no integer at all.
    NotPositive,
    /// A time to live that is not positive, or that no clock can hold.
    InvalidExpireTime(&'static str),
    /// An option of `EXPIRE`: one that it does not have in Redis either, or `NX`, `XX`, `GT`, `LT`.
    UnsupportedOption(String),
    /// `HELLO` with a version other than 2 and 3.
    UnsupportedProtocol,
    /// `HELLO` with a version that is no integer.
    InvalidProtocol,
    /// `HELLO` with an option that does not exist or lacks its arguments.
    HelloOption(String),
    /// A name or password that does not exist.
    WrongPassword,
    /// A client's name or library holds blanks or control characters, which would break `CLIENT LIST`.
    ClientText(&'static str),
    /// `CLIENT SETINFO` with an attribute that does not exist.
    UnrecognizedOption(String),
}

impl CommandError {
    pub(super) fn unknown_command(request: &[Bytes]) -> Self {
        let mut words = request.iter();
        let name = words.next().map(|name| excerpt(name, QUOTED)).unwrap_or_default();
        let mut arguments = String::new();
        for word in words {
            if arguments.len() >= QUOTED {
                break;
            }
            arguments += &format!("'{}' ", excerpt(word, QUOTED - arguments.len()));
        }
        Self::UnknownCommand { name, arguments }
    }

    pub(super) fn unknown_subcommand(command: &'static str, subcommand: &[u8]) -> Self {
        Self::UnknownSubcommand { command, subcommand: excerpt(subcommand, QUOTED) }
    }
}

/// A peer's words go back to it, so they must not make a small request into a large reply.
const QUOTED: usize = 128;

/// The beginning of `text`, made readable.
pub(super) fn excerpt(text: &[u8], at_most: usize) -> String {
    String::from_utf8_lossy(&text[..text.len().min(at_most)]).into_owned()
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownCommand { name, arguments } => {
                write!(f, "ERR unknown command '{name}', with args beginning with: {arguments}")
            }
            Self::UnknownSubcommand { command, subcommand } => {
                let command = command.to_ascii_uppercase();
                write!(f, "ERR unknown subcommand '{subcommand}'. Try {command} HELP.")
            }
            Self::WrongArity(command) => write!(f, "ERR wrong number of arguments for '{command}' command"),
            Self::Syntax => f.write_str("ERR syntax error"),
            Self::NotAnInteger => f.write_str("ERR value is not an integer or out of range"),
            Self::NotPositive => f.write_str("ERR value is out of range, must be positive"),
            Self::InvalidExpireTime(command) => write!(f, "ERR invalid expire time in '{command}' command"),
            Self::UnsupportedOption(option) => write!(f, "ERR Unsupported option {option}"),
            Self::UnsupportedProtocol => f.write_str("NOPROTO unsupported protocol version"),
            Self::InvalidProtocol => f.write_str("ERR Protocol version is not an integer or out of range"),
            Self::HelloOption(option) => write!(f, "ERR Syntax error in HELLO option '{option}'"),
            Self::WrongPassword => {
                f.write_str("WRONGPASS invalid username-password pair or user is disabled.")
            }
            Self::ClientText(what) => {
                write!(f, "ERR {what} cannot contain spaces, newlines or special characters.")
            }
            Self::UnrecognizedOption(option) => write!(f, "ERR Unrecognized option '{option}'"),
        }
    }
}

impl std::error::Error for CommandError {}

impl From<CommandError> for Reply {
    fn from(error: CommandError) -> Self {
        Self::error(error.to_string())
    }
}
