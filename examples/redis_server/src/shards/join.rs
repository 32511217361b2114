//! Makes one reply out of the replies of several shards.

use crate::reply::Reply;

/// How the replies to the parts of one command become the reply to the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Join {
    /// `OK` if all say so.
    Ok,
    /// The sum of the numbers.
    Sum,
    /// One array: its element `i` is the next unused element of the reply to part `sources[i]`.
    Interleave(Vec<usize>),
}

/// A shard that answers in a shape which its command does not have. A fault of ours, told rather than hidden.
const MISFIT: Reply =
    Reply::Error(std::borrow::Cow::Borrowed("ERR internal: the replies of the shards do not fit together"));

impl Join {
    /// The reply to the whole, from the replies to the parts in their order.
    ///
    /// If any part failed the whole is the first failure: a sum or an array with a hole in it would look like
    /// an answer.
    pub fn join(self, replies: Vec<Reply>) -> Reply {
        if let Some(error) = replies.iter().find(|reply| reply.is_error()) {
            return error.clone();
        }
        match self {
            Self::Ok => Reply::OK,
            Self::Sum => sum(&replies).unwrap_or(MISFIT),
            Self::Interleave(sources) => interleave(&sources, replies).unwrap_or(MISFIT),
        }
    }
}

fn sum(replies: &[Reply]) -> Option<Reply> {
    replies
        .iter()
        .try_fold(0_i64, |total, reply| match reply {
            Reply::Integer(number) => total.checked_add(*number),
            _ => None,
        })
        .map(Reply::Integer)
}

fn interleave(sources: &[usize], replies: Vec<Reply>) -> Option<Reply> {
    let elements = replies.into_iter().map(|reply| match reply {
        Reply::Array(elements) => Some(elements.into_iter()),
        _ => None,
    });
    let mut elements = elements.collect::<Option<Vec<_>>>()?;
    let joined =
        sources.iter().map(|source| elements.get_mut(*source)?.next()).collect::<Option<Vec<_>>>()?;
    Some(Reply::Array(joined))
}
