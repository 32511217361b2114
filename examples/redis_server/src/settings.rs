//! The command line.

use std::fmt;
use std::num::{NonZeroU64, NonZeroUsize};
use std::str::FromStr;

/// What `--help` prints.
pub const USAGE: &str = "\
A Redis-compatible server out of actors. All data is in memory and nothing is evicted.

Usage: redis_server [--addr HOST:PORT] [--shards N] [--crash-every N]

  --addr HOST:PORT   where to listen (default 127.0.0.1:6379)
  --shards N         how many actors share the keys (default 4)
  --crash-every N    each shard panics at every Nth write, and comes back empty";

/// How the server is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where to listen. A name is resolved when the server binds.
    pub addr: String,
    /// How many shards the keys are spread over.
    pub shards: NonZeroUsize,
    /// After how many writes a shard panics; never if there is none.
    pub crash_every: Option<NonZeroU64>,
}

impl Default for Settings {
    fn default() -> Self {
        // Four shards: enough to show keys in several places, on any machine. Redis itself has one.
        Self {
            addr: "127.0.0.1:6379".into(),
            shards: const { NonZeroUsize::new(4).unwrap() },
            crash_every: None,
        }
    }
}

/// Why the server does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsError {
    /// The usage was asked for, which is no fault.
    Help,
    /// An argument that means nothing here.
    Unknown(String),
    /// An option at the end, without its value.
    Missing(String),
    /// A value that the option cannot take.
    Invalid {
        /// The option.
        option: String,
        /// Its value, as given.
        value: String,
    },
}

impl Settings {
    /// Reads the arguments of the command line, the program's name not among them.
    ///
    /// # Errors
    /// The first argument that makes no sense.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, SettingsError> {
        let mut settings = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (option, value) = match argument.split_once('=') {
                Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
                None => (argument, None),
            };
            if matches!(&*option, "--help" | "-h") {
                return Err(SettingsError::Help);
            }
            if !matches!(&*option, "--addr" | "--shards" | "--crash-every") {
                return Err(SettingsError::Unknown(option));
            }
            let Some(value) = value.or_else(|| arguments.next()) else {
                return Err(SettingsError::Missing(option));
            };
            match &*option {
                "--shards" => settings.shards = number(option, value)?,
                "--crash-every" => settings.crash_every = Some(number(option, value)?),
                _ => settings.addr = value,
            }
        }
        Ok(settings)
    }
}

fn number<T: FromStr>(option: String, value: String) -> Result<T, SettingsError> {
    value.parse().map_err(|_| SettingsError::Invalid { option, value })
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Help => f.write_str(USAGE),
            Self::Unknown(argument) => write!(f, "unknown argument `{argument}`"),
            Self::Missing(option) => write!(f, "`{option}` needs a value"),
            Self::Invalid { option, value } => {
                write!(f, "`{option}` takes a number above zero, not `{value}`")
            }
        }
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Settings, SettingsError> {
        Settings::parse(line.split_whitespace().map(String::from))
    }

    #[test]
    fn options_are_read_with_a_blank_or_an_equals_sign() {
        let settings = parse("--addr 127.0.0.1:6390 --shards=2 --crash-every 10000").expect("well formed");
        assert_eq!(settings.addr, "127.0.0.1:6390");
        assert_eq!((settings.shards.get(), settings.crash_every.map(NonZeroU64::get)), (2, Some(10_000)));
        assert_eq!(parse(""), Ok(Settings::default()));
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        for (line, text) in [
            ("--what", "unknown argument `--what`"),
            ("--addr", "`--addr` needs a value"),
            ("--shards 0", "`--shards` takes a number above zero, not `0`"),
            ("--crash-every=often", "`--crash-every` takes a number above zero, not `often`"),
        ] {
            assert_eq!(parse(line).expect_err(line).to_string(), text);
        }
        assert_eq!(parse("--shards 1 -h"), Err(SettingsError::Help));
    }
}
