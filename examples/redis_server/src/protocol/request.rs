//! Cuts the bytes of one connection into requests, remembering how far it got.

use bytes::{Buf, Bytes, BytesMut};

use super::{Limits, ProtocolError, inline};
use crate::number::integer;

/// The arguments of one request; the first is the command's name. Never empty.
///
/// The arguments share the connection's read buffer, so that reading copies nothing. Whoever keeps one for
/// longer than the request copies it: a kept three-byte key would keep the whole chunk that it arrived in.
pub type Request = Vec<Bytes>;

/// What a read is offered. Large enough for a deep pipeline, small enough for ten thousand idle connections.
const READ_CHUNK: usize = 16 * 1024;

/// Below this much room a read gets a new chunk. Arguments still in use pin their chunk, so a peer that drips
/// bytes must not be given a fresh chunk for each.
const LEAST_ROOM: usize = 1024;

/// A buffer that grew past this for one large request is given back once it holds less again.
const KEPT_BUFFER: usize = 4 * READ_CHUNK;

/// An array of unknown worth gets room for this many arguments at once; more room follows arrivals.
const ARGUMENTS_AT_FIRST: usize = 8;

/// Turns the bytes of one connection into requests.
///
/// Read into [`space`](Self::space), then call [`decode`](Self::decode) until it returns `None`. Do read only
/// then: bytes behind a complete request count against no limit but the reader's restraint.
#[derive(Debug)]
pub struct RequestDecoder {
    limits: Limits,
    buffer: BytesMut,
    /// This many bytes at the front of `buffer` are known to hold no line end, so that they are searched
    /// once.
    searched: usize,
    state: State,
    /// Whether `buffer` may stand on an allocation larger than `KEPT_BUFFER`.
    grown: bool,
}

#[derive(Debug)]
enum State {
    /// Between two requests.
    Idle,
    Array(Partial),
    Failed(ProtocolError),
}

/// An array that has not arrived in full.
#[derive(Debug)]
struct Partial {
    arguments: Vec<Bytes>,
    missing: usize,
    /// The length of the bulk string whose header has been read, and whose bytes have not.
    bulk: Option<usize>,
    /// The memory that `arguments`, and the bulk string announced, come to.
    cost: usize,
}

/// What one step forward came to.
enum Progress {
    /// The rest has not arrived.
    Starved,
    /// Something without a reply: an empty line, an empty array, the header of an array.
    Step,
    Complete(Request),
}

impl RequestDecoder {
    /// A decoder for a connection that has sent nothing yet. Allocates nothing.
    pub fn new(limits: Limits) -> Self {
        Self { limits, buffer: BytesMut::new(), searched: 0, state: State::Idle, grown: false }
    }

    /// Where the next bytes from the peer go, with room for a fair read.
    pub fn space(&mut self) -> &mut BytesMut {
        if self.buffer.capacity() - self.buffer.len() < LEAST_ROOM {
            self.buffer.reserve(READ_CHUNK);
        }
        &mut self.buffer
    }

    /// The next complete request, or `None` until more bytes arrive.
    ///
    /// Costs one allocation for the list of arguments; the arguments themselves are cut out of the buffer.
    ///
    /// # Errors
    /// The first breach of the protocol or of a limit, and then the same one for ever. What was buffered is
    /// dropped.
    pub fn decode(&mut self) -> Result<Option<Request>, ProtocolError> {
        self.grown |= self.buffer.len() > KEPT_BUFFER;
        let outcome = loop {
            match self.advance() {
                Ok(Progress::Step) => {}
                Ok(Progress::Starved) => break Ok(None),
                Ok(Progress::Complete(request)) => break Ok(Some(request)),
                Err(error) => {
                    self.state = State::Failed(error);
                    self.buffer.clear();
                    break Err(error);
                }
            }
        };
        self.give_back();
        outcome
    }

    /// The memory that the request under way holds: bytes buffered, and arguments cut out of the buffer
    /// already.
    pub fn pending(&self) -> usize {
        self.buffer.len() + if let State::Array(partial) = &self.state { partial.cost } else { 0 }
    }

    fn advance(&mut self) -> Result<Progress, ProtocolError> {
        match &mut self.state {
            State::Failed(error) => Err(*error),
            State::Array(_) => self.advance_array(),
            State::Idle => match self.buffer.first() {
                None => Ok(Progress::Starved),
                Some(b'*') => self.open_array(),
                Some(_) => self.take_inline(),
            },
        }
    }

    fn take_inline(&mut self) -> Result<Progress, ProtocolError> {
        let Some(line) = self.take_line(ProtocolError::TooBigInline)? else { return Ok(Progress::Starved) };
        let arguments = inline::split(line.strip_suffix(b"\r").unwrap_or(&line))?;
        Ok(if arguments.is_empty() { Progress::Step } else { Progress::Complete(arguments) })
    }

    fn open_array(&mut self) -> Result<Progress, ProtocolError> {
        let Some(line) = self.take_line(ProtocolError::TooBigMultibulkCount)? else {
            return Ok(Progress::Starved);
        };
        let length = header(&line).ok_or(ProtocolError::InvalidMultibulkLength)?;
        // Redis passes over empty and null arrays in silence.
        let Ok(missing @ 1..) = usize::try_from(length) else { return Ok(Progress::Step) };
        if missing > self.limits.arguments {
            return Err(ProtocolError::InvalidMultibulkLength);
        }
        let arguments = Vec::with_capacity(missing.min(ARGUMENTS_AT_FIRST));
        self.state = State::Array(Partial { arguments, missing, bulk: None, cost: 0 });
        Ok(Progress::Step)
    }

    fn advance_array(&mut self) -> Result<Progress, ProtocolError> {
        loop {
            let State::Array(partial) = &mut self.state else { return Ok(Progress::Step) };
            let Some(length) = partial.bulk else {
                if !self.open_bulk()? {
                    return Ok(Progress::Starved);
                }
                continue;
            };
            let Some(end) = self.buffer.get(length..length + 2) else { return Ok(Progress::Starved) };
            if end != b"\r\n" {
                return Err(ProtocolError::UnterminatedBulk);
            }
            partial.arguments.push(self.buffer.split_to(length).freeze());
            self.buffer.advance(2);
            partial.bulk = None;
            partial.missing -= 1;
            if partial.missing == 0 {
                let arguments = std::mem::take(&mut partial.arguments);
                self.state = State::Idle;
                return Ok(Progress::Complete(arguments));
            }
        }
    }

    /// Reads the header of the next bulk string; `false` if it has not arrived.
    fn open_bulk(&mut self) -> Result<bool, ProtocolError> {
        // Before the line is complete, so that an array in an array is refused at its first byte.
        match self.buffer.first() {
            None => return Ok(false),
            Some(b'$') => {}
            Some(&byte) => return Err(ProtocolError::ExpectedBulk(byte)),
        }
        let Some(line) = self.take_line(ProtocolError::TooBigBulkCount)? else { return Ok(false) };
        let length = header(&line)
            .and_then(|length| usize::try_from(length).ok())
            .filter(|length| *length <= self.limits.bulk)
            .ok_or(ProtocolError::InvalidBulkLength)?;
        let State::Array(partial) = &mut self.state else { return Ok(false) };
        partial.cost += length + size_of::<Bytes>();
        if partial.cost > self.limits.request {
            return Err(ProtocolError::TooBigRequest);
        }
        partial.bulk = Some(length);
        Ok(true)
    }

    /// Cuts one line off the buffer, without its `\n`; `None` if it has not arrived.
    ///
    /// The limit counts the line and not what the buffer happens to hold, so that cuts in the stream change
    /// nothing.
    fn take_line(&mut self, too_long: ProtocolError) -> Result<Option<BytesMut>, ProtocolError> {
        // One more than the limit, for the '\r'.
        let within = self.buffer.len().min(self.limits.line + 2);
        match self.buffer[self.searched..within].iter().position(|byte| *byte == b'\n') {
            Some(position) => {
                let line = self.buffer.split_to(self.searched + position);
                self.buffer.advance(1);
                self.searched = 0;
                Ok(Some(line))
            }
            None if within < self.limits.line + 2 => {
                self.searched = within;
                Ok(None)
            }
            None => Err(too_long),
        }
    }

    /// Lets go of a large allocation once the bytes that needed it are gone.
    ///
    /// What remains is copied, so this waits until that is little: the cost stays linear.
    fn give_back(&mut self) {
        if self.grown && self.buffer.len() <= KEPT_BUFFER {
            self.buffer = BytesMut::from(&self.buffer[..]);
            self.grown = false;
        }
    }
}

/// The number in a header line: all that stands between its first byte and its `\r`.
fn header(line: &[u8]) -> Option<i64> {
    line.get(1..)?.strip_suffix(b"\r").and_then(integer)
}

#[cfg(test)]
mod tests;
