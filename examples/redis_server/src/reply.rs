//! What a connection is answered, before it is known in which version of the protocol.
//!
//! Shards and sessions build a [`Reply`]; only the connection knows whether its peer has said `HELLO 3`, and
//! encodes. RESP2 has fewer shapes, and each of RESP3's has its stand-in there: maps and sets become arrays,
//! the null has two spellings, a push is an array like any other.
//!
//! Written here rather than taken from `redis-protocol`: that crate has one tree of frames per version, so
//! every reply would be rebuilt into one of two trees first, and brings a parser generator for the half that
//! we do not use. The tests decode what we write with it.

mod encode;
mod outbox;

use std::borrow::Cow;

use bytes::Bytes;

pub use outbox::Outbox;

/// One reply. Bulk strings are shared, so building and cloning one copies no payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A status, such as `OK`.
    Simple(&'static str),
    /// A refusal, its code first: `WRONGTYPE Operation against …`.
    Error(Cow<'static, str>),
    /// A number.
    Integer(i64),
    /// Any bytes.
    Bulk(Bytes),
    /// Text for people, which a client may print as it is. A bulk string in RESP2.
    Verbatim(String),
    /// Nothing where a value could stand.
    Null,
    /// Nothing where an array could stand. Told from [`Null`](Self::Null) in RESP2 only.
    NullArray,
    /// Values in an order that means something.
    Array(Vec<Reply>),
    /// Distinct values in no order. An array in RESP2.
    Set(Vec<Reply>),
    /// Keys and values, one after another: an even number, see [`map`](Self::map). An array in RESP2.
    Map(Vec<Reply>),
    /// A message that answers no command. An array in RESP2, where only the subscribed state tells them
    /// apart.
    Push(Vec<Reply>),
}

impl Reply {
    /// The reply of commands that have nothing to say.
    pub const OK: Self = Self::Simple("OK");

    /// An error with this text, code included.
    pub fn error(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Error(text.into())
    }

    /// A bulk string with these bytes.
    pub fn bulk(bytes: impl Into<Bytes>) -> Self {
        Self::Bulk(bytes.into())
    }

    /// The number of things there are of something.
    ///
    /// No collection in memory has more than `i64::MAX` elements, so nothing is lost.
    pub fn count(number: usize) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }

    /// An array of bulk strings.
    pub fn bulks(items: impl IntoIterator<Item = Bytes>) -> Self {
        Self::Array(items.into_iter().map(Self::Bulk).collect())
    }

    /// A map of these keys to these values.
    pub fn map(pairs: impl IntoIterator<Item = (Self, Self)>) -> Self {
        Self::Map(pairs.into_iter().flat_map(|(key, value)| [key, value]).collect())
    }

    /// Whether this is a refusal.
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }
}

impl From<Option<Bytes>> for Reply {
    fn from(value: Option<Bytes>) -> Self {
        value.map_or(Self::Null, Self::Bulk)
    }
}

impl From<crate::protocol::ProtocolError> for Reply {
    fn from(error: crate::protocol::ProtocolError) -> Self {
        Self::error(format!("ERR Protocol error: {error}"))
    }
}
