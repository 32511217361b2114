//! The wire: bytes in, requests out, under limits that hold before anything is allocated.
//!
//! A request is an array of bulk strings (`*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`) or an inline line (`GET k\r\n`).
//! It never nests, in RESP2 and RESP3 alike, so reading one takes a counter and not a recursion. Replies do
//! nest; they are ours to write and live in [`reply`](crate::reply).
//!
//! # Why no crate reads the requests
//!
//! Two were measured against the hostile input that this server has to survive:
//!
//! - `redis-protocol` 6 decodes by recursion and starts over at every partial read. A million nested `*1\r\n`
//!   overflow the stack and abort the process; a request of 20 000 small arguments that arrives one argument
//!   a read takes some five seconds of a core. It has no limits. (Its decoder does serve our tests, as an
//!   independent reader of our replies.)
//! - `resp-async` 0.0.7 keeps its progress and has limits for a bulk string, an array and the depth, but it
//!   allocates an array from its declared length, has no limit for a request as a whole, and knows neither
//!   inline commands nor RESP3.
//!
//! What is left to write is small, since a server reads only one shape of value.
//!
//! # Guarantees
//!
//! - Nothing is allocated from a declared length: memory follows the bytes that have arrived.
//! - Reading is linear in the bytes, however they are cut. Where the cuts fall changes no result.
//! - Broken framing is an error for ever: bytes after it have no known meaning, so the connection must close.

mod inline;
mod request;

use std::fmt;

pub use request::{Request, RequestDecoder};

/// The version of the protocol in which a connection is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// What a connection speaks until it says `HELLO 3`.
    #[default]
    Resp2,
    /// Adds maps, sets, nulls and out-of-band pushes.
    Resp3,
}

/// What one connection may make the server hold.
///
/// Together they bound a connection that sends and never finishes: `request` for the arguments that are
/// complete, and about twice `bulk` for the one under way, since its buffer grows by doubling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most arguments in one request, the command's name included.
    pub arguments: usize,
    /// The most bytes in one argument.
    pub bulk: usize,
    /// The most memory for the arguments of one request, each counted with the handle that holds it.
    pub request: usize,
    /// The most bytes in one line: an inline request, or the header of an array or of a bulk string.
    pub line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Redis's own limit until 7.0 (now 2^31): with a handle each, 32 MiB.
            arguments: 1024 * 1024,
            // Redis's `proto-max-bulk-len` is 512 MiB, for clients that an operator trusts. Here anybody may
            // connect.
            bulk: 64 * 1024 * 1024,
            // Room for an MSET of a few large values. Redis has 1 GiB (`client-query-buffer-limit`).
            request: 128 * 1024 * 1024,
            // Redis's PROTO_INLINE_MAX_SIZE, which it applies to all three kinds of line too.
            line: 64 * 1024,
        }
    }
}

/// How a stream of bytes stopped being a stream of requests. The texts are Redis's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtocolError {
    /// The header of an array holds no integer, or one above the limit.
    InvalidMultibulkLength,
    /// The header of a bulk string holds no integer, a negative one, or one above the limit.
    InvalidBulkLength,
    /// An argument begins with this byte. Nested arrays end here.
    ExpectedBulk(u8),
    /// The bytes after a bulk string of the declared length are not a line end. Redis skips them unseen and
    /// answers whatever the stream then happens to say; we would rather not run commands out of the middle of
    /// a value.
    UnterminatedBulk,
    /// An inline request is longer than a line may be.
    TooBigInline,
    /// The header of an array is longer than a line may be.
    TooBigMultibulkCount,
    /// The header of a bulk string is longer than a line may be.
    TooBigBulkCount,
    /// An inline request opens a quote that it does not close, or goes on right behind a closing one.
    UnbalancedQuotes,
    /// The arguments of one request take more memory than is allowed. Redis closes without a word here.
    TooBigRequest,
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidMultibulkLength => f.write_str("invalid multibulk length"),
            Self::InvalidBulkLength => f.write_str("invalid bulk length"),
            Self::ExpectedBulk(byte) => {
                write!(f, "expected '$', got '")?;
                // A line end goes through as it is: the reply's encoder makes it a blank, as Redis does.
                match byte {
                    b'\r' | b'\n' | b' '..=b'~' => write!(f, "{}", char::from(*byte))?,
                    _ => write!(f, "{}", byte.escape_ascii())?,
                }
                f.write_str("'")
            }
            Self::UnterminatedBulk => f.write_str("bulk string not followed by a line end"),
            Self::TooBigInline => f.write_str("too big inline request"),
            Self::TooBigMultibulkCount => f.write_str("too big mbulk count string"),
            Self::TooBigBulkCount => f.write_str("too big bulk count string"),
            Self::UnbalancedQuotes => f.write_str("unbalanced quotes in request"),
            Self::TooBigRequest => f.write_str("too big request"),
        }
    }
}

impl std::error::Error for ProtocolError {}
