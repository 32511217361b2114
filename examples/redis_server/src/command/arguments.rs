//! The arguments of one request, taken from front to back.

use bytes::Bytes;

use super::CommandError;
use crate::number::integer;

/// What is left of a request once its name is known.
#[derive(Debug)]
pub(super) struct Arguments {
    /// As errors spell it: `get`, `client|setname`.
    command: &'static str,
    words: std::vec::IntoIter<Bytes>,
}

impl Arguments {
    pub(super) fn new(command: &'static str, words: std::vec::IntoIter<Bytes>) -> Self {
        Self { command, words }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn next(&mut self) -> Option<Bytes> {
        self.words.next()
    }

    /// The next argument, which the command cannot do without. The table of commands has counted already, and
    /// this keeps a mistake in the table from being a panic.
    pub(super) fn required(&mut self) -> Result<Bytes, CommandError> {
        self.next().ok_or_else(|| self.wrong_arity())
    }

    pub(super) fn integer(&mut self) -> Result<i64, CommandError> {
        integer(&self.required()?).ok_or(CommandError::NotAnInteger)
    }

    /// The next argument as a number of elements, if there is one.
    pub(super) fn count(&mut self) -> Result<Option<usize>, CommandError> {
        let Some(word) = self.next() else { return Ok(None) };
        let count = integer(&word).and_then(|count| usize::try_from(count).ok());
        count.map(Some).ok_or(CommandError::NotPositive)
    }

    /// All that is left. Reuses the allocation of the request.
    pub(super) fn rest(self) -> Vec<Bytes> {
        self.words.collect()
    }

    /// All that is left, two by two.
    pub(super) fn pairs(mut self) -> Result<Vec<(Bytes, Bytes)>, CommandError> {
        let mut pairs = Vec::with_capacity(self.len() / 2);
        while let Some(first) = self.next() {
            pairs.push((first, self.required()?));
        }
        Ok(pairs)
    }

    /// Redis lets nothing follow, and says so in the words for a wrong number.
    pub(super) fn end(mut self) -> Result<(), CommandError> {
        self.next().map_or(Ok(()), |_| Err(self.wrong_arity()))
    }

    pub(super) fn wrong_arity(&self) -> CommandError {
        CommandError::WrongArity(self.command)
    }
}
